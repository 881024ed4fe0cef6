//! Questions that are asked once a run.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The answers so far.
pub struct Once<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Once<K, V> {
    /// The answer to a question, which is asked if it has not been.
    pub fn get<E>(&self, question: K, ask: impl FnOnce(&K) -> Result<V, E>) -> Result<Arc<V>, E> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(&question) {
            return Ok(Arc::clone(answer));
        }
        let answer = Arc::new(ask(&question)?);
        Ok(Arc::clone(known().entry(question).or_insert(answer)))
    }
}

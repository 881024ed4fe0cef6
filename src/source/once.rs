//! Questions that are asked once a run.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The answers so far.
pub struct Once<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Once<K, V> {
    /// The answer to a question, which is asked if it has not been. Two that ask at the same moment may both ask.
    pub fn get<E>(&self, question: K, ask: impl FnOnce(&K) -> Result<V, E>) -> Result<Arc<V>, E> {
        if let Some(answer) = self.known(&question) {
            return Ok(answer);
        }
        let answer = Arc::new(ask(&question)?);
        Ok(Arc::clone(self.answers().entry(question).or_insert(answer)))
    }

    /// The answer to a question that has been asked.
    pub fn known(&self, question: &K) -> Option<Arc<V>> {
        self.answers().get(question).cloned()
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What was answered in one run, for questions that a server counts: each of them is asked once, also where a command
//! resolves twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

/// The answers of one run, by address.
#[derive(Debug, Default)]
pub struct Answers(Mutex<HashMap<Url, Arc<[u8]>>>);

impl Answers {
    pub fn get(&self, url: &Url) -> Option<Arc<[u8]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned()
    }

    pub fn keep(&self, url: &Url, body: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(url.clone(), body.into());
    }
}

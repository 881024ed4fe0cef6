//! What the road reports, on standard error.

use std::sync::PoisonError;

use super::{Context, progress};
use crate::road::{Audience, Road, RoadError};
use crate::store::Progress;

impl Audience for Context {
    fn note(&self, text: &str) {
        self.ui.note(text);
    }

    fn note_once(&self, text: &str) {
        if self.noted.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned()) {
            self.ui.note(text);
        }
    }

    fn fault(&self, error: RoadError) {
        self.ui.failure(&error.into());
    }

    fn progress(&self) -> Box<dyn Progress> {
        progress::of(&self.ui)
    }
}

impl Context {
    pub fn road(&self) -> Road<'_> {
        Road { host: &self.host, http: &self.http, audience: self }
    }
}

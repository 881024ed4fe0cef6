//! What a source says of itself, so that messages about all sources are written once: what it asks, and what to do
//! where that lacks something or refuses.

use url::Url;

use crate::hint::{Hint, causes};
use crate::net::shown;

/// The words of one source.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// What it asks where no setting says otherwise, with its article: `the npm registry`.
    pub asks: &'static str,
    /// One of these: `registry`.
    pub kind: &'static str,
    /// What to do about a package that is not there.
    pub unknown: &'static str,
    /// What to do about a server that wants credentials.
    pub credentials: &'static str,
}

impl Words {
    /// How messages call what was asked about a package; `bound` is the address that its name is bound to.
    pub fn asked(&self, bound: Option<&Url>) -> String {
        match bound {
            None => self.asks.to_owned(),
            Some(url) => format!("the {} `{}`", self.kind, shown(url)),
        }
    }
}

/// An artifact is nowhere. The text follows its name.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing {
    pub text: String,
    pub hint: Option<String>,
}

/// A registry that a project needs does not answer, or not as one.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreachable {
    pub text: String,
    pub hint: Option<String>,
}

impl<E: std::error::Error + Hint> From<E> for Unreachable {
    fn from(error: E) -> Self {
        Self { text: [vec![error.to_string()], causes(&error)].concat().join(": "), hint: error.hint() }
    }
}

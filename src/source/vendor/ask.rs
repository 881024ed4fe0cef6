//! What a vendor's servers are asked, and what is made of the answers.

use serde_json::Value;

use super::super::ResolveError;
use super::super::age::Cutoff;
use super::super::preferred::{Accepted, Offered};
use crate::digest::Integrity;
use crate::version::Requirement;

/// A version, and what the index has about it.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    pub version: String,
    pub is_marked: bool,
    /// When it was published, in seconds since 1970, if that is known.
    pub published: Option<i64>,
    pub value: Value,
}

impl Offered for Offer {
    fn version(&self) -> &str {
        &self.version
    }

    fn is_marked(&self) -> bool {
        self.is_marked
    }

    fn published(&self) -> Option<i64> {
        self.published
    }
}

/// What a vendor's servers answer. Addresses are below the vendor's.
pub trait Ask: Sync {
    /// An index of versions; `None` if there is none.
    fn index(&self, path: &str) -> Result<Option<Vec<u8>>, ResolveError>;

    /// The versions that satisfy a requirement, by the tags of a repository on GitHub. `tag` is their template.
    fn tagged(
        &self,
        repository: &str,
        tag: &str,
        requirement: &Requirement,
        cutoff: Option<Cutoff>,
    ) -> Result<Accepted<Offer>, ResolveError>;

    /// The text of a file of checksums; `None` if there is none.
    fn checksums(&self, path: &str, version: &str) -> Result<Option<String>, ResolveError>;

    /// The hash of a file, by downloading it; `None` if there is none.
    fn recorded(&self, path: &str, version: &str) -> Result<Option<Integrity>, ResolveError>;
}

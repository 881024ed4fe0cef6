//! What packages of npm depend on, as npm finds it out.

use super::SolveError;
use crate::manifest::Addition;

/// Finds out which packages a package needs, and where each belongs. That is npm's own knowledge,
/// so the one implementation asks npm.
pub trait Solver: Send + Sync {
    /// The text of the `package-lock.json` for a project that needs just this package.
    fn package_lock(&self, wanted: &Wanted) -> Result<String, SolveError>;
}

/// A package whose tree is wanted.
#[derive(Debug)]
pub struct Wanted<'a> {
    pub package: &'a str,
    pub version: &'a str,
    /// The packages beside it.
    pub with: &'a [Addition],
    /// The active registries and their credentials, as an npmrc file says it.
    pub settings: &'a str,
    /// The time up to which its packages have to have been published (RFC 3339).
    pub before: Option<String>,
}

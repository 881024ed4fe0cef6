//! What is in a file of a release, as the store sees it.

use crate::lock::Artifact;
use crate::name::ToolName;

/// Looks into an artifact before it is locked. Its bytes have to be there for that, so the one implementation asks the
/// store.
pub trait Inspector: Send + Sync {
    /// Whether its commands need no C library, so that they run on every Linux.
    fn runs_on_every_linux(&self, tool: &ToolName, artifact: &Artifact) -> Result<bool, Unseen>;
}

/// An artifact could not be looked into.
#[derive(Debug)]
pub struct Unseen {
    pub text: String,
    pub hint: Option<String>,
}

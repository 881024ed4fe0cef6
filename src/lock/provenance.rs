//! Where a tool's files were made, as their publisher's signed attestations say. Verified when they are locked; the
//! lock keeps the answer, so that another one is noticed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{ToolName, Workflow};

/// What an attestation is about, the more telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProvenanceKind {
    /// The build: which workflow made the file ("SLSA Provenance").
    Build,
    /// The upload: which workflow published the file on an index (PEP 740).
    Publish,
    /// The release: the forge itself says that the file belongs to it.
    Release,
}

/// Where files were made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    pub kind: ProvenanceKind,
    /// The repository, as a tool of it would be called: `github:cli/cli`.
    pub repository: ToolName,
    /// Absent for a release, which no workflow signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
}

impl Provenance {
    /// The workflow without its repository, if it is in the same one.
    fn short_workflow(&self) -> Option<&str> {
        let workflow = self.workflow.as_deref()?;
        let own = workflow.strip_prefix(self.repository.package()).and_then(|rest| rest.strip_prefix('/'));
        // GitLab puts two slashes after the repository.
        Some(own.unwrap_or(workflow).trim_start_matches('/'))
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.kind {
            ProvenanceKind::Build => "built by",
            ProvenanceKind::Publish => "published by",
            ProvenanceKind::Release => "released by",
        };
        write!(f, "{verb} {}", self.repository)?;
        self.short_workflow().map_or(Ok(()), |workflow| write!(f, " ({workflow})"))
    }
}

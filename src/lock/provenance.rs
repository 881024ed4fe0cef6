//! Where a tool's files were made, as their publisher's signed attestations say. Verified when they are locked; the
//! lock keeps the answer, so that another one is noticed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{SourceLabel, ToolName, Workflow};

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
    /// The forge's number of the repository, which nothing has that is later called the same.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "repository-id")]
    pub repository_id: Option<u64>,
    /// Absent for a release, which no workflow signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
}

impl Provenance {
    /// Whether both are of one repository, which may have another name now. Its name alone may be another one's.
    pub fn is_of_same_repository(&self, other: &Self) -> bool {
        match (self.repository_id, other.repository_id) {
            (Some(id), Some(other_id)) => self.repository.source() == other.repository.source() && id == other_id,
            _ => self.repository == other.repository,
        }
    }

    /// Whether the files are from a repository of a forge. Its name may be spelled with other capitals.
    pub fn is_from(&self, forge: SourceLabel, repository: &str) -> bool {
        self.repository.source() == Some(forge) && self.repository.package().eq_ignore_ascii_case(repository)
    }

    /// The workflow without its repository, if it is in the same one.
    pub fn own_workflow(&self) -> Option<&str> {
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
        self.own_workflow().map_or(Ok(()), |workflow| write!(f, " ({workflow})"))
    }
}

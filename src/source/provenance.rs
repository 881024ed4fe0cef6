//! Where the files of a tool were made: when a source is asked for attestations, and what its answer means for the
//! lock. That there are none means nothing, unless the manifest requires some or the lock has one.

use std::sync::{Mutex, PoisonError};

use super::passed::Passed;
use super::{ResolveError, Sources};
use crate::attestation::Refused;
use crate::hint::Hint;
use crate::lock::{Lock, LockedTool, Provenance, sort};
use crate::manifest::Manifest;
use crate::name::ToolName;

/// Why a tool is not locked because of its attestations.
#[derive(Debug, thiserror::Error)]
pub enum ProvenanceError {
    #[error("`{tool}` {version} is not trusted")]
    Refused { tool: ToolName, version: String, source: Refused },
    #[error("`{tool}` {version} is not trusted: it was {found}, and {expected} was expected")]
    Elsewhere { tool: ToolName, version: String, found: Provenance, expected: String },
    #[error("`{tool}` {version} is not trusted: its attestation is about {found}")]
    OtherSubject { tool: ToolName, version: String, found: String },
    #[error("`{tool}` is called `{now}` now, and the attestation of {version} names it so")]
    Renamed { tool: ToolName, version: String, now: ToolName },
    #[error("`{tool}` {version} has no attestation that says where it was made{}, and `require-provenance` asks for one", .why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())]
    Missing { tool: ToolName, version: String, why: Option<String>, line: Option<usize> },
}

impl Hint for ProvenanceError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { tool, line, .. } => {
                let place = line.map(|line| format!(" (line {line} of the manifest)")).unwrap_or_default();
                format!(
                    "require a version that its publisher attests{place}, or take `{tool}` out of `require-provenance`"
                )
            }
            Self::Renamed { now, .. } => format!("write `{now}` in the manifest"),
            _ => "do not use this version; ask its publisher, and require an earlier one until you know why".to_owned(),
        })
    }
}

/// What a source found out about the attestations of a tool.
#[derive(Debug, Default)]
pub struct Attested {
    /// What is proven of all its files.
    pub provenance: Option<Provenance>,
    /// Why nothing is, although there are attestations.
    pub why_not: Option<String>,
}

impl Attested {
    /// Without any attestation.
    pub const NONE: Self = Self { provenance: None, why_not: None };

    pub fn by(provenance: Provenance) -> Self {
        Self { provenance: Some(provenance), why_not: None }
    }

    pub fn not(why: impl Into<String>) -> Self {
        Self { provenance: None, why_not: Some(why.into()) }
    }
}

/// Why attestations of tools that were just locked count for nothing.
#[derive(Debug, Default)]
pub struct Unjudged(Mutex<Vec<Passed>>);

impl Unjudged {
    fn keep(&self, locked: &LockedTool, why: &str) {
        let line = format!("it is not known where {} was made, because {why}", locked.tool);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Passed::about(locked, line));
    }

    pub fn all(&self) -> Vec<Passed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Sets where a tool was made that was just found. What was locked before is not asked for again.
pub fn attest(
    locked: &mut LockedTool,
    manifest: &Manifest,
    previous: &Lock,
    sources: &Sources,
) -> Result<(), ResolveError> {
    let is_required = manifest.requires_provenance(&locked.tool);
    let (Some(label), Some(_)) = (locked.source(), &locked.version) else {
        return if is_required { Err(missing(locked, manifest, None)) } else { Ok(()) };
    };
    sort(&mut locked.artifacts);
    let before = || previous.tools.iter().filter(|old| old.tool == locked.tool);
    let is_same = |old: &&LockedTool| old.version == locked.version && old.artifacts == locked.artifacts;
    let attested = match before().find(is_same) {
        Some(old) if old.provenance.is_some() || !is_required => {
            Attested { provenance: old.provenance.clone(), why_not: None }
        }
        _ => {
            let is_expected = is_required || before().any(|old| old.provenance.is_some());
            match sources.of(label).attested(locked, is_expected) {
                // That is as good as an answer without any.
                Err(error) if !is_expected && error.is_unanswered() => Attested::not(error.to_string()),
                attested => attested?,
            }
        }
    };
    if let (None, true) = (&attested.provenance, is_required) {
        return Err(missing(locked, manifest, attested.why_not));
    }
    if let Some(why) = attested.why_not {
        sources.unjudged.keep(locked, &why);
    }
    locked.provenance = attested.provenance;
    Ok(())
}

fn missing(locked: &LockedTool, manifest: &Manifest, why: Option<String>) -> ResolveError {
    let version = locked.version.as_deref().unwrap_or("(the host's)").to_owned();
    let line = manifest.tool(&locked.tool, &locked.requirement).map(|wish| wish.line);
    ProvenanceError::Missing { tool: locked.tool.clone(), version, why, line }.into()
}

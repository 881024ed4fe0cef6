//! Where the files of a release were made: GitHub keeps attestations of workflows, and attests the files of immutable
//! releases itself.

use super::super::ResolveError;
use super::super::judge::{Expected, Judge};
use super::super::provenance::{Attested, ProvenanceError};
use super::Listing;
use super::wish::Wish;
use crate::attestation::Attestation;
use crate::lock::{Artifact, LockedTool, ProvenanceKind};
use crate::name::SourceLabel;
use crate::source::bundles;

/// What devshell asks for, the more telling first.
const KINDS: [ProvenanceKind; 2] = [ProvenanceKind::Build, ProvenanceKind::Release];

/// What is proven of the files of a tool. Each question counts as one to GitHub's API, so it is only asked if it is
/// known that there is something: the table of releases names a workflow, or the release is immutable.
pub fn attested(
    locked: &LockedTool,
    wish: &Wish,
    listing: &Listing,
    is_expected: bool,
) -> Result<Attested, ResolveError> {
    let Some(tag) = locked.artifacts.first().and_then(|artifact| artifact.tag.as_deref()) else {
        return Ok(Attested::NONE);
    };
    let is_immutable = || listing.known_release(wish.repository, tag).is_some_and(|release| release.is_immutable);
    if !is_expected && wish.signer().is_none() && !is_immutable() {
        return Ok(Attested::NONE);
    }
    let expected = Expected {
        repository: Some((SourceLabel::Github, wish.repository)),
        signer: wish.signer(),
        tag: Some(tag),
        is_name: None,
    };
    let ask = |artifact: &Artifact| {
        let found = listing.attestations(wish.repository, &artifact.integrity)?;
        Ok(found.iter().map(|bytes| bundles::text(bytes).and_then(|text| Attestation::read(&text))).collect())
    };
    let files: Vec<&Artifact> = locked.artifacts.iter().collect();
    Judge::new(locked, expected, &ask)
        .verdict(&files, &KINDS)
        .map_err(|error| renamed(error, listing.new_name(wish.repository)))
}

/// The same error, or that a repository's attestations name it as it is called now.
fn renamed(error: ResolveError, new_name: Option<String>) -> ResolveError {
    match (error, new_name) {
        (ResolveError::Provenance(ProvenanceError::Elsewhere { tool, version, found, .. }), Some(name))
            if found.is_from(SourceLabel::Github, &name) =>
        {
            ProvenanceError::Renamed { tool, version, now: found.repository }.into()
        }
        (error, _) => error,
    }
}

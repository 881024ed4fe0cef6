//! Where the files of a release were made: GitHub keeps attestations of workflows, and attests the files of immutable
//! releases itself.

use std::cell::RefCell;

use super::super::ResolveError;
use super::super::provenance::{Attested, ProvenanceError};
use super::Listing;
use super::bundles;
use super::fit::is_repository;
use super::wish::Wish;
use crate::attestation::{Attestation, Refused};
use crate::digest::Integrity;
use crate::lock::{LockedTool, Provenance, ProvenanceKind};
use crate::name::SourceLabel;

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
    let judge = Judge { locked, wish, tag, listing, known: RefCell::default() };
    let mut why_not = None;
    for kind in KINDS {
        let attested = judge.all(kind)?;
        if attested.provenance.is_some() {
            return Ok(attested);
        }
        why_not = why_not.or(attested.why_not);
    }
    Ok(Attested { provenance: None, why_not })
}

struct Judge<'j> {
    locked: &'j LockedTool,
    wish: &'j Wish<'j>,
    tag: &'j str,
    listing: &'j Listing<'j>,
    /// What has been read so far: one attestation is usually about all files of a release.
    known: RefCell<Vec<Attestation>>,
}

impl Judge<'_> {
    /// What attestations of one kind prove, if they prove the same of each file.
    fn all(&self, kind: ProvenanceKind) -> Result<Attested, ResolveError> {
        let mut common: Option<Provenance> = None;
        for artifact in &self.locked.artifacts {
            let attested = self.one(kind, &artifact.integrity)?;
            let Some(provenance) = attested.provenance else {
                let is_first = common.is_none() && attested.why_not.is_none();
                let partly = || "only some of its files have an attestation".to_owned();
                let why_not = if is_first { None } else { attested.why_not.or_else(|| Some(partly())) };
                return Ok(Attested { provenance: None, why_not });
            };
            if common.get_or_insert_with(|| provenance.clone()) != &provenance {
                return Ok(Attested::not("its files were made in different places"));
            }
        }
        Ok(Attested { provenance: common, why_not: None })
    }

    fn one(&self, kind: ProvenanceKind, file: &Integrity) -> Result<Attested, ResolveError> {
        if !self.known.borrow().iter().any(|known| known.name_of(file).is_some()) {
            let found = self.listing.attestations(self.wish.repository, file)?;
            let read = found.iter().map(|bytes| bundles::text(bytes).and_then(|text| Attestation::read(&text)));
            let read: Vec<_> = read.collect::<Result<_, _>>().map_err(|refused| self.refused(refused))?;
            self.known.borrow_mut().extend(read.into_iter().flatten());
        }
        let known = self.known.borrow();
        let about_it = known.iter().filter(|known| known.kind == kind && known.name_of(file).is_some());
        let mut first_error = None;
        let mut why_not = None;
        // A workflow that ran twice may have attested the file twice.
        for attestation in about_it {
            match attestation.verify(file) {
                Ok(provenance) => match self.check(attestation, &provenance) {
                    Ok(()) => return Ok(Attested::by(provenance)),
                    Err(error) => first_error = first_error.or(Some(error)),
                },
                Err(refused) if refused.is_beyond_us() => why_not = why_not.or(Some(refused.to_string())),
                Err(refused) => first_error = first_error.or(Some(self.refused(refused))),
            }
        }
        first_error.map_or(Ok(Attested { provenance: None, why_not }), |error| Err(error.into()))
    }

    /// Expects the repository that the tool is from, the workflow that is known to sign its files, and the tag.
    fn check(&self, attestation: &Attestation, found: &Provenance) -> Result<(), ProvenanceError> {
        let signer = self.wish.signer().filter(|_| found.kind == ProvenanceKind::Build);
        let is_signer = |signer: &str| found.workflow.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(signer));
        let (tool, version) = self.subject();
        if !is_repository(&found.repository, SourceLabel::Github, self.wish.repository) {
            let expected = format!("{}:{}", SourceLabel::Github, self.wish.repository);
            return Err(ProvenanceError::Elsewhere { tool, version, found: found.clone(), expected });
        }
        if let Some(signer) = signer.filter(|signer| !is_signer(signer)) {
            let expected = signer.to_owned();
            return Err(ProvenanceError::Elsewhere { tool, version, found: found.clone(), expected });
        }
        match attestation.tag().filter(|tag| found.kind == ProvenanceKind::Release && *tag != self.tag) {
            Some(other) => Err(ProvenanceError::OtherSubject { tool, version, found: format!("the tag `{other}`") }),
            None => Ok(()),
        }
    }

    fn refused(&self, source: Refused) -> ProvenanceError {
        let (tool, version) = self.subject();
        ProvenanceError::Refused { tool, version, source }
    }

    fn subject(&self) -> (crate::name::ToolName, String) {
        (self.locked.tool.clone(), self.locked.version.as_deref().unwrap_or_default().to_owned())
    }
}

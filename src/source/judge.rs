//! Which attestation of a file counts, and what those of all files of a tool prove together: the same for every source
//! that has attestations.

use std::cell::RefCell;

use super::ResolveError;
use super::provenance::{Attested, ProvenanceError};
use crate::attestation::{Attestation, Refused};
use crate::lock::{Artifact, LockedTool, Provenance, ProvenanceKind};
use crate::name::{SourceLabel, ToolName};

/// One attestation, as far as it could be read. `None` for one about something else.
pub type Read = Result<Option<Attestation>, Refused>;

/// What a source expects of attestations.
#[derive(Clone, Copy, Default)]
pub struct Expected<'e> {
    /// The repository, where the tool's name says which.
    pub repository: Option<(SourceLabel, &'e str)>,
    /// The workflow that is known to build its files.
    pub signer: Option<&'e str>,
    /// The tag of its release.
    pub tag: Option<&'e str>,
    /// Whether a file is called so, where names are known.
    pub is_name: Option<fn(&Artifact, &str) -> bool>,
}

/// Judges the attestations of a tool's files.
pub struct Judge<'j> {
    locked: &'j LockedTool,
    expected: Expected<'j>,
    /// The attestations that the source has of a file.
    ask: &'j dyn Fn(&Artifact) -> Result<Vec<Read>, ResolveError>,
    /// What has been read so far: one attestation may be about several files.
    known: RefCell<Vec<Attestation>>,
}

impl<'j> Judge<'j> {
    pub fn new(
        locked: &'j LockedTool,
        expected: Expected<'j>,
        ask: &'j dyn Fn(&Artifact) -> Result<Vec<Read>, ResolveError>,
    ) -> Self {
        Self { locked, expected, ask, known: RefCell::default() }
    }

    /// What is proven of all these files, by attestations of the first of these kinds that proves anything.
    pub fn verdict(&self, files: &[&Artifact], kinds: &[ProvenanceKind]) -> Result<Attested, ResolveError> {
        let mut why_not = None;
        for kind in kinds {
            let attested = self.all(*kind, files)?;
            if attested.provenance.is_some() {
                return Ok(attested);
            }
            why_not = why_not.or(attested.why_not);
        }
        Ok(Attested { provenance: None, why_not })
    }

    /// What attestations of one kind prove, if they prove the same of each file.
    fn all(&self, kind: ProvenanceKind, files: &[&Artifact]) -> Result<Attested, ResolveError> {
        let mut common: Option<Provenance> = None;
        for artifact in files {
            let attested = self.one(kind, artifact)?;
            let Some(provenance) = attested.provenance else {
                let is_first = common.is_none() && attested.why_not.is_none();
                let why_not = if is_first { None } else { attested.why_not.or_else(|| Some(PARTLY.to_owned())) };
                return Ok(Attested { provenance: None, why_not });
            };
            if common.get_or_insert_with(|| provenance.clone()) != &provenance {
                return Ok(Attested::not("its files were made in different places"));
            }
        }
        Ok(Attested { provenance: common, why_not: None })
    }

    fn one(&self, kind: ProvenanceKind, artifact: &Artifact) -> Result<Attested, ResolveError> {
        let file = &artifact.integrity;
        let mut why_not = self.read(kind, artifact)?;
        let known = self.known.borrow();
        let about_it = known.iter().filter(|known| known.kind == kind && known.name_of(file).is_some());
        let mut first_error = None;
        // A workflow that ran twice may have attested the file twice.
        for attestation in about_it {
            match attestation.verify(file) {
                Ok(provenance) => match self.check(artifact, attestation, &provenance) {
                    Ok(()) => return Ok(Attested::by(provenance)),
                    Err(error) => first_error = first_error.or(Some(error)),
                },
                Err(refused) if refused.is_beyond_us() => why_not = why_not.or(Some(refused.to_string())),
                Err(refused) => first_error = first_error.or(Some(self.refused(refused))),
            }
        }
        first_error.map_or(Ok(Attested { provenance: None, why_not }), |error| Err(error.into()))
    }

    /// Reads the attestations of a file, unless one that is known is about it: one of this kind, or any if none of this
    /// kind is known, since a file may have one of its own beside one for all. Why some of them do not count.
    fn read(&self, kind: ProvenanceKind, artifact: &Artifact) -> Result<Option<String>, ResolveError> {
        let file = &artifact.integrity;
        let has_kind = self.known.borrow().iter().any(|known| known.kind == kind);
        let is_enough = |known: &Attestation| (known.kind == kind || !has_kind) && known.name_of(file).is_some();
        if self.known.borrow().iter().any(is_enough) {
            return Ok(None);
        }
        let mut why_not = None;
        for read in (self.ask)(artifact)? {
            match read {
                Ok(Some(attestation)) if !attestation.has_hash_like(file) => {
                    why_not =
                        why_not.or_else(|| Some("its attestation has another kind of hash than the lock".to_owned()));
                }
                Ok(Some(attestation)) if attestation.name_of(file).is_none() => {
                    return Err(self.about(&format!("`{}`", attestation.subject())).into());
                }
                Ok(attestation) => self.known.borrow_mut().extend(attestation),
                // Another one of the file may be good. A server that hides it would send none.
                Err(refused) => why_not = why_not.or(Some(refused.to_string())),
            }
        }
        Ok(why_not)
    }

    /// Expects the repository that the tool is from, the workflow that is known to build its files, and the name or
    /// the tag that these have.
    fn check(&self, artifact: &Artifact, attestation: &Attestation, found: &Provenance) -> Result<(), ProvenanceError> {
        let Expected { repository, signer, tag, is_name } = self.expected;
        if let Some((label, repository)) = repository.filter(|(label, name)| !found.is_from(*label, name)) {
            return Err(self.elsewhere(found, format!("{label}:{repository}")));
        }
        let is_signer = |signer: &str| found.workflow.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(signer));
        let signer = signer.filter(|_| found.kind == ProvenanceKind::Build);
        if let Some(signer) = signer.filter(|signer| !is_signer(signer)) {
            return Err(self.elsewhere(found, signer.to_owned()));
        }
        let tag = tag.filter(|_| found.kind == ProvenanceKind::Release);
        if let Some(other) = attestation.tag().filter(|other| tag.is_some_and(|tag| tag != *other)) {
            return Err(self.about(&format!("the tag `{other}`")));
        }
        let name = attestation.name_of(&artifact.integrity).unwrap_or_default();
        match is_name.filter(|is_name| !is_name(artifact, name)) {
            Some(_) => Err(self.about(&format!("`{name}`"))),
            None => Ok(()),
        }
    }

    fn refused(&self, source: Refused) -> ProvenanceError {
        let (tool, version) = self.subject();
        ProvenanceError::Refused { tool, version, source }
    }

    fn elsewhere(&self, found: &Provenance, expected: String) -> ProvenanceError {
        let (tool, version) = self.subject();
        ProvenanceError::Elsewhere { tool, version, found: found.clone(), expected }
    }

    fn about(&self, found: &str) -> ProvenanceError {
        let (tool, version) = self.subject();
        ProvenanceError::OtherSubject { tool, version, found: found.to_owned() }
    }

    fn subject(&self) -> (ToolName, String) {
        (self.locked.tool.clone(), self.locked.version.as_deref().unwrap_or_default().to_owned())
    }
}

/// Why nothing is proven where only some files are attested.
pub const PARTLY: &str = "only some of its files have an attestation";

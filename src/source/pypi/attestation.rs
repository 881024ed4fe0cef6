//! Where the files of a tool were made: an index may have attestations of a file, and its page then says where (PEP
//! 740).

use std::sync::Arc;

use url::Url;

use super::wheel::Wheel;
use super::{PypiSource, meaning, package_of};
use crate::attestation;
use crate::lock::{Artifact, LockedTool, ProvenanceKind};
use crate::name::normalized;
use crate::source::judge::{Expected, Judge, PARTLY, Read};
use crate::source::provenance::Attested;
use crate::source::{ResolveError, at_once};

/// What devshell asks for, the more telling first.
const KINDS: [ProvenanceKind; 2] = [ProvenanceKind::Build, ProvenanceKind::Publish];

/// The media type of attestations; an index may know no other than JSON.
const ACCEPT: &str = "application/vnd.pypi.integrity.v1+json, application/json; q=0.8";

/// A file of which nothing is attested.
const NOTHING: &[u8] = br#"{ "version": 1, "attestation_bundles": [] }"#;

impl PypiSource<'_> {
    /// What is proven of the files of a tool's own package. Those that it depends on are not asked about.
    pub fn attested_files(&self, locked: &LockedTool, is_expected: bool) -> Result<Attested, ResolveError> {
        let package = package_of(meaning(&locked.tool)?, &locked.tool);
        let is_own = |artifact: &&Artifact| normalized(&artifact.package) == package;
        let own: Vec<&Artifact> = locked.artifacts.iter().filter(is_own).collect();
        let (files, index) = (self.files(&package)?, self.index_of(&package)?);
        // A mirror may repeat an address that is not its own.
        let is_asked = |url: &&Url| is_expected || url.origin() == index.origin();
        let place = |artifact: &Artifact| {
            let file = files.iter().find(|file| Some(file.name.as_str()) == artifact.file.as_deref());
            file.and_then(|file| file.provenance.as_ref()).filter(is_asked)
        };
        let places: Vec<&Url> = own.iter().filter_map(|artifact| place(artifact)).collect();
        if places.is_empty() {
            return Ok(Attested::NONE);
        }
        if places.len() < own.len() {
            return Ok(Attested::not(PARTLY));
        }
        let answers = at_once(places, |url| self.attestations(&package, &index, url));
        answers.into_iter().collect::<Result<Vec<Arc<_>>, _>>()?;
        let ask = |artifact: &Artifact| {
            let Some(url) = place(artifact) else { return Ok(Vec::new()) };
            let body = self.attestations(&package, &index, url)?;
            Ok(attestation::of_file(&body).unwrap_or_else(|refused| vec![Read::Err(refused)]))
        };
        let expected = Expected { is_name: Some(is_name), ..Expected::default() };
        Judge::new(locked, expected, &ask).verdict(&own, &KINDS)
    }

    /// What the index has at an address.
    fn attestations(&self, package: &str, index: &Url, url: &Url) -> Result<Arc<Vec<u8>>, ResolveError> {
        self.attested.get(url.clone(), |url| self.ask((package, index), url, ACCEPT, Some(NOTHING)))
    }
}

/// Whether a statement names a file: as the index does, or in the order of tags and the spelling that attestations have.
fn is_name(artifact: &Artifact, name: &str) -> bool {
    let own = artifact.file.as_deref().unwrap_or_default();
    let (own_wheel, wheel) = (Wheel::parse(own), Wheel::parse(name));
    match own_wheel.zip(wheel) {
        Some((own, other)) => own.is_same(&other),
        None => normalized(own) == normalized(name),
    }
}

//! The statement that is signed ("in-toto Attestation Framework", Statement v1): which files it is about, and what it
//! says of them.

use serde::Deserialize;
use serde_json::Value;
use sigstore_verify::types::{Bundle, SignatureContent};

use super::Refused;
use crate::digest::Integrity;
use crate::lock::ProvenanceKind;

/// How the types of predicates begin or end that are about where files were made. The host in some of them is the
/// index's.
const BUILD: &str = "https://slsa.dev/provenance/";
const RELEASE: &str = "https://in-toto.io/attestation/release/";
const PUBLISH: &str = "/attestations/publish/v1";

#[derive(Debug, Deserialize)]
pub struct Statement {
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: Vec<Subject>,
    #[serde(default)]
    predicate: Value,
}

#[derive(Debug, Deserialize)]
struct Subject {
    #[serde(default)]
    name: String,
    #[serde(default)]
    digest: Value,
}

impl Statement {
    /// The statement of a bundle. `None` where something else is signed.
    pub fn of(bundle: &Bundle) -> Result<Option<Self>, Refused> {
        let SignatureContent::DsseEnvelope(envelope) = &bundle.content else { return Ok(None) };
        let statement = serde_json::from_slice(envelope.payload.as_bytes());
        statement.map(Some).map_err(|error| Refused::Malformed(error.to_string()))
    }

    /// What it says of its files, if that is where they were made.
    pub fn kind(&self) -> Option<ProvenanceKind> {
        match self.predicate_type.as_str() {
            predicate if predicate.starts_with(BUILD) => Some(ProvenanceKind::Build),
            predicate if predicate.starts_with(RELEASE) => Some(ProvenanceKind::Release),
            predicate if predicate.ends_with(PUBLISH) => Some(ProvenanceKind::Publish),
            _ => None,
        }
    }

    pub fn name_of(&self, file: &Integrity) -> Option<&str> {
        let (algorithm, hex) = file.to_hex();
        let is_it = |subject: &&Subject| subject.digest[algorithm].as_str() == Some(&hex);
        self.subject.iter().find(is_it).map(|subject| subject.name.as_str())
    }

    pub fn has_hash_like(&self, file: &Integrity) -> bool {
        let (algorithm, _) = file.to_hex();
        self.subject.iter().any(|subject| subject.digest[algorithm].is_string())
    }

    /// What the first file is called.
    pub fn subject(&self) -> &str {
        self.subject.first().map_or("", |subject| &subject.name)
    }

    /// The repository of a release.
    pub fn repository(&self) -> Option<&str> {
        self.predicate["repository"].as_str()
    }

    /// The number of that repository.
    pub fn repository_id(&self) -> Option<u64> {
        self.predicate["repositoryId"].as_str()?.parse().ok()
    }

    /// The tag of a release.
    pub fn tag(&self) -> Option<&str> {
        self.predicate["tag"].as_str()
    }
}

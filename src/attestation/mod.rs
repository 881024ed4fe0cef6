//! Attestations: signed statements about where a file was made. Each is a bundle of Sigstore ("Sigstore Bundle Format")
//! around an in-toto statement (Statement v1), and is verified with the certificates and keys that devshell was built
//! with, without asking anyone. Which repository a tool has to come from is its source's to know.

mod error;
mod index;
mod ring;
mod statement;

use std::sync::LazyLock;

use serde::Deserialize;
use sigstore_verify::crypto::{CertificateInfo, SubjectAltName};
use sigstore_verify::trust_root::{SigstoreInstance, TrustedRoot};
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{ArtifactDigest, Bundle, HashAlgorithm};
use sigstore_verify::{VerificationPolicy, Verifier};

pub use self::error::Refused;
pub use self::index::{of_file, of_index};
use self::statement::Statement;
use crate::digest::Integrity;
use crate::lock::{Provenance, ProvenanceKind};
use crate::name::{SourceLabel, ToolName};
use crate::registry::issuers;

/// An attestation that has been read, and says something about where files were made.
#[derive(Debug)]
pub struct Attestation {
    bundle: Bundle,
    statement: Statement,
    pub kind: ProvenanceKind,
}

impl Attestation {
    /// Reads a bundle. `None` for one about something else, such as a list of what is in a file, and for one that is
    /// signed with a key by itself: no certificate says whose key that is.
    pub fn read(json: &str) -> Result<Option<Self>, Refused> {
        let bundle = Bundle::from_json(json).map_err(|error| unread(json, &error.to_string()))?;
        if let VerificationMaterialContent::PublicKey(_) = bundle.verification_material.content {
            return Ok(None);
        }
        let Some(statement) = Statement::of(&bundle)? else { return Ok(None) };
        Ok(statement.kind().map(|kind| Self { bundle, statement, kind }))
    }

    /// What it calls the file with a hash; `None` if it is not about that file.
    pub fn name_of(&self, file: &Integrity) -> Option<&str> {
        self.statement.name_of(file)
    }

    /// Whether it has a hash of this kind at all.
    pub fn has_hash_like(&self, file: &Integrity) -> bool {
        self.statement.has_hash_like(file)
    }

    /// What it calls the first file that it is about.
    pub fn subject(&self) -> &str {
        self.statement.subject()
    }

    /// The tag of the release that it is about.
    pub fn tag(&self) -> Option<&str> {
        self.statement.tag()
    }

    /// Verifies it for a file: its signature, the certificate that signed it, that both were logged at the time, and
    /// that it is about this file.
    pub fn verify(&self, file: &Integrity) -> Result<Provenance, Refused> {
        // GitHub signs what it says itself, and what private repositories say, with certificates of its own, and
        // timestamps instead of a public log.
        let is_logged = !self.bundle.verification_material.tlog_entries.is_empty();
        let (verifier, policy) = if is_logged {
            (&*PUBLIC, VerificationPolicy::any_identity())
        } else {
            (&*GITHUB, VerificationPolicy::any_identity().skip_tlog_unsafe().skip_sct())
        };
        let outcome = verifier.verify(digest(file), &self.bundle, &policy)?;
        let certificate = outcome.certificate().filter(|_| outcome.certificate_verified());
        let certificate = certificate.ok_or_else(|| Refused::Malformed("it has no certificate".to_owned()))?;
        match self.kind {
            ProvenanceKind::Build | ProvenanceKind::Publish => self.workflow(certificate),
            // A forge signs its releases with certificates of its own.
            ProvenanceKind::Release if is_logged => Err(Refused::OtherIssuer(identity(certificate)?.to_owned())),
            ProvenanceKind::Release => self.forge(certificate),
        }
    }

    /// The forge that signed a release, and the repository.
    fn forge(&self, certificate: &CertificateInfo) -> Result<Provenance, Refused> {
        let identity = identity(certificate)?;
        let forge = issuers().find(|issuer| issuer.releases == Some(identity));
        let forge = forge.ok_or_else(|| Refused::OtherIssuer(identity.to_owned()))?;
        let repository = repository(forge.label, self.statement.repository().unwrap_or_default())?;
        Ok(Provenance { kind: self.kind, repository, repository_id: self.statement.repository_id(), workflow: None })
    }

    /// The workflow that signed, and its repository, as the certificate says it.
    fn workflow(&self, certificate: &CertificateInfo) -> Result<Provenance, Refused> {
        let identity = identity(certificate)?;
        let issuer = certificate.issuer.as_deref().unwrap_or_default();
        let forge = issuers().find(|known| known.workflows == Some(issuer));
        let forge = forge.ok_or_else(|| Refused::OtherIssuer(issuer.to_owned()))?;
        let claims = &certificate.ci_claims;
        let named = match &claims.source_repository_uri {
            Some(uri) => uri.strip_prefix(forge.web),
            // Certificates of before 2023.
            None => claims.deprecated_github.workflow_repository.as_deref(),
        };
        let workflow = workflow_of(identity).strip_prefix(forge.web).and_then(|path| path.parse().ok());
        let workflow = workflow.ok_or_else(|| Refused::Malformed("it names no workflow".to_owned()))?;
        let repository = repository(forge.label, named.unwrap_or_default())?;
        let repository_id = claims.source_repository_identifier.as_deref().and_then(|id| id.parse().ok());
        Ok(Provenance { kind: self.kind, repository, repository_id, workflow: Some(workflow) })
    }
}

/// What a certificate is for: the address of a workflow, or of a forge.
fn identity(certificate: &CertificateInfo) -> Result<&str, Refused> {
    match &certificate.identity {
        Some(SubjectAltName::Uri(identity)) => Ok(identity),
        _ => Err(Refused::OtherIssuer("an email address".to_owned())),
    }
}

/// The workflow of an identity, which ends in the commit, branch or tag that it is from. A tag may have an `@` too.
fn workflow_of(identity: &str) -> &str {
    let of_name = identity.split_once("@refs/").or_else(|| identity.rsplit_once('@'));
    of_name.map_or(identity, |(workflow, _)| workflow)
}

fn repository(label: SourceLabel, path: &str) -> Result<ToolName, Refused> {
    format!("{label}:{path}").parse().map_err(|_| Refused::Malformed("it names no repository".to_owned()))
}

/// Why a bundle cannot be read: it makes no sense, or its format is newer than this devshell.
fn unread(json: &str, why: &str) -> Refused {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        media_type: String,
    }
    const FORMAT: &str = "application/vnd.dev.sigstore.bundle";
    const KNOWN: [&str; 3] = ["+json;version=0.1", "+json;version=0.2", ".v0.3+json"];
    let head = serde_json::from_str::<Head>(json).ok();
    let version = head.as_ref().and_then(|head| head.media_type.strip_prefix(FORMAT));
    match version.filter(|version| !KNOWN.contains(version)) {
        Some(version) => Refused::UnknownFormat(format!("bundle{version}")),
        None => Refused::Malformed(why.to_owned()),
    }
}

/// The public instance of Sigstore.
static PUBLIC: LazyLock<Verifier> = LazyLock::new(|| verifier(SigstoreInstance::PublicGood));
static GITHUB: LazyLock<Verifier> = LazyLock::new(|| verifier(SigstoreInstance::GitHub));

fn verifier(instance: SigstoreInstance) -> Verifier {
    ring::install();
    let root = TrustedRoot::from_embedded(instance).map(|root| Verifier::new(&root));
    root.expect("the library brings its roots").expect("a unit test verifies with each root")
}

fn digest(file: &Integrity) -> ArtifactDigest {
    let (algorithm, bytes) = match file {
        Integrity::Sha256(bytes) => (HashAlgorithm::Sha2256, bytes.as_slice()),
        Integrity::Sha512(bytes) => (HashAlgorithm::Sha2512, bytes.as_slice()),
    };
    ArtifactDigest::new(algorithm, bytes).expect("the length is the algorithm's")
}

#[cfg(test)]
mod tests;

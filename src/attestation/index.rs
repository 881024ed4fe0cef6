//! The attestations of a Python package index (PEP 740, "Attestation objects"): the parts of a Sigstore bundle, under
//! names of their own.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Attestation, Refused};

/// What an index has about one file ("Provenance objects"). The publishers in it are the index's own word, and are not
/// read: the certificates name them.
#[derive(Deserialize)]
struct Document {
    version: u64,
    attestation_bundles: Vec<Bundle>,
}

#[derive(Deserialize)]
struct Bundle {
    attestations: Vec<Value>,
}

/// The version of both.
const VERSION: u64 = 1;

/// An attestation as an index has it.
#[derive(Deserialize)]
struct Object {
    verification_material: Material,
    envelope: Envelope,
}

#[derive(Deserialize)]
struct Material {
    certificate: String,
    transparency_entries: Value,
}

#[derive(Deserialize)]
struct Envelope {
    statement: String,
    signature: String,
}

/// Reads what an index has about a file: one result for each attestation.
pub fn of_file(json: &[u8]) -> Result<Vec<Result<Option<Attestation>, Refused>>, Refused> {
    let Document { version, attestation_bundles: bundles } =
        serde_json::from_slice(json).map_err(|error| Refused::Malformed(error.to_string()))?;
    if version != VERSION {
        return Err(Refused::UnknownFormat(format!("version {version} of an index's attestations")));
    }
    let objects = bundles.into_iter().flat_map(|bundle| bundle.attestations);
    Ok(objects.map(|object| of_index(&object.to_string())).collect())
}

/// Reads an attestation object of an index. `None` for one about something else.
pub fn of_index(json: &str) -> Result<Option<Attestation>, Refused> {
    let Object { verification_material: material, envelope } =
        serde_json::from_str(json).map_err(|error| Refused::Malformed(error.to_string()))?;
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": { "rawBytes": material.certificate },
            "tlogEntries": material.transparency_entries,
        },
        "dsseEnvelope": {
            "payload": envelope.statement,
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{ "sig": envelope.signature }],
        },
    });
    Attestation::read(&bundle.to_string())
}

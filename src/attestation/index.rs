//! The attestations of a Python package index (PEP 740, "Attestation objects"): the parts of a Sigstore bundle, under
//! names of their own.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Attestation, Refused};

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

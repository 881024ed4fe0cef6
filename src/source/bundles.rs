//! What GitHub ("REST API endpoints for artifact attestations") and registries of npm answer about attestations: each is
//! a bundle, or on GitHub the address of one, which may be compressed.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::attestation::Refused;
use crate::net::{Http, NetError, Redirects, Vouched};

/// The largest bundle. Those of releases with hundreds of files have a tenth of that.
const MOST_BYTES: u64 = 16 << 20;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    attestations: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    bundle: Value,
    #[serde(default)]
    bundle_url: Option<Url>,
}

/// A bundle, or where it is.
#[derive(Debug)]
pub enum Found {
    Here(String),
    At(Url),
}

/// An answer without any.
pub const NONE: &[u8] = br#"{ "attestations": [] }"#;

pub fn read(body: &[u8]) -> Result<Vec<Found>, serde_json::Error> {
    let answer: Answer = serde_json::from_slice(body)?;
    let found = answer.attestations.into_iter().filter_map(|listed| match listed.bundle {
        Value::Null => listed.bundle_url.map(Found::At),
        bundle => Some(Found::Here(bundle.to_string())),
    });
    Ok(found.collect())
}

impl Found {
    /// The bundle's bytes. Its address is signed, and on another server than the API, so it gets no token.
    pub fn bytes(self, http: &Http) -> Result<Vec<u8>, NetError> {
        let accept = [("accept", "application/json, application/x-snappy")];
        match self {
            Self::Here(text) => Ok(text.into_bytes()),
            Self::At(url) => {
                let answer = http.get_whole(&url, &accept, Redirects::Anywhere, Vouched::BySignature, MOST_BYTES);
                Ok(answer?.into_body())
            }
        }
    }
}

/// The text of a bundle, which may be compressed ("Snappy compressed format description", without frames).
pub fn text(bytes: &[u8]) -> Result<String, Refused> {
    let malformed = |text: String| Refused::Malformed(text);
    let json = if bytes.first() == Some(&b'{') {
        bytes.to_vec()
    } else if snap::raw::decompress_len(bytes).is_ok_and(|length| length as u64 <= MOST_BYTES) {
        snap::raw::Decoder::new().decompress_vec(bytes).map_err(|error| malformed(error.to_string()))?
    } else {
        return Err(malformed("it is neither JSON nor compressed by Snappy".to_owned()));
    };
    String::from_utf8(json).map_err(|error| malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_are_in_the_answer_or_elsewhere() {
        let body = br#"{ "attestations": [
            { "bundle": { "mediaType": "x" }, "repository_id": 1 },
            { "bundle": null, "bundle_url": "https://a.example/b" },
            { "bundle": null }] }"#;
        let found = read(body).unwrap();
        assert!(matches!(&found[..], [Found::Here(text), Found::At(url)]
            if text == r#"{"mediaType":"x"}"# && url.path() == "/b"));
        assert!(read(b"{}").unwrap().is_empty());
        assert!(read(br#"{ "attestations": 1 }"#).is_err());
        let compressed = snap::raw::Encoder::new().compress_vec(b"{ \"a\": \"aaaaaaaaaaaaaaaaaaaaaaaa\" }").unwrap();
        assert_eq!(text(&compressed).unwrap(), "{ \"a\": \"aaaaaaaaaaaaaaaaaaaaaaaa\" }");
        assert_eq!(text(b"{}").unwrap(), "{}");
        for bad in [b"\xff\xff\xff\xff\x0f".as_slice(), b"not"] {
            assert!(text(bad).is_err());
        }
    }
}

//! Hashes of artifacts, as the registries publish them, and the hasher that checks bytes
//! against one while they stream by.
//!
//! Written form: Subresource Integrity (W3C Recommendation "Subresource Integrity", section 3.1):
//! `sha512-` or `sha256-` and the hash in base64 with padding (RFC 4648, section 4).

use std::fmt;
use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};

/// A hash strong enough to be trusted: SHA-256 or SHA-512.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Integrity {
    Sha256([u8; 32]),
    Sha512([u8; 64]),
}

/// The text is not one `sha256-…` or `sha512-…` value.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a sha256 or sha512 integrity value")]
pub struct NotAnIntegrity(String);

impl Integrity {
    /// The strongest usable hash of an integrity list, which is separated by white space and
    /// may carry hashes too weak for us (`sha1-…`), which are passed over.
    pub fn strongest(list: &str) -> Option<Self> {
        list.split_whitespace().filter_map(|one| one.parse().ok()).max_by_key(|one| matches!(one, Self::Sha512(_)))
    }

    /// A hash as `sha256sum` and `sha512sum` print it: 64 or 128 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
        let bytes: Vec<u8> = text.as_bytes().chunks_exact(2).map(byte).collect::<Option<_>>()?;
        match text.len() {
            64 => bytes.try_into().ok().map(Self::Sha256),
            128 => bytes.try_into().ok().map(Self::Sha512),
            _ => None,
        }
    }
}

impl Integrity {
    /// The algorithm's name and the hash in hexadecimal digits.
    pub fn to_hex(&self) -> (&'static str, String) {
        let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sha256(bytes) => ("sha256", digits(bytes)),
            Self::Sha512(bytes) => ("sha512", digits(bytes)),
        }
    }
}

impl FromStr for Integrity {
    type Err = NotAnIntegrity;

    fn from_str(text: &str) -> Result<Self, NotAnIntegrity> {
        let bad = || NotAnIntegrity(text.to_owned());
        let (algorithm, encoded) = text.split_once('-').ok_or_else(bad)?;
        let bytes = BASE64.decode(encoded).map_err(|_| bad())?;
        match algorithm {
            "sha256" => bytes.try_into().map(Self::Sha256).map_err(|_| bad()),
            "sha512" => bytes.try_into().map(Self::Sha512).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

as_text!(Integrity);

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(bytes) => write!(f, "sha256-{}", BASE64.encode(bytes)),
            Self::Sha512(bytes) => write!(f, "sha512-{}", BASE64.encode(bytes)),
        }
    }
}

impl fmt::Debug for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Hashes a stream with the algorithm of the hash it is to be compared with.
pub enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    /// For bytes of which nothing is known yet.
    pub fn sha256() -> Self {
        Self::Sha256(Sha256::new())
    }

    pub fn like(expected: &Integrity) -> Self {
        match expected {
            Integrity::Sha256(_) => Self::Sha256(Sha256::new()),
            Integrity::Sha512(_) => Self::Sha512(Sha512::new()),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub fn finish(self) -> Integrity {
        match self {
            Self::Sha256(hasher) => Integrity::Sha256(hasher.finalize().into()),
            Self::Sha512(hasher) => Integrity::Sha512(hasher.finalize().into()),
        }
    }
}

/// A key for a directory of the store: the first 128 bits of the SHA-256 of the parts, in hex.
/// The parts are length-prefixed, so that no two lists of parts hash the same text.
pub fn key(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hex(&hasher.finalize()[..16])
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|n| char::from(DIGITS[usize::from(n)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_values_are_parsed_strictly() {
        let empty = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        let cases = [
            (empty, true),
            ("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", true),
            ("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", false),
            ("sha512-short", false),
            ("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", false),
            ("", false),
        ];
        for (text, good) in cases {
            match text.parse::<Integrity>() {
                Ok(integrity) => assert_eq!((integrity.to_string().as_str(), good), (text, true)),
                Err(_) => assert!(!good, "{text}"),
            }
        }
        let hasher = Hasher::like(&empty.parse().unwrap());
        assert_eq!(hasher.finish().to_string(), empty);
        for length in [64, 128] {
            let digits = "0aF9".repeat(length / 4);
            assert!(Integrity::from_hex(&digits).is_some());
            assert!(
                Integrity::from_hex(&digits[1..]).is_none() && Integrity::from_hex(&digits.replace('a', "g")).is_none()
            );
        }
        let list = format!("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= {empty}");
        assert_eq!(Integrity::strongest(&list).unwrap().to_string(), empty);
        assert!(Integrity::strongest("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=").is_none());
    }

    #[test]
    fn keys_keep_parts_apart() {
        assert_ne!(key(&[b"ab", b"c"]), key(&[b"a", b"bc"]));
        assert_eq!(key(&[b"ab"]).len(), 32);
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
    }
}

//! Why an attestation does not count.

use sigstore_verify::{CertificateError, Error, TransparencyLogError};

/// Why an attestation does not count.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("its attestation cannot be read: {0}")]
    Malformed(String),
    #[error("its attestation does not verify: {0}")]
    False(String),
    #[error("its attestation needs a newer devshell, which knows its keys: {0}")]
    UnknownKeys(String),
    #[error("its attestation needs a newer devshell, which knows its format: {0}")]
    UnknownFormat(String),
    #[error("its attestation is signed by {0}, which devshell does not know as a publisher")]
    OtherIssuer(String),
}

impl Refused {
    /// Whether it may be a good one that this devshell cannot judge: as good as none, and not a false one.
    pub const fn is_beyond_us(&self) -> bool {
        matches!(self, Self::UnknownKeys(_) | Self::UnknownFormat(_) | Self::OtherIssuer(_))
    }
}

/// What the library says of keys that it was not given, where it has no error of its own: of the log, of a certificate's
/// issuer, of the authority of a timestamp, of the log of certificates, and of the log's checkpoint.
const UNKNOWN_KEYS: [&str; 5] = [
    "No log key",
    "UnknownIssuer",
    "does not match any trusted TSA certificate",
    "key not found",
    "No matching Rekor key found",
];

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::TransparencyLog(TransparencyLogError::UnknownLog { .. })
            | Error::Certificate(CertificateError::NoValidAuthority { .. })
            | Error::UnsupportedBundle(_) => Self::UnknownKeys(text),
            // As good as none, which is what a server that hides it would send.
            _ if UNKNOWN_KEYS.iter().any(|words| text.contains(words)) => Self::UnknownKeys(text),
            Error::Types(_) | Error::InvalidBundle(_) | Error::Bundle(_) => Self::Malformed(text),
            _ => Self::False(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use sigstore_verify::TimestampError;

    use super::*;

    #[test]
    fn keys_that_are_newer_are_no_lie() {
        let words = |text: &str| text.to_owned();
        let errors: [(Error, bool); 9] = [
            (TransparencyLogError::InclusionPromise(words("No log key found for x")).into(), true),
            (TransparencyLogError::InclusionPromise(words("signature mismatch")).into(), false),
            (CertificateError::ChainInvalid(words("UnknownIssuer")).into(), true),
            (CertificateError::ChainInvalid(words("CertExpired")).into(), false),
            (CertificateError::Sct(words("key not found: 00")).into(), true),
            (TimestampError::Invalid(words("CMS signer does not match any trusted TSA certificate")).into(), true),
            (TimestampError::Invalid(words("Timestamp message hash mismatch")).into(), false),
            (TransparencyLogError::Checkpoint(words("No matching Rekor key found for checkpoint")).into(), true),
            (Error::SignatureInvalid(words("no")), false),
        ];
        for (error, expected) in errors {
            let text = error.to_string();
            assert_eq!(Refused::from(error).is_beyond_us(), expected, "{text}");
        }
    }
}

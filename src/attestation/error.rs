//! Why an attestation does not count.

use sigstore_verify::{CertificateError, Error, TransparencyLogError};

/// Why an attestation does not count.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("its attestation makes no sense: {0}")]
    Malformed(String),
    #[error("its attestation is false: {0}")]
    False(String),
    #[error("its attestation is signed with keys that this devshell does not know: {0}")]
    UnknownKeys(String),
    #[error("its attestation is signed by {0}, which devshell does not know as a publisher")]
    OtherIssuer(String),
}

impl Refused {
    /// Whether it may be a good one that this devshell cannot judge: as good as none, and not a false one.
    pub const fn is_beyond_us(&self) -> bool {
        matches!(self, Self::UnknownKeys(_) | Self::OtherIssuer(_))
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::TransparencyLog(TransparencyLogError::UnknownLog { .. })
            | Error::Certificate(CertificateError::NoValidAuthority { .. })
            | Error::UnsupportedBundle(_) => Self::UnknownKeys(text),
            // The library has no error of its own for these two.
            Error::TransparencyLog(TransparencyLogError::InclusionPromise(why)) if why.contains("No log key") => {
                Self::UnknownKeys(text)
            }
            Error::Certificate(CertificateError::ChainInvalid(why)) if why.contains("UnknownIssuer") => {
                Self::UnknownKeys(text)
            }
            Error::Types(_) | Error::InvalidBundle(_) | Error::Bundle(_) => Self::Malformed(text),
            _ => Self::False(text),
        }
    }
}

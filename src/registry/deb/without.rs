//! In place of `keys` in a devshell that was built without the feature `openpgp`: no index is believed.

use std::path::PathBuf;

use crate::hint::Hint;

/// The keys that sign indexes, none of which can be read.
#[derive(Debug)]
pub struct Keys;

impl Keys {
    pub fn of(_: Option<PathBuf>) -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "as where there are keys")]
    pub fn verified(&self, _: &[u8], _: i64) -> Result<String, SignatureError> {
        Err(SignatureError)
    }
}

/// Why an index is not believed.
#[derive(Debug, thiserror::Error)]
#[error("this devshell was built without OpenPGP, which checks signatures of Debian packages")]
pub struct SignatureError;

impl Hint for SignatureError {
    fn hint(&self) -> Option<String> {
        Some("use a devshell that was built with its default features".to_owned())
    }
}

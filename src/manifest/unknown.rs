//! An environment that the manifest does not have.

use crate::hint::Hint;

/// `-e NAME` names an environment that the manifest does not have.
#[derive(Debug, thiserror::Error)]
#[error("the manifest has no environment `{name}`")]
pub struct UnknownEnvironment {
    pub name: String,
    pub known: Vec<String>,
}

impl Hint for UnknownEnvironment {
    fn hint(&self) -> Option<String> {
        Some(match self.known.as_slice() {
            [] => "the manifest has only the default environment; leave `-e` out".to_owned(),
            known => format!("it has {}", known.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")),
        })
    }
}

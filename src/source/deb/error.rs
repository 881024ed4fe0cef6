//! Why a Debian package cannot be locked, and what to do about it.

use super::behind::Behind;
use super::choice::listed;
use super::closure::ClosureError;
use super::index::{HELD_BACK, IndexError};
use crate::age::Age;
use crate::hint::Hint;
use crate::manifest::base_utilities;
use crate::name::{Suite, ToolName};

/// Why a Debian package cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum DebError {
    #[error("`{0}` needs a suite: the Debian release that it is from")]
    NoSuite(ToolName),
    #[error("`{suite}` has no package `{package}`")]
    NoPackage { suite: Suite, package: String, near: Option<String> },
    #[error("`{suite}` has no package `{package}`, which {} provide", listed(.providers))]
    Virtual { suite: Suite, package: String, providers: Vec<String> },
    #[error("`{tool}` is not available from `{suite}`")]
    Closure { tool: ToolName, suite: Suite, source: ClosureError },
    #[error("`{first}` and `{second}` want two versions of `{package}`, and one suite's tools share their packages")]
    Apart { package: String, first: ToolName, second: ToolName },
    #[error("the index of `{suite}` is refused")]
    Behind { suite: Suite, min_age: Option<Age>, source: Behind },
    #[error("the index says that `{package}` is at `{file}`, which is not a path in an archive")]
    Path { package: String, file: String },
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Hint for DebError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuite(tool) if *tool == base_utilities() => {
                Some("name the release: \"registries\": { \"deb\": { \"suite\": \"trixie\" } }".to_owned())
            }
            Self::NoSuite(tool) => Some(format!(
                "name the release: `devshell add {tool} --suite trixie`, or in the manifest \"{tool}\": {{ \"version\": …, \
                 \"suite\": \"trixie\" }}, or for all packages \"registries\": {{ \"deb\": {{ \"suite\": \"trixie\" }} }}"
            )),
            Self::Virtual { providers, .. } => Some(format!("name one of them, such as `deb:{}`", providers[0])),
            Self::NoPackage { near, .. } => near.as_ref().map(|near| format!("did you mean `deb:{near}`?")),
            Self::Closure { source: ClosureError::Conflict { .. }, .. } => {
                Some("two of its packages want different versions of a third; another suite may have it".to_owned())
            }
            Self::Closure { .. } => {
                Some("the archive may have only part of the suite; see `registries.deb`".to_owned())
            }
            Self::Apart { .. } => {
                Some("loosen one of the requirements, or put one of the tools into another environment".to_owned())
            }
            Self::Behind { min_age: None, .. } => Some(HELD_BACK.to_owned()),
            Self::Behind { min_age: Some(age), .. } => Some(format!(
                "the lock is younger than `min-age`, {age}: wait, or exempt the tool in the manifest: {{ \"version\": …, \
                 \"min-age\": \"0\" }}"
            )),
            Self::Path { .. } => None,
            Self::Index(error) => error.hint(),
        }
    }
}

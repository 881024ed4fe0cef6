//! Why uv has no answer, and what to do about it.

use super::super::ResolveError;
use crate::hint::Hint;
use crate::name::BadName;
use crate::version::Requirement;

/// Why uv has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    #[error("uv, which is needed for Python packages, is not available: {text}")]
    NoUv { text: String, hint: Option<String> },
    #[error("uv says: {text}")]
    Uv { text: String, hint: Option<String> },
    #[error("the host has no Python that satisfies `{requirement}`")]
    NoHostPython { requirement: Requirement, found: Option<String> },
    #[error(
        "`{name}` is locked for Python below {below}, since some package had no wheel for it, and this is {version}"
    )]
    TooNew { name: String, version: String, below: String },
    #[error("{text}")]
    Refused { place: String, text: String, hint: Option<String> },
    #[error("`{package}` would have to be built, and the manifest does not allow that")]
    Build { package: String },
    #[error("uv has no build of Python that satisfies `{requirement}`")]
    NoBuild { requirement: Requirement },
    #[error("the lock has no Debian package for Python")]
    NotLocked,
    #[error("Debian has no Python for this platform")]
    NoDebian,
    #[error("Debian's Python cannot be laid out")]
    Debian { source: Box<dyn std::error::Error + Send + Sync>, hint: Option<String> },
    #[error("`{file}` is not on the active index")]
    NotThere { file: String },
    #[error("a package cannot be looked up")]
    Lookup(#[source] Box<ResolveError>),
    #[error("uv's answer makes no sense")]
    Name(#[from] BadName),
    #[error("uv cannot be run")]
    Start(#[from] std::io::Error),
}

impl Hint for PythonError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoUv { hint, .. }
            | Self::Uv { hint, .. }
            | Self::Debian { hint, .. }
            | Self::Refused { hint, .. } => hint.clone(),
            Self::Build { package } => Some(format!(
                "type `devshell lock`; or let it be built: \"python\": {{ …, \"allow-build\": [\"{package}\"] }}"
            )),
            Self::NotLocked => Some("`devshell lock`".to_owned()),
            Self::NoDebian => Some("let uv bring one: \"from\": \"uv\"; Debian's runs on Linux alone".to_owned()),
            Self::NoHostPython { found: Some(found), .. } => {
                Some(format!("the host's is {found}; relax `python.version`, or let uv bring one: \"from\": \"uv\""))
            }
            Self::NoHostPython { .. } => {
                Some("install Python on this machine, or let uv bring one: \"from\": \"uv\"".to_owned())
            }
            Self::TooNew { .. } => {
                Some("`devshell update python` tries again; or ask for an older Python in `python.version`".to_owned())
            }
            Self::NoBuild { .. } => Some("relax `python.version` in the manifest".to_owned()),
            Self::NotThere { .. } => Some("check the index; `devshell update` moves to what it has".to_owned()),
            Self::Lookup(error) => error.hint(),
            Self::Name(_) | Self::Start(_) => None,
        }
    }
}

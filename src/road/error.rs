//! Why there is no environment. Each kind keeps its own error and hint; what it means for the exit code is decided at
//! the edge.

use std::path::PathBuf;

use crate::env::{BadLine, Clash, MissingVariable};
use crate::evaluation::NixError;
use crate::hint::Hint;
use crate::host::OwnError;
use crate::lock::{LockError, NotLocked};
use crate::manifest::{Problems, UnknownEnvironment};
use crate::platform::{Platform, Platforms};
use crate::project::ProjectError;
use crate::source::{OtherPublisher, PythonError, ResolveError};
use crate::store::{FetchError, LayoutError};
use crate::version::Requirement;

/// Why a step did not get to its end.
#[derive(Debug, thiserror::Error)]
pub enum RoadError {
    /// A directory of devshell's own that another user could have changed.
    #[error(transparent)]
    Own(#[from] OwnError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Manifest(#[from] Box<Problems>),
    #[error("the manifest wants devshell `{wanted}`, and this is {own}")]
    Devshell { wanted: Requirement, own: &'static str },
    #[error("{file} is not for this platform, {platform}: it is for {platforms}")]
    Platform { file: String, line: usize, platform: Platform, platforms: Platforms },
    #[error(transparent)]
    Environment(#[from] UnknownEnvironment),
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Entries that are not what their tools mean, each with its place.
    #[error("{}", .lines.join("\n"))]
    Misfits { lines: Vec<String>, hint: String },
    #[error(transparent)]
    NotCurrent(#[from] NotCurrent),
    #[error("{}", joined(.0))]
    Resolve(Vec<ResolveError>),
    /// Nothing is written before the user says that this is right.
    #[error("{}", joined(.0))]
    Publishers(Vec<OtherPublisher>),
    #[error("{}", joined(.0))]
    Fetch(Vec<FetchError>),
    #[error(transparent)]
    NotLocked(#[from] NotLocked),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error(transparent)]
    Clash(#[from] Clash),
    #[error(transparent)]
    Nix(#[from] NixError),
    #[error(transparent)]
    EnvFile(#[from] BadEnvFile),
    #[error("{}", joined(.0))]
    Variables(Vec<MissingVariable>),
    #[error("the lock has no base utilities for isolation `hermetic`")]
    NoBase,
    #[error("`{0}` is the host's, and isolation `hermetic` has nothing of the host")]
    OfHost(String),
    #[error("there is no home directory for your settings")]
    NoHome,
    #[error(transparent)]
    Files(#[from] std::io::Error),
}

/// The lock is missing or stale.
#[derive(Debug, thiserror::Error)]
#[error("{name} is {fault}: {lacks}")]
pub struct NotCurrent {
    pub name: &'static str,
    pub fault: &'static str,
    pub lacks: String,
    pub hint: String,
}

impl Hint for NotCurrent {
    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// An env file has a line that is none.
#[derive(Debug, thiserror::Error)]
#[error("{}, {bad}", .path.display())]
pub struct BadEnvFile {
    pub path: PathBuf,
    pub bad: BadLine,
}

fn joined(errors: &[impl std::error::Error]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Hint for RoadError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Own(error) => error.hint(),
            Self::Project(error) => error.hint(),
            Self::Devshell { .. } => Some("update devshell".to_owned()),
            Self::Platform { file, line, platform, .. } => {
                Some(format!("add \"{platform}\" to `platforms` at {file}:{line}, then `devshell lock`"))
            }
            Self::Environment(error) => error.hint(),
            Self::Lock(error) => error.hint(),
            Self::Misfits { hint, .. } => Some(hint.clone()),
            Self::NotCurrent(error) => error.hint(),
            Self::Resolve(errors) => errors.iter().find_map(Hint::hint),
            Self::Publishers(others) => {
                let names: Vec<&str> = others.iter().map(|other| other.tool.tool.as_str()).collect();
                let names = names.join(" ");
                Some(format!("ask the publisher; once you know why, `devshell update {names} --accept-publisher`"))
            }
            Self::Fetch(errors) => errors.iter().find_map(Hint::hint),
            Self::NotLocked(error) => error.hint(),
            Self::Layout(error) => error.hint(),
            Self::Python(error) => error.hint(),
            Self::Clash(error) => error.hint(),
            Self::Nix(error) => error.hint(),
            Self::Variables(errors) => errors.iter().find_map(Hint::hint),
            Self::NoBase => {
                Some("write \"isolation\": \"hermetic\" into the manifest, then `devshell lock`".to_owned())
            }
            Self::OfHost(tool) if tool == "python" => {
                Some("take it from the lock: \"python\": { \"from\": \"deb\" }, then `devshell lock`".to_owned())
            }
            Self::OfHost(tool) => {
                let name = tool.strip_prefix("host:").unwrap_or(tool);
                Some(format!("take it from the lock: `devshell remove {tool}`, then `devshell add deb:{name}`"))
            }
            Self::Manifest(_) | Self::EnvFile(_) | Self::NoHome | Self::Files(_) => None,
        }
    }
}

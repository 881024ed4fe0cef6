//! Why a requirement has no artifacts, and what to do about it.

use std::str::FromStr;

use ::url::Url;

use super::Unseen;
use super::deb::DebError;
use super::npm::TreeError;
use super::provenance::ProvenanceError;
use super::publisher::DownloadError;
use super::pypi::{PageError, PylockError, PythonError};
use super::release::ReleaseError;
use super::rust::RustError;
use super::vendor::VendorError;
use super::words::Words;
use crate::age::Age;
use crate::catalog::UnknownTool;
use crate::hint::Hint;
use crate::name::{BadName, SourceLabel, ToolName};
use crate::net::NetError;
use crate::registry::RegistryError;
use crate::version::Requirement;

/// Why npm has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    #[error("npm, which resolves them, is not available: {text}")]
    NoNpm { text: String, hint: Option<String> },
    #[error("npm says: {0}")]
    Npm(String),
    #[error("it needs a package that is not from the registry, so nothing guarantees its bytes: {0}")]
    Foreign(String),
    #[error("npm cannot be started")]
    Start(#[source] std::io::Error),
}

impl Hint for SolveError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoNpm { hint, .. } => hint.clone(),
            Self::Foreign(_) => Some(FOREIGN_HINT.to_owned()),
            Self::Npm(_) | Self::Start(_) => None,
        }
    }
}

/// What to do about a tree that reaches outside of the registry.
const FOREIGN_HINT: &str = "try another version of it, or install it with the project's own npm";

/// Why a requirement has no artifacts.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error(transparent)]
    UnknownTool(#[from] UnknownTool),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("{} has no package `{package}`", .from.asked(.bound.as_ref()))]
    NoPackage { package: String, from: &'static Words, bound: Option<Url> },
    #[error("no version of `{tool}` satisfies `{requirement}`")]
    NoVersion { tool: ToolName, requirement: Requirement, newest: Option<String>, line: Option<usize> },
    #[error("the dependencies of `{tool}` cannot be resolved")]
    Solve { tool: ToolName, source: SolveError },
    #[error("`{tool}` {version} cannot be locked")]
    Tree { tool: ToolName, version: String, source: TreeError },
    #[error("`{tool}`{} is from {own}, and its `with` has packages of {found}", at(.line.as_ref()))]
    OtherSource { tool: ToolName, own: SourceLabel, found: SourceLabel, line: Option<usize> },
    #[error("`{tool}`{} has `with`, and is an executable by itself", at(.line.as_ref()))]
    Alone { tool: ToolName, line: Option<usize> },
    #[error("`{tool}`{} has `with`, which needs node {needs}; `node` is locked to {found}", at(.line.as_ref()))]
    OldNode { tool: ToolName, line: Option<usize>, needs: String, found: String, way: String },
    #[error("{} is not published for any of the manifest's `platforms`", subject(.tool, .version.as_deref()))]
    NoPlatform { tool: ToolName, version: Option<String> },
    #[error("{from} does not say when versions of `{tool}` were published, and `min-age` is {age}")]
    NoTimes { tool: ToolName, from: &'static str, age: Age },
    #[error("no version of `{tool}` within `{requirement}` is old enough: {version}{}, and `min-age` is {age}", .old.as_ref().map(|old| format!(" {old}")).unwrap_or_default())]
    TooYoung { tool: ToolName, requirement: Requirement, version: String, old: Option<String>, age: Age },
    #[error("`{tool}` {version} provides no command")]
    NoCommand { tool: ToolName, version: String },
    #[error("the registry gives no hash for `{package}` {version} that could be trusted")]
    NoHash { package: String, version: String },
    #[error("the registry's answer about `{package}` makes no sense")]
    Metadata { package: String, source: serde_json::Error },
    #[error("the index's page about `{package}` makes no sense")]
    Page { package: String, source: PageError },
    #[error("what was found for `{tool}` cannot be locked: it {text}")]
    Unfit { tool: String, text: String },
    #[error("what the registry says about `{package}` cannot be locked")]
    Name { package: String, source: BadName },
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error(transparent)]
    Pylock(#[from] PylockError),
    #[error("`{package}` was found on another index than the one that its name is bound to")]
    OtherIndex { package: String },
    #[error("none of the index's files for `{package}` has one of the given hashes")]
    OtherHash { package: String },
    #[error("the packages of {places} cannot be locked")]
    InFiles { places: String, source: Box<ResolveError> },
    #[error("`{package}` cannot be looked up")]
    Net { package: String, source: NetError },
    #[error("`{package}` cannot be looked up")]
    Limited { package: String, source: NetError, variable: Option<&'static str> },
    #[error(transparent)]
    Deb(#[from] DebError),
    #[error(transparent)]
    Provenance(#[from] ProvenanceError),
    #[error(transparent)]
    Release(#[from] ReleaseError),
    #[error(transparent)]
    Rust(#[from] RustError),
    #[error(transparent)]
    Vendor(#[from] VendorError),
    #[error("`{tool}` cannot be looked into: {}", .unseen.text)]
    Unseen { tool: ToolName, unseen: Unseen },
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// How to lock a tool whatever its age.
pub fn exempt(tool: &ToolName) -> String {
    format!("exempt the tool in the manifest: \"{tool}\": {{ \"version\": …, \"min-age\": \"0\" }}")
}

fn subject(tool: &ToolName, version: Option<&str>) -> String {
    format!("`{tool}`{}", version.map(|version| format!(" {version}")).unwrap_or_default())
}

/// What a registry says of a package, as the type that a lock has for it.
pub fn named<T: FromStr<Err = BadName>>(package: &str, text: &str) -> Result<T, ResolveError> {
    text.parse().map_err(|source| ResolveError::Name { package: package.to_owned(), source })
}

/// The place of a tool in the manifest, after its name.
fn at(line: Option<&usize>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

impl ResolveError {
    /// The same without a line, for a manifest that is not in a file yet.
    #[must_use]
    pub fn without_line(mut self) -> Self {
        match &mut self {
            Self::NoVersion { line, .. }
            | Self::OtherSource { line, .. }
            | Self::Alone { line, .. }
            | Self::OldNode { line, .. } => *line = None,
            _ => {}
        }
        self
    }

    /// What could not be looked up because its server cannot be reached.
    pub fn unreachable(&self) -> Option<&str> {
        match self {
            Self::Net { package, source: NetError::Transport { .. } } => Some(package),
            _ => None,
        }
    }

    /// Whether a server did not answer a question that it might answer another time.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Limited { .. }) || self.unreachable().is_some()
    }

    /// What could not be looked up for a reason that is not its own, and may pass.
    pub fn unasked(&self) -> Option<&str> {
        match self {
            Self::Limited { package, .. } | Self::Net { package, source: NetError::Offline { .. } } => Some(package),
            _ => self.unreachable(),
        }
    }
}

impl Hint for ResolveError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownTool(error) => error.hint(),
            Self::Registry(error) => error.hint(),
            Self::NoPackage { bound: Some(_), from, .. } if from.kind != "forge" => {
                Some("`registries` binds the name, so it is requested from no other registry".to_owned())
            }
            Self::NoPackage { from, .. } => Some(from.unknown.to_owned()),
            Self::NoVersion { newest: Some(newest), line, .. } => {
                let place = line.map(|line| format!(" at line {line} of the manifest")).unwrap_or_default();
                Some(format!("the newest is {newest}; relax the requirement{place}"))
            }
            Self::NoCommand { tool, .. } if tool.source() == Some(SourceLabel::Npm) => Some(format!(
                "if it belongs to another tool, as a plugin does, put it beside that: \"npm:TOOL\": {{ \"with\": [\"{tool}\"] }}"
            )),
            Self::NoTimes { tool, .. } => Some(exempt(tool)),
            Self::TooYoung { tool, .. } => Some(format!("wait, or {}", exempt(tool))),
            Self::NoPlatform { .. } => {
                Some("add a platform that it is published for to `platforms`, or take the tool out".to_owned())
            }
            Self::Alone { .. } => Some("take `with` out; such a tool loads no packages".to_owned()),
            Self::OldNode { way, .. } => Some(format!("`{way}`")),
            Self::OtherSource { .. } => Some("name packages of the tool's own source in `with`".to_owned()),
            Self::Solve { source, .. } => source.hint(),
            Self::Tree { source: TreeError::Foreign { .. }, .. } => Some(FOREIGN_HINT.to_owned()),
            Self::Net { source, .. } | Self::Limited { source, variable: None, .. } => source.hint(),
            Self::Limited { variable: Some(variable), .. } => {
                Some(format!("set {variable} to a token of yours, which is allowed many more; or try again then"))
            }
            Self::Deb(error) => error.hint(),
            Self::Provenance(error) => error.hint(),
            Self::Release(error) => error.hint(),
            Self::Rust(error) => error.hint(),
            Self::Vendor(error) => error.hint(),
            Self::Unseen { unseen, .. } => unseen.hint.clone(),
            Self::Download(error) => error.hint(),
            Self::Python(error) => error.hint(),
            Self::Pylock(PylockError::Foreign { from: "a directory", .. }) => {
                Some("the project itself is importable without being listed; take `-e .` out".to_owned())
            }
            Self::OtherIndex { .. } => {
                Some("`registries` binds the name; take the other index out of the project's own settings".to_owned())
            }
            Self::InFiles { source, places } => {
                source.hint().or_else(|| Some(format!("change what {places} asks for, then `devshell lock`")))
            }
            _ => None,
        }
    }
}

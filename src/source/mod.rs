//! Sources: where tools come from. Each turns a requirement into locked artifacts for every
//! platform (`resolve`) and an artifact into addresses on the registry in force (`locate`).
//! One file per source; the only part of devshell that asks registries what there is.

mod deb;
mod fit;
mod host;
mod npm;
mod outdated;
mod pypi;
mod question;
mod update;
mod url;

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use ::url::Url;

pub use self::url::DownloadError;
pub use deb::{ClosureError, DebError, IndexError};
pub use fit::Misfit;
use fit::Unfit;
pub use npm::{Offer, TreeError, commands_of};
pub use outdated::{Standing, newest, standings};
pub use pypi::{Interpreter, PackageResolver, PageError, Pylock, PylockError, PythonError, WantedPackages, lowest};
pub use update::{Change, Moves, Updated, bring_up_to_date, changes};

use crate::catalog::{self, UnknownTool};
use crate::hint::Hint;
use crate::host::Host;
use crate::lock::{Artifact, LockedPython, LockedTool};
use crate::manifest::{Manifest, Python};
use crate::name::{BadName, PackageVersion, SourceLabel, ToolName};
use crate::net::{Http, NetError, shown};
use crate::parallel;
use crate::registry::{NoNpmrc, ProjectNpmrc, RegistryError};
use crate::version::{Requirement, Scheme};

/// A source of tools.
pub trait Source: Sync {
    /// How its versions compare.
    fn scheme(&self) -> Scheme {
        Scheme::Semver
    }

    /// Finds the best version that satisfies the requirement, and its artifacts for every
    /// platform it exists for.
    fn resolve(&self, name: &ToolName, requirement: &Requirement) -> Result<LockedTool, ResolveError>;

    /// The version that `resolve` would choose today. `None` when none satisfies the requirement,
    /// and where there is nothing to choose from, as on the host.
    fn newest(&self, _name: &ToolName, _requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        Ok(None)
    }

    /// Whether an entry of a lock is one that `resolve` could have written, as far as that can be told
    /// without asking.
    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit>;

    /// Where an artifact may be fetched, the likeliest address first. The second address is
    /// asked for only when the first has nothing.
    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError>;
}

/// An address, and what to send along.
#[derive(Debug)]
pub struct Location {
    pub url: Url,
    pub authorization: Option<String>,
    /// What to do about credentials that are not sent along.
    pub kept_back: Option<String>,
}

/// Finds out which packages a package needs, and where each belongs. That is npm's own knowledge,
/// so the one implementation asks npm.
pub trait Solver: Sync {
    /// The text of the `package-lock.json` for a project that needs just this package.
    fn package_lock(&self, wanted: &Wanted) -> Result<String, SolveError>;
}

/// A package whose tree is wanted.
#[derive(Debug)]
pub struct Wanted<'a> {
    pub package: &'a str,
    pub version: &'a str,
    /// The registries in force and their credentials, as an npmrc file says it.
    pub settings: &'a str,
}

/// Why npm has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    #[error("npm, which knows that, cannot be had: {text}")]
    NoNpm { text: String, hint: Option<String> },
    #[error("npm says: {0}")]
    Npm(String),
    #[error("it needs a package that is not from the registry, so that nobody vouches for its bytes: {0}")]
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
    #[error("{} has no package `{package}`", asked(*.from, .bound.as_ref()))]
    NoPackage { package: String, from: SourceLabel, bound: Option<Url> },
    #[error("no version of `{tool}` satisfies `{requirement}`")]
    NoVersion { tool: ToolName, requirement: Requirement, newest: Option<String>, line: Option<usize> },
    #[error("what `{tool}` depends on cannot be found out")]
    Solve { tool: ToolName, source: SolveError },
    #[error("`{tool}` {version} cannot be locked")]
    Tree { tool: ToolName, version: String, source: TreeError },
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
    #[error("none of the files that the index has of `{package}` has a hash that is given")]
    OtherHash { package: String },
    #[error("the packages of {places} cannot be locked")]
    InFiles { places: String, source: Box<ResolveError> },
    #[error("`{package}` cannot be looked up")]
    Net { package: String, source: NetError },
    #[error(transparent)]
    Deb(#[from] DebError),
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// What a registry says of a package, as the type that a lock has for it.
fn named<T: FromStr<Err = BadName>>(package: &str, text: &str) -> Result<T, ResolveError> {
    text.parse().map_err(|source| ResolveError::Name { package: package.to_owned(), source })
}

/// How messages call the registry that was asked.
fn asked(source: SourceLabel, bound: Option<&Url>) -> String {
    match (source, bound) {
        (SourceLabel::Pypi, None) => "the Python package index".to_owned(),
        (SourceLabel::Pypi, Some(url)) => format!("the index `{}`", shown(url)),
        (_, None) => "the npm registry".to_owned(),
        (_, Some(url)) => format!("the registry `{}`", shown(url)),
    }
}

impl Hint for ResolveError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownTool(error) => error.hint(),
            Self::Registry(error) => error.hint(),
            Self::NoPackage { bound: Some(_), .. } => {
                Some("`registries` binds the name, so that it is asked of no other registry".to_owned())
            }
            Self::NoPackage { from: SourceLabel::Pypi, .. } => {
                Some("check the spelling, and the index in `registries`, UV_DEFAULT_INDEX or pip's settings".to_owned())
            }
            Self::NoPackage { .. } => Some("check the spelling, and the registry in `.npmrc`".to_owned()),
            Self::NoVersion { newest: Some(newest), line, .. } => {
                let place = line.map(|line| format!(" at line {line} of the manifest")).unwrap_or_default();
                Some(format!("the newest is {newest}; relax the requirement{place}"))
            }
            Self::Solve { source, .. } => source.hint(),
            Self::Tree { source: TreeError::Foreign { .. }, .. } => Some(FOREIGN_HINT.to_owned()),
            Self::Net { source, .. } => source.hint(),
            Self::Deb(error) => error.hint(),
            Self::Download(error) => error.hint(),
            Self::Python(error) => error.hint(),
            Self::Pylock(PylockError::NoWheel { package, .. }) => Some(format!(
                "if its build may run on your machines, say so: \"python\": {{ …, \"allow-build\": [\"{package}\"] }}"
            )),
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

/// Every source, ready to be asked.
pub struct Sources<'a> {
    deb: deb::DebSource<'a>,
    host: host::HostSource,
    npm: npm::NpmSource<'a>,
    pypi: pypi::PypiSource<'a>,
    url: url::UrlSource<'a>,
}

impl<'a> Sources<'a> {
    /// Sets the sources up for a project. Nothing is read or asked yet.
    pub fn new(
        host: &'a Host,
        http: &'a Http,
        root: &Path,
        manifest: &Manifest,
        npmrc: Arc<dyn ProjectNpmrc + 'a>,
    ) -> Self {
        Self {
            deb: deb::DebSource::new(host, http, root, manifest),
            host: host::HostSource,
            npm: npm::NpmSource::new(host, http, manifest, npmrc),
            pypi: pypi::PypiSource::new(host, http, manifest),
            url: url::UrlSource::new(http, manifest),
        }
    }

    /// The same where no project has an `.npmrc`.
    pub fn without_npmrc(host: &'a Host, http: &'a Http, root: &Path, manifest: &Manifest) -> Self {
        Self::new(host, http, root, manifest, Arc::new(NoNpmrc))
    }

    /// The same sources, and who finds out what packages of npm depend on.
    #[must_use]
    pub fn with_solver(mut self, solver: Box<dyn Solver + 'a>) -> Self {
        self.npm.solver = Some(solver);
        self
    }

    /// The same sources, and who knows what packages of Python depend on.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Box<dyn PackageResolver + 'a>) -> Self {
        self.pypi.resolver = Some(resolver);
        self
    }

    /// The source of a label.
    pub fn of(&self, label: SourceLabel) -> &dyn Source {
        match label {
            SourceLabel::Deb => &self.deb,
            SourceLabel::Host => &self.host,
            SourceLabel::Npm => &self.npm,
            SourceLabel::Pypi => &self.pypi,
            SourceLabel::Url => &self.url,
        }
    }

    /// The source that a tool comes from.
    pub fn of_tool(&self, tool: &ToolName) -> Result<&dyn Source, UnknownTool> {
        Ok(self.of(catalog::find(tool)?.source))
    }

    /// Resolves what a manifest asks of Python, keeping the versions of a previous lock where they
    /// still fit. Of an interpreter that is Debian's, the version is given.
    pub fn python(
        &self,
        python: &Python,
        debian: Option<PackageVersion>,
        previous: Option<&LockedPython>,
    ) -> Result<LockedPython, ResolveError> {
        self.pypi.python(python, debian, previous)
    }

    fn python_fits(&self, python: &LockedPython) -> Result<(), Unfit> {
        self.pypi.python_fits(python)
    }

    /// The address of the index that a Python package is asked of.
    pub fn python_index_of(&self, package: &str) -> Result<Url, ResolveError> {
        self.pypi.index_of(package)
    }

    /// Expects of the indexes that tools were just found in that they are not behind a previous lock.
    pub fn check_not_behind(&self, found: &[LockedTool], previous: &[LockedTool]) -> Result<(), ResolveError> {
        self.deb.check_not_behind(found, previous)
    }

    /// Whether Debian packages that mirrors have dropped can still be had.
    pub fn has_snapshots(&self) -> bool {
        self.deb.has_snapshots()
    }

    /// What the npm registry finds for a text, the best first.
    pub fn search(&self, text: &str) -> Result<Vec<Offer>, ResolveError> {
        self.npm.search(text)
    }
}

/// How many questions are asked at once.
const AT_ONCE: usize = 32;

/// Does the same work for several things at once: a registry's latency is what takes the time.
fn at_once<T: Send, R: Send>(things: impl IntoIterator<Item = T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    parallel::map(things, AT_ONCE, work)
}

/// All answers, or else everything that went wrong.
fn all<T, E>(answers: impl IntoIterator<Item = Result<T, E>>) -> Result<Vec<T>, Vec<E>> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(one) => good.push(one),
            Err(error) => bad.push(error),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

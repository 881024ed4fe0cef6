//! The source `pypi`: native executables in wheels, which are unpacked like any archive, and
//! programs in Python, each with all packages it needs, which uv finds out and installs.

mod fit;
mod marker;
mod page;
mod pylock;
mod project;
mod wheel;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use url::Url;

use self::page::File;
pub use self::page::PageError;
pub use self::project::Interpreter;
pub use self::pylock::{PylockError, lowest};
use super::fit::Unfit;
use super::question::Question;
use super::{Location, Missing, ResolveError, Source, Words, named};
use crate::archive::Format;
use crate::catalog::{self, Entry, PypiEntry};
use crate::host::Host;
use crate::lock::{Artifact, LockedPython, LockedTool};
use crate::manifest::{Manifest, Python, RequirementsFile};
use crate::name::{BadName, PackageVersion, SourceLabel, ToolName, normalized};
use crate::net::{Http, Redirects, Vouched};
use crate::platform::Platform;
use crate::registry::PypiIndex;
use crate::version::{Requirement, Scheme};

pub struct PypiSource<'a> {
    host: &'a Host,
    http: &'a Http,
    manifest: Manifest,
    index: OnceLock<PypiIndex>,
    pages: Mutex<HashMap<String, Arc<Vec<File>>>>,
    /// Knows the default index, and finds out what packages need.
    pub resolver: Option<Box<dyn PackageResolver + 'a>>,
}

/// Finds out which packages some packages need. That is uv's own knowledge, so the one
/// implementation asks uv.
pub trait PackageResolver: Sync {
    /// The index that uv asks by default.
    fn default_index(&self) -> Result<Url, PythonError>;

    /// The text of a `pylock.toml` with everything that is needed, for all platforms.
    fn pylock(&self, wanted: &WantedPackages) -> Result<Pylock, PythonError>;

    /// The newest interpreter that uv has a build of and that satisfies a requirement.
    fn interpreter(&self, requirement: &Requirement) -> Result<Interpreter, PythonError>;

    /// uv's own version.
    fn version(&self) -> Result<PackageVersion, PythonError>;
}

/// What uv found.
#[derive(Debug)]
pub struct Pylock {
    pub text: String,
    /// From this Python on some package has nothing that could be installed.
    pub below: Option<PackageVersion>,
}

/// Packages that are wanted, with all they need.
#[derive(Debug)]
pub struct WantedPackages<'a> {
    /// Requirements as PEP 508 writes them.
    pub requirements: Vec<String>,
    /// Files with more of them, whose texts `python` has.
    pub files: &'a [RequirementsFile],
    pub index: &'a PypiIndex,
    pub python: &'a Python,
    /// The version of the interpreter, where one is locked.
    pub interpreter: Option<&'a str>,
    /// Versions to keep where they still fit.
    pub previous: &'a [Artifact],
    /// Whether one version of each package should do for every Python asked for.
    pub fewest: bool,
}

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

impl crate::hint::Hint for PythonError {
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

impl<'a> PypiSource<'a> {
    pub fn new(host: &'a Host, http: &'a Http, manifest: &Manifest) -> Self {
        let manifest = manifest.clone();
        Self { host, http, manifest, index: OnceLock::new(), pages: Mutex::default(), resolver: None }
    }

    /// The active indexes. The settings are read when they are first needed.
    pub fn index(&self) -> Result<&PypiIndex, ResolveError> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let index = PypiIndex::in_force(self.host, &self.manifest.registries)?;
        Ok(self.index.get_or_init(|| index))
    }

    /// Whether the Python of a lock is one that `python` could have written.
    pub fn python_fits(&self, locked: &LockedPython) -> Result<(), Unfit> {
        fit::check_python(locked, &self.manifest.interpreter())
    }

    fn resolver(&self) -> &dyn PackageResolver {
        self.resolver.as_deref().expect("asking for Python packages needs a resolver")
    }

    /// The address of a package's index.
    pub fn index_of(&self, package: &str) -> Result<Url, ResolveError> {
        match self.index()?.of(package) {
            Some(url) => Ok(url.clone()),
            None => Ok(self.resolver().default_index()?),
        }
    }

    /// The files of a package.
    fn files(&self, package: &str) -> Result<Arc<Vec<File>>, ResolveError> {
        let name = normalized(package);
        let known = || self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = known().get(&name) {
            return Ok(Arc::clone(files));
        }
        let index = self.index_of(&name)?;
        let is_bound = self.index()?.is_bound(&name);
        let url = PypiIndex::page(&index, &name);
        let authorization = PypiIndex::authorization(&index, &url);
        let question = Question {
            url: &url,
            accept: page::ACCEPT,
            authorization: authorization.as_deref(),
            redirects: if is_bound { Redirects::SameServer } else { Redirects::Anywhere },
            vouched: Vouched::ByNothing,
        };
        let body = question.ask(self.http, &self.host.cache("pypi-1")).map_err(|source| {
            if source.is_not_found() {
                ResolveError::NoPackage { package: name.clone(), from: &WORDS, bound: is_bound.then(|| index.clone()) }
            } else {
                let kept_back = self.index().ok().and_then(|settings| settings.kept_back(&url));
                ResolveError::Net {
                    package: name.clone(),
                    source: source.with_credentials(kept_back, WORDS.credentials),
                }
            }
        })?;
        let files = page::parse(&body, &url).map_err(|source| ResolveError::Page { package: name.clone(), source })?;
        Ok(Arc::clone(known().entry(name).or_insert(Arc::new(files))))
    }

    /// Whether the index that a package's name is bound to has a file with just these bytes.
    fn is_from_its_index(&self, artifact: &Artifact) -> Result<bool, ResolveError> {
        if !self.index()?.is_bound(&artifact.package) {
            return Ok(true);
        }
        let files = self.files(&artifact.package)?;
        Ok(files.iter().any(|file| {
            Some(file.name.as_str()) == artifact.file.as_deref() && file.integrity.as_ref() == Some(&artifact.integrity)
        }))
    }

    /// The packages that uv finds, as artifacts.
    fn packages(&self, wanted: &WantedPackages) -> Result<(Vec<Artifact>, Option<PackageVersion>), ResolveError> {
        let Pylock { text, below } = self.resolver().pylock(wanted)?;
        let allow_build: BTreeSet<String> = wanted.python.allow_build.iter().map(|name| normalized(name)).collect();
        let scope =
            pylock::Scope { python: &wanted.python.version, below: below.as_deref(), allow_build: &allow_build };
        let artifacts = pylock::artifacts(&text, scope)?;
        for artifact in &artifacts {
            if !self.is_from_its_index(artifact)? {
                return Err(ResolveError::OtherIndex { package: artifact.package.to_string() });
            }
        }
        Ok((artifacts, below))
    }

    /// A program in Python: the package, and all it needs.
    fn program(&self, entry: Option<&PypiEntry>, mut locked: LockedTool) -> Result<LockedTool, ResolveError> {
        let package = package_of(entry, &locked.tool);
        let interpreter = self.manifest.interpreter();
        let wanted = WantedPackages {
            requirements: vec![format!("{package}{}", specifiers(&locked.requirement))],
            files: &[],
            index: self.index()?,
            python: &interpreter,
            interpreter: None,
            previous: &[],
            fewest: true,
        };
        (locked.artifacts, locked.python_below) = self.packages(&wanted)?;
        let own = locked.artifacts.iter().filter(|artifact| *artifact.package == *package);
        locked.version = own.map(|artifact| artifact.version.clone()).max_by(|a, b| Scheme::Pep440.compare(a, b));
        locked.python = Some(interpreter.version);
        Ok(locked)
    }
}

/// What messages about indexes of Python packages say.
const WORDS: Words = Words {
    asks: "the Python package index",
    kind: "index",
    unknown: "check the spelling, and the index in `registries`, UV_DEFAULT_INDEX or pip's settings",
    credentials: "the index wants credentials: a login in its address, or in `.netrc`",
};

impl Source for PypiSource<'_> {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn scheme(&self) -> Scheme {
        Scheme::Pep440
    }

    fn resolve(&self, name: &ToolName, requirement: &Requirement) -> Result<LockedTool, ResolveError> {
        let entry = meaning(name)?;
        let locked = LockedTool::new(name.clone(), requirement.clone());
        let Some(entry) = entry.filter(|entry| entry.is_native()) else {
            return self.program(entry, locked);
        };
        let files = self.files(&entry.package)?;
        let releases = releases(&files);
        let version = choose(&releases, requirement).ok_or_else(|| ResolveError::NoVersion {
            tool: name.clone(),
            requirement: requirement.clone(),
            line: None,
            newest: choose(&releases, &Requirement::any()).map(str::to_owned),
        })?;
        let locked = LockedTool { version: Some(named(&entry.package, version)?), ..locked };
        native(entry, version, &releases[version], locked)
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let files = self.files(&package_of(meaning(name)?, name))?;
        Ok(choose(&releases(&files), requirement).map(str::to_owned))
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        fit::check(locked, &self.manifest.interpreter())
    }

    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError> {
        if attempt > 0 {
            return Ok(None);
        }
        let files = self.files(&artifact.package)?;
        let file = files.iter().find(|file| Some(file.name.as_str()) == artifact.file.as_deref());
        let index = self.index_of(&artifact.package)?;
        let settings = self.index()?;
        Ok(file.map(|File { url, .. }| Location {
            url: url.clone(),
            authorization: PypiIndex::authorization(&index, url),
            kept_back: settings.kept_back(url),
        }))
    }

    fn missing(&self, _asked: Option<&Url>) -> Missing {
        let hint = "check the index in `registries`, UV_DEFAULT_INDEX or pip's settings; `devshell update` moves to \
                    what it has";
        Missing { text: "is not on the active index".to_owned(), hint: Some(hint.to_owned()) }
    }
}

/// An executable for each platform that has a wheel in this version.
fn native(
    entry: &PypiEntry,
    version: &str,
    files: &[&File],
    mut locked: LockedTool,
) -> Result<LockedTool, ResolveError> {
    let mut chosen: BTreeMap<&str, (&File, Vec<Platform>)> = BTreeMap::new();
    for platform in Platform::ALL {
        let fitting = files.iter().filter_map(|file| {
            let wheel = file.wheel().filter(wheel::Wheel::is_for_any_python)?;
            let with_glibc = || platform.with_glibc().filter(|_| entry.is_static);
            let rank = wheel.rank(platform).or_else(|| wheel.rank(with_glibc()?))?;
            Some((rank, *file))
        });
        if let Some((_, file)) = fitting.min_by_key(|(rank, file)| (*rank, &file.name)) {
            chosen.entry(&file.name).or_insert((file, Vec::new())).1.push(platform);
        }
    }
    for (name, (file, platforms)) in chosen {
        let package = entry.package.clone();
        let no_hash = || ResolveError::NoHash { package: package.clone(), version: version.to_owned() };
        let integrity = file.integrity.clone().ok_or_else(no_hash)?;
        locked.artifacts.push(Artifact {
            platforms,
            file: Some(named(&package, name)?),
            unpack: Some(Format::Zip),
            ..Artifact::new(SourceLabel::Pypi, named(&package, &package)?, named(&package, version)?, integrity)
        });
    }
    for (command, path) in &entry.commands {
        // What an index calls a version may make it no path.
        let path = path.replace("{version}", version).parse();
        let no_command = |_| ResolveError::NoCommand { tool: locked.tool.clone(), version: version.to_owned() };
        locked.commands.insert(command.clone(), path.map_err(no_command)?);
    }
    Ok(locked)
}

/// A tool's entry in the catalog.
fn meaning(name: &ToolName) -> Result<Option<&'static PypiEntry>, ResolveError> {
    Ok(match catalog::find(name)?.entry {
        Some(Entry::Pypi(entry)) => Some(entry),
        _ => None,
    })
}

/// The normalised name of a tool's package.
fn package_of(entry: Option<&PypiEntry>, tool: &ToolName) -> String {
    normalized(entry.map_or(tool.package(), |entry| &entry.package))
}

/// A requirement after a package's name, as PEP 508 writes it.
fn specifiers(requirement: &Requirement) -> String {
    let specifiers = requirement.to_pep440();
    if specifiers.is_empty() { specifiers } else { format!(" {specifiers}") }
}

/// The wheels of each version.
fn releases(files: &[File]) -> BTreeMap<&str, Vec<&File>> {
    let mut releases: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in files {
        if let Some(wheel) = file.wheel() {
            releases.entry(wheel.version).or_default().push(file);
        }
    }
    releases
}

/// The highest version that satisfies a requirement. Yanked ones are passed over unless the
/// requirement names just that one (PEP 592), and pre-releases unless it names one; both also
/// when there is nothing else.
fn choose<'f>(releases: &BTreeMap<&'f str, Vec<&File>>, requirement: &Requirement) -> Option<&'f str> {
    let accepted = releases.keys().copied().filter(|version| requirement.accepts(version, Scheme::Pep440));
    let mut accepted: Vec<&str> = accepted.collect();
    accepted.sort_by(|a, b| Scheme::Pep440.compare(b, a));
    let is_current = |version: &&&str| !releases[**version].iter().all(|file| file.is_yanked);
    let is_release =
        |version: &&&str| requirement.wants_prerelease(Scheme::Pep440) || !Scheme::Pep440.is_prerelease(version);
    let current = || accepted.iter().filter(is_current);
    let names_one = || requirement.as_str().starts_with('=').then(|| accepted.first()).flatten();
    current().find(is_release).or_else(|| current().next()).or_else(names_one).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_that_stands_is_chosen() {
        let files: Vec<File> = [("1.9", false), ("1.10", false), ("2.0", true), ("3.0rc1", false)]
            .map(|(version, is_yanked)| File {
                name: format!("a-{version}-py3-none-any.whl"),
                url: Url::parse("http://a.example/").unwrap(),
                integrity: None,
                is_yanked,
            })
            .to_vec();
        let releases = releases(&files);
        for (requirement, expected) in [
            ("*", Some("1.10")),
            ("1.9", Some("1.9")),
            ("2", None),
            ("=2.0", Some("2.0")),
            ("3", Some("3.0rc1")),
            ("=3.0rc1", Some("3.0rc1")),
            (">=4", None),
        ] {
            assert_eq!(choose(&releases, &requirement.parse().unwrap()), expected, "{requirement}");
        }
        assert_eq!(specifiers(&"^1.2".parse().unwrap()), " >=1.2,==1.*");
    }
}

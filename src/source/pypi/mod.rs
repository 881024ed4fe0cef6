//! The source `pypi`: native executables in wheels, which are unpacked like any archive, and
//! programs in Python, each with all packages it needs, which uv finds out and installs.

mod attestation;
mod error;
mod addresses;
mod fit;
mod marker;
mod native;
mod page;
mod pylock;
mod project;
mod pythons;
mod resolver;
mod times;
mod wheel;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use url::Url;

pub use self::error::{PythonError, Wheelless};
pub use self::marker::environments;
use self::native::{choose, native, releases};
use self::page::File;
pub use self::page::PageError;
pub use self::project::Previous;
pub use self::pylock::{PylockError, sdists};
pub use self::pythons::Pythons;
pub use self::resolver::{Interpreter, Limit, PackageResolver, Pylock, WantedPackages};
use super::age::Ages;
use super::fit::Unfit;
use super::once::Once;
use super::passed::{Passed, PassedOver};
use super::question::Question;
use super::{Asked, Attested, Location, Missing, ResolveError, Source, Words, additions, alone, named};
use crate::catalog::{self, PypiEntry};
use crate::host::Host;
use crate::lock::{Artifact, LockedPython, LockedTool};
use crate::manifest::Manifest;
use crate::name::{PackageVersion, SourceLabel, ToolName, normalized};
use crate::net::{Http, Redirects};
use crate::platform::{Platform, Platforms};
use crate::registry::PypiIndex;
use crate::version::{Requirement, Scheme};

pub struct PypiSource<'a> {
    host: &'a Host,
    http: &'a Http,
    manifest: Manifest,
    ages: Arc<Ages<'a>>,
    passed: PassedOver,
    index: OnceLock<PypiIndex>,
    pages: Once<String, Vec<File>>,
    /// What an index has about files, by address.
    attested: Once<Url, Vec<u8>>,
    /// Knows the default index, and finds out what packages need.
    pub resolver: Option<Box<dyn PackageResolver + 'a>>,
}

impl<'a> PypiSource<'a> {
    pub fn new(host: &'a Host, http: &'a Http, (manifest, ages): (&Manifest, &Arc<Ages<'a>>)) -> Self {
        let (manifest, ages, passed) = (manifest.clone(), Arc::clone(ages), PassedOver::default());
        let (index, pages, attested) = (OnceLock::new(), Once::default(), Once::default());
        Self { host, http, manifest, ages, passed, index, pages, attested, resolver: None }
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
        self.pages.get(normalized(package), |name| {
            let index = self.index_of(name)?;
            let url = PypiIndex::page(&index, name);
            let body = self.ask((name, &index), &url, page::ACCEPT, None)?;
            page::parse(&body, &url).map_err(|source| ResolveError::Page { package: name.clone(), source })
        })
    }

    /// What the index of a package answers; `nothing` is the answer that it means by having none, if that is one.
    fn ask(
        &self,
        (package, index): (&str, &Url),
        url: &Url,
        accept: &str,
        nothing: Option<&[u8]>,
    ) -> Result<Vec<u8>, ResolveError> {
        let settings = self.index()?;
        let is_bound = settings.is_bound(package);
        let authorization = PypiIndex::authorization(index, url);
        let question = Question {
            secret: authorization.as_deref().map(|value| ("authorization", value)),
            redirects: if is_bound { Redirects::SameServer } else { Redirects::Anywhere },
            nothing,
            ..Question::new(url, accept)
        };
        question.ask(self.http, &self.host.cache("pypi-1")).map_err(|source| {
            let package = package.to_owned();
            if source.is_not_found() {
                return ResolveError::NoPackage { package, from: &WORDS, bound: is_bound.then(|| index.clone()) };
            }
            let source = source.with_credentials(settings.kept_back(url), WORDS.credentials);
            ResolveError::Net { package, source }
        })
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
    fn packages(&self, wanted: WantedPackages) -> Result<(Vec<Artifact>, Option<PackageVersion>), ResolveError> {
        let allow_build: BTreeSet<String> = wanted.python.allow_build.iter().map(|name| normalized(name)).collect();
        let requirement = &wanted.python.version;
        let all = Pythons::of(requirement, None);
        // What may be built is not built where there is a wheel.
        let with_wheel = |name: &str| self.with_wheel(name, &all, wanted.platforms);
        let is_bare = |name: &&String| !with_wheel(name).is_ok_and(|version| version.is_some());
        let from_source = allow_build.iter().filter(is_bare).cloned().collect();
        let needs_build = |mut packages: Vec<Wheelless>| {
            for package in &mut packages {
                package.other = with_wheel(&package.name).unwrap_or_default();
            }
            PythonError::NeedsBuild { packages, pythons: requirement.clone() }
        };
        let wanted = WantedPackages { from_source, ..wanted };
        let Pylock { text, below } = self.resolver().pylock(&wanted).map_err(|error| match error {
            PythonError::NeedsBuild { packages, .. } => needs_build(packages),
            error => times::explained(error, &wanted.limit),
        })?;
        let pythons = Pythons::of(requirement, below.as_deref());
        let scope = pylock::Scope { pythons: &pythons, platforms: wanted.platforms, allow_build: &allow_build };
        let found = pylock::found(&text, scope)?;
        if !found.without.is_empty() {
            let packages = found.without.into_iter().map(|(name, _)| Wheelless::new(name)).collect();
            return Err(needs_build(packages).into());
        }
        for artifact in &found.artifacts {
            if !self.is_from_its_index(artifact)? {
                return Err(ResolveError::OtherIndex { package: artifact.package.to_string() });
            }
        }
        Ok((found.artifacts, below))
    }

    /// The newest version of a package with wheels for one of these Pythons, on Linux and on macOS as far as these are
    /// wanted.
    fn with_wheel(&self, package: &str, pythons: &Pythons, wanted: Platforms) -> Result<Option<String>, ResolveError> {
        let usual: Platforms = [Platform::X8664Linux, Platform::Aarch64Darwin].into_iter().collect();
        let needed = if wanted.and(usual).is_empty() { wanted } else { wanted.and(usual) };
        let files = self.files(package)?;
        let minors = pythons.minors();
        let platforms = |file: &&File| {
            let wheel = file.wheel().filter(|wheel| !file.is_yanked && wheel.fits_any_of(&minors));
            wheel.map(|wheel| wheel.platforms()).unwrap_or_default()
        };
        let mut releases = releases(files.iter());
        releases.retain(|_, files| {
            let platforms: Platforms = files.iter().flat_map(platforms).collect();
            needed.without(platforms).is_empty()
        });
        Ok(choose(&releases, &Requirement::any()).map(str::to_owned))
    }

    /// A program in Python: the package, and all it needs.
    fn program(&self, entry: Option<&PypiEntry>, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let mut locked = asked.unlocked();
        let package = package_of(entry, &locked.tool);
        let interpreter = self.manifest.interpreter();
        locked.with = additions(&self.manifest, &locked.tool, &locked.requirement, SourceLabel::Pypi)?.to_vec();
        let written = |package: &str, requirement| format!("{package}{}", specifiers(requirement));
        let beside = locked.with.iter().map(|addition| written(&addition.package, &addition.requirement));
        let wanted = WantedPackages {
            requirements: std::iter::once(written(&package, &asked.accepted())).chain(beside).collect(),
            files: &[],
            index: self.index()?,
            python: &interpreter,
            platforms: interpreter.origin.platforms(asked.platforms),
            limit: self.limit_of(&package, asked)?,
            from_source: Vec::new(),
            interpreter: None,
            previous: &[],
            fewest: true,
        };
        (locked.artifacts, locked.python_below) = self.packages(wanted)?;
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

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let entry = meaning(asked.name)?;
        let Some(entry) = entry.filter(|entry| entry.is_native()) else {
            return self.program(entry, asked);
        };
        alone(&self.manifest, asked.name, asked.requirement)?;
        let files = self.files(&entry.package)?;
        let releases = self.old_enough(&files, asked)?;
        let newest = || choose(&releases, &Requirement::any()).map(str::to_owned);
        let version = choose(&releases, &asked.accepted()).ok_or_else(|| asked.no_version(newest()))?;
        let locked = LockedTool { version: Some(named(&entry.package, version)?), ..asked.unlocked() };
        native(entry, version, &releases[version], asked.platforms, locked)
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let files = self.files(&package_of(meaning(name)?, name))?;
        let asked = Asked::best(name, requirement, self.manifest.platforms);
        Ok(choose(&self.old_enough(&files, &asked)?, requirement).map(str::to_owned))
    }

    fn attested(&self, locked: &LockedTool, is_expected: bool) -> Result<Attested, ResolveError> {
        self.attested_files(locked, is_expected)
    }

    fn passed(&self) -> Vec<Passed> {
        self.passed.all()
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
        Ok(file.map(|File { url, .. }| {
            let authorization = PypiIndex::authorization(&index, url);
            Location::with_authorization(url.clone(), authorization, settings.kept_back(url))
        }))
    }

    fn missing(&self, _asked: Option<&Url>) -> Missing {
        let hint = "check the index in `registries`, UV_DEFAULT_INDEX or pip's settings; `devshell update` moves to \
                    what it has";
        Missing { text: "is not on the active index".to_owned(), hint: Some(hint.to_owned()) }
    }

    fn addresses(&self) -> Result<Vec<Url>, ResolveError> {
        addresses::of(self)
    }
}

/// A tool's entry in the catalog.
fn meaning(name: &ToolName) -> Result<Option<&'static PypiEntry>, ResolveError> {
    catalog::find(name)?;
    Ok(catalog::pypi_entry(name))
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

#[cfg(test)]
mod tests {
    use super::specifiers;

    #[test]
    fn requirements_are_written_as_uv_reads_them() {
        assert_eq!(specifiers(&"^1.2".parse().unwrap()), " >=1.2,==1.*");
        assert_eq!(specifiers(&"*".parse().unwrap()), "");
    }
}

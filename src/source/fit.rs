//! Whether a lock fits: whether each entry is what its tool's name means, as far as that is known
//! without asking a registry. A lock comes out of a repository, so a hash in it identifies bytes and
//! not for whose bytes they are. Each source knows what it would have locked.

use std::collections::BTreeSet;

use super::Sources;
use crate::lock::{Artifact, Entry, Lock, LockedTool, configurer};
use crate::manifest::Addition;
use crate::name::SourceLabel;
use crate::platform::Platform;
use crate::version::Scheme;

/// What an entry has that its tool cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Which of the artifacts, where it is one's.
    pub artifact: Option<usize>,
    /// What is wrong, to follow the tool's name.
    pub text: String,
}

/// An entry of a lock that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub entry: Entry,
    pub unfit: Unfit,
}

impl Unfit {
    pub fn new(text: impl Into<String>) -> Self {
        Self { artifact: None, text: text.into() }
    }

    pub fn of(artifact: usize, text: impl Into<String>) -> Self {
        Self { artifact: Some(artifact), text: text.into() }
    }
}

impl Sources<'_> {
    /// Whether one entry of a lock is what its tool means.
    pub fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        // That the name is known comes first.
        self.of_tool(&locked.tool).map_err(|error| Unfit::new(error.to_string()))?;
        let source = locked.source().ok_or_else(|| Unfit::new("is of no source"))?;
        self.of(source).fits(locked)
    }

    /// Whether one entry is what the packages of a release of Debian are configured with.
    fn configures(&self, locked: &LockedTool) -> Result<(), Unfit> {
        if locked.tool != configurer() {
            return Err(Unfit::new("does not configure Debian packages"));
        }
        self.fits(locked)
    }

    /// Takes out of a lock what is not what its tools mean.
    pub fn keep_fitting(&self, lock: &mut Lock) {
        lock.tools.retain(|locked| self.fits(locked).is_ok());
        lock.configuring.retain(|locked| self.configures(locked).is_ok());
        lock.python = lock.python.take().filter(|python| self.python_fits(python).is_ok());
    }

    /// The entries of a lock that are not what their tools mean.
    pub fn misfits(&self, lock: &Lock) -> Vec<Misfit> {
        let tool = |locked: &LockedTool| Entry::Tool((locked.tool.clone(), locked.requirement.clone()));
        let tools = lock.tools.iter().map(|locked| (tool(locked), self.fits(locked)));
        let suite = |locked: &LockedTool| Entry::Configuring(locked.suite.clone());
        let is_second = |locked: &LockedTool| {
            let first = locked.suite.as_ref().and_then(|suite| lock.configuring(suite));
            first.is_some_and(|first| !std::ptr::eq(first, locked))
        };
        let second = || Err(Unfit::new("is the second one for its release"));
        let configures = |locked: &LockedTool| if is_second(locked) { second() } else { self.configures(locked) };
        let configuring = lock.configuring.iter().map(|locked| (suite(locked), configures(locked)));
        let python = lock.python.iter().map(|python| (Entry::Python, self.python_fits(python)));
        let all = tools.chain(configuring).chain(python);
        all.filter_map(|(entry, fits)| fits.err().map(|unfit| Misfit { entry, unfit })).collect()
    }
}

/// What each source's own rule begins with: the version is one that was asked for, and the artifacts
/// are of one registry and have nothing that only other registries' have. Returns the version.
pub fn version(locked: &LockedTool, scheme: Scheme) -> Result<&str, Unfit> {
    let version = locked.version.as_deref().ok_or_else(|| Unfit::new("has no version"))?;
    if !locked.requirement.accepts(version, scheme) {
        return Err(Unfit::new(format!("{version} does not satisfy `{}`", locked.requirement)));
    }
    if locked.artifacts.is_empty() {
        return Err(Unfit::new("has no artifacts"));
    }
    Ok(version)
}

/// Expects that the lock names commands. Where it names none, they would be looked for in the artifact.
pub fn has_commands(locked: &LockedTool) -> Result<(), Unfit> {
    if locked.commands.is_empty() { Err(Unfit::new("has no command")) } else { Ok(()) }
}

/// The keys of an artifact that only some registries' have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    pub path: bool,
    pub file: bool,
    pub tag: bool,
    pub index: bool,
    pub marker: bool,
}

/// Expects that an artifact is a registry's, and has just those of these keys that it may have.
pub fn keys(place: usize, artifact: &Artifact, registry: SourceLabel, allowed: Keys) -> Result<(), Unfit> {
    if artifact.registry != registry {
        return Err(Unfit::of(place, format!("is from {registry}, and the artifact from {}", artifact.registry)));
    }
    if artifact.package.is_repository() && !registry.is_forge() {
        return Err(Unfit::of(place, format!("is from {registry}, where no package is called `{}`", artifact.package)));
    }
    let surplus = [
        ("path", artifact.path.is_some() && !allowed.path),
        ("file", artifact.file.is_some() && !allowed.file),
        ("tag", artifact.tag.is_some() && !allowed.tag),
        ("index", artifact.index.is_some() && !allowed.index),
        ("marker", artifact.marker.is_some() && !allowed.marker),
    ];
    match surplus.into_iter().find(|(_, is_surplus)| *is_surplus) {
        Some((key, _)) => Err(Unfit::of(place, format!("is from {registry}, where an artifact has no `{key}`"))),
        None => Ok(()),
    }
}

/// Expects that there is one artifact at most for each platform.
pub fn one_for_each_platform(artifacts: &[Artifact]) -> Result<(), Unfit> {
    let mut seen = BTreeSet::new();
    for (place, artifact) in artifacts.iter().enumerate() {
        let platforms = if artifact.platforms.is_empty() { Platform::ALL.as_slice() } else { &artifact.platforms };
        if let Some(platform) = platforms.iter().find(|platform| !seen.insert(**platform)) {
            return Err(Unfit::of(place, format!("has two artifacts for {platform}")));
        }
    }
    Ok(())
}

/// Expects that an artifact has the package and the version that the tool has.
pub fn same(place: usize, artifact: &Artifact, package: &str, version: &str) -> Result<(), Unfit> {
    if *artifact.package != *package {
        return Err(Unfit::of(
            place,
            format!("is the package `{package}`, and the artifact is `{}`", artifact.package),
        ));
    }
    if *artifact.version != *version {
        return Err(Unfit::of(place, format!("is {version}, and its artifact is {}", artifact.version)));
    }
    Ok(())
}

/// Expects that each package beside a tool is among its artifacts, in a version that was asked for. `is_there` says
/// which artifact is one.
pub fn additions(
    locked: &LockedTool,
    scheme: Scheme,
    is_there: impl Fn(&Addition, &Artifact) -> bool,
) -> Result<(), Unfit> {
    let lacks = |addition: &&Addition| {
        let mut versions =
            locked.artifacts.iter().filter(|artifact| is_there(addition, artifact)).map(|it| &it.version);
        !versions.any(|version| addition.requirement.accepts(version, scheme))
    };
    match locked.with.iter().find(lacks) {
        Some(addition) => Err(Unfit::new(format!("has no `{addition}` beside it"))),
        None => Ok(()),
    }
}

/// The keys of a tool's entry that only some sources' have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    pub suite: bool,
    pub runtime: bool,
    pub python: bool,
    pub with: bool,
    pub toolchain: bool,
    pub provenance: bool,
}

/// Expects that a tool's entry has just those of these keys that it may have.
pub fn traits(locked: &LockedTool, allowed: Traits) -> Result<(), Unfit> {
    let surplus = [
        ("suite", locked.suite.is_some() && !allowed.suite),
        ("runtime", locked.runtime.is_some() && !allowed.runtime),
        ("with", !locked.with.is_empty() && !allowed.with),
        ("toolchain", locked.toolchain.is_some() && !allowed.toolchain),
        ("provenance", locked.provenance.is_some() && !allowed.provenance),
        ("python", (locked.python.is_some() || locked.python_below.is_some()) && !allowed.python),
    ];
    match surplus.into_iter().find(|(_, is_surplus)| *is_surplus) {
        Some((key, _)) => Err(Unfit::new(format!("is not a tool that has a `{key}`"))),
        None => Ok(()),
    }
}

//! The source `rust`: the toolchain, from the releases of the Rust project. A channel's manifest has the hash of each
//! component for each machine; a lock has those that the manifest asks for, and the store merges them.

mod channels;
mod choice;
mod error;
mod find;
mod fit;
mod release;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use self::channels::{Channels, ReleaseName};
use self::choice::{CORE, Choice, Lack, choose};
pub use self::error::RustError;
use self::release::Release;
use self::words::WORDS;
use super::age::Ages;
use super::fit::Unfit;
use super::passed::{Passed, PassedOver};
use super::{Asked, Location, Missing, ResolveError, Source, Unreachable, Words, named};
use crate::catalog;
use crate::digest::Integrity;
use crate::host::Host;
use crate::lock::{Artifact, LockedTool};
use crate::manifest::{Manifest, Tool, Toolchain, ToolchainParts};
use crate::name::{PackageVersion, SourceLabel, ToolName};
use crate::net::{Http, shown};
use crate::platform::Platform;
use crate::version::{Requirement, Scheme};

pub struct RustSource<'a> {
    manifest: Manifest,
    ages: Arc<Ages<'a>>,
    channels: Channels<'a>,
    passed: PassedOver,
    /// Why a nightly is not the newest one, by its version.
    steps_back: Mutex<BTreeMap<String, String>>,
}

impl<'a> RustSource<'a> {
    pub fn new(host: &'a Host, http: &'a Http, (manifest, ages): (&Manifest, &Arc<Ages<'a>>)) -> Self {
        let channels = Channels::new(host, http, manifest.registries.clone());
        let (ages, passed) = (Arc::clone(ages), PassedOver::default());
        Self { manifest: manifest.clone(), ages, channels, passed, steps_back: Mutex::default() }
    }
}

impl Source for RustSource<'_> {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn scheme(&self) -> Scheme {
        Scheme::Semver
    }

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let name = asked.name;
        let parts = self.parts(name, asked.requirement);
        let Some(release) = self.find(asked, &parts)? else { return Err(self.no_version(name, asked.requirement)?) };
        let version: PackageVersion = named(name.as_str(), &release.version())?;
        let choice = choose(&release, &parts).map_err(|lack| failed(&release, lack))?;
        let artifacts = artifacts(&choice, &version)?;
        let unlocked = asked.unlocked();
        let mut locked = LockedTool { version: Some(version), toolchain: Some(parts), artifacts, ..unlocked };
        locked.keep_for(asked.platforms);
        Ok(locked)
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let asked = Asked::best(name, requirement, self.manifest.platforms);
        let found = self.find(&asked, &self.parts(name, requirement))?;
        Ok(found.map(|release| release.version()))
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        fit::check(locked)
    }

    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError> {
        let Some(file) = artifact.file.as_ref().filter(|_| attempt == 0) else { return Ok(None) };
        let url = self.channels.server()?.url(file);
        Ok(Some(Location::open(url)))
    }

    fn missing(&self, asked: Option<&Url>) -> Missing {
        let hint =
            "if `registries` names a mirror, it may lack old releases; `devshell update rust` locks what there is"
                .to_owned();
        let text = asked.map_or_else(|| "has no address".to_owned(), |url| format!("is not at `{}`", shown(url)));
        Missing { text, hint: Some(hint) }
    }

    fn passed(&self) -> Vec<Passed> {
        self.passed.all()
    }

    fn notes(&self, locked: &LockedTool) -> Vec<String> {
        let version = locked.version.as_deref().unwrap_or_default();
        let why_older = self.steps_back.lock().unwrap_or_else(PoisonError::into_inner).get(version).cloned();
        let holes = holes(locked).into_iter().map(|(component, platforms)| {
            format!("{} {version} has no `{component}` for {}", locked.tool, listed(&platforms))
        });
        why_older.into_iter().chain(holes).collect()
    }

    /// Asks for the hash of the newest release, if the manifest has tools of this source.
    fn addresses(&self) -> Result<Vec<Url>, ResolveError> {
        Ok(vec![self.channels.server()?.url("")])
    }

    fn check(&self, manifest: &Manifest) -> Vec<Result<String, Unreachable>> {
        let is_own = |tool: &Tool| catalog::find(&tool.name).is_ok_and(|meaning| meaning.source == SourceLabel::Rust);
        if !manifest.all_tools().any(is_own) {
            return Vec::new();
        }
        let checked = self.channels.check();
        vec![checked.map(|url| url.host_str().unwrap_or_default().to_owned()).map_err(Unreachable::from)]
    }
}

impl RustSource<'_> {
    /// What the manifest asks for besides a release.
    fn parts(&self, name: &ToolName, requirement: &Requirement) -> ToolchainParts {
        let tool = self.manifest.tool_or_other(name, requirement);
        tool.and_then(Tool::toolchain).map(Toolchain::parts).unwrap_or_default()
    }

    /// Why there is no version.
    fn no_version(&self, name: &ToolName, requirement: &Requirement) -> Result<ResolveError, ResolveError> {
        if requirement.channel().is_some() {
            return Ok(RustError::NoRelease(requirement.to_string()).into());
        }
        let newest = self.channels.release(&ReleaseName::new("stable", None))?.map(|release| release.version());
        let (tool, requirement) = (name.clone(), requirement.clone());
        Ok(ResolveError::NoVersion { tool, requirement, newest, line: None })
    }
}

fn failed(release: &Release, lack: Lack) -> ResolveError {
    RustError::Lack { version: release.version(), lack }.into()
}

/// One artifact for each file.
fn artifacts(choice: &Choice, version: &PackageVersion) -> Result<Vec<Artifact>, ResolveError> {
    let one = |((component, file), platforms): (&(&str, release::File), &BTreeSet<Platform>)| {
        let no_hash = || ResolveError::NoHash { package: (*component).to_owned(), version: version.to_string() };
        let integrity = Integrity::from_hex(file.hash).ok_or_else(no_hash)?;
        let artifact = Artifact::new(SourceLabel::Rust, named(component, component)?, version.clone(), integrity);
        let is_all = platforms.len() == Platform::ALL.len();
        Ok(Artifact {
            platforms: if is_all { Vec::new() } else { platforms.iter().copied().collect() },
            file: Some(named(component, file.path)?),
            unpack: Some(file.format),
            ..artifact
        })
    };
    choice.files.iter().map(one).collect()
}

/// The components that a toolchain lacks on some of the platforms it is for.
fn holes(locked: &LockedTool) -> BTreeMap<&str, Vec<Platform>> {
    let on =
        |platform| locked.artifacts_on(platform).map(|artifact| artifact.package.as_str()).collect::<BTreeSet<_>>();
    let all: BTreeSet<&str> = locked.artifacts.iter().map(|artifact| artifact.package.as_str()).collect();
    let mut found: BTreeMap<&str, Vec<Platform>> = BTreeMap::new();
    for platform in Platform::ALL {
        let there = on(platform);
        // One without a compiler has no toolchain at all, which is a note about any tool.
        for component in all.difference(&there).filter(|_| CORE.iter().all(|name| there.contains(name))) {
            found.entry(component).or_default().push(platform);
        }
    }
    found
}

fn listed(platforms: &[Platform]) -> String {
    platforms.iter().map(|platform| platform.name()).collect::<Vec<_>>().join(", ")
}

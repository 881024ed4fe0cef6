//! The source `npm`: native executables in platform packages (`@esbuild/linux-x64`), and tools
//! in JavaScript, alone or with a tree of dependencies. Install scripts never run.

mod attestation;
mod beside;
mod choice;
mod fit;
mod metadata;
mod package_lock;
mod search;
mod tree;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

pub use self::beside::check_node;
use self::metadata::Release;
pub use self::metadata::commands_of;
pub use self::package_lock::TreeError;
pub use self::search::Offer;
use self::words::WORDS;
use super::age::Ages;
use super::fit::Unfit;
use super::passed::{Passed, PassedOver};
use super::{
    Asked, Attested, Location, Missing, ResolveError, Solver, Source, Unreachable, Words, additions, alone, at_once,
    named,
};
use crate::catalog::{self, NpmEntry};
use crate::digest::Integrity;
use crate::host::Host;
use crate::lock::{Artifact, LockedTool};
use crate::manifest::{Manifest, Tool};
use crate::name::{SourceLabel, ToolName};
use crate::net::{Http, Vouched};
use crate::platform::{Platform, Platforms};
use crate::registry::ProjectNpmrc;
use crate::version::Requirement;

pub struct NpmSource<'a> {
    metadata: metadata::Metadata<'a>,
    manifest: Manifest,
    ages: Arc<Ages<'a>>,
    passed: PassedOver,
    /// Lays out trees of dependencies; only locking needs it.
    pub solver: Option<Box<dyn Solver + 'a>>,
}

impl<'a> NpmSource<'a> {
    pub fn new(
        host: &'a Host,
        http: &'a Http,
        (manifest, ages): (&Manifest, &Arc<Ages<'a>>),
        npmrc: Arc<dyn ProjectNpmrc + 'a>,
    ) -> Self {
        let metadata = metadata::Metadata::new(host, http, manifest.registries.clone(), npmrc);
        let (ages, passed) = (Arc::clone(ages), PassedOver::default());
        Self { metadata, manifest: manifest.clone(), ages, passed, solver: None }
    }
}

impl Source for NpmSource<'_> {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let (entry, package) = meaning(asked.name)?;
        let packument = self.versions(package, asked)?;
        let Some(version) = self.choose(entry, &packument, asked)? else {
            let newest = packument.candidates(&Requirement::any()).first().map(|version| (*version).to_owned());
            return Err(asked.no_version(newest));
        };
        let release = &packument.versions[version];
        let locked = LockedTool { version: Some(named(package, version)?), ..asked.unlocked() };
        match entry.filter(|entry| is_native(entry, release)) {
            Some(entry) => {
                alone(&self.manifest, asked.name, asked.requirement)?;
                self.native(entry, release, locked, asked.platforms)
            }
            None => self.javascript(package, release, asked, locked),
        }
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let (entry, package) = meaning(name)?;
        let asked = Asked::best(name, requirement, self.manifest.platforms);
        let packument = self.versions(package, &asked)?;
        Ok(self.choose(entry, &packument, &asked)?.map(str::to_owned))
    }

    fn attested(&self, locked: &LockedTool, is_expected: bool) -> Result<Attested, ResolveError> {
        self.attested_packages(locked, is_expected)
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        fit::check(locked)
    }

    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError> {
        self.metadata.locate(&artifact.package, &artifact.version, attempt)
    }

    fn missing(&self, _asked: Option<&Url>) -> Missing {
        let hint = "check the registry in `.npmrc` or the manifest's `registries`".to_owned();
        Missing { text: "is not on the active registry".to_owned(), hint: Some(hint) }
    }

    fn passed(&self) -> Vec<Passed> {
        self.passed.all()
    }

    fn notes(&self, locked: &LockedTool) -> Vec<String> {
        let scripted = locked.artifacts.iter().filter(|artifact| artifact.install_script);
        let scripted: Vec<&str> = scripted.map(|artifact| artifact.package.as_str()).collect();
        let scripted = (!scripted.is_empty())
            .then(|| format!("install scripts are never run, and these packages have one: {}", scripted.join(", ")));
        scripted.into_iter().collect()
    }

    fn search(&self, text: &str) -> Option<Result<Vec<Offer>, ResolveError>> {
        Some(self.search_registry(text))
    }

    /// Asks about a package that the manifest names, if it has tools of this source.
    fn addresses(&self) -> Result<Vec<Url>, ResolveError> {
        Ok(self.metadata.registry()?.addresses())
    }

    fn check(&self, manifest: &Manifest) -> Vec<Result<String, Unreachable>> {
        let is_own = |tool: &&Tool| catalog::find(&tool.name).is_ok_and(|meaning| meaning.source == SourceLabel::Npm);
        if !manifest.all_tools().any(|tool| is_own(&tool)) {
            return Vec::new();
        }
        let named = manifest.all_tools().find(|tool| tool.name.source() == Some(SourceLabel::Npm));
        vec![self.check_registry(named.map_or("npm", |tool| tool.name.package()))]
    }
}

/// What a tool's name means here: its entry in the catalog, and the package whose versions rule.
fn meaning(name: &ToolName) -> Result<(Option<&'static NpmEntry>, &str), ResolveError> {
    catalog::find(name)?;
    let entry = catalog::npm_entry(name);
    Ok((entry, entry.map_or_else(|| name.package(), |entry| &entry.package)))
}

/// Whether this release comes as platform packages. Older releases of a package that is native
/// today may be plain JavaScript (typescript before 7).
fn is_native(entry: &NpmEntry, release: &Release) -> bool {
    let mut packages = entry.platforms.values();
    packages.any(|package| *package == entry.package || release.optional_dependencies.contains_key(package))
}

impl NpmSource<'_> {
    /// Whether the registry answers about a package; that it has no such package is an answer.
    pub fn check_registry(&self, package: &str) -> Result<String, Unreachable> {
        let registry = self.metadata.registry()?;
        let url = registry.metadata_url(package);
        let authorization = registry.authorization(&url, package);
        let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("authorization", value.as_str())).collect();
        match self.metadata.http.get(&url, &headers, Vouched::ByNothing) {
            Err(error) if !error.is_not_found() => {
                Err(error.with_credentials(registry.kept_back(&url, package), WORDS.credentials).into())
            }
            _ => Ok(url.host_str().unwrap_or_default().to_owned()),
        }
    }

    /// One platform package for each platform that has one in this version.
    fn native(
        &self,
        entry: &NpmEntry,
        lead: &Release,
        mut locked: LockedTool,
        wanted: Platforms,
    ) -> Result<LockedTool, ResolveError> {
        let version = locked.version.as_deref().unwrap_or_default().to_owned();
        let mut platforms: BTreeMap<&str, Vec<Platform>> = BTreeMap::new();
        for (platform, package) in choice::wanted(entry, wanted) {
            platforms.entry(package).or_default().push(platform);
        }
        let found = at_once(platforms, |(package, platforms)| {
            let version = lead.optional_dependencies.get(package).unwrap_or(&version);
            self.platform_artifact(package, version, platforms)
        });
        for artifact in found {
            locked.artifacts.extend(artifact?);
        }
        locked.commands = entry.commands.clone();
        Ok(locked)
    }

    fn platform_artifact(
        &self,
        package: &str,
        version: &str,
        platforms: Vec<Platform>,
    ) -> Result<Option<Artifact>, ResolveError> {
        let packument = match self.metadata.packument(package) {
            Err(ResolveError::NoPackage { .. }) => return Ok(None),
            other => other?,
        };
        packument.versions.get(version).map(|release| artifact(package, version, release, platforms)).transpose()
    }
}

impl NpmSource<'_> {
    /// A tool in JavaScript, for every platform, run by node: the package itself, or its tree.
    fn javascript(
        &self,
        package: &str,
        release: &Release,
        asked: &Asked,
        mut locked: LockedTool,
    ) -> Result<LockedTool, ResolveError> {
        let (tool, version) = (locked.tool.clone(), locked.version.as_deref().unwrap_or_default().to_owned());
        locked.with = additions(&self.manifest, &tool, &locked.requirement, SourceLabel::Npm)?.to_vec();
        let needs_others = release.has_dependencies() || !locked.with.is_empty();
        let place = if needs_others { format!("node_modules/{package}/") } else { String::new() };
        for (command, path) in release.bin.commands(package) {
            let path = format!("{place}{path}").parse().expect("a path inside of a path inside is inside");
            locked.commands.insert(command, path);
        }
        if locked.commands.is_empty() {
            return Err(ResolveError::NoCommand { tool, version });
        }
        locked.runtime = Some(fit::RUNTIME.parse().expect("the constant is a tool name"));
        if place.is_empty() {
            locked.artifacts.push(artifact(package, &version, release, Vec::new())?);
            return Ok(locked);
        }
        locked.artifacts = self.tree(package, &locked, asked)?;
        Ok(locked)
    }
}

fn artifact(
    package: &str,
    version: &str,
    release: &Release,
    mut platforms: Vec<Platform>,
) -> Result<Artifact, ResolveError> {
    platforms.sort();
    let integrity = Integrity::strongest(&release.dist.integrity)
        .ok_or_else(|| ResolveError::NoHash { package: package.to_owned(), version: version.to_owned() })?;
    let (name, version) = (named(package, package)?, named(package, version)?);
    Ok(Artifact { platforms, ..Artifact::new(SourceLabel::Npm, name, version, integrity) })
}

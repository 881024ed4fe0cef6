//! The source `npm`: native executables in platform packages (`@esbuild/linux-x64`), and tools
//! in JavaScript, alone or with a tree of dependencies. Install scripts never run.

mod beside;
mod fit;
mod metadata;
mod package_lock;
mod search;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use url::Url;

pub use self::beside::check_node;
pub use self::metadata::commands_of;
use self::metadata::{Packument, Release};
pub use self::package_lock::TreeError;
pub use self::search::Offer;
use self::words::WORDS;
use super::fit::Unfit;
use super::{
    Location, Missing, ResolveError, Solver, Source, Unreachable, Wanted, Words, additions, alone, at_once, named,
};
use crate::catalog::{self, NpmEntry};
use crate::digest::Integrity;
use crate::host::Host;
use crate::lock::{Artifact, LockedTool};
use crate::manifest::{Manifest, Tool};
use crate::name::{SourceLabel, ToolName};
use crate::net::{Http, Vouched};
use crate::platform::Platform;
use crate::registry::ProjectNpmrc;
use crate::version::{Requirement, Scheme};

pub struct NpmSource<'a> {
    metadata: metadata::Metadata<'a>,
    manifest: Manifest,
    /// Lays out trees of dependencies; only locking needs it.
    pub solver: Option<Box<dyn Solver + 'a>>,
}

impl<'a> NpmSource<'a> {
    pub fn new(host: &'a Host, http: &'a Http, manifest: &Manifest, npmrc: Arc<dyn ProjectNpmrc + 'a>) -> Self {
        let metadata = metadata::Metadata::new(host, http, manifest.registries.clone(), npmrc);
        Self { metadata, manifest: manifest.clone(), solver: None }
    }
}

impl Source for NpmSource<'_> {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn resolve(&self, name: &ToolName, requirement: &Requirement) -> Result<LockedTool, ResolveError> {
        let (entry, package) = meaning(name)?;
        let packument = self.metadata.packument(package)?;
        let version = self.choose(entry, &packument, requirement)?.ok_or_else(|| ResolveError::NoVersion {
            tool: name.clone(),
            requirement: requirement.clone(),
            line: None,
            newest: packument.candidates(&Requirement::any()).first().map(|version| (*version).to_owned()),
        })?;
        let release = &packument.versions[version];
        let locked = LockedTool {
            version: Some(named(package, version)?),
            ..LockedTool::new(name.clone(), requirement.clone())
        };
        match entry.filter(|entry| is_native(entry, release)) {
            Some(entry) => {
                alone(&self.manifest, name, requirement)?;
                self.native(entry, release, locked)
            }
            None => self.javascript(package, release, locked),
        }
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let (entry, package) = meaning(name)?;
        let packument = self.metadata.packument(package)?;
        Ok(self.choose(entry, &packument, requirement)?.map(str::to_owned))
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

    fn notes(&self, locked: &LockedTool) -> Vec<String> {
        let scripted = locked.artifacts.iter().filter(|artifact| artifact.install_script);
        let scripted: Vec<&str> = scripted.map(|artifact| artifact.package.as_str()).collect();
        if scripted.is_empty() {
            return Vec::new();
        }
        vec![format!("install scripts are never run, and these packages have one: {}", scripted.join(", "))]
    }

    fn search(&self, text: &str) -> Option<Result<Vec<Offer>, ResolveError>> {
        Some(self.search_registry(text))
    }

    /// Asks about a package that the manifest names, if it has tools of this source.
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

    /// The version to take of those that satisfy the requirement.
    fn choose<'p>(
        &self,
        entry: Option<&NpmEntry>,
        packument: &'p Packument,
        requirement: &Requirement,
    ) -> Result<Option<&'p str>, ResolveError> {
        let candidates = packument.candidates(requirement);
        match entry {
            Some(entry) => self.first_complete(entry, packument, &candidates),
            None => Ok(candidates.first().copied()),
        }
    }

    /// The first candidate whose platform packages are all there. A release may be still on its
    /// way onto the registry or a mirror, and a lock of it would leave teammates out. When none
    /// is complete, the first will do.
    ///
    /// Which packages there should be is what the release declares. A lead that declares none,
    /// as node's, may have dropped a platform: then only the patches of one minor release are
    /// compared, over the platforms that have any of them.
    fn first_complete<'v>(
        &self,
        entry: &NpmEntry,
        packument: &Packument,
        candidates: &[&'v str],
    ) -> Result<Option<&'v str>, ResolveError> {
        let Some(best) = candidates.first() else { return Ok(None) };
        let packages: BTreeSet<&String> = entry.platforms.values().collect();
        let declares = !packument.versions[*best].optional_dependencies.is_empty();
        let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
        let considered: Vec<&str> =
            candidates.iter().copied().filter(|version| declares || minor(version) == minor(best)).collect();
        let mut expected: Vec<&String> = Vec::new();
        for package in packages {
            let exists =
                || considered.iter().map(|version| self.has_release(package, version)).collect::<Result<Vec<_>, _>>();
            if declares || exists()?.contains(&true) {
                expected.push(package);
            }
        }
        for version in considered {
            let listed = &packument.versions[version].optional_dependencies;
            let mut complete = true;
            for package in expected.iter().filter(|package| !declares || listed.contains_key(**package)) {
                let version = listed.get(*package).map_or(version, String::as_str);
                complete = complete && self.has_release(package, version)?;
            }
            if complete {
                return Ok(Some(version));
            }
        }
        Ok(Some(best))
    }

    fn has_release(&self, package: &str, version: &str) -> Result<bool, ResolveError> {
        match self.metadata.packument(package) {
            Err(ResolveError::NoPackage { .. }) => Ok(false),
            other => Ok(other?.versions.contains_key(version)),
        }
    }

    /// One platform package for each platform that has one in this version.
    fn native(&self, entry: &NpmEntry, lead: &Release, mut locked: LockedTool) -> Result<LockedTool, ResolveError> {
        let version = locked.version.as_deref().unwrap_or_default().to_owned();
        let mut platforms: BTreeMap<&str, Vec<Platform>> = BTreeMap::new();
        for (platform, package) in &entry.platforms {
            platforms.entry(package).or_default().push(*platform);
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
    fn javascript(&self, package: &str, release: &Release, mut locked: LockedTool) -> Result<LockedTool, ResolveError> {
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
        let settings = self.metadata.registry()?.npm_settings();
        let wanted = Wanted { package, version: &version, with: &locked.with, settings: &settings };
        let solver = self.solver.as_deref().expect("locking needs a solver");
        let tree = solver.package_lock(&wanted).map_err(|source| ResolveError::Solve { tool: tool.clone(), source })?;
        let in_tree = |source| ResolveError::Tree { tool: tool.clone(), version: version.clone(), source };
        locked.artifacts = package_lock::artifacts(&tree).map_err(in_tree)?;
        for artifact in &locked.artifacts {
            if !self.is_from_its_registry(artifact)? {
                let from = "another registry than the one that its name is bound to".to_owned();
                return Err(in_tree(TreeError::Foreign { package: artifact.package.to_string(), from }));
            }
        }
        Ok(locked)
    }

    /// npm can be given a registry for a scope, but not a single package. So what it
    /// found for a bound name is compared with what the right registry has.
    fn is_from_its_registry(&self, artifact: &Artifact) -> Result<bool, ResolveError> {
        if !self.metadata.registry()?.is_bound(&artifact.package) {
            return Ok(true);
        }
        let packument = self.metadata.packument(&artifact.package)?;
        let release = packument.versions.get(artifact.version.as_str());
        Ok(release.and_then(|release| Integrity::strongest(&release.dist.integrity)).as_ref()
            == Some(&artifact.integrity))
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

impl Packument {
    /// The versions that satisfy a requirement, the one to take first. As npm does, that is the
    /// one tagged `latest` if it satisfies the requirement, else the highest. Deprecated ones
    /// and pre-releases are passed over while there are others.
    fn candidates(&self, requirement: &Requirement) -> Vec<&str> {
        let accepted = |version: &&str| requirement.accepts(version, Scheme::Semver);
        let mut accepted: Vec<&str> = self.versions.keys().map(String::as_str).filter(accepted).collect();
        accepted.sort_by(|a, b| Scheme::Semver.compare(b, a));
        let is_current = |version: &str| self.versions[version].deprecated.is_none();
        let is_release =
            |version: &str| requirement.wants_prerelease(Scheme::Semver) || !Scheme::Semver.is_prerelease(version);
        for wanted in [&|v: &str| is_current(v) && is_release(v), &is_current as &dyn Fn(&str) -> bool] {
            let mut chosen: Vec<&str> = accepted.iter().copied().filter(|version| wanted(version)).collect();
            if let Some(latest) = self.dist_tags.get("latest")
                && let Some(index) = chosen.iter().position(|version| version == latest)
            {
                chosen[..=index].rotate_right(1);
            }
            if !chosen.is_empty() {
                return chosen;
            }
        }
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_come_in_npm_s_order() {
        let packument: Packument = serde_json::from_str(
            r#"{ "dist-tags": { "latest": "2.1.0" }, "versions": {
                "1.0.0": {}, "1.1.0": { "deprecated": "broken" }, "2.0.0": { "deprecated": false }, "2.1.0": {},
                "2.2.0": {}, "3.0.0-rc.1": {}, "4.0.0": { "deprecated": "no" } } }"#,
        )
        .unwrap();
        let candidates = |requirement: &str| packument.candidates(&requirement.parse().unwrap());
        assert_eq!(candidates("*"), ["2.1.0", "2.2.0", "2.0.0", "1.0.0"]);
        assert_eq!(candidates("1"), ["1.0.0"]);
        assert_eq!(candidates("=1.1.0"), ["1.1.0"], "nothing else satisfies it");
        assert_eq!(candidates("3"), ["3.0.0-rc.1"]);
        assert_eq!(candidates("4"), ["4.0.0"]);
        assert!(candidates("5").is_empty());
    }
}

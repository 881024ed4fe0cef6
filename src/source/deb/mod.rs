//! The source `deb`: packages of one release of Debian, each with all it needs. An index that a
//! trusted key signed says what there is; the lock holds every package by its hash, so that
//! installing asks for no index.

mod behind;
mod choice;
mod closure;
mod configuring;
mod error;
mod fit;
mod index;
mod packages;
mod relation;
mod release;
mod search;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use url::Url;

use self::choice::{choose, newest, providers};
pub use self::closure::ClosureError;
use self::closure::{Knowledge, closure};
pub use self::error::DebError;
pub use self::index::IndexError;
use self::index::{Architecture, Asking, SuiteIndex};
use self::packages::{Package, Packages};
use self::words::WORDS;
use super::age::{Ages, Cutoff};
use super::fit::Unfit;
use super::{Asked, Location, Missing, Offer, ResolveError, Source, Unreachable, Words, named};
use crate::archive::Format;
use crate::catalog::recipe;
use crate::digest::Integrity;
use crate::hint::mistyped;
use crate::host::Host;
use crate::lock::{Artifact, Form, LockedTool, Wish, keep_indexes};
use crate::manifest::{Manifest, PythonOrigin, debian_python};
use crate::name::{SourceLabel, Suite, ToolName};
use crate::net::Http;
use crate::platform::{Platform, Platforms};
use crate::registry::{self, DebArchives};
use crate::version::{Requirement, Scheme};

/// A suite, and the time up to which its indexes have to have been made.
type Moment = (Suite, Option<i64>);

pub struct DebSource<'a> {
    host: &'a Host,
    http: &'a Http,
    root: PathBuf,
    manifest: Manifest,
    archives: OnceLock<DebArchives>,
    ages: Arc<Ages<'a>>,
    indexes: Mutex<BTreeMap<Moment, Arc<SuiteIndex>>>,
}

impl<'a> DebSource<'a> {
    pub fn new(host: &'a Host, http: &'a Http, root: &Path, (manifest, ages): (&Manifest, &Arc<Ages<'a>>)) -> Self {
        let (root, manifest, ages) = (root.to_owned(), manifest.clone(), Arc::clone(ages));
        Self { host, http, root, manifest, archives: OnceLock::new(), ages, indexes: Mutex::default() }
    }

    /// The active archives. The settings are read when they are first needed.
    fn archives(&self) -> Result<&DebArchives, ResolveError> {
        if let Some(archives) = self.archives.get() {
            return Ok(archives);
        }
        let archives = DebArchives::in_force(self.host, &self.manifest.registries, &self.root)?;
        Ok(self.archives.get_or_init(|| archives))
    }

    /// The servers that a tool's suite is asked of, which have indexes that can be believed.
    fn servers(&self, (tool, requirement): &Wish) -> Result<String, ResolveError> {
        self.newest(tool, requirement)?;
        let Some(suite) = self.manifest.suite(tool, requirement) else { return Ok(String::new()) };
        let distributions = self.archives()?.distributions(suite)?;
        let mut servers: Vec<&str> = distributions.iter().filter_map(|one| one.archive.host_str()).collect();
        servers.dedup();
        Ok(format!("{} ({suite})", servers.join(", ")))
    }

    /// Whether an archive of snapshots is active, which keeps what mirrors drop.
    fn has_snapshots(&self) -> bool {
        self.archives().is_ok_and(DebArchives::has_snapshots)
    }

    /// The index of a suite, asked for once. Who else wants it waits.
    fn index(&self, suite: &Suite, cutoff: Option<Cutoff>) -> Result<Arc<SuiteIndex>, ResolveError> {
        let archives = self.archives()?;
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (suite.clone(), cutoff.map(Cutoff::at));
        if let Some(index) = indexes.get(&key) {
            return Ok(Arc::clone(index));
        }
        let cache = self.host.cache("deb-1");
        let asking = Asking { http: self.http, archives, cache: &cache, platforms: self.manifest.platforms, cutoff };
        let index = asking.suite(suite).map_err(DebError::from)?;
        let index = Arc::new(index);
        indexes.insert(key, Arc::clone(&index));
        Ok(index)
    }

    /// Expects that no active index is older than a lock, as far as packages are concerned that were
    /// found in it just now. A mirror that is frozen on purpose may be.
    fn check_not_behind(&self, found: &[LockedTool], previous: &[LockedTool]) -> Result<(), ResolveError> {
        for tool in found {
            let Form::Prefix { suite } = tool.form() else { continue };
            if self.archives()?.checks_valid_until() {
                let cutoff = self.ages.of_tool(&tool.tool, &tool.requirement)?;
                let checked = behind::check(&*self.index(suite, cutoff)?, tool, previous);
                let min_age = cutoff.map(Cutoff::age);
                checked.map_err(|source| DebError::Behind { suite: suite.clone(), min_age, source })?;
            }
        }
        Ok(())
    }

    fn suite(&self, name: &ToolName, requirement: &Requirement) -> Result<&Suite, DebError> {
        self.manifest.suite(name, requirement).ok_or_else(|| DebError::NoSuite(name.clone()))
    }
}

impl Source for DebSource<'_> {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn scheme(&self) -> Scheme {
        Scheme::Debian
    }

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let name = asked.name;
        let suite = self.suite(name, asked.requirement)?;
        let index = self.index(suite, self.ages.cutoff(asked)?)?;
        let requirement = &*asked.accepted();
        let mut artifacts: BTreeMap<&str, Artifact> = BTreeMap::new();
        let mut lacking = None;
        for (architecture, packages) in &index.packages {
            let Some(root) = choose(packages, name.package(), requirement) else { continue };
            let found = match closure([root], packages, &Known) {
                Ok(found) => found,
                // It does not exist there, then.
                Err(source) => {
                    lacking = Some(DebError::Closure { tool: name.clone(), suite: suite.clone(), source });
                    continue;
                }
            };
            add(&mut artifacts, found, *architecture, &index)?;
        }
        if let Some(lacking) = lacking.filter(|_| artifacts.is_empty()) {
            return Err(lacking.into());
        }
        let Some(version) = newest(&index, name.package(), requirement) else {
            return Err(match newest(&index, name.package(), &Requirement::any()) {
                Some(newest) => asked.no_version(Some(newest)),
                None => unknown(name, suite, &index),
            });
        };
        Ok(LockedTool {
            version: Some(named(name.package(), &version)?),
            suite: Some(suite.clone()),
            artifacts: artifacts.into_values().collect(),
            ..asked.unlocked()
        })
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let cutoff = self.ages.of_tool(name, requirement)?;
        Ok(newest(&*self.index(self.suite(name, requirement)?, cutoff)?, name.package(), requirement))
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        fit::check(locked)
    }

    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError> {
        let (Some(file), Some(index)) = (&artifact.file, &artifact.index) else { return Ok(None) };
        let archives = self.archives()?;
        let place = archives.places(&index.distribution, &index.date, file).into_iter().nth(attempt);
        Ok(place.map(|url| {
            let (authorization, kept_back) = (archives.authorization(&url), archives.kept_back(&url));
            Location::with_authorization(url, authorization, kept_back)
        }))
    }

    fn missing(&self, _asked: Option<&Url>) -> Missing {
        let way = "`devshell update` moves to what the mirror has";
        let hint = if self.has_snapshots() {
            way.to_owned()
        } else {
            format!(
                "{way}; a snapshot archive keeps what mirrors drop: \"registries\": {{ \"deb\": {{ \"snapshot\": \"https://…\" }} }}"
            )
        };
        Missing { text: "is not on the mirror any more".to_owned(), hint: Some(hint) }
    }

    /// Packages that were locked before stay as they were found then: that an index is newer changes nothing
    /// about them.
    fn agree(&self, found: &mut [LockedTool], previous: &[LockedTool]) -> Result<(), ResolveError> {
        self.check_not_behind(found, previous)?;
        keep_indexes(found, previous);
        Ok(())
    }

    fn configuring(&self, suite: &Suite) -> Result<Option<LockedTool>, ResolveError> {
        self.configuring_of(suite)
    }

    /// That Debian is made for Linux needs no saying.
    fn is_made_for(&self, platform: Platform) -> bool {
        platform.libc().is_some()
    }

    fn closing_notes(&self) -> Vec<String> {
        let macos = "Debian packages are for Linux; on macOS an environment with one cannot be entered";
        let dropped = "Debian mirrors drop packages when they have newer ones: `devshell update` then moves the lock, \
                       and a snapshot archive keeps them: \"registries\": { \"deb\": { \"snapshot\": \"https://…\" } }";
        let notes = if self.has_snapshots() { vec![macos] } else { vec![macos, dropped] };
        notes.into_iter().map(str::to_owned).collect()
    }

    /// Looks into the index that is in the cache: to search, nothing is fetched.
    fn search(&self, text: &str) -> Option<Result<Vec<Offer>, ResolveError>> {
        let suite = self.manifest.registries.deb().suite.clone().or_else(|| registry::usual_suite(self.host))?;
        let (http, cache) = (Http::new(true, self.host.patience), self.host.cache("deb-1"));
        let asking = Asking {
            http: &http,
            archives: self.archives().ok()?,
            cache: &cache,
            platforms: self.manifest.platforms,
            cutoff: None,
        };
        Some(Ok(search::offers(&asking.kept(&suite)?, text)))
    }

    /// Asks about one package of each suite.
    fn addresses(&self) -> Result<Vec<Url>, ResolveError> {
        Ok(self.archives()?.addresses())
    }

    fn check(&self, manifest: &Manifest) -> Vec<Result<String, Unreachable>> {
        let tools = manifest.all_tools().filter(|tool| tool.name.source() == Some(SourceLabel::Deb));
        let tools = tools.map(|tool| (tool.name.clone(), tool.requirement.clone()));
        let python = manifest.python.as_ref().filter(|python| python.origin == PythonOrigin::Deb);
        let wishes = tools.chain(python.map(|python| (debian_python(), python.version.clone())));
        let by_suite: BTreeMap<Option<&Suite>, Wish> =
            wishes.map(|wish| (manifest.suite(&wish.0, &wish.1), wish)).collect();
        let answers = by_suite.values().map(|wish| self.servers(wish).map_err(Unreachable::from));
        answers.collect()
    }
}

/// The codename of a release of an archive, or of the one that it calls `stable`: what is asked of an archive before
/// it is relied on. Its index is there, then, and a trusted key signed it.
pub fn codename(
    host: &Host,
    http: &Http,
    archives: &DebArchives,
    suite: Option<&Suite>,
) -> Result<Suite, ResolveError> {
    let cache = host.cache("deb-1");
    let asking = Asking { http, archives, cache: &cache, platforms: Platforms::ALL, cutoff: None };
    Ok(asking.codename(suite).map_err(DebError::from)?)
}

/// Why a suite has nothing under a name.
fn unknown(name: &ToolName, suite: &Suite, index: &SuiteIndex) -> ResolveError {
    if index.packages.is_empty() {
        return ResolveError::NoPlatform { tool: name.clone(), version: None };
    }
    let (suite, package) = (suite.clone(), name.package().to_owned());
    let providers = providers(index, &package);
    if !providers.is_empty() {
        return DebError::Virtual { suite, package, providers }.into();
    }
    let names = index.packages.values().flat_map(Packages::names);
    let near = mistyped(&package, names).map(str::to_owned);
    DebError::NoPackage { suite, package, near }.into()
}

/// What the recipes know.
struct Known;

impl Knowledge for Known {
    fn needless(&self, package: &str) -> Box<dyn Fn(&str) -> bool> {
        let without = recipe::find(package).map(|found| found.without()).unwrap_or_default();
        Box::new(move |dependency| {
            recipe::is_pruned(dependency) || without.iter().any(|pattern| recipe::matches(pattern, dependency))
        })
    }

    fn beside(&self, package: &str) -> Vec<String> {
        recipe::find(package).map(|found| found.with()).unwrap_or_default()
    }
}

/// Adds packages for an architecture to those that a tool consists of, by their files.
fn add<'i>(
    artifacts: &mut BTreeMap<&'i str, Artifact>,
    found: BTreeMap<&str, Package<'i>>,
    architecture: Architecture,
    index: &SuiteIndex,
) -> Result<(), ResolveError> {
    for package in found.into_values() {
        if !artifacts.contains_key(package.file) {
            artifacts.insert(package.file, artifact(&package, index)?);
        }
        // What is for all architectures is one file.
        let platforms = &mut artifacts.get_mut(package.file).expect("it was just put there").platforms;
        platforms.extend(architecture.platforms());
        platforms.sort_unstable();
    }
    Ok(())
}

/// A package of an index as a lock has it.
fn artifact(package: &Package, index: &SuiteIndex) -> Result<Artifact, ResolveError> {
    let (name, version) = (package.name.to_owned(), package.version.to_owned());
    let integrity = Integrity::from_hex(package.sha256)
        .filter(|hash| matches!(hash, Integrity::Sha256(_)))
        .ok_or_else(|| ResolveError::NoHash { package: name.clone(), version: version.clone() })?;
    let Ok(file) = package.file.parse() else {
        return Err(DebError::Path { package: name, file: package.file.to_owned() }.into());
    };
    let (name, version) = (named(&name, &name)?, named(&name, &version)?);
    Ok(Artifact {
        file: Some(file),
        index: index.distributions.get(package.distribution).cloned(),
        unpack: Some(Format::Deb),
        ..Artifact::new(SourceLabel::Deb, name, version, integrity)
    })
}

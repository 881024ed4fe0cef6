//! The C library for a host that has none where programs look for its loader. It is of Debian: the packages of the
//! project's lock if it has them, else those of a lock that devshell keeps for this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Road, RoadError};
use crate::digest;
use crate::files::{bounded, most, write_private};
use crate::lock::{self, Artifact, Chosen, Form, Lock, NotLocked};
use crate::manifest::{self, Manifest, PythonOrigin, base_utilities};
use crate::name::Suite;
use crate::platform::Platforms;
use crate::project::Project;
use crate::source::{Moves, Sources, bring_up_to_date};
use crate::store::{CLibrary, LayoutError, Store};

/// What the lock of this machine is made from.
const MANIFEST: &str = include_str!("c_library.json");

/// Where those locks are, below the state.
const LOCKS: &str = "c-library-1";

/// Of these packages the prefix consists, as far as a lock has them. Without the first ones, it has no C library.
const PACKAGES: [&str; 5] = ["libc6", "libgcc-s1", "libstdc++6", "libatomic1", "zlib1g"];
const REQUIRED: usize = 3;

/// A C library in the store, and the objects that it is made of.
pub struct Library {
    pub used: CLibrary,
    pub objects: Vec<PathBuf>,
    /// Whether it was made just now.
    is_new: bool,
}

impl Library {
    fn of(store: &Store, used: CLibrary, packages: &[&Artifact]) -> Self {
        let objects = packages.iter().map(|artifact| store.object(artifact)).collect();
        Self { used, objects, is_new: false }
    }
}

/// A project with the lock that it has.
#[derive(Clone, Copy)]
pub struct Locked<'a> {
    pub project: &'a Project,
    pub manifest: &'a Manifest,
    pub lock: &'a Lock,
}

impl Road<'_> {
    /// The C library for some of a project's tools and its Python, where this host has none for them. All tools are in
    /// the store. Without one, the others can be used all the same.
    pub(super) fn library_for(self, locked: Locked, chosen: &[Chosen], sources: &Sources) -> Option<Library> {
        let missing = self.host.missing_loader()?;
        let store = Store::new(&self.host.directories.data);
        // A wall with base utilities of its own has the loader too, and a devshell in it looks for the same.
        let has_own = chosen.iter().any(|one| one.wish.name == base_utilities());
        let is_wanted = store.want_loader(chosen, self.host.platform) || self.is_wanted_by_python(locked, chosen);
        if has_own || !is_wanted {
            return None;
        }
        let outcome = self.library(locked, sources);
        let fault = missing.fault();
        let library = outcome.map_err(|error| {
            self.audience.note_once(&format!("{fault}, and there is no C library for the programs that need it:"));
            self.audience.fault(error);
        });
        let library = library.ok()?;
        if library.is_new {
            self.audience.note_once(&format!("{fault}, so programs that need it use Debian's C library, in the store"));
        }
        Some(library)
    }

    /// The same for the npm that finds out what packages need: the lock may be another one after that.
    pub(super) fn library_for_npm(self, project: &Project, manifest: &Manifest) -> Option<CLibrary> {
        let lock = &super::lock::read(project).unwrap_or_default();
        let sources = Sources::without_npmrc(self.host, self.http, &project.root, manifest);
        let library = self.library(Locked { project, manifest, lock }, &sources);
        library.map_err(|error| self.audience.fault(error)).ok().map(|library| library.used)
    }

    /// Whether packages of Python may have programs, or the interpreter is one that uv brings.
    fn is_wanted_by_python(self, Locked { manifest, lock, .. }: Locked, chosen: &[Chosen]) -> bool {
        let platform = self.host.platform;
        let Some(python) = &lock.python else { return false };
        let tools = chosen.iter().filter(|one| matches!(one.locked.form(), Form::Venv { .. }));
        let of_tools = tools.clone().flat_map(|one| one.locked.artifacts_on(platform));
        let of_project = python.artifacts_on(platform).filter(|_| manifest.python.is_some());
        let is_native =
            |artifact: &Artifact| artifact.file.as_deref().is_none_or(|file| !file.ends_with("-none-any.whl"));
        let is_used = manifest.python.is_some() || tools.clone().next().is_some();
        is_used && python.wish.origin == PythonOrigin::Uv || of_tools.chain(of_project).any(is_native)
    }

    /// The one that is there already.
    pub fn library_there(self, locked: Locked) -> Option<Library> {
        self.host.missing_loader()?;
        let own = self.own_lock(locked).unwrap_or_default();
        let (suite, packages) = self.packages(locked.lock).or_else(|| self.packages(&own))?;
        let (store, platform) = (Store::new(&self.host.directories.data), self.host.platform);
        let prefix = store.place_of_prefix(suite, &packages, platform);
        prefix.is_dir().then(|| Library::of(&store, CLibrary { prefix, platform }, &packages))
    }

    /// The store with the C library that is there.
    pub fn store_there(self, locked: Locked) -> Store {
        let library = self.library_there(locked).map(|library| library.used);
        Store::new(&self.host.directories.data).with_c_library(library)
    }

    fn library(self, locked: Locked, sources: &Sources) -> Result<Library, RoadError> {
        if let Some(found) = self.packages(locked.lock) {
            return self.obtain(found, sources);
        }
        let manifest = self.own_manifest(locked.manifest);
        let sources = Sources::without_npmrc(self.host, self.http, &locked.project.root, &manifest);
        if let Some(mut own) = self.own_lock(locked) {
            sources.keep_fitting(&mut own);
            // What a mirror no longer has is looked for again.
            if let Some(Ok(library)) = self.packages(&own).map(|found| self.obtain(found, &sources)) {
                return Ok(library);
            }
        }
        let updated = bring_up_to_date(&manifest, &Lock::default(), &Moves::NOTHING, &sources);
        let own = updated.map_err(RoadError::Resolve)?.lock;
        self.host.make_state(LOCKS)?;
        write_private(&self.place_of_own_lock(locked), &[lock::write(&own).as_bytes()])?;
        let lacking = || NotLocked(manifest.default.tools[0].name.clone());
        self.obtain(self.packages(&own).ok_or_else(lacking)?, &sources)
    }

    /// The packages of a C library that a lock has, all of one suite.
    fn packages(self, lock: &Lock) -> Option<(&Suite, Vec<&Artifact>)> {
        let mut suites: BTreeMap<&Suite, BTreeMap<&str, &Artifact>> = BTreeMap::new();
        for tool in &lock.tools {
            let Form::Prefix { suite } = tool.form() else { continue };
            for artifact in tool.artifacts_on(self.host.platform) {
                let package = artifact.package.as_str();
                if PACKAGES.contains(&package) {
                    suites.entry(suite).or_default().entry(package).or_insert(artifact);
                }
            }
        }
        let is_whole = |found: &BTreeMap<&str, &Artifact>| PACKAGES[..REQUIRED].iter().all(|it| found.contains_key(it));
        let found = suites.into_iter().find(|(_, found)| is_whole(found));
        found.map(|(suite, found)| (suite, found.into_values().collect()))
    }

    fn obtain(self, (suite, packages): (&Suite, Vec<&Artifact>), sources: &Sources) -> Result<Library, RoadError> {
        let (store, platform) = (Store::new(&self.host.directories.data), self.host.platform);
        let missing: Vec<&Artifact> = packages.iter().copied().filter(|artifact| !store.has(artifact)).collect();
        if !missing.is_empty() {
            let progress = self.audience.progress();
            progress.plan(vec!["a C library".to_owned(); missing.len()]);
            store.install(&missing, sources, self.http, progress.as_ref()).map_err(RoadError::Fetch)?;
        }
        for artifact in &packages {
            store.refresh(artifact);
        }
        let is_new = !store.place_of_prefix(suite, &packages, platform).is_dir();
        let prefix = store.prefix(suite, &packages, platform).map_err(LayoutError::from)?;
        Ok(Library { is_new, ..Library::of(&store, CLibrary { prefix, platform }, &packages) })
    }

    /// The suite and the archive are the project's, where it names them.
    fn own_manifest(self, of_project: &Manifest) -> Manifest {
        let suite = of_project.registries.deb().suite.as_ref();
        let text = suite.map_or_else(|| MANIFEST.to_owned(), |suite| MANIFEST.replace("trixie", suite.as_str()));
        let mut own = manifest::parse("c_library.json", &text).expect("a unit test parses the constant");
        let registries = std::mem::take(&mut own.registries);
        own.registries = of_project.registries.clone().or(registries);
        own.platforms = Platforms::from_iter([self.host.platform]);
        own
    }

    /// What projects share that name the same archive. A file of keys belongs to one project.
    fn place_of_own_lock(self, Locked { project, manifest, .. }: Locked) -> PathBuf {
        let archive = manifest.registries.deb();
        let root = archive.keys.as_ref().map(|_| project.root.as_os_str().as_encoded_bytes()).unwrap_or_default();
        let parts =
            [MANIFEST.as_bytes(), self.host.platform.name().as_bytes(), &format!("{archive:?}").into_bytes(), root];
        self.host.directories.state.join(LOCKS).join(format!("{}.lock", digest::key(&parts)))
    }

    fn own_lock(self, locked: Locked) -> Option<Lock> {
        let place = self.place_of_own_lock(locked);
        let file = bounded::open(&place).ok().filter(|file| self.host.trusts(&place, file.metadata()))?;
        let text = String::from_utf8(file.read(most::LOCK).ok()?).ok()?;
        lock::parse(&place.display().to_string(), &text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_is_a_manifest_of_packages_that_are_used() {
        let manifest = manifest::parse("c_library.json", MANIFEST).unwrap();
        let own: Vec<&str> = manifest.all_tools().map(|tool| tool.name.package()).collect();
        assert_eq!(own, ["libatomic1", "libstdc++6", "zlib1g"]);
        assert!(own.iter().all(|package| PACKAGES.contains(package)));
        assert!(MANIFEST.contains("\"trixie\""));
    }
}

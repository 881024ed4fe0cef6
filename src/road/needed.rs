//! What a project needs of the store, whether it is there or not: the directories that its lock names for this platform,
//! in any of its environments, and those of the user's own tools.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::c_library::Locked;
use super::{Road, RoadError, lock, personal};
use crate::builder::Configurer;
use crate::lock::{Chosen, Lock};
use crate::manifest::Manifest;
use crate::project::Project;
use crate::store::{Here, Store};

impl Road<'_> {
    /// What is needed of the store here. The user's own tools are not, where no person enters.
    pub fn needed_here(self, project: &Project, manifest: &Manifest, lock: &Lock) -> Result<Here, RoadError> {
        let mut directories = self.directories_of(project, manifest, lock);
        if !self.host.is_under_ci() {
            directories.extend(self.personal_directories()?);
        }
        let store = Store::new(&self.host.directories.data);
        Ok(Here::of(&store, &project.root, project.changed, &directories))
    }

    /// The directories of the user's own tools. Without settings that can be read, the lock alone says which they are.
    fn personal_directories(self) -> Result<BTreeSet<PathBuf>, RoadError> {
        let Some(files) = Project::of_user(self.host)? else { return Ok(BTreeSet::new()) };
        let lock = lock::read(&files)?;
        let manifest = personal::parse(&files).map(|config| config.manifest).unwrap_or_default();
        Ok(self.directories_of(&files, &manifest, &lock))
    }

    /// The directories of all that a lock has for this platform.
    fn directories_of(self, project: &Project, manifest: &Manifest, lock: &Lock) -> BTreeSet<PathBuf> {
        let library = self.library_there(Locked { project, manifest, lock });
        let (c_library, objects) = library.map(|library| (library.used, library.objects)).unzip();
        let store = Store::new(&self.host.directories.data).with_c_library(c_library);
        let platform = self.host.platform;
        let lock = &self.as_used_here(lock.clone(), manifest);
        let mut directories =
            self.uv().with_c_library(store.c_library().cloned()).directories_of(lock, manifest.python.is_some());
        directories.extend(lock.tools.iter().flat_map(|tool| store.directories_of(tool, platform)));
        let contents = lock.tools.iter().filter_map(|tool| store.content(tool, platform));
        directories.extend(contents.filter_map(|content| store.place_of_copy(&content)));
        directories.extend(store.c_library().map(|library| library.prefix.clone()));
        directories.extend(objects.unwrap_or_default());
        let configures = store.clone().with_configurer(Configurer::new(self.host));
        // Which packages are in one prefix is the environment's.
        for layer in manifest.selections() {
            let chosen: Vec<Chosen> = lock.chosen(&layer).collect();
            directories.extend(store.prefixes_of(&chosen, platform).unwrap_or_default());
            let configuring = configures.configuring(&chosen, platform).unwrap_or_default();
            directories.extend(configuring.into_iter().map(|artifact| store.object(artifact)));
        }
        directories
    }
}

//! Puts into the store what an environment needs.

use std::path::PathBuf;
use std::sync::Arc;

use super::c_library::{Library, Locked};
use super::npmrc::OfProject;
use super::{Road, RoadError, make_state_directory};
use crate::builder::Configurer;
use crate::lock::{Artifact, Chosen, Lock};
use crate::manifest::Manifest;
use crate::project::Project;
use crate::python::{self, Built, OwnPackage};
use crate::registry::ProjectNpmrc;
use crate::solver::PinnedNpm;
use crate::source::{Inspector, Sources};
use crate::store::{CLibrary, Inspection, LayoutError, Store};

/// What an environment needs, all of which is in the store now.
pub struct Installed<'l> {
    pub needed: Vec<&'l Artifact>,
    /// How many of these were fetched.
    pub fetched: usize,
    pub python: Built,
    /// What programs use where the host has no C library for them.
    pub library: Option<Library>,
}

impl Installed<'_> {
    pub fn c_library(&self) -> Option<CLibrary> {
        self.library.as_ref().map(|library| library.used.clone())
    }

    /// The objects of the store that the environment uses.
    pub fn objects(&self, store: &Store) -> impl Iterator<Item = PathBuf> {
        let needed = self.needed.iter().map(|artifact| store.object(artifact));
        needed.chain(self.library.iter().flat_map(|library| library.objects.clone()))
    }
}

impl<'a> Road<'a> {
    /// The sources of a project's tools.
    pub fn sources(self, project: &Project, manifest: &Manifest) -> Sources<'a> {
        let npmrc = Arc::new(OfProject::new(self, project));
        let sources = || {
            let npmrc: Arc<dyn ProjectNpmrc + 'a> = npmrc.clone();
            Sources::new(self.host, self.http, &project.root, manifest, npmrc)
        };
        let (host, http) = (self.host, self.http);
        let progress = || self.audience.progress();
        let inspection: Arc<dyn Inspector + 'a> =
            Arc::new(Inspection { host, http, sources: sources(), progress: progress() });
        let (progress, of) = (progress(), (project.clone(), manifest.clone()));
        let c_library = Box::new(move || self.library_for_npm(&of.0, &of.1));
        sources()
            .with_inspector(&inspection)
            .with_solver(Box::new(PinnedNpm { host, http, sources: sources(), progress, c_library }))
            .with_resolver(Box::new(self.uv().with_registries(&manifest.registries)))
    }

    /// Puts artifacts into the store, as far as they are not there. Returns how many were fetched.
    fn fetch(
        self,
        store: &Store,
        needed: &[&Artifact],
        sources: &Sources,
        plan: impl FnOnce(&[&Artifact]) -> Vec<String>,
    ) -> Result<usize, RoadError> {
        let (there, missing): (Vec<_>, Vec<_>) = needed.iter().copied().partition(|artifact| store.has(artifact));
        for artifact in there {
            store.refresh(artifact);
        }
        if !missing.is_empty() {
            let progress = self.audience.progress();
            progress.plan(plan(&missing));
            store.install(&missing, sources, self.http, progress.as_ref()).map_err(RoadError::Fetch)?;
        }
        Ok(missing.len())
    }

    /// Puts what tools and the project's Python need into the store, of which the caller has a shared turn.
    pub fn install<'l>(
        self,
        project: &Project,
        sources: &Sources,
        manifest: &Manifest,
        lock: &'l Lock,
        chosen: &[Chosen<'l>],
    ) -> Result<Installed<'l>, RoadError> {
        let platform = self.host.platform;
        let store = Store::new(&self.host.directories.data).with_configurer(Configurer::new(self.host));
        let mut needed = Store::needed(chosen, platform)?;
        let interpreter = lock.interpreter().into_iter().flat_map(|tool| tool.artifacts_on(platform));
        needed.extend(interpreter.filter(|artifact| !needed.contains(artifact)).collect::<Vec<_>>());
        let mut fetched = self.fetch(&store, &needed, sources, |missing| Store::plan(chosen, missing, platform))?;
        // Which of them need to be configured shows once they are there.
        let configuring = store.configuring(chosen, platform)?;
        let plan = |missing: &[&Artifact]| vec!["packages that configure others".to_owned(); missing.len()];
        fetched += self.fetch(&store, &configuring, sources, plan)?;
        needed.extend(configuring);
        if Store::leaves_out(chosen, platform) {
            self.audience.note_once(&format!(
                "programs for {platform} do not run here, so what they would make of Debian packages is left out: locales, \
                 lists of plugins"
            ));
        }
        store.build(chosen, platform)?;
        let library = self.library_for(Locked { project, manifest, lock }, chosen, sources);
        let c_library = library.as_ref().map(|library| library.used.clone());
        store.clone().with_c_library(c_library.clone()).relink_all(chosen, platform).map_err(LayoutError::Build)?;
        let uv = self.uv().with_registries(&manifest.registries).with_c_library(c_library);
        let mut python = uv.environments(lock, chosen, manifest.python.is_some(), sources)?;
        if let Some((directory, _)) = &python.project {
            let state = make_state_directory(self.host, project)?;
            let own = project.own_projects(self.host, manifest)?;
            let sources: Vec<OwnPackage> =
                own.projects.iter().filter_map(|own| OwnPackage::of(own, |name| project.has_directory(name))).collect();
            python.own_files = own.asked.iter().map(|name| project.root.join(name)).collect();
            for package in &sources {
                if let Some(beyond) = package.beyond() {
                    self.audience.note(&format!("not all modules of the project may be importable: {beyond}"));
                }
            }
            python.commands = python::attach(&state, &project.root, &sources, directory)?;
        }
        Ok(Installed { fetched: fetched + python.made, needed, python, library })
    }
}

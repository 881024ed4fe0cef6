//! From a project to an environment: looked up when it is known, else made and kept.

use std::path::Path;

use super::compose::Parts;
use super::personal::{self, PersonalLayer};
use super::state::state_directory;
use super::warm::{self, PersonalKey};
use super::{Ready, Road, RoadError, Selection, Stale, base};
use crate::digest;
use crate::evaluation::Evaluate;
use crate::files::{Time, most};
use crate::host;
use crate::lock::Chosen;
use crate::manifest::{Manifest, OwnProject};
use crate::project::{Known, PYPROJECT, Project};
use crate::store::{self, Store};

impl Road<'_> {
    /// The environment that was asked for.
    pub fn prepare(self, project: &mut Project, selection: &Selection, stale: Stale) -> Result<Ready, RoadError> {
        self.host.check_sudo()?;
        let own_files = personal::of_entry(self, selection);
        if !selection.refresh
            && let Some(ready) = self.look_up(project, selection, own_files.as_ref(), |_, _| false)
        {
            return Ok(ready);
        }
        self.make(project, selection, (stale, stale.evaluate()), own_files)
    }

    /// The environment of a project whose files were read for consent: made of these
    /// bytes and no others. No one types into it, so it is without the personal layer.
    pub fn prepare_exactly(
        self,
        project: &mut Project,
        manifest: &Manifest,
        selection: &Selection,
    ) -> Result<Ready, RoadError> {
        match self.exactly_at_hand(project, manifest, selection)? {
            Some(ready) => Ok(ready),
            None => self.make(project, selection, (Stale::Refuse, Evaluate::Never), None),
        }
    }

    /// The same, if it is known. What the files say tells, and not when they were changed.
    pub fn exactly_at_hand(
        self,
        project: &Project,
        manifest: &Manifest,
        selection: &Selection,
    ) -> Result<Option<Ready>, RoadError> {
        let overlays = state_directory(self.host, project).join("projects");
        let is_own =
            |path: &Path| path.file_name().is_some_and(|name| OwnProject::FILES.iter().any(|own| name == *own));
        // An interpreter finds the project by PATH, if that has commands of it, else by a link that may have moved.
        let is_on_path = |ready: &Ready| ready.directories.iter().any(|directory| directory.starts_with(&overlays));
        let was_read = |path: &Path| !matches!(project.known(path), Known::Nothing);
        let is_vouched_for = |ready: &Ready, path: &Path| was_read(path) && (!is_own(path) || is_on_path(ready));
        let ready = self.look_up(project, selection, None, is_vouched_for);
        let made_of = self.made_of(project, manifest)?;
        Ok(ready.filter(|ready| {
            let is_made_of_it = ready.made_of == made_of;
            if !is_made_of_it {
                log::info!("it is composed even so: it was made of other files");
            }
            is_made_of_it
        }))
    }

    /// A hash of the project's files that an environment is made of.
    pub(super) fn made_of(self, project: &Project, manifest: &Manifest) -> Result<String, RoadError> {
        let nix = self.digest_of_nix(project, manifest)?;
        let lock = project.lock_text()?.unwrap_or_default();
        let own = project.content(self.host, PYPROJECT, most::REQUIREMENTS)?;
        let own = own.as_ref().map(|content| content.bytes.as_slice()).unwrap_or_default();
        // Which directories there are counts as well.
        let projects = project.own_projects(self.host, manifest)?.projects;
        let deciding = projects.iter().map(|own| own.deciding(|path| project.has_directory(path)).to_string());
        let deciding = deciding.collect::<Vec<_>>().join("\n");
        let toolchains = manifest.all_tools().filter_map(|tool| Some((&tool.requirement, tool.toolchain()?.parts())));
        let toolchains = format!("{:?}", toolchains.collect::<Vec<_>>());
        let texts = manifest.python.iter().flat_map(|python| &python.texts);
        let texts = texts.flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]);
        let parts =
            [project.manifest_text.as_bytes(), lock.as_bytes(), own, deciding.as_bytes(), toolchains.as_bytes()];
        let parts = parts.into_iter().chain([nix.as_bytes()]).chain(texts);
        Ok(digest::key(&parts.collect::<Vec<_>>()))
    }

    /// Makes the environment from manifest, lock and store, and keeps it.
    fn make(
        self,
        project: &mut Project,
        selection: &Selection,
        (stale, evaluate): (Stale, Evaluate),
        own_files: Option<Project>,
    ) -> Result<Ready, RoadError> {
        host::survive_large_files();
        self.host.check_own()?;
        let store = Store::new(&self.host.directories.data);
        let manifest = self.read_manifest(project)?;
        self.check_platform(project, &manifest)?;
        if let Some(file) = project.implied {
            let root = project.root.display();
            self.audience
                .note_once(&format!("`{root}` has no devshell.json: the environment is the dev shell of its {file}"));
        }
        let layer = selection.layer(&manifest)?;
        let sources = self.sources(project, &manifest);
        let lock = self.current_lock(project, &manifest, &sources, stale)?;
        let mut personal = own_files.and_then(|files| PersonalLayer::of(self, files, &project.root));
        // Nothing of what is found, fetched and made from here on is swept away before the root that
        // names it is there.
        let _access = store.share();
        let lock = self.for_this_host(lock, (&manifest, &layer), &sources)?;
        let chosen = lock.choose(&layer)?;
        if selection.level(&layer).has_own_base() {
            base::check(&manifest, &chosen)?;
        }
        let installed = self.install(project, &sources, &manifest, &lock, &chosen)?;
        let nix = self.nix(project, &layer, (evaluate, selection.refresh))?;
        let mut own_tools = personal.as_mut().map(|personal| personal.install(self)).unwrap_or_default();
        let own_objects = std::mem::take(&mut own_tools.objects);
        // A lock may have been written just now, and the key is over its bytes.
        let key = warm::key(self.host, project, selection, personal.as_ref().map(PersonalLayer::key));
        let (manifest, layer, chosen, python) = (&manifest, &layer, chosen.as_slice(), &installed.python);
        let store = store.with_c_library(installed.c_library());
        let (nix_shell, c_library) = (nix.as_ref(), store.c_library());
        let parts = Parts { manifest, layer, chosen, python, nix: nix_shell, selection, key: &key, c_library };
        if !selection.level(layer).has_own_base() {
            self.note_lacking(&store, chosen);
        }
        let personal = personal.map(|personal| (personal, own_tools));
        let ready = self.compose(project, &parts, personal)?;
        let objects = installed.objects(&store).chain(own_objects);
        store.keep_root(&key, &project.root, &ready.directories.iter().cloned().chain(objects).collect::<Vec<_>>());
        if nix.is_none_or(|nix| !nix.is_old) {
            warm::keep(self.host, &key, &ready);
        }
        if let Some(hold) = store.hold_root(&key) {
            hold.keep();
        }
        Ok(ready)
    }

    /// Says which tools cannot start on a machine without the usual C library. A shell would only say `not found`.
    fn note_lacking(self, store: &Store, chosen: &[Chosen]) {
        let (platform, missing) = (self.host.platform, self.host.missing_loader());
        let is_there = platform.loader().is_none_or(|loader| Path::new(loader).exists());
        if !platform.runs_here() || is_there && missing.is_none() {
            return;
        }
        let tools = chosen.iter().flat_map(Chosen::tools);
        for (tool, path) in store.lacking(tools, platform, missing.as_ref()) {
            let remedy = store::remedy(&path);
            self.audience.note(&format!("`{tool}` cannot start here: it needs {}; {remedy}", path.display()));
        }
    }

    fn look_up(
        self,
        project: &Project,
        selection: &Selection,
        own_files: Option<&Project>,
        is_vouched_for: impl Fn(&Ready, &Path) -> bool,
    ) -> Option<Ready> {
        let store = Store::new(&self.host.directories.data);
        let own_key = own_files.map(|files| PersonalKey { files, has_tools: true });
        let key = warm::key(self.host, project, selection, own_key);
        // An interactive shell tells by the root's time whether the project's files have changed.
        let since = if selection.interactive { project.changed } else { Time::default() };
        let found = warm::look_up(self.host, &store, &key, since, is_vouched_for);
        let (ready, hold) = found.inspect_err(|miss| log::info!("environment {key} is composed: {miss}")).ok()?;
        log::debug!("environment {key}: from the cache");
        hold.keep();
        Some(ready)
    }
}

//! Composes an environment of what is in the store, and notes what it relies on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::base;
use super::basis::Basis;
use super::personal::{PersonalLayer, PersonalTools, ProjectPlace, Share};
use super::walls::walls;
use super::{Ready, ReadyNix, Road, RoadError, Selection, make_state_directory, services};
use crate::catalog;
use crate::env::{self, Inputs, Pinned, PythonPaths, ToolPaths};
use crate::evaluation::Evaluated;
use crate::host::Host;
use crate::lock::Chosen;
use crate::manifest::config::Preferences;
use crate::manifest::{Isolation, Layer, Manifest};
use crate::name::{CommandName, project_name_of};
use crate::project::Project;
use crate::python::Built;
use crate::store::{CLibrary, LaidOut, LayoutError, Link, Store};

/// What an environment is composed of.
pub struct Parts<'a> {
    pub manifest: &'a Manifest,
    pub layer: &'a Layer,
    pub chosen: &'a [Chosen<'a>],
    pub python: &'a Built,
    pub nix: Option<&'a Evaluated>,
    pub selection: &'a Selection,
    /// What the environment is kept under.
    pub key: &'a str,
    pub c_library: Option<&'a CLibrary>,
}

/// The commands of the host that a dev shell has, as directories.
struct HostCommands {
    own: PathBuf,
    /// None of both where nothing of the host can be reached.
    base_utilities: Option<PathBuf>,
    session: Option<PathBuf>,
}

impl HostCommands {
    /// `preferences` are those of a person who is going to type.
    fn link(
        host: &Host,
        store: &Store,
        preferences: Option<&Preferences>,
        level: Isolation,
    ) -> Result<Self, LayoutError> {
        let directory_of = |links| store.link_directory(&links).map_err(LayoutError::Links);
        let own = directory_of(BTreeMap::from([(known("devshell"), Link::To(host.lasting_executable()))]))?;
        if level.has_own_base() {
            return Ok(Self { own, base_utilities: None, session: None });
        }
        let base_utilities = directory_of(host_links(host, env::policy::commands(env::policy::BASE_UTILITIES)))?;
        let base_utilities = Some(base_utilities);
        let session = preferences.map(|preferences| directory_of(host_links(host, session_words(preferences))));
        Ok(Self { own, base_utilities, session: session.transpose()? })
    }

    fn directories(&self) -> impl Iterator<Item = PathBuf> {
        std::iter::once(&self.own).chain(&self.base_utilities).chain(&self.session).cloned()
    }
}

impl Road<'_> {
    /// Composes the environment, of which everything is in the store.
    pub(super) fn compose(
        self,
        project: &Project,
        parts: &Parts,
        personal: Option<(PersonalLayer, PersonalTools)>,
    ) -> Result<Ready, RoadError> {
        self.composed(project, parts, personal).map_err(|error| match error {
            RoadError::Clash(clash) => clash.within(parts.manifest, project.is_personal).into(),
            other => other,
        })
    }

    fn composed(
        self,
        project: &Project,
        parts: &Parts,
        personal: Option<(PersonalLayer, PersonalTools)>,
    ) -> Result<Ready, RoadError> {
        let Parts { manifest, layer, python, nix, selection, key, .. } = *parts;
        let (host, store) = (self.host, Store::of(self.host).with_c_library(parts.c_library.cloned()));
        let name = manifest.name.clone().unwrap_or_else(|| project_name_of(&project.root));
        let level = selection.level(layer);
        let (laid_out, project_python, base) = laid_out(host, &store, parts, level)?;
        let state = make_state_directory(host, project)?;
        let place = ProjectPlace { root: &project.root, state: &state, name: &name };
        let pinned = || pinned(&laid_out, project_python.as_ref(), layer);
        let share = personal.map(|(personal, tools)| personal.beside(self, tools, &pinned(), &place));
        let Share { personal, preferences, basis: own_basis } = share.transpose()?.unwrap_or_default();
        let commands = HostCommands::link(host, &store, selection.interactive.then_some(&preferences), level)?;
        let mut basis = Basis::of(&laid_out, python).and(own_basis).and(Basis::of_nix(nix));
        basis.add_state(&state, project, manifest, python);
        basis.add_host(host, level, commands.directories())?;
        let pinned = laid_out.tools.iter().flat_map(|tool| &tool.commands).map(ToString::to_string).collect();
        let environment = env::compose(&Inputs {
            layer,
            isolation: level,
            under_ci: host.is_under_ci(),
            keeps_bash_env: host.has_bash_env_of_ci(),
            name: &name,
            root: project.root.clone(),
            ports: services::ports(&state, layer, &mut basis),
            state,
            key,
            tools: laid_out.tools,
            companions: laid_out.companions,
            python: project_python,
            nix: nix.map(|nix| nix.paths.clone()),
            own: commands.own,
            base_utilities: commands.base_utilities,
            base: base.clone(),
            session_commands: commands.session,
            personal,
            host_path: host.path().to_owned(),
        })?;
        Ok(Ready {
            walls: walls(host, (manifest, nix), (level, base.is_some()), &environment, &mut basis)?,
            environment,
            marker: preferences.marker(&name),
            aliases: preferences.aliases.into_iter().collect(),
            name,
            base: base.and_then(|base| base.content),
            scripts: layer.scripts.clone().into_iter().collect(),
            services: layer.services.clone().into_iter().collect(),
            nix: nix.map(ReadyNix::of),
            enter_hook: manifest.hooks.enter.clone(),
            env_files: layer.env_files.iter().map(|file| project.root.join(file)).collect(),
            commands: pinned,
            stamps: basis.stamped(project),
            directories: basis.directories,
            made_of: self.made_of(project, manifest)?,
        })
    }
}

/// The tools, the project's Python, and the base utilities of the lock where the host has none.
fn laid_out(
    host: &Host,
    store: &Store,
    Parts { chosen, python, .. }: &Parts,
    level: Isolation,
) -> Result<(LaidOut, Option<PythonPaths>, Option<ToolPaths>), LayoutError> {
    let mut laid_out = store.lay_out(host, chosen, &python.tools)?;
    let mut python = project_python(python);
    let base = if level.has_own_base() { base::take(&mut laid_out, python.as_mut()) } else { None };
    Ok((laid_out, python, base))
}

fn project_python(python: &Built) -> Option<PythonPaths> {
    let (directory, version) = python.project.as_ref()?;
    Some(PythonPaths {
        directory: directory.clone(),
        version: version.clone(),
        commands: python.commands.clone(),
        variables: python.variables.clone(),
        unset: catalog::unset("python"),
    })
}

fn known(command: &str) -> CommandName {
    command.parse().expect("it is a command name")
}

/// Links to those of the commands that the host has. They lead to where the host's PATH finds
/// them, unresolved, so that the host's own links and alternatives go on working.
fn host_links<'c>(host: &Host, commands: impl Iterator<Item = &'c str>) -> BTreeMap<CommandName, Link> {
    let directories: Vec<PathBuf> = host.path_directories().collect();
    let find = |command: &str| directories.iter().map(|directory| directory.join(command)).find(|path| path.is_file());
    commands.filter_map(|command| Some((known(command), Link::To(find(command)?)))).collect()
}

/// The commands that people want while they type: those of the list, as one of them changed it.
fn session_words(preferences: &Preferences) -> impl Iterator<Item = &str> {
    let wishes = || preferences.session.iter().map(|(name, wanted)| (name.as_str(), *wanted));
    let added = wishes().filter(|(_, wanted)| *wanted).map(|(name, _)| name);
    env::policy::commands(env::policy::SESSION_COMMANDS)
        .filter(move |word| wishes().all(|(name, _)| name != *word))
        .chain(added)
}

/// What the project pins.
fn pinned(laid_out: &LaidOut, python: Option<&PythonPaths>, layer: &Layer) -> Pinned {
    let commands = python.map(|python| (python, commands_of(python)));
    Pinned::of(&laid_out.tools, commands, layer)
}

/// What the project's Python puts on PATH.
fn commands_of(python: &PythonPaths) -> Vec<String> {
    let directories = python.commands.iter().cloned().chain([python.directory.join("bin")]);
    let entries = directories.filter_map(|directory| fs_err::read_dir(directory).ok()).flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

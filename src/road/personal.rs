//! The personal layer: what the user's own `config.json` adds to the dev shells they enter. No mistake in it keeps
//! them out of a project: it is reported, and entering goes on without.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::basis::Basis;
use super::warm::PersonalKey;
use super::{Road, RoadError, Selection, Stale, check_tools, lock};
use crate::env::{Personal, Pinned, ToolPaths};
use crate::host::Host;
use crate::lock::{Form, Lock, LockedTool};
use crate::manifest::config::{self, Config, Preferences, Wrap};
use crate::manifest::{Expansion, Layer, Manifest, Tool};
use crate::name::{CommandName, VarName};
use crate::probe::{self, ProbeError};
use crate::project::Project;
use crate::store::{Assignment, LaidOut, LayoutError, Link, Store};

/// The personal layer as a project: its manifest is `config.json`.
pub fn files(host: &Host) -> Result<Project, RoadError> {
    Project::of_user(host)?.ok_or(RoadError::NoHome)
}

/// The files of the personal layer, when a person enters and there are some. They are only read here.
pub fn of_entry(road: Road, selection: &Selection) -> Option<Project> {
    if !selection.interactive || road.host.is_under_ci() {
        return None;
    }
    let files = Project::of_user(road.host).map_err(|error| {
        road.audience.fault(error.into());
        road.audience.note(&format!("entering without your {}", config::FILE_NAME));
    });
    files.ok().flatten().filter(|files| !files.manifest_text.is_empty())
}

/// What the personal layer says about one project.
pub struct PersonalLayer {
    files: Project,
    manifest: Manifest,
    layer: Layer,
    preferences: Preferences,
    lock: Lock,
    /// Whether all of the tools are available.
    has_tools: bool,
}

/// Its tools, in the store.
#[derive(Default)]
pub struct PersonalTools {
    laid_out: LaidOut,
    /// What they were made from, which a sweep shall leave.
    pub objects: Vec<PathBuf>,
    basis: Basis,
}

/// What a dev shell gets of it.
#[derive(Default)]
pub struct Share {
    pub personal: Personal,
    pub preferences: Preferences,
    pub basis: Basis,
}

/// The project that it is applied to, as its values call it.
pub struct ProjectPlace<'a> {
    pub root: &'a Path,
    pub state: &'a Path,
    pub name: &'a str,
}

impl PersonalLayer {
    /// Parses it and brings its lock up to date. `None` when it has mistakes.
    pub fn of(road: Road, mut files: Project, root: &Path) -> Option<Self> {
        let config = match checked(road.host, &files) {
            Ok(config) => config,
            Err(error) => {
                road.audience.fault(error);
                road.audience.note(&format!("entering without your {}", config::FILE_NAME));
                return None;
            }
        };
        // Where the user is, is known by its real path.
        let home = road.host.home.as_deref().unwrap_or(Path::new("/"));
        let home = fs_err::canonicalize(home).unwrap_or_else(|_| home.to_owned());
        let (layer, preferences) = config.select(&root.to_string_lossy(), &home.to_string_lossy());
        let manifest = config.manifest;
        let sources = road.sources(&files, &manifest);
        let lock = road.current_lock(&mut files, &manifest, &sources, Stale::Update);
        drop(sources);
        let mut personal = Self { files, manifest, layer, preferences, lock: Lock::default(), has_tools: true };
        match lock {
            Ok(lock) => personal.lock = lock,
            Err(error) => {
                personal.lock = lock::read(&personal.files).unwrap_or_default();
                personal.keep_what_is_there(road, error);
            }
        }
        Some(personal)
    }

    /// What tells the environment with these settings from another.
    pub const fn key(&self) -> PersonalKey<'_> {
        PersonalKey { files: &self.files, has_tools: self.has_tools }
    }

    /// Not all tools are available now. What was locked and installed before needs no registry.
    fn keep_what_is_there(&mut self, road: Road, error: RoadError) {
        road.audience.fault(error);
        road.audience
            .note(&format!("entering without the tools in your {} that are not installed yet", config::FILE_NAME));
        let store = Store::of(road.host);
        let is_there =
            |locked: &LockedTool| locked.form() == Form::Asserted || store.has_tool(locked, road.host.platform);
        let lock = road.as_used_here(self.lock.clone(), &self.manifest);
        self.layer.tools.retain(|tool| lock.find(&tool.name, &tool.requirement).is_some_and(is_there));
        self.has_tools = false;
    }

    /// Puts the tools into the store, of which the caller has a shared turn.
    pub fn install(&mut self, road: Road) -> PersonalTools {
        let layer = self.layer.clone();
        self.layer.tools.retain(|tool| match is_for_here(road.host, &self.lock, &layer, tool) {
            Ok(()) => true,
            Err(error) => {
                let why = match error {
                    LayoutError::Probe(ProbeError::NotFound { .. }) => "this machine has none".to_owned(),
                    LayoutError::Probe(ProbeError::Version { found, wanted, .. }) => {
                        format!("this machine's is {found}, not {wanted}")
                    }
                    other => other.to_string(),
                };
                road.audience.note(&format!("leaving out your tool `{}`: {why}", tool.name));
                false
            }
        });
        match self.obtain(road) {
            Ok(tools) => tools,
            Err(error) => {
                self.keep_what_is_there(road, error);
                self.obtain(road).unwrap_or_else(|_| {
                    self.layer.tools.clear();
                    PersonalTools::default()
                })
            }
        }
    }

    fn obtain(&self, road: Road) -> Result<PersonalTools, RoadError> {
        if self.layer.tools.is_empty() {
            return Ok(PersonalTools::default());
        }
        let sources = road.sources(&self.files, &self.manifest);
        let lock = road.for_this_host(self.lock.clone(), (&self.manifest, &self.layer), &sources)?;
        let chosen = lock.choose(&self.layer)?;
        let installed = road.install(&self.files, &sources, &self.manifest, &lock, &chosen)?;
        let store = Store::of(road.host).with_c_library(installed.c_library());
        let laid_out = store.lay_out(road.host, &chosen, &installed.python.tools)?;
        let objects = installed.objects(&store).collect();
        let basis = Basis::of(&laid_out, &installed.python);
        Ok(PersonalTools { laid_out, objects, basis })
    }

    /// What is left of it beside what the project pins.
    pub fn beside(
        mut self,
        road: Road,
        tools: PersonalTools,
        pinned: &Pinned,
        place: &ProjectPlace,
    ) -> Result<Share, RoadError> {
        let PersonalTools { laid_out: LaidOut { mut tools, companions, .. }, mut basis, .. } = tools;
        for note in pinned.prevail(&mut tools, &mut self.layer, &mut self.preferences) {
            road.audience.note(&note.to_string());
        }
        let store = Store::of(road.host);
        let wrappers = wrappers(road, &self.preferences.wraps, &tools, place);
        let wrappers = (!wrappers.is_empty()).then(|| store.link_directory(&wrappers)).transpose();
        let wrappers = wrappers.map_err(LayoutError::Links)?;
        basis.directories.extend(wrappers.clone());
        let personal = Personal { wrappers, tools, companions, variables: self.layer.variables };
        Ok(Share { personal, preferences: self.preferences, basis })
    }
}

/// The settings, if they are the user's own, and have no mistakes.
fn checked(host: &Host, files: &Project) -> Result<Config, RoadError> {
    files.check_user_files(host)?;
    host.check_way(&files.root)?;
    parse(files)
}

/// Parses the settings, and checks that every tool has a meaning.
pub fn parse(files: &Project) -> Result<Config, RoadError> {
    let config = config::parse(&files.manifest_path.display().to_string(), &files.manifest_text).map_err(Box::new)?;
    check_tools(files, &config.manifest)?;
    Ok(config)
}

/// Whether there is such a tool on this machine: settings are carried to many.
fn is_for_here(host: &Host, lock: &Lock, layer: &Layer, tool: &Tool) -> Result<(), LayoutError> {
    let chosen = lock.choose_one(layer, tool)?;
    if chosen.locked.form() == Form::Asserted {
        probe::assert(host, tool)?;
    }
    Store::needed(&[chosen], host.platform).map(drop)
}

/// The commands that are wrapped: those of the user's tools, and else the host's.
fn wrappers(
    road: Road,
    wraps: &BTreeMap<CommandName, Wrap>,
    tools: &[ToolPaths],
    place: &ProjectPlace,
) -> BTreeMap<CommandName, Link> {
    let value = |name: &VarName| {
        let value = match name.as_str() {
            "HOME" => road.host.home.as_deref()?.to_string_lossy(),
            "DEVSHELL_ROOT" => place.root.to_string_lossy(),
            "DEVSHELL_STATE" => place.state.to_string_lossy(),
            "DEVSHELL_NAME" => place.name.into(),
            _ => return None,
        };
        Some(value.into_owned())
    };
    let with = |expansion: &Expansion| expansion.with(value);
    let mut links = BTreeMap::new();
    for (name, wrap) in wraps {
        let own = tools.iter().find(|tool| tool.commands.contains(name));
        let program = own.map(|tool| tool.directory.join(name.as_str())).or_else(|| road.host.find(name.as_str()));
        let Some(program) = program else {
            road.audience.note(&format!("`{name}`, which your {} wraps, does not exist", config::FILE_NAME));
            continue;
        };
        let arguments = wrap.arguments.iter().map(with).collect();
        let variables = wrap.variables.iter().map(|(name, value)| Assignment::Set(name.clone(), with(value))).collect();
        links.insert(name.clone(), Link::Wrap { program, arguments, variables });
    }
    links
}

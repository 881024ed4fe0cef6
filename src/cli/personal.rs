//! The personal layer: what the user's own `config.json` adds to the dev shells they enter. Nothing
//! that is wrong with it keeps anybody out of a project: it is said, and entering goes on without.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Context;
use super::failure::{Failure, code};
use super::locking::{self, Stale};
use super::road::{self, Installed};
use crate::env::{Personal, Pinned, ToolPaths};
use crate::lock::{Form, Lock, LockedTool};
use crate::manifest::config::{self, Config, Taste, Wrap};
use crate::manifest::{Expansion, Layer, Manifest, Tool};
use crate::name::{CommandName, VarName};
use crate::probe::{self, ProbeError};
use crate::project::Project;
use crate::store::{Assignment, LaidOut, LayoutError, Link, Store};
use crate::warm;

/// Whose tools a verb is about.
#[derive(Args, Debug, Default)]
pub struct Whose {
    /// Act on your own config.json instead of the project
    #[arg(long)]
    personal: bool,
}

impl Whose {
    /// The project, or what stands in its place.
    pub fn project(&self, cx: &Context) -> Result<Project, Failure> {
        if !self.personal {
            return cx.project();
        }
        let files = files(cx)?;
        files.check_user_files(&cx.host).map_err(|error| Failure::new(code::MANIFEST, &error))?;
        Ok(files)
    }
}

fn files(cx: &Context) -> Result<Project, Failure> {
    let files = Project::of_user(&cx.host).map_err(|error| Failure::new(code::MANIFEST, &error))?;
    files.ok_or_else(|| Failure::said(code::MANIFEST, "there is no home directory for your settings", None))
}

/// The user's settings, when an entry is a person's and there are some. They are only read here.
pub fn of_entry(cx: &Context, selection: &warm::Selection) -> Option<Project> {
    if !selection.interactive || cx.host.is_under_ci() {
        return None;
    }
    let files = Project::of_user(&cx.host).map_err(|error| {
        cx.ui.failure(&Failure::new(code::MANIFEST, &error));
        cx.ui.note(&format!("entering without your {}", config::FILE_NAME));
    });
    files.ok().flatten().filter(|files| !files.manifest_text.is_empty())
}

/// What the settings say about one project.
pub struct Wished {
    files: Project,
    manifest: Manifest,
    layer: Layer,
    taste: Taste,
    lock: Lock,
    /// Whether all of the tools could be had.
    has_tools: bool,
}

/// The settings' tools, in the store.
#[derive(Default)]
pub struct Obtained {
    laid_out: LaidOut,
    /// What they were made from, which a sweep shall leave.
    pub objects: Vec<PathBuf>,
    /// What of the store and of the host they stand on.
    directories: Vec<PathBuf>,
    stamps: Vec<PathBuf>,
}

/// What a dev shell gets of the settings.
#[derive(Default)]
pub struct Own {
    pub personal: Personal,
    pub taste: Taste,
    pub directories: Vec<PathBuf>,
    pub stamps: Vec<PathBuf>,
}

/// The project that the settings are applied to, as their values call it.
pub struct Place<'a> {
    pub root: &'a Path,
    pub state: &'a Path,
    pub name: &'a str,
}

impl Wished {
    /// Parses the settings and brings their lock up to date. `None` when they have mistakes.
    pub fn of(cx: &Context, mut files: Project, root: &Path) -> Option<Self> {
        let way = cx.host.check_way(&files.root).map_err(|error| Failure::new(code::MANIFEST, &error));
        let checked = files.check_user_files(&cx.host).map_err(|error| Failure::new(code::MANIFEST, &error));
        let parsed = checked.and(way);
        let config = match parsed.and_then(|()| parse(&files)) {
            Ok(config) => config,
            Err(failure) => {
                cx.ui.failure(&failure);
                cx.ui.note(&format!("entering without your {}", config::FILE_NAME));
                return None;
            }
        };
        // Where the user stands is known by its real path.
        let home = cx.host.home.as_deref().unwrap_or(Path::new("/"));
        let home = fs_err::canonicalize(home).unwrap_or_else(|_| home.to_owned());
        let (layer, taste) = config.select(&root.to_string_lossy(), &home.to_string_lossy());
        let manifest = config.manifest;
        let sources = road::sources(cx, &files, &manifest);
        let lock = locking::current(cx, &mut files, &manifest, &sources, Stale::Update);
        drop(sources);
        let mut wished = Self { files, manifest, layer, taste, lock: Lock::default(), has_tools: true };
        match lock {
            Ok(lock) => wished.lock = lock,
            Err(failure) => {
                wished.lock = locking::read(&mut wished.files).unwrap_or_default();
                wished.keep_what_is_there(cx, &failure);
            }
        }
        Some(wished)
    }

    /// What tells the environment with these settings from another.
    pub const fn key(&self) -> warm::Personal<'_> {
        warm::Personal { files: &self.files, has_tools: self.has_tools }
    }

    /// Not all tools can be had now. What was locked and installed before needs no registry.
    fn keep_what_is_there(&mut self, cx: &Context, failure: &Failure) {
        cx.ui.failure(failure);
        cx.ui.note(&format!("entering without the tools in your {} that are not installed yet", config::FILE_NAME));
        let store = Store::new(&cx.host.directories.data);
        let is_there =
            |locked: &LockedTool| locked.form() == Form::Asserted || store.has_tool(locked, cx.host.platform);
        let lock = &self.lock;
        self.layer.tools.retain(|tool| lock.find(&tool.name, &tool.requirement).is_some_and(is_there));
        self.has_tools = false;
    }

    /// Puts the tools into the store, of which the caller has a shared turn.
    pub fn install(&mut self, cx: &Context) -> Obtained {
        self.layer.tools.retain(|tool| match is_for_here(cx, &self.lock, tool) {
            Ok(()) => true,
            Err(error) => {
                let why = match error {
                    LayoutError::Probe(ProbeError::NotFound { .. }) => "this machine has none".to_owned(),
                    LayoutError::Probe(ProbeError::Version { found, wanted, .. }) => {
                        format!("this machine's is {found}, not {wanted}")
                    }
                    other => other.to_string(),
                };
                cx.ui.note(&format!("leaving out your tool `{}`: {why}", tool.name));
                false
            }
        });
        match self.obtain(cx) {
            Ok(obtained) => obtained,
            Err(failure) => {
                self.keep_what_is_there(cx, &failure);
                self.obtain(cx).unwrap_or_else(|_| {
                    self.layer.tools.clear();
                    Obtained::default()
                })
            }
        }
    }

    fn obtain(&self, cx: &Context) -> Result<Obtained, Failure> {
        if self.layer.tools.is_empty() {
            return Ok(Obtained::default());
        }
        let store = Store::new(&cx.host.directories.data);
        let sources = road::sources(cx, &self.files, &self.manifest);
        let Installed { needed, python, .. } =
            road::install(cx, &self.files, &sources, &self.manifest, &self.lock, &self.layer)?;
        let chosen = self.lock.choose(&self.layer).map_err(|error| Failure::new(code::TOOL, &error))?;
        let laid_out = store.lay_out(&cx.host, &chosen, &python.tools);
        let laid_out = laid_out.map_err(|error| Failure::new(code::TOOL, &error))?;
        let tools = laid_out.tools.iter().map(|tool| tool.directory.clone());
        let contents = laid_out.contents.iter().chain(&laid_out.companions).chain(&python.contents).cloned();
        let objects = needed.iter().map(|artifact| store.object(artifact)).collect();
        let directories = tools.chain(contents).collect();
        let stamps = laid_out.host_files.iter().chain(&python.host_files).cloned().collect();
        Ok(Obtained { laid_out, objects, directories, stamps })
    }

    /// What is left of the settings beside what the project pins.
    pub fn beside(mut self, cx: &Context, obtained: Obtained, pinned: &Pinned, place: &Place) -> Result<Own, Failure> {
        let mut tools = obtained.laid_out.tools;
        for note in pinned.prevail(&mut tools, &mut self.layer, &mut self.taste) {
            cx.ui.note(&note.to_string());
        }
        let store = Store::new(&cx.host.directories.data);
        let wrappers = wrappers(cx, &self.taste.wraps, &tools, place);
        let wrappers = (!wrappers.is_empty()).then(|| store.link_directory(&wrappers)).transpose();
        let wrappers = wrappers.map_err(|error| Failure::new(code::TOOL, &LayoutError::Links(error)))?;
        let companions = obtained.laid_out.companions;
        let directories = obtained.directories.into_iter().chain(wrappers.clone()).collect();
        let personal = Personal { wrappers, tools, companions, variables: self.layer.variables };
        Ok(Own { personal, taste: self.taste, directories, stamps: obtained.stamps })
    }
}

/// Parses the settings, and checks that every tool has a meaning.
pub fn parse(files: &Project) -> Result<Config, Failure> {
    let config = config::parse(&files.manifest_path.display().to_string(), &files.manifest_text).map_err(Box::new)?;
    road::check_tools(files, &config.manifest)?;
    Ok(config)
}

/// Whether there is such a tool on this machine: settings are carried to many.
fn is_for_here(cx: &Context, lock: &Lock, tool: &Tool) -> Result<(), LayoutError> {
    let alone = Layer::default();
    let chosen = lock.choose_one(&alone, tool)?;
    if chosen.locked.form() == Form::Asserted {
        probe::assert(&cx.host, tool)?;
    }
    Store::needed(&[chosen], cx.host.platform).map(drop)
}

/// The commands that are wrapped: those of the user's tools, and else the host's.
fn wrappers(
    cx: &Context,
    wraps: &BTreeMap<CommandName, Wrap>,
    tools: &[ToolPaths],
    place: &Place,
) -> BTreeMap<CommandName, Link> {
    let value = |name: &VarName| {
        let value = match name.as_str() {
            "HOME" => cx.host.home.as_deref()?.to_string_lossy(),
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
        let program = own.map(|tool| tool.directory.join(name.as_str())).or_else(|| cx.host.find(name.as_str()));
        let Some(program) = program else {
            cx.ui.note(&format!("`{name}`, which your {} wraps, does not exist", config::FILE_NAME));
            continue;
        };
        let arguments = wrap.arguments.iter().map(with).collect();
        let variables = wrap.variables.iter().map(|(name, value)| Assignment::Set(name.clone(), with(value))).collect();
        links.insert(name.clone(), Link::Wrap { program, arguments, variables });
    }
    links
}

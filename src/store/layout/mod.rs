//! Lays tools out: each gets a directory that holds its commands and nothing else. One file for each form of tool;
//! only this file asks which form one has.

mod asserted;
mod error;
mod found;
mod object;
mod prefix;
mod relinked;
mod scripts;
mod started;
mod sysroot;
mod tree;
mod venv;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use error::LayoutError;
pub use scripts::Scripts;
pub use venv::Programs;

use self::prefix::Prefixes;
use self::started::{Started, started};
use super::{Link, Store, object_key};
use crate::catalog::{self, Entry};
use crate::env::{Op, ToolPaths, Value};
use crate::host::Host;
use crate::lock::{Artifact, Chosen, Form, LockedTool};
use crate::manifest::Tool;
use crate::name::{CommandName, InsidePath, ToolName};
use crate::platform::Platform;

/// What is done with tools of one form. The defaults are right for a form that consists of artifacts in the store.
trait Layout {
    /// The artifacts that the store must have.
    fn needs<'l>(&self, chosen: &Chosen<'l>, platform: Platform) -> Result<Vec<&'l Artifact>, LayoutError> {
        let mut needed = Vec::new();
        for one in chosen.tools() {
            check_platform(one, platform)?;
            needed.extend(one.artifacts_on(platform));
        }
        Ok(needed)
    }

    /// Makes what is more than an artifact, from artifacts that are in the store.
    fn build(&self, _store: &Store, _chosen: &Chosen, _platform: Platform) -> Result<(), LayoutError> {
        Ok(())
    }

    /// The directory of what is more than an artifact, where the tool has one to itself that is made here.
    fn built(&self, _store: &Store, _locked: &LockedTool, _platform: Platform) -> Option<PathBuf> {
        None
    }

    /// The tool's commands, as far as they are known before it is laid out.
    fn commands(&self, chosen: &Chosen, _there: &There) -> Vec<CommandName> {
        chosen.locked.commands.keys().cloned().collect()
    }

    /// Whether all of it is there; `None` if there is nothing to install.
    fn is_there(&self, chosen: &Chosen, there: &There) -> Option<bool> {
        Some(there.store.has_tool(chosen.locked, there.host.platform))
    }

    /// Lays the tool out. All it needs is there.
    fn lay(&self, chosen: &Chosen, site: &mut Site) -> Result<Laid, LayoutError>;
}

/// The one place that tells what is done with a tool by its form.
fn layout_of(locked: &LockedTool) -> Box<dyn Layout + '_> {
    match locked.form() {
        Form::Asserted => Box::new(asserted::Asserted),
        Form::Object(commands) => Box::new(object::Object(commands)),
        Form::Tree => Box::new(tree::Tree),
        Form::Sysroot => Box::new(sysroot::Sysroot),
        Form::Venv { .. } => Box::new(venv::Venv),
        Form::Prefix { suite } => Box::new(prefix::Prefix(suite)),
    }
}

/// Where tools are looked for that may not be there.
pub struct There<'a> {
    pub store: &'a Store,
    pub host: &'a Host,
    /// The commands of the tools in Python environments that are there.
    pub environments: &'a BTreeMap<ToolName, Programs>,
}

impl There<'_> {
    /// The commands that a tool puts on PATH, as far as that is known.
    pub fn commands(&self, chosen: &Chosen) -> Vec<CommandName> {
        chosen.wish.commands.clone().unwrap_or_else(|| layout_of(chosen.locked).commands(chosen, self))
    }

    /// Whether a tool is installed; `None` if nothing of it is.
    pub fn has(&self, chosen: &Chosen) -> Option<bool> {
        layout_of(chosen.locked).is_there(chosen, self)
    }
}

/// Where tools are laid out, and what they have in common.
struct Site<'a> {
    store: &'a Store,
    host: &'a Host,
    environments: &'a BTreeMap<ToolName, Programs>,
    /// All tools of the environment.
    chosen: &'a [Chosen<'a>],
    prefixes: Prefixes<'a>,
    companions: BTreeMap<CommandName, Link>,
    host_files: Vec<PathBuf>,
    contents: BTreeSet<PathBuf>,
}

impl Site<'_> {
    /// Whether a tool of the environment has a command.
    fn has_command(&self, chosen: &Chosen, command: &CommandName) -> bool {
        let there = There { store: self.store, host: self.host, environments: self.environments };
        there.commands(chosen).contains(command)
    }
}

/// A tool that was laid out.
struct Laid {
    links: BTreeMap<CommandName, Link>,
    /// The directory that has just its commands, where there is one already; else one with the links is made.
    directory: Option<PathBuf>,
    /// The directory that holds all of it, where it has one.
    content: Option<PathBuf>,
    /// Of a tool of the host, the one that was found; else the locked one counts.
    version: Option<String>,
    unset: Vec<String>,
    variables: Vec<Op>,
}

impl Laid {
    const fn of(links: BTreeMap<CommandName, Link>) -> Self {
        Self { links, directory: None, content: None, version: None, unset: Vec::new(), variables: Vec::new() }
    }

    /// The same of a tool that has a directory of its own.
    fn within(self, content: PathBuf) -> Self {
        Self { content: Some(content), ..self }
    }
}

/// The tools of an environment as directories, and the files of the host they depend on.
#[derive(Debug, Default)]
pub struct LaidOut {
    pub tools: Vec<ToolPaths>,
    /// What host tools cannot work without, in one directory: it comes after every tool's, so
    /// that it never hides a pinned command.
    pub companions: Option<PathBuf>,
    pub host_files: Vec<PathBuf>,
    /// The directories of the store that the tools are in.
    pub contents: BTreeSet<PathBuf>,
}

impl Store {
    /// The artifacts that tools need on a platform, each once.
    pub fn needed<'l>(chosen: &[Chosen<'l>], platform: Platform) -> Result<Vec<&'l Artifact>, LayoutError> {
        let mut needed: Vec<&Artifact> = Vec::new();
        let mut keys = BTreeSet::new();
        for one in chosen {
            let artifacts = layout_of(one.locked).needs(one, platform)?.into_iter();
            needed.extend(artifacts.filter(|artifact| keys.insert(object_key(artifact))));
        }
        // That is an error before anything is fetched.
        prefix::check(chosen, platform)?;
        Ok(needed)
    }

    /// For each of some artifacts the tool that it is fetched for, with its version and how many it takes. What several
    /// tools need counts for the first.
    pub fn plan(chosen: &[Chosen], missing: &[&Artifact], platform: Platform) -> Vec<String> {
        let mut owners: Vec<Option<usize>> = vec![None; missing.len()];
        for (place, one) in chosen.iter().enumerate() {
            let needed = layout_of(one.locked).needs(one, platform).unwrap_or_default();
            let keys: BTreeSet<String> = needed.into_iter().map(object_key).collect();
            let open = missing.iter().zip(&mut owners).filter(|(_, owner)| owner.is_none());
            for (_, owner) in open.filter(|(artifact, _)| keys.contains(&object_key(artifact))) {
                *owner = Some(place);
            }
        }
        let name = |place: usize| {
            let Chosen { wish, locked, .. } = &chosen[place];
            let version = version_of(locked).map(|version| format!(" {version}")).unwrap_or_default();
            match owners.iter().filter(|owner| **owner == Some(place)).count() {
                1 => format!("{}{version}", wish.name),
                count => format!("{}{version} ({count} packages)", wish.name),
            }
        };
        let names: Vec<String> = (0..chosen.len()).map(name).collect();
        // What no tool asks for is the interpreter of the project's own packages.
        owners.iter().map(|owner| owner.map_or_else(|| "Python of Debian".to_owned(), |it| names[it].clone())).collect()
    }

    /// Makes whatever tools need that is more than an artifact, from artifacts that are in the store.
    pub fn build(&self, chosen: &[Chosen], platform: Platform) -> Result<(), LayoutError> {
        for one in chosen {
            layout_of(one.locked).build(self, one, platform)?;
        }
        Prefixes::make(self, chosen, platform).map(drop)
    }

    /// The directories of a locked tool on a platform, whether they are there or not. Prefixes and environments of Python
    /// packages are not among them.
    pub fn directories_of(&self, locked: &LockedTool, platform: Platform) -> Vec<PathBuf> {
        let objects = locked.artifacts_on(platform).map(|artifact| self.object(artifact));
        objects.chain(layout_of(locked).built(self, locked, platform)).collect()
    }

    /// The directory that has all of a locked tool, where one is made of it for itself, or fetched.
    pub fn content(&self, locked: &LockedTool, platform: Platform) -> Option<PathBuf> {
        let object = || Some(self.object(locked.artifacts_on(platform).next()?));
        let is_object = matches!(locked.form(), Form::Object(_));
        layout_of(locked).built(self, locked, platform).or_else(|| object().filter(|_| is_object))
    }

    /// Whether what recipes make with programs of these tools is left out, since they are for another machine.
    pub fn leaves_out(chosen: &[Chosen], platform: Platform) -> bool {
        prefix::leaves_out(chosen, platform)
    }

    /// Makes the link directories of tools, whose artifacts are in the store, and asserts those of the host.
    /// The commands of those in Python environments are given.
    pub fn lay_out(
        &self,
        host: &Host,
        chosen: &[Chosen],
        environments: &BTreeMap<ToolName, Programs>,
    ) -> Result<LaidOut, LayoutError> {
        let store = &self.launched_by(host);
        let mut prefixes = Prefixes::make(store, chosen, host.platform)?;
        prefixes.settle(store, chosen);
        let c_library = self.c_library.iter().map(|library| library.prefix.clone());
        let contents = prefixes.directories().chain(c_library).collect();
        let (companions, host_files) = (BTreeMap::new(), Vec::new());
        let mut site = Site { store, host, environments, chosen, prefixes, companions, host_files, contents };
        let mut tools = Vec::new();
        for one in chosen {
            let Laid { links, directory, content, version, unset, variables } =
                layout_of(one.locked).lay(one, &mut site)?;
            tools.push(ToolPaths {
                name: one.wish.name.clone(),
                version: version.or_else(|| version_of(one.locked)),
                directory: directory.map_or_else(|| self.link_directory(&links), Ok).map_err(LayoutError::Links)?,
                commands: links.into_keys().collect(),
                unset: unset_for(one).chain(unset).collect(),
                variables: defaults_for(one, content.as_deref()).chain(variables).collect(),
                content,
            });
        }
        let companions = (!site.companions.is_empty()).then(|| self.link_directory(&site.companions));
        let companions = companions.transpose().map_err(LayoutError::Links)?;
        Ok(LaidOut { tools, companions, host_files: site.host_files, contents: site.contents })
    }
}

/// The links of a tool whose commands the lock names, in the directory of its artifact or tree.
fn named_links(chosen: &Chosen, content: PathBuf, site: &mut Site) -> Result<Laid, LayoutError> {
    let locked = chosen.locked;
    let runtime = chosen.runtime.map(|runtime| runtime_program(runtime, site)).transpose()?;
    let (mut links, mut lacking) = (BTreeMap::new(), Vec::new());
    for name in wanted_commands(chosen.wish, locked.commands.keys())? {
        let program = content.join(locked.commands[&name].as_str());
        if !program.is_file() {
            let version = version_of(locked).unwrap_or_default();
            return Err(LayoutError::Hollow { tool: chosen.wish.name.clone(), version, command: name });
        }
        let Some(runtime) = &runtime else {
            links.insert(name, Link::To(program));
            continue;
        };
        let Started { link, lacks } = started(program, runtime, &content, chosen, site);
        lacking.extend(lacks.map(|interpreter| (name.clone(), interpreter)));
        links.insert(name, link);
    }
    // One command that cannot run leaves the others; a tool of which none can is an error.
    if lacking.len() == links.len()
        && let Some((command, interpreter)) = lacking.into_iter().next()
    {
        return Err(LayoutError::NoInterpreter { tool: chosen.wish.name.clone(), command, interpreter });
    }
    site.contents.insert(content.clone());
    Ok(Laid::of(links).within(content))
}

/// The program that runs tools: the first command of a tool that is one artifact.
fn runtime_program(runtime: &LockedTool, site: &mut Site) -> Result<PathBuf, LayoutError> {
    let platform = site.host.platform;
    let mut artifacts = runtime.artifacts_on(platform).filter(|_| matches!(runtime.form(), Form::Object(_)));
    let artifact = artifacts.next().ok_or_else(|| not_here(runtime, platform))?;
    let directory = site.store.as_used(site.store.object(artifact));
    let program = directory.join(runtime.commands.values().next().map_or("bin/node", InsidePath::as_str));
    site.contents.insert(directory);
    Ok(program)
}

/// The commands to put on PATH: those the manifest names, or all.
fn wanted_commands<'c>(
    tool: &Tool,
    has: impl Iterator<Item = &'c CommandName>,
) -> Result<Vec<CommandName>, LayoutError> {
    let has: Vec<CommandName> = has.cloned().collect();
    let Some(chosen) = &tool.commands else { return Ok(has) };
    match chosen.iter().find(|command| !has.contains(command)) {
        Some(command) => {
            Err(LayoutError::NoCommand { tool: tool.name.clone(), command: command.clone(), line: tool.line, has })
        }
        None => Ok(chosen.clone()),
    }
}

/// The variables that would bend a tool, or what runs it.
fn unset_for(chosen: &Chosen) -> impl Iterator<Item = String> {
    let entries = chosen.tools().filter_map(LockedTool::entry);
    entries.flat_map(|entry| entry.unset().iter().cloned())
}

/// The variables that the catalog gives a tool, where the caller has none that `keep` lets through and the manifest
/// says nothing.
fn defaults_for(chosen: &Chosen, content: Option<&Path>) -> impl Iterator<Item = Op> {
    let entry = chosen.locked.entry();
    let content = content.map(|path| path.to_string_lossy().into_owned());
    entry.into_iter().flat_map(Entry::defaults).filter_map(move |(name, value)| {
        let value = match value.as_str() {
            catalog::OWN_DIRECTORY => content.clone()?,
            text => text.to_owned(),
        };
        Some(Op::Default(name.clone(), Value::Literal(value.into())))
    })
}

fn version_of(locked: &LockedTool) -> Option<String> {
    locked.version.as_deref().map(str::to_owned)
}

fn check_platform(locked: &LockedTool, platform: Platform) -> Result<(), LayoutError> {
    locked.artifacts_on(platform).next().map(|_| ()).ok_or_else(|| not_here(locked, platform))
}

fn not_here(locked: &LockedTool, platform: Platform) -> LayoutError {
    let version = version_of(locked).unwrap_or_default();
    LayoutError::NotHere { tool: locked.tool.clone(), version, platform }
}

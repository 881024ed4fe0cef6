//! Lays a manifest's tools out: each gets a directory that holds its commands and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use super::{Link, Store};
use crate::catalog;
use crate::env::ToolPaths;
use crate::hint::Hint;
use crate::host::Host;
use crate::lock::{Artifact, Lock, LockedTool};
use crate::manifest::{Layer, Tool};
use crate::name::{CommandName, InsidePath, SourceLabel, ToolName};
use crate::platform::Platform;
use crate::probe::{self, ProbeError};

/// Why a tool cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("`{tool}` {version} is not published for {platform}")]
    NotHere { tool: ToolName, version: String, platform: Platform },
    #[error("`{tool}` has no command `{command}`, which line {line} of the manifest names")]
    NoCommand { tool: ToolName, command: CommandName, line: usize, has: Vec<CommandName> },
    #[error("`{tool}` {version} is there, but its command `{command}` is not")]
    Hollow { tool: ToolName, version: String, command: CommandName },
    #[error("the lock has no `{0}`")]
    NotLocked(ToolName),
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error("the links of the tools cannot be made")]
    Links(#[source] io::Error),
    #[error("the directory of a tool with dependencies cannot be made")]
    Build(#[source] io::Error),
}

impl Hint for LayoutError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotHere { .. } => "another version may be; the lock holds it for the other platforms".to_owned(),
            Self::NoCommand { has, .. } => {
                format!("it has {}", has.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))
            }
            Self::Hollow { .. } => "this version keeps it elsewhere; try another one and report it".to_owned(),
            Self::NotLocked(_) => "`devshell lock`".to_owned(),
            Self::Probe(error) => return error.hint(),
            Self::Links(_) | Self::Build(_) => "set DEVSHELL_HOME to a directory you can write".to_owned(),
        })
    }
}

/// The tools of a layer as directories, and the files of the host they depend on.
#[derive(Debug, Default)]
pub struct LaidOut {
    pub tools: Vec<ToolPaths>,
    /// What host tools cannot work without, in one directory: it comes behind every tool's, so
    /// that it never hides a pinned command.
    pub companions: Option<PathBuf>,
    pub host_files: Vec<PathBuf>,
    /// The directories of the store that the tools lie in.
    pub contents: BTreeSet<PathBuf>,
}

impl Store {
    /// The artifacts that the layer's tools need on a platform, each once.
    pub fn needed<'l>(lock: &'l Lock, layer: &Layer, platform: Platform) -> Result<Vec<&'l Artifact>, LayoutError> {
        let mut needed: Vec<&Artifact> = Vec::new();
        for tool in &layer.tools {
            let locked =
                lock.find(&tool.name, &tool.requirement).ok_or_else(|| LayoutError::NotLocked(tool.name.clone()))?;
            if source_of(&tool.name) == SourceLabel::Host {
                continue;
            }
            for one in [Some(locked), lock.runtime_of(locked, layer)].into_iter().flatten() {
                check_platform(one, platform)?;
                for artifact in one.artifacts_on(platform) {
                    if !needed.iter().any(|other| other.integrity == artifact.integrity) {
                        needed.push(artifact);
                    }
                }
            }
        }
        Ok(needed)
    }

    /// Makes the link directories of the layer's tools, whose artifacts are in the store, and
    /// asserts those of the host.
    pub fn lay_out(&self, host: &Host, lock: &Lock, layer: &Layer) -> Result<LaidOut, LayoutError> {
        let mut laid_out = LaidOut::default();
        let mut companions = BTreeMap::new();
        for tool in &layer.tools {
            let (links, version) = match source_of(&tool.name) {
                SourceLabel::Host => {
                    let found = probe::assert(host, tool)?;
                    laid_out.host_files.extend(found.commands.values().cloned());
                    companions.extend(found.companions.into_iter().map(|(name, path)| (name, Link::To(path))));
                    let wanted = wanted_commands(tool, found.commands.keys())?;
                    let links = found.commands.into_iter().filter(|(name, _)| wanted.contains(name));
                    (links.map(|(name, path)| (name, Link::To(path))).collect(), found.version)
                }
                SourceLabel::Npm => self.stored_links(host, lock, layer, tool, &mut laid_out.contents)?,
            };
            laid_out.tools.push(ToolPaths {
                name: tool.name.clone(),
                version,
                directory: self.link_directory(&links).map_err(LayoutError::Links)?,
                commands: links.into_keys().collect(),
                unset: unset(lock, tool),
            });
        }
        if !companions.is_empty() {
            laid_out.companions = Some(self.link_directory(&companions).map_err(LayoutError::Links)?);
        }
        Ok(laid_out)
    }

    fn stored_links(
        &self,
        host: &Host,
        lock: &Lock,
        layer: &Layer,
        tool: &Tool,
        contents: &mut BTreeSet<PathBuf>,
    ) -> Result<(BTreeMap<CommandName, Link>, Option<String>), LayoutError> {
        let locked =
            lock.find(&tool.name, &tool.requirement).ok_or_else(|| LayoutError::NotLocked(tool.name.clone()))?;
        let content = self.content(locked, host.platform)?;
        let runtime = match &locked.runtime {
            None => None,
            Some(name) => {
                let runtime = lock.runtime_of(locked, layer).ok_or_else(|| LayoutError::NotLocked(name.clone()))?;
                let command = runtime.commands.values().next().map_or("bin/node", InsidePath::as_str);
                let directory = self.content(runtime, host.platform)?;
                let program = directory.join(command);
                contents.insert(directory);
                Some(program)
            }
        };
        let mut links = BTreeMap::new();
        for name in wanted_commands(tool, locked.commands.keys())? {
            let program = content.join(locked.commands[&name].as_str());
            if !program.is_file() {
                let version = locked.version.clone().unwrap_or_default();
                return Err(LayoutError::Hollow { tool: tool.name.clone(), version, command: name });
            }
            let link = match &runtime {
                Some(runtime) => Link::Run { runtime: runtime.clone(), program },
                None => Link::To(program),
            };
            links.insert(name, link);
        }
        contents.insert(content);
        Ok((links, locked.version.clone()))
    }

    /// The directory that a tool lies in: its one artifact's, or its tree's.
    fn content(&self, locked: &LockedTool, platform: Platform) -> Result<PathBuf, LayoutError> {
        check_platform(locked, platform)?;
        if locked.is_tree() {
            return self.tree(locked, platform).map_err(LayoutError::Build);
        }
        let mut artifacts = locked.artifacts_on(platform);
        artifacts.next().map(|artifact| self.object(artifact)).ok_or_else(|| not_here(locked, platform))
    }
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
fn unset(lock: &Lock, tool: &Tool) -> Vec<String> {
    let runtime = lock.find(&tool.name, &tool.requirement).and_then(|locked| locked.runtime.as_ref());
    let entries = std::iter::once(&tool.name).chain(runtime).filter_map(|name| catalog::find(name).ok()?.entry);
    entries.flat_map(|entry| entry.unset().iter().cloned()).collect()
}

fn source_of(tool: &ToolName) -> SourceLabel {
    // A name the catalog does not know cannot have been locked.
    catalog::find(tool).map_or(SourceLabel::Npm, |meaning| meaning.source)
}

fn check_platform(locked: &LockedTool, platform: Platform) -> Result<(), LayoutError> {
    locked.artifacts_on(platform).next().map(|_| ()).ok_or_else(|| not_here(locked, platform))
}

fn not_here(locked: &LockedTool, platform: Platform) -> LayoutError {
    let version = locked.version.clone().unwrap_or_default();
    LayoutError::NotHere { tool: locked.tool.clone(), version, platform }
}

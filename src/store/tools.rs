//! Lays a manifest's tools out: each gets a directory that holds its commands and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::{Link, PrefixError, Store, object_key};
use super::{commands, debs};
use crate::catalog;
use crate::env::ToolPaths;
use crate::hint::Hint;
use crate::host::Host;
use crate::lock::{Artifact, Lock, LockedTool};
use crate::manifest::{Layer, Tool};
use crate::name::{CommandName, InsidePath, SourceLabel, Suite, ToolName};
use crate::platform::Platform;
use crate::probe::{self, ProbeError};

/// Why a tool cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("`{tool}` {version} is not published for {platform}")]
    NotHere { tool: ToolName, version: String, platform: Platform },
    #[error("`{tool}` has no command `{command}`, which line {line} of the manifest names")]
    NoCommand { tool: ToolName, command: CommandName, line: usize, has: Vec<CommandName> },
    #[error("`{tool}`, at line {line} of the manifest, has no command of its own")]
    NoOwnCommand { tool: ToolName, line: usize, has: Vec<CommandName> },
    #[error("`{tool}` {version} is there, but its command `{command}` is not")]
    Hollow { tool: ToolName, version: String, command: CommandName },
    #[error("`{tool}` {version} has no executable where one is looked for: in its `bin` or at its root")]
    NotFound { tool: ToolName, version: String, elsewhere: Vec<String> },
    #[error("`{tool}` {version} has no executable `{}`, which the manifest names", .path.as_str())]
    NotAt { tool: ToolName, version: String, path: InsidePath, elsewhere: Vec<String> },
    #[error("`{first}` and `{second}` want two versions of `{package}`: {} and {}", .versions[0], .versions[1])]
    Apart { first: ToolName, second: ToolName, package: String, versions: [String; 2] },
    #[error("the lock has no `{0}`")]
    NotLocked(ToolName),
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error("the links of the tools cannot be made")]
    Links(#[source] io::Error),
    #[error("the directory of a tool with dependencies cannot be made")]
    Build(#[source] io::Error),
    #[error(transparent)]
    Prefix(#[from] PrefixError),
}

impl Hint for LayoutError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotHere { .. } => "another version may be; the lock holds it for the other platforms".to_owned(),
            Self::NoCommand { has, .. } => {
                format!("it has {}", has.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))
            }
            Self::NoOwnCommand { tool, has, .. } => {
                let is_own = |name: &&CommandName| {
                    !["python", "activate", "deactivate", "pydoc"].iter().any(|start| name.as_str().starts_with(start))
                };
                let list = has.iter().filter(is_own).map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
                format!(
                    "say which commands of the packages it needs you want: \"{tool}\": {{ \"commands\": [{list}] }}"
                )
            }
            Self::Hollow { .. } => "this version keeps it elsewhere; try another one and report it".to_owned(),
            Self::NotFound { tool, elsewhere, .. } => {
                let path = elsewhere.first().map_or("path/inside", String::as_str);
                format!("say in the manifest where it lies: \"commands\": {{ \"{}\": \"{path}\" }}", tool.package())
            }
            Self::NotAt { elsewhere, .. } if elsewhere.is_empty() => "there is no executable in it".to_owned(),
            Self::NotAt { elsewhere, .. } => {
                format!("it has {}", elsewhere.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "))
            }
            Self::Apart { first, second, .. } => format!("`devshell update {first} {second}`"),
            Self::Prefix(error) => return error.hint(),
            Self::NotLocked(_) => "`devshell lock`".to_owned(),
            Self::Probe(error) => return error.hint(),
            Self::Links(_) | Self::Build(_) => "set DEVSHELL_HOME to a directory you can write".to_owned(),
        })
    }
}

/// The commands of a tool that lies in an environment of its own.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// The tool's own.
    pub own: BTreeMap<CommandName, PathBuf>,
    /// Those, and what the packages it needs bring along.
    pub all: BTreeMap<CommandName, PathBuf>,
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
        let mut keys = BTreeSet::new();
        for tool in &layer.tools {
            let locked = locked(lock, tool)?;
            if source_of(&tool.name) == SourceLabel::Host || locked.is_environment() {
                continue;
            }
            for one in [Some(locked), lock.runtime_of(locked, layer)].into_iter().flatten() {
                check_platform(one, platform)?;
                needed.extend(one.artifacts_on(platform).filter(|artifact| keys.insert(object_key(artifact))));
            }
        }
        // Said before anything is fetched.
        debs::by_suite(lock, layer, platform)?;
        Ok(needed)
    }

    /// Makes the link directories of the layer's tools, whose artifacts are in the store, and
    /// asserts those of the host.
    /// Those that lie in environments of their own are given.
    pub fn lay_out(
        &self,
        host: &Host,
        lock: &Lock,
        layer: &Layer,
        environments: &BTreeMap<ToolName, Programs>,
    ) -> Result<LaidOut, LayoutError> {
        let mut laid_out = LaidOut::default();
        let mut companions = BTreeMap::new();
        let mut given: BTreeMap<&Suite, BTreeMap<CommandName, Link>> = BTreeMap::new();
        let prefixes = self.prefixes(lock, layer, host.platform)?;
        laid_out.contents.extend(prefixes.values().map(|prefix| prefix.directory().to_owned()));
        let mut surroundings =
            prefixes.iter().map(|(suite, prefix)| (*suite, prefix.surroundings())).collect::<BTreeMap<_, _>>();
        for tool in &layer.tools {
            let mut unset = unset(lock, tool);
            let mut variables = Vec::new();
            let (links, version) = match source_of(&tool.name) {
                SourceLabel::Pypi if environments.contains_key(&tool.name) => {
                    (environment_links(tool, &environments[&tool.name])?, version_of(locked(lock, tool)?))
                }
                SourceLabel::Host => {
                    let found = probe::assert(host, tool)?;
                    laid_out.host_files.extend(found.commands.values().cloned());
                    companions.extend(found.companions.into_iter().map(|(name, path)| (name, Link::To(path))));
                    let wanted = wanted_commands(tool, found.commands.keys())?;
                    let links = found.commands.into_iter().filter(|(name, _)| wanted.contains(name));
                    (links.map(|(name, path)| (name, Link::To(path))).collect(), found.version)
                }
                SourceLabel::Deb => {
                    let locked = locked(lock, tool)?;
                    check_platform(locked, host.platform)?;
                    let suite = locked.suite.as_ref().and_then(|suite| prefixes.get_key_value(suite));
                    let (suite, prefix) = suite.ok_or_else(|| LayoutError::NotLocked(tool.name.clone()))?;
                    let mut laid = self.deb_tool(prefix, locked);
                    // What all of a prefix need is said once.
                    variables = surroundings.remove(suite).unwrap_or_default();
                    variables.append(&mut laid.variables);
                    unset.append(&mut laid.unset);
                    let wanted = wanted_commands(tool, laid.links.keys())?;
                    laid.links.retain(|name, _| wanted.contains(name));
                    // Two tools may bring the very same program: a compiler of another language, say.
                    let given = given.entry(suite).or_default();
                    laid.links.retain(|name, link| given.get(name) != Some(link));
                    given.extend(laid.links.clone());
                    (laid.links, version_of(locked))
                }
                SourceLabel::Npm | SourceLabel::Pypi => {
                    self.stored_links(host, lock, layer, tool, &mut laid_out.contents)?
                }
                SourceLabel::Url => self.found_links(host, lock, tool, &mut laid_out.contents)?,
            };
            laid_out.tools.push(ToolPaths {
                name: tool.name.clone(),
                version,
                directory: self.link_directory(&links).map_err(LayoutError::Links)?,
                commands: links.into_keys().collect(),
                unset,
                variables,
            });
        }
        if !companions.is_empty() {
            laid_out.companions = Some(self.link_directory(&companions).map_err(LayoutError::Links)?);
        }
        Ok(laid_out)
    }

    /// The names of the commands of a tool whose lock does not say them; none while it is not
    /// there.
    pub fn downloaded_commands(&self, locked: &LockedTool, tool: &Tool, platform: Platform) -> Vec<CommandName> {
        if locked.suite.is_some() {
            return self.deb_commands(locked, platform);
        }
        let object = locked.artifacts_on(platform).next().map(|artifact| self.object(artifact));
        let found = object.filter(|object| object.is_dir()).map(|object| downloaded_commands(&object, tool, platform));
        found.and_then(Result::ok).unwrap_or_default().into_keys().collect()
    }

    fn found_links(
        &self,
        host: &Host,
        lock: &Lock,
        tool: &Tool,
        contents: &mut BTreeSet<PathBuf>,
    ) -> Result<(BTreeMap<CommandName, Link>, Option<String>), LayoutError> {
        let locked = locked(lock, tool)?;
        let content = self.content(locked, host.platform)?;
        let mut found = downloaded_commands(&content, tool, host.platform)?;
        contents.insert(content);
        let wanted = wanted_commands(tool, found.keys())?;
        found.retain(|name, _| wanted.contains(name));
        Ok((found.into_iter().map(|(name, path)| (name, Link::To(path))).collect(), version_of(locked)))
    }

    fn stored_links(
        &self,
        host: &Host,
        lock: &Lock,
        layer: &Layer,
        tool: &Tool,
        contents: &mut BTreeSet<PathBuf>,
    ) -> Result<(BTreeMap<CommandName, Link>, Option<String>), LayoutError> {
        let locked = locked(lock, tool)?;
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
                let version = version_of(locked).unwrap_or_default();
                return Err(LayoutError::Hollow { tool: tool.name.clone(), version, command: name });
            }
            let link = match &runtime {
                Some(runtime) => Link::Run { runtime: runtime.clone(), program },
                None => Link::To(program),
            };
            links.insert(name, link);
        }
        contents.insert(content);
        Ok((links, version_of(locked)))
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

/// The commands of a tool of the source `url`: where the manifest says they lie, else those that
/// are found.
fn downloaded_commands(
    object: &Path,
    tool: &Tool,
    platform: Platform,
) -> Result<BTreeMap<CommandName, PathBuf>, LayoutError> {
    let file = tool.download.as_ref().and_then(|download| download.files.get(&platform));
    let roots = commands::roots(object, tool.download.as_ref().and_then(|download| download.strip));
    let Some(file) = file.filter(|file| !file.commands.is_empty()) else {
        let found = commands::find(&roots, tool.name.package());
        if found.is_empty() && tool.commands.as_ref().is_none_or(|chosen| !chosen.is_empty()) {
            let (tool, version) = (tool.name.clone(), tool.requirement.to_string());
            return Err(LayoutError::NotFound { tool, version, elsewhere: commands::elsewhere(&roots) });
        }
        return Ok(found);
    };
    let place = |(command, path): (&CommandName, &InsidePath)| match commands::at(object, &roots, path) {
        Some(place) => Ok((command.clone(), place)),
        None => {
            let (tool, version) = (tool.name.clone(), tool.requirement.to_string());
            Err(LayoutError::NotAt { tool, version, path: path.clone(), elsewhere: commands::elsewhere(&roots) })
        }
    };
    file.commands.iter().map(place).collect()
}

/// The links of a tool in an environment: its own commands, or those that the manifest names.
fn environment_links(tool: &Tool, programs: &Programs) -> Result<BTreeMap<CommandName, Link>, LayoutError> {
    let has = if tool.commands.is_some() { &programs.all } else { &programs.own };
    if has.is_empty() {
        let has = programs.all.keys().cloned().collect();
        return Err(LayoutError::NoOwnCommand { tool: tool.name.clone(), line: tool.line, has });
    }
    let wanted = wanted_commands(tool, has.keys())?;
    Ok(wanted.into_iter().map(|name| (name.clone(), Link::To(has[&name].clone()))).collect())
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

/// The lock's entry for a tool of the manifest.
fn locked<'l>(lock: &'l Lock, tool: &Tool) -> Result<&'l LockedTool, LayoutError> {
    lock.find(&tool.name, &tool.requirement).ok_or_else(|| LayoutError::NotLocked(tool.name.clone()))
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

//! Tools of the host: finds them, and asks them for their version and where they really are.
//! A program is started only when a requirement needs its version or the catalog says that it may
//! be a shim: a repository can name any command.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::catalog::{self, HostEntry, ways};
use crate::child::{Child, Place};
use crate::env::policy;
use crate::hint::Hint;
use crate::host::Host;
use crate::manifest::Tool;
use crate::name::{CommandName, ToolName};
use crate::version::{Requirement, Scheme, find_in_output};

/// A tool of the host that satisfies its requirement.
#[derive(Debug)]
pub struct HostTool {
    pub version: Option<String>,
    /// Its commands, and where they are.
    pub commands: BTreeMap<CommandName, PathBuf>,
    /// The commands it cannot work without, likewise.
    pub companions: BTreeMap<CommandName, PathBuf>,
}

/// Why a tool of the host is not what the manifest asks for.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("the host has no `{command}`, which line {line} of the manifest asks for")]
    NotFound { command: CommandName, tool: ToolName, line: usize },
    #[error("the host's `{command}` is {found}, and line {line} of the manifest wants {wanted}")]
    Version { command: CommandName, tool: ToolName, found: String, wanted: Requirement, line: usize },
    #[error("`{}` did not print its version", .path.display())]
    Silent { path: PathBuf },
}

impl ProbeError {
    /// What to do about it: on this machine, or by pinning the tool instead; `otherwise` is what else there is.
    pub fn way_on(&self, otherwise: &str) -> String {
        let (tool, own) = match self {
            Self::NotFound { command, tool, .. } => (tool, Some(format!("install `{command}` on this machine"))),
            Self::Version { command, tool, found, wanted, .. } => {
                let is_old = wanted.is_above(found, Scheme::Numbers);
                (tool, is_old.then(|| format!("update `{command}` on this machine")))
            }
            Self::Silent { path } => {
                return format!("type `{} --version` to see; `*` accepts any version", path.display());
            }
        };
        let pinned = ways::lead(tool.package()).into_iter().flat_map(|lead| lead.pinned().collect::<Vec<_>>());
        let pinned: Vec<String> = pinned.map(|way| way.sentence(tool.package(), None)).collect();
        let ways = own.into_iter().chain(pinned).collect::<Vec<_>>().join("; ");
        [ways.as_str(), otherwise].into_iter().filter(|way| !way.is_empty()).collect::<Vec<_>>().join(", or ")
    }
}

impl Hint for ProbeError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } => Some(self.way_on("take the tool out of the manifest")),
            Self::Version { .. } | Self::Silent { .. } => Some(self.way_on("relax the requirement")),
        }
    }
}

/// What the catalog knows of a host tool, or what can be assumed of any command.
pub fn entry(tool: &Tool) -> HostEntry {
    known(tool).unwrap_or_else(|| HostEntry {
        version: vec!["--version".to_owned()],
        commands: tool.name.package().parse().into_iter().collect(),
        ..HostEntry::default()
    })
}

/// What the catalog knows of a host tool.
fn known(tool: &Tool) -> Option<HostEntry> {
    catalog::host_entry(&tool.name).cloned()
}

/// Finds a host tool and asserts its version, as far as that takes no program that the catalog
/// does not know.
pub fn check(host: &Host, tool: &Tool) -> Result<HostTool, ProbeError> {
    if known(tool).is_some() {
        return assert(host, tool);
    }
    let entry = entry(tool);
    let (command, path) = first(host, tool, &entry)?;
    Ok(HostTool { version: None, commands: BTreeMap::from([(command.clone(), path)]), companions: BTreeMap::new() })
}

/// The command that a tool is known by, and where it is.
fn first<'e>(host: &Host, tool: &Tool, entry: &'e HostEntry) -> Result<(&'e CommandName, PathBuf), ProbeError> {
    let found = entry.commands.iter().find_map(|command| Some((command, find(host, command)?)));
    found.ok_or_else(|| {
        let command = entry.commands.first().cloned();
        let command = command.unwrap_or_else(|| "sh".parse().expect("`sh` is a command name"));
        ProbeError::NotFound { command, tool: tool.name.clone(), line: tool.line }
    })
}

/// The commands of a host tool that this machine has. Nothing is started, so its version is not known.
pub fn commands(host: &Host, tool: &Tool) -> Vec<CommandName> {
    entry(tool).commands.into_iter().filter(|command| find(host, command).is_some()).collect()
}

/// The version of a host tool that the catalog knows; no other program is started to learn it.
pub fn version(host: &Host, tool: &Tool) -> Option<String> {
    let entry = known(tool)?;
    let (_, path) = first(host, tool, &entry).ok()?;
    let (path, found) = real(host, &path, &entry).unwrap_or((path, None));
    found.or_else(|| find_in_output(&run(host, &path, &entry.version, &entry.unset)).map(str::to_owned))
}

/// Finds a host tool and asserts its version.
pub fn assert(host: &Host, tool: &Tool) -> Result<HostTool, ProbeError> {
    let entry = entry(tool);
    let (command, path) = first(host, tool, &entry)?;
    let (path, told) = match real(host, &path, &entry) {
        Some((real, told)) => (real, told),
        None => (path, None),
    };
    let ask = || {
        let output = run(host, &path, &entry.version, &entry.unset);
        find_in_output(&output).map(str::to_owned)
    };
    let version = told.or_else(|| if tool.requirement.is_any() { None } else { ask() });
    if !tool.requirement.is_any() {
        let Some(found) = &version else { return Err(ProbeError::Silent { path }) };
        if !tool.requirement.accepts(found, Scheme::Numbers) {
            let (found, wanted) = (found.clone(), tool.requirement.clone());
            let (command, tool_name) = (command.clone(), tool.name.clone());
            return Err(ProbeError::Version { command, tool: tool_name, found, wanted, line: tool.line });
        }
    }
    // Further names of the same program (`python` beside `python3`) mean the one just asserted
    // when the program has been asked where it really is.
    let named = |command: &CommandName| {
        if entry.real.is_empty() { find(host, command) } else { Some(path.clone()) }
    };
    let commands = entry.commands.iter().filter_map(|c| Some((c.clone(), named(c)?))).collect();
    let companions = entry.companions.iter().filter_map(|c| Some((c.clone(), find(host, c)?))).collect();
    Ok(HostTool { version, commands, companions })
}

fn find(host: &Host, command: &CommandName) -> Option<PathBuf> {
    host.find(command.as_str())
}

/// Asks a program where its real executable is; some print their version on the next line.
fn real(host: &Host, path: &Path, entry: &HostEntry) -> Option<(PathBuf, Option<String>)> {
    if entry.real.is_empty() {
        return None;
    }
    let output = run(host, path, &entry.real, &entry.unset);
    let mut lines = output.lines();
    let real = PathBuf::from(lines.next()?);
    let version = lines.next().and_then(find_in_output).map(str::to_owned);
    (real.is_absolute() && real.is_file()).then_some((real, version))
}

/// What a program prints, on both streams; empty when it cannot be run. It is asked without the
/// variables that would bend it, as it will be used.
fn run(host: &Host, program: &Path, arguments: &[String], unset: &[String]) -> String {
    let bends = |name: &OsStr| policy::matches_any(unset, name);
    let output =
        Child::new(program, Place::Root).and_then(|mut child| child.args(arguments).callers(host, bends).output());
    let Ok(output) = output else { return String::new() };
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

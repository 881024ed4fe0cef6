//! What an environment is composed of: the tools and the Python as they were laid out, and what is known of the
//! project, the caller and the machine. Only values; where they come from is not known here.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::{Op, Origin, Personal};
use crate::manifest::{Isolation, Layer};
use crate::name::{CommandName, ToolName};

/// A tool as the store laid it out.
#[derive(Clone, Debug)]
pub struct ToolPaths {
    pub name: ToolName,
    pub version: Option<String>,
    /// The directory that holds its commands and nothing else.
    pub directory: PathBuf,
    pub commands: Vec<CommandName>,
    /// Variables of the host that would bend it (patterns).
    pub unset: Vec<String>,
    /// What it does to variables.
    pub variables: Vec<Op>,
}

/// The project's Python.
#[derive(Clone, Debug)]
pub struct PythonPaths {
    /// Its environment ("Virtual environments" of the Python Packaging User Guide).
    pub directory: PathBuf,
    /// The interpreter's version.
    pub version: String,
    /// The directory of the project's own commands, if it has any.
    pub commands: Option<PathBuf>,
    /// What its interpreter does to variables.
    pub variables: Vec<Op>,
    /// Variables of the host that would bend it (patterns).
    pub unset: Vec<String>,
}

/// Everything an environment is made of.
#[derive(Debug)]
pub struct Inputs<'a> {
    pub layer: &'a Layer,
    pub isolation: Isolation,
    pub under_ci: bool,
    pub name: &'a str,
    pub root: PathBuf,
    pub state: PathBuf,
    /// What tells this environment from another, or from itself before a change.
    pub key: &'a str,
    /// In manifest order.
    pub tools: Vec<ToolPaths>,
    /// Behind the tools, so that what its packages bring never hides a tool.
    pub python: Option<PythonPaths>,
    /// What the host's tools among them need beside themselves.
    pub companions: Option<PathBuf>,
    /// The directory that holds `devshell` itself.
    pub own: PathBuf,
    pub base_utilities: PathBuf,
    /// Only for an interactive shell.
    pub session_commands: Option<PathBuf>,
    /// What the user's own settings add, for an interactive shell.
    pub personal: Personal,
    pub host_path: OsString,
}

/// The tool's name and version.
impl fmt::Display for ToolPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{} {version}", self.name),
            None => self.name.fmt(f),
        }
    }
}

impl ToolPaths {
    /// What stands for it in the environment.
    pub(super) fn origin(&self) -> Origin {
        Origin::Tool(self.to_string())
    }
}

impl PythonPaths {
    /// What stands for it in the environment.
    pub(super) fn origin(&self) -> Origin {
        Origin::Tool(format!("python {}", self.version))
    }
}

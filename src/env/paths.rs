//! What is put on PATH: a tool, and the project's Python, as they were laid out.

use std::fmt;
use std::path::PathBuf;

use super::{Op, Origin};
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
    /// The directory that holds all of it, where it has one.
    pub content: Option<PathBuf>,
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

/// A dev shell of Nix.
#[derive(Clone, Debug)]
pub struct NixPaths {
    /// As the command line of Nix has it: `.#ci`.
    pub name: String,
    /// What it has on PATH.
    pub path: Vec<String>,
    /// What it does to all other variables.
    pub variables: Vec<Op>,
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
    /// Its value in the environment.
    pub(super) fn origin(&self) -> Origin {
        Origin::Tool(self.to_string())
    }
}

impl NixPaths {
    /// Its value in the environment.
    pub(super) fn origin(&self) -> Origin {
        Origin::Nix(self.name.clone())
    }
}

impl PythonPaths {
    /// Its value in the environment.
    pub(super) fn origin(&self) -> Origin {
        Origin::Tool(format!("python {}", self.version))
    }
}

//! What an environment is composed of: the tools and the Python as they were laid out, and what is known of the
//! project, the caller and the machine. Only values; where they come from is not known here.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{NixPaths, Personal, PythonPaths, ToolPaths};
use crate::manifest::{Isolation, Layer};
use crate::name::VarName;

/// Everything an environment is made of.
#[derive(Debug)]
pub struct Inputs<'a> {
    pub layer: &'a Layer,
    pub isolation: Isolation,
    pub under_ci: bool,
    /// Whether `BASH_ENV` is the CI system's, for which bash reads it in each step.
    pub keeps_bash_env: bool,
    pub name: &'a str,
    pub root: PathBuf,
    pub state: PathBuf,
    /// What tells this environment from another, or from itself before a change.
    pub key: &'a str,
    /// In manifest order.
    pub tools: Vec<ToolPaths>,
    /// After the tools, so that what its packages bring never hides a tool.
    pub python: Option<PythonPaths>,
    /// After all that the lock has, which is pinned by the project itself.
    pub nix: Option<NixPaths>,
    /// What the host's tools among them need beside themselves.
    pub companions: Option<PathBuf>,
    /// The directory that holds `devshell` itself.
    pub own: PathBuf,
    /// The host's base utilities, where they can be reached.
    pub base_utilities: Option<PathBuf>,
    /// Those of the lock in their place.
    pub base: Option<ToolPaths>,
    /// Only for an interactive shell.
    pub session_commands: Option<PathBuf>,
    /// The ports that services were given, each with the line of its wish in the manifest.
    pub ports: Vec<(VarName, u16, usize)>,
    /// What the user's own settings add, for an interactive shell.
    pub personal: Personal,
    pub host_path: OsString,
}

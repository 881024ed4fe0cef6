//! The dev shell in which devshell was called, if there is one: the way back to the variables that its caller had,
//! and whether one is still in it.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::env::{Outer, Undo, Variables};

/// The variable in which a shell keeps the way back from what its hook has loaded.
pub const UNDO: &str = "__DEVSHELL_UNDO";

/// The variable beside it that says what was loaded, where that cannot be read a second time.
pub const LOADED: &str = "__DEVSHELL_LOADED";

/// What a start file finds, and what it takes away once the user's rc files have run.
const START: &str = "__DEVSHELL_START";
const CARRIERS: &str = "__DEVSHELL_";

/// How the variables of hooks and start files begin. They are exported under the user's `set -a`.
const OWN: &str = "__devshell_";

/// What is around us.
#[derive(Debug)]
pub enum Around {
    /// What a shell's hook has loaded: the variables with it.
    Loaded(Variables),
    /// What `enter` or `run` made.
    Entered(Entered),
}

/// A dev shell that `enter` or `run` made, or a shell that still has its variables.
#[derive(Debug)]
pub struct Entered {
    /// The variables as they are in it.
    pub variables: Variables,
    /// Whether PATH still leads to its commands. A login shell makes PATH from nothing.
    pub is_on_path: bool,
    /// The options that selected it.
    pub options: String,
    /// The process that became the user's shell, if one did.
    pub shell: Option<u32>,
    /// Where its start files are, while the user's rc files run. PATH is the host's then.
    pub starting: Option<PathBuf>,
}

impl Around {
    /// Takes back what a dev shell has done to these variables, and removes what devshell uses to talk to its own
    /// shells.
    pub fn take_back(variables: &mut Variables) -> Option<Self> {
        variables.retain(|name, _| !name.as_encoded_bytes().starts_with(OWN.as_bytes()));
        let around = Self::find(variables);
        let is_ours =
            |name: &OsString| name == Outer::VARIABLE || name.as_encoded_bytes().starts_with(CARRIERS.as_bytes());
        variables.retain(|name, _| !is_ours(name));
        around
    }

    fn find(variables: &mut Variables) -> Option<Self> {
        let here = |variables: &Variables| variables.clone();
        if let Some(undo) = variables.get(OsStr::new(UNDO)).and_then(|text| Undo::parse(text)) {
            let around = Self::Loaded(here(variables));
            undo.restore(variables);
            return Some(around);
        }
        let Outer { undo, options, shell } = Outer::of(variables)?;
        let is_on_path = undo.is_on_path(variables);
        let starting = variables.get(OsStr::new(START)).map(PathBuf::from);
        let around = Self::Entered(Entered { variables: here(variables), is_on_path, options, shell, starting });
        undo.restore(variables);
        Some(around)
    }
}

impl Entered {
    /// Whether one is still in it.
    pub const fn is_inside(&self) -> bool {
        self.is_on_path || self.starting.is_some()
    }
}

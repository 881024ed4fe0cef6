//! What a traced command used of the host, sorted by what would provide it: the lines that `devshell add` could write into
//! the manifest, and files of other kinds. It asks no registry.

mod packages;
mod place;
mod provider;
mod sort;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use devshell_wall::{Action, Use};

pub use packages::Packages;
pub use sort::{candidates, sort};

/// What is known about the machine and the dev shell.
pub struct Around<'a> {
    /// The project's directories and devshell's.
    pub own: &'a [PathBuf],
    /// Where temporary files are, and what the kernel makes.
    pub passing: &'a [PathBuf],
    pub home: Option<&'a Path>,
    /// Programs of the host that the dev shell has: the base utilities, and those of its tools, without links.
    pub provided: &'a BTreeSet<PathBuf>,
    /// The names of all commands that the dev shell has.
    pub commands: &'a BTreeSet<String>,
    /// The directories of commands: those of the dev shell, and those of the host.
    pub path: &'a [PathBuf],
    pub host_path: &'a [PathBuf],
    /// Those of the host's system.
    pub packages: &'a Packages,
    /// Whether a file that was used is the one that the host has at a path. Inside a wall, it may be another.
    pub is_of_host: &'a dyn Fn(&Use, &Path) -> bool,
}

/// All that was used of the host, and the manifest does not name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Leaks {
    pub lines: Vec<Line>,
    pub files: BTreeMap<Kind, Files>,
    /// Programs that the dev shell has a command of its own for, and that were started by their paths all the same.
    pub bypassed: Files,
    /// Commands that were looked for and not found, each with the tools that have it.
    pub absent: BTreeMap<String, Vec<String>>,
    /// Programs of the host that the dev shell provides.
    pub provided: BTreeSet<PathBuf>,
}

/// What one `devshell add` would provide.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Tools to add, the best one first. None if no tool is known.
    pub tools: Vec<String>,
    /// What else to know about them.
    pub note: Option<&'static str>,
    pub programs: Files,
    pub files: Files,
}

/// Files that no tool provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Loaded by programs of the dev shell or the project.
    Libraries,
    /// To compile and link with.
    Development,
    /// Below `/etc`.
    Configuration,
    /// The user's own.
    Home,
    Data,
    /// Written outside of the project and the home directory.
    Written,
}

/// Files of the host, by their paths without links.
pub type Files = BTreeMap<PathBuf, Usage>;

/// How a file was used, and by which programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// What the file was called first.
    pub name: String,
    pub actions: BTreeSet<Action>,
    pub by: BTreeSet<PathBuf>,
    pub times: u64,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Libraries => "libraries",
            Self::Development => "development",
            Self::Configuration => "configuration",
            Self::Home => "home",
            Self::Data => "data",
            Self::Written => "written",
        }
    }
}

impl Leaks {
    /// Whether there is nothing that a manifest could name or should know.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.files.is_empty() && self.bypassed.is_empty() && self.absent.is_empty()
    }
}

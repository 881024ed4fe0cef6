//! What a project's commands see inside a wall, at isolation `sandbox`: the system's files without its commands, the
//! store, the project, and what the manifest names. It builds no wall; that is the crate `devshell-wall`.

mod needed;
mod plan;
mod seatbelt;
mod worktree;

use std::path::{Path, PathBuf};

pub use needed::{Needed, needed};
pub use plan::{MARK, plan};
pub use seatbelt::profile as seatbelt_profile;
pub use worktree::Worktree;

use crate::manifest::Sandbox;

/// What a wall is planned for.
pub struct Place<'a> {
    /// Of the manifest.
    pub wishes: &'a Sandbox,
    /// The project's directory.
    pub project: &'a Path,
    /// Where git has what a worktree shares with others, if the project is one.
    pub worktree: Option<Worktree>,
    pub home: Option<&'a Path>,
    /// Directories of devshell that are read only.
    pub own: Vec<PathBuf>,
    /// The project's own state, which may be written.
    pub state: &'a Path,
    /// Where programs put temporary files.
    pub temporary: Option<&'a Path>,
    /// Where the command starts.
    pub directory: &'a Path,
    /// What the dev shell's commands lead to on the host.
    pub needed: Needed,
    /// The file that says which name servers there are, if it is a link.
    pub resolver: Option<PathBuf>,
    /// Whether a person types into it.
    pub interactive: bool,
}

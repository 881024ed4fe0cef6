//! What a project's commands see inside a wall, at isolation `sandbox`: the system's files without its commands, the
//! store, the project, and what the manifest names. It builds no wall; that is the crate `devshell-wall`.

mod granted;
mod installed;
mod needed;
mod plan;
mod rc_files;
mod repository;

use std::path::{Path, PathBuf};

pub use needed::{Needed, needed};
pub use plan::plan;
pub use rc_files::rc_files;
pub use repository::Repository;

use crate::manifest::Sandbox;

/// The project whose wall this process is inside of.
pub fn around() -> Option<PathBuf> {
    fs_err::read_link(plan::MARK).ok()
}

/// What a wall is planned for.
pub struct Place<'a> {
    /// Of the manifest.
    pub wishes: &'a Sandbox,
    /// The project's directory.
    pub project: &'a Path,
    /// The repository that the project is a part of, as far as the project does not have it.
    pub repository: Option<Repository>,
    pub home: Option<&'a Path>,
    /// The user's own files that are readable in it.
    pub rc_files: Vec<PathBuf>,
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
    /// A directory of the project's state, and where a program has it.
    pub kept: Option<(PathBuf, PathBuf)>,
    /// Where programs put their sockets (`XDG_RUNTIME_DIR`).
    pub runtime: Option<&'a Path>,
    /// Whether a person types into it.
    pub interactive: bool,
}

//! What a project's commands see inside a wall, at isolation `sandbox` and `hermetic`: the system's files without its
//! commands, or packages of the lock in their place; the store, the project, and what the manifest names. It builds no
//! wall; that is the crate `devshell-wall`.

mod builder;
mod commands;
mod configurer;
mod etc;
mod fish;
mod fresh;
mod granted;
mod hermetic;
mod installed;
mod needed;
mod plan;
mod planted;
mod rc_files;
mod repository;
mod seatbelt;
mod start;
mod system;

use std::path::{Path, PathBuf};

pub use builder::{Build, builder};
pub use commands::Commands;
pub use configurer::{CHANGING, configurer};
pub use etc::{Etc, Named};
pub use hermetic::Base;
pub use installed::installed;
pub use needed::{Needed, needed};
pub use plan::{own_name_server, plan, protects};
pub use planted::{Absent, Planted};
pub use rc_files::rc_files;
pub use repository::Repository;
pub use seatbelt::profile as seatbelt_profile;
pub use start::is_missing;

use devshell_wall::Network;
use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::manifest::Sandbox;

/// What a composed environment says about its walls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Walls {
    /// Of the manifest.
    pub wishes: Sandbox,
    pub commands: Commands,
}

/// The shell of scripts.
pub const SH: &str = "/bin/sh";

/// The project whose wall this process is inside of. A weaker wall has the mark beside its home directory.
pub fn around(host: Option<&Host>) -> Option<PathBuf> {
    fs_err::read_link(fresh::MARK).ok().or_else(|| host?.beside_home(fresh::MARK.strip_prefix('/')?))
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
    /// What there is in place of the host's system.
    pub base: Option<Base<'a>>,
    /// What the dev shell's commands lead to on the host.
    pub commands: &'a Commands,
    pub network: Network,
    /// The file that says which name servers there are.
    pub resolver: Option<PathBuf>,
    /// What this machine is called.
    pub hostname: &'a str,
    /// The socket of the user's SSH agent.
    pub agent: Option<&'a Path>,
    /// Devices of the host that can be used.
    pub devices: Vec<PathBuf>,
    /// A directory of the project's state, and where a program has it.
    pub kept: Option<(PathBuf, PathBuf)>,
    /// Where programs put their sockets (`XDG_RUNTIME_DIR`).
    pub runtime: Option<&'a Path>,
    /// Whether a person types into it.
    pub interactive: bool,
}

//! The project's own directory for sockets, databases and the like.

use std::io;
use std::path::PathBuf;

use crate::host::{Host, project_key};
use crate::project::Project;

/// Where it is, or will be.
pub fn state_directory(host: &Host, project: &Project) -> PathBuf {
    host.directories.state_of(&project.root)
}

/// The same, made if it is missing. In a home that belongs to another user it cannot be made, and
/// what that user has made ready can be run all the same.
pub fn make_state_directory(host: &Host, project: &Project) -> io::Result<PathBuf> {
    match host.make_state(&project_key(&project.root)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && host.is_guest() => {
            Ok(state_directory(host, project))
        }
        made => made,
    }
}

/// Where the dev shells of Nix are kept that were evaluated for a project. What runs in a sandbox may write to the project's
/// state, and so not here.
pub fn nix_directory(host: &Host, project: &Project) -> PathBuf {
    host.directories.nix().join(project_key(&project.root))
}

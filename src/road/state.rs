//! The project's own directory for sockets, databases and the like.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use crate::digest;
use crate::host::Host;
use crate::project::Project;

/// Where it is, or will be. The name is short, since a socket's path must fit in 107 bytes.
pub fn state_directory(host: &Host, project: &Project) -> PathBuf {
    host.directories.state.join(state_key(project))
}

/// The same, made if it is missing. In a home that belongs to another user it cannot be made, and
/// what that user has made ready can be run all the same.
pub fn make_state_directory(host: &Host, project: &Project) -> io::Result<PathBuf> {
    match host.make_state(&state_key(project)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && host.is_guest() => {
            Ok(state_directory(host, project))
        }
        made => made,
    }
}

/// Where the dev shells of Nix are kept that were evaluated for a project. What runs in a sandbox may write to the project's
/// state, and so not here.
pub fn nix_directory(host: &Host, project: &Project) -> PathBuf {
    host.directories.state.join("nix-1").join(state_key(project))
}

fn state_key(project: &Project) -> String {
    digest::key(&[project.root.as_os_str().as_bytes()])[..12].to_owned()
}

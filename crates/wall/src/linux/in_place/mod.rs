//! The place of a prefix's programs: a namespace of mounts in which the prefix's directories are laid over the host's. The
//! process goes there itself; what it becomes and starts sees the same.

mod laying;
mod mirror;
mod namespace;
mod root;

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::process::{chdir, getcwd, geteuid};

use self::laying::Laying;
use super::at::At as _;
use super::place::step;
use crate::PLACE;
use crate::fault::Fault;

/// What is laid over the host's.
const LAID: [&str; 4] = ["usr", "etc", "var/lib", "var/cache"];

/// Goes to the place of a prefix, unless this process is there. It must have a single thread, and is meant to become
/// another program. If the prefix cannot be laid over the host, the process sees what it saw before. With `hosts_libraries`,
/// the host's files count in directories of libraries.
pub fn in_place(prefix: &Path, hosts_libraries: bool) -> Result<(), Fault> {
    // File systems of this kind are mounted on each other at most twice, so it counts that nothing is mounted again.
    if fs::read_link(Path::new("/").join(PLACE)).is_ok_and(|place| place == prefix) {
        return Ok(());
    }
    let directory = current();
    if geteuid().is_root() && namespace::leave_mounts().is_ok() {
        return lay(prefix, directory.as_deref(), false, hosts_libraries);
    }
    namespace::with_users(|| lay(prefix, directory.as_deref(), true, hosts_libraries))?;
    // Whoever joins a namespace of mounts is in its root directory.
    directory.map_or(Ok(()), |directory| chdir(&directory).at(|| step("go to", &directory)))
}

/// Lays the prefix over the host, in a namespace of mounts of this process. With `locked`, mounts below another one cannot
/// be separated from it: they come from a namespace of other users (`mount_namespaces(7)`).
fn lay(prefix: &Path, directory: Option<&Path>, locked: bool, hosts_libraries: bool) -> Result<(), Fault> {
    namespace::stop_sharing()?;
    let wanted: Vec<&str> = LAID.into_iter().filter(|name| has_entries(&prefix.join(name))).collect();
    if wanted.iter().any(|name| !Path::new("/").join(name).is_dir()) {
        root::make(prefix, &wanted)?;
    }
    let mut laying = Laying::new(prefix, directory, locked, hosts_libraries)?;
    let laid = wanted.iter().try_for_each(|name| laying.lay(Path::new(name)));
    laying.finish(laid)?;
    directory.map_or(Ok(()), |directory| chdir(directory).at(|| step("go to", directory)))
}

/// The current directory, unless it is gone or cannot be reached.
fn current() -> Option<PathBuf> {
    let path = PathBuf::from(OsString::from_vec(getcwd(Vec::new()).ok()?.into_bytes()));
    path.is_absolute().then_some(path)
}

fn has_entries(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some())
}

//! What the targets share: a place to write that is no disk, a machine that is offline, a project of Python, a server,
//! and a watch.

pub mod offline;
pub mod own;
pub mod server;
pub mod watch;

use std::path::Path;

use tempfile::TempDir;

/// A directory in memory where the system has such a place.
pub fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("devshell-fuzz-").tempdir_in(place).unwrap()
}

//! Virtual environments that people make with a Python of the store ("Virtual environments" of the
//! Python Packaging User Guide): each names, in a file of its own, the directory of the interpreter
//! that it cannot work without.

use std::path::{Path, PathBuf};

use super::entries;
use crate::files::bounded;

/// More than any such file has, in bytes.
const MOST_READ: u64 = 64 << 10;

/// What the environments of a project name: those in its directory, and in such directories of it
/// as `.tox`.
pub fn of_project(project: &Path) -> Vec<Vec<u8>> {
    let below = directories(project);
    let hidden = below.iter().filter(|path| path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.'));
    let deeper: Vec<PathBuf> = hidden.flat_map(|path| directories(path)).collect();
    below.iter().chain(&deeper).filter_map(|path| home(path)).collect()
}

/// What the environments name that are in the states of projects.
pub fn of_states(states: &Path) -> Vec<Vec<u8>> {
    let below = directories(states).into_iter().flat_map(|state| directories(&state));
    below.filter_map(|path| home(&path)).collect()
}

/// The directories in a directory. What links lead to belongs elsewhere: devshell's own links lead
/// to environments that it can make again.
fn directories(parent: &Path) -> Vec<PathBuf> {
    let is_directory = |path: &PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    entries(parent).unwrap_or_default().into_iter().filter(is_directory).collect()
}

/// The directory of the interpreter of an environment, if it is one.
fn home(environment: &Path) -> Option<Vec<u8>> {
    let file = environment.join("pyvenv.cfg");
    let text = bounded::head(&file, MOST_READ).ok()?;
    // Of two such lines, Python takes the later one.
    text.split(|byte| *byte == b'\n').rev().find_map(|line| {
        let equals = line.iter().position(|byte| *byte == b'=')?;
        (line[..equals].trim_ascii() == b"home").then(|| line[equals + 1..].trim_ascii().to_vec())
    })
}

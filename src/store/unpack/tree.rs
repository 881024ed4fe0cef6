//! The one writer of unpacked entries. It keeps everything inside of its directory: it makes
//! each directory of a path itself, so that nothing is ever written through a link, and it takes
//! no link whose target could be outside.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Timespec, Timestamps, futimens};
use sha2::{Digest as _, Sha256};

use super::{UnpackError, is_program};
use crate::digest::hex;
use crate::files::Beneath;
use crate::store::sums;

/// More than any tool holds, and little enough to stop a bomb before it fills a disk.
pub const MOST_BYTES: u64 = 4 << 30;
pub const MOST_ENTRIES: usize = 500_000;

/// The longest path that Linux takes (`PATH_MAX`); macOS takes less.
const LONGEST_PATH: usize = 4096;

pub struct Tree {
    root: Beneath,
    /// The directories below the root that were made here, and so are no links.
    directories: HashSet<PathBuf>,
    /// Each file's hash, by its path as bytes.
    sums: BTreeMap<Vec<u8>, [u8; 32]>,
    entries: usize,
    bytes: u64,
}

impl Tree {
    /// A directory that is there and is empty.
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = Beneath::open(root)?;
        Ok(Self { root, directories: HashSet::new(), sums: BTreeMap::new(), entries: 0, bytes: 0 })
    }

    /// Counts an entry, whatever it is and becomes.
    pub fn count(&mut self) -> Result<(), UnpackError> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES { Err(UnpackError::TooMuch) } else { Ok(()) }
    }

    /// Makes a directory and those above it.
    pub fn directory(&mut self, inside: &Path) -> Result<(), UnpackError> {
        if inside.as_os_str().is_empty() || self.directories.contains(inside) {
            return Ok(());
        }
        if let Some(parent) = inside.parent() {
            self.directory(parent)?;
        }
        // Where names differ only in case, it may be there under another name.
        self.root.make_directory(inside).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => UnpackError::Below { path: inside.display().to_string() },
            _ => error.into(),
        })?;
        self.directories.insert(inside.to_owned());
        Ok(())
    }

    /// Writes a file. An earlier file or link of that name gives way.
    pub fn file(&mut self, inside: &Path, content: &mut impl Read, runs: bool) -> Result<(), UnpackError> {
        self.file_of(inside, content, runs, None)
    }

    /// The same with the time of its last change, in seconds since 1970. Programs compare it with that of files that they
    /// made of this one.
    pub fn file_of(
        &mut self,
        inside: &Path,
        content: &mut impl Read,
        runs: bool,
        changed: Option<i64>,
    ) -> Result<(), UnpackError> {
        self.claim(inside)?;
        let mut file = self.root.create(inside)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut start: Vec<u8> = Vec::new();
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(UnpackError::Read(error)),
            };
            let chunk = &buffer[..read];
            self.bytes = self.bytes.saturating_add(read as u64);
            if self.bytes > MOST_BYTES {
                return Err(UnpackError::TooMuch);
            }
            if start.len() < 4 {
                start.extend(chunk.iter().take(4 - start.len()));
            }
            hasher.update(chunk);
            file.write_all(chunk)?;
        }
        let mode = if runs || is_program(&start) { 0o555 } else { 0o444 };
        file.set_permissions(std::fs::Permissions::from_mode(mode))?;
        if let Some(tv_sec) = changed {
            let time = Timespec { tv_sec, tv_nsec: 0 };
            futimens(&file, &Timestamps { last_access: time, last_modification: time }).map_err(io::Error::from)?;
        }
        self.sums.insert(key(inside), hasher.finalize().into());
        Ok(())
    }

    /// Makes a symbolic link, unless it leads out.
    pub fn symlink(&mut self, inside: &Path, target: &Path) -> Result<(), UnpackError> {
        if !stays_inside(inside, target) {
            let (path, target) = (inside.display().to_string(), target.display().to_string());
            return Err(UnpackError::Link { path, target });
        }
        self.claim(inside)?;
        Ok(self.root.symlink(target, inside)?)
    }

    /// Gives a file that was written here a further name.
    pub fn hard_link(&mut self, inside: &Path, existing: &Path) -> Result<(), UnpackError> {
        let Some(sum) = self.sums.get(&key(existing)).copied() else {
            let (path, target) = (inside.display().to_string(), existing.display().to_string());
            return Err(UnpackError::HardLink { path, target });
        };
        if inside != existing {
            self.claim(inside)?;
            self.root.hard_link(existing, inside)?;
            self.sums.insert(key(inside), sum);
        }
        Ok(())
    }

    /// The hashes of the files, a line each, sorted by path.
    pub fn sums(&self) -> Vec<u8> {
        self.sums.iter().flat_map(|(path, sum)| sums::line(&hex(sum), path)).collect()
    }

    /// Makes the directories above an entry that is no directory, and sees that nothing is at its
    /// place.
    fn claim(&mut self, inside: &Path) -> Result<(), UnpackError> {
        if let Some(parent) = inside.parent() {
            self.directory(parent)?;
        }
        if self.directories.contains(inside) {
            return Err(UnpackError::Path(inside.display().to_string()));
        }
        if self.root.remove_file(inside)? {
            self.sums.remove(&key(inside));
        }
        Ok(())
    }
}

fn key(inside: &Path) -> Vec<u8> {
    inside.as_os_str().as_bytes().to_vec()
}

/// An entry's path without its first components; `None` when nothing is left.
pub fn safe(path: &Path, dropped: usize) -> Result<Option<PathBuf>, UnpackError> {
    if path.as_os_str().len() > LONGEST_PATH {
        let shown: String = path.to_string_lossy().chars().take(60).collect();
        return Err(UnpackError::Path(format!("{shown}…")));
    }
    let mut inside = PathBuf::new();
    for (index, component) in path.components().filter(|c| *c != Component::CurDir).enumerate() {
        match component {
            Component::Normal(name) if index >= dropped => inside.push(name),
            Component::Normal(_) => {}
            _ => return Err(UnpackError::Path(path.display().to_string())),
        }
    }
    Ok((!inside.as_os_str().is_empty()).then_some(inside))
}

/// Whether a link at `inside` leads to a place in the tree. A target may go up, no further than
/// to the root, and then down. What it goes up through are directories, since entries are never
/// below links; what it goes down through may be links, to which the same applies. A `..` after
/// a name could go up from wherever such a link leads, so it is not accepted.
fn stays_inside(inside: &Path, target: &Path) -> bool {
    let depth = inside.components().count().saturating_sub(1);
    let mut up = 0;
    let mut goes_down = false;
    for component in target.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if !goes_down => up += 1,
            Component::Normal(_) => goes_down = true,
            _ => return false,
        }
    }
    up <= depth && !target.as_os_str().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside() {
        for (inside, target, expected) in [
            ("a", "b", true),
            ("a", "./b/c", true),
            ("bin/a", "../lib/a", true),
            ("bin/a", "..", true),
            ("a", ".", true),
            ("a", "../b", false),
            ("bin/a", "../../b", false),
            ("x/y/z/a", "../../../b", true),
            ("a", "/etc/passwd", false),
            ("a", "", false),
            // If `s` leads to the root, `s/..` is above it.
            ("x/y/a", "s/..", false),
            ("x/y/a", "../s/../b", false),
        ] {
            assert_eq!(stays_inside(Path::new(inside), Path::new(target)), expected, "{inside} -> {target}");
        }
    }
}

//! Who uses what, and when last: one small file for each composed environment. It says what the
//! environment uses; the time of its last change is when the environment was last entered.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::{FlockOperation, Mode, OFlags};
use serde::{Deserialize, Serialize};

use super::Store;
use crate::files::own::{SHARED, make_directory};
use crate::files::{Time, bounded, most, set_time, time, time_of, touch, write_private};

/// How long, in seconds, one noted use counts for the uses after it: entering writes at most
/// once a day, so the stamp of a root is late by up to a day.
pub const NOTED_FOR: i64 = 24 * 60 * 60;

/// The time of a root that a sweep has taken, in seconds since 1970: what the environment uses is about to go. Composing
/// the environment again gives the root a time of today. No image sets its files to this one, as it does to 0 or 1, and
/// a file system that has no fractions of a second keeps it.
const TAKEN: i64 = 1_234_567;

/// A root that is held, if there is one.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "the lock ends with the file")] Option<OwnedFd>);

/// What one environment uses.
#[derive(Debug)]
pub struct Root {
    /// The environment's key, as `DEVSHELL_KEY` has it.
    pub key: String,
    pub project: String,
    /// Directories of the store, by their paths below it.
    pub uses: BTreeSet<String>,
    /// When the use was last noted.
    pub used: Time,
}

/// The content of a root's file.
#[derive(Serialize, Deserialize)]
struct Content {
    /// For people; bytes that are not UTF-8 are replaced.
    project: String,
    uses: BTreeSet<String>,
}

impl Store {
    pub(super) fn roots(&self) -> PathBuf {
        self.data.join("roots")
    }

    /// The file of an environment's root.
    pub fn root(&self, key: &str) -> PathBuf {
        self.roots().join(key)
    }

    /// Notes that an environment uses these directories; those outside of the store do not
    /// count. A store that cannot be written cannot be swept either, so a failure is none.
    pub fn keep_root(&self, key: &str, project: &Path, directories: &[PathBuf]) {
        let inside = directories.iter().filter_map(|path| path.strip_prefix(&self.data).ok());
        // A link directory's commands are in its `bin`; two components name what is swept.
        let uses = inside.map(|path| path.iter().take(2).collect::<PathBuf>().to_string_lossy().into_owned()).collect();
        let content = Content { project: project.to_string_lossy().into_owned(), uses };
        let Ok(mut json) = serde_json::to_vec(&content) else { return };
        json.push(b'\n');
        let root = self.root(key);
        // What is there may be held (`hold_root`), so it stays the same file. No process reads it before
        // it is whole, in order to delete by it: we share the store.
        let is_kept = match bounded::read(&root, most::RECORD) {
            Ok(there) if there == json => touch(&root).is_ok(),
            Ok(_) => overwrite(&root, &json).is_ok(),
            Err(_) => false,
        };
        if !is_kept && make_directory(&self.data, "roots", SHARED).is_ok() {
            let _ = write_private(&root, &[&json]);
        }
    }

    /// Notes that an environment is used today. `false` when it has no root any more: then what it
    /// used may be gone as well, or go at any time.
    pub fn note_use(&self, key: &str) -> bool {
        let _access = self.share();
        match touch(&self.root(key)) {
            Ok(()) => true,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// When a use was last noted; `None` without a root.
    pub fn time_of_root(&self, key: &str) -> Option<Time> {
        time_of(&self.root(key))
    }

    /// Holds an environment's root: while it is held, no sweep takes what the environment uses. `None` if a sweep has
    /// taken it: then the directories can go at any moment. A root that this user cannot open, or none, is no reason:
    /// it may be another user's store.
    pub fn hold_root(&self, key: &str) -> Option<Hold> {
        let Ok(file) = rustix::fs::open(self.root(key), OFlags::RDONLY, Mode::empty()) else {
            return Some(Hold(None));
        };
        let _ = rustix::fs::flock(&file, FlockOperation::LockShared);
        // Another process may have put a new file into its place before we had the lock.
        let is_taken = rustix::fs::fstat(&file).is_ok_and(|stat| stat.st_mtime == TAKEN || stat.st_nlink == 0);
        (!is_taken).then_some(Hold(Some(file)))
    }

    /// All roots. What cannot be read as one counts as one that names nothing.
    pub fn read_roots(&self) -> io::Result<Vec<Root>> {
        let mut roots = Vec::new();
        for path in super::entries(&self.roots())? {
            let Some(key) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'))
            else {
                continue;
            };
            let Ok(metadata) = fs_err::metadata(&path) else { continue };
            let content = bounded::read(&path, most::RECORD).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let Content { project, uses } =
                content.unwrap_or_else(|| Content { project: String::new(), uses: BTreeSet::new() });
            roots.push(Root { key: key.to_owned(), project, uses, used: time(&metadata) });
        }
        Ok(roots)
    }

    /// Whether a process holds a root (`hold_root`). If none does and a sweep takes it, it is marked before a process
    /// can hold it.
    pub(super) fn is_held(&self, root: &Root, is_taken: bool) -> bool {
        let path = self.root(&root.key);
        // On NFS, locking a file alone takes the right to write it.
        let file = fs_err::OpenOptions::new().read(true).write(true).open(&path).or_else(|_| fs_err::File::open(&path));
        let Ok(file) = file else { return false };
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return true;
        }
        if is_taken {
            // If its time cannot be set, what it names cannot be deleted either.
            let _ = set_time(&path, (TAKEN, 0));
        }
        false
    }
}

impl Hold {
    /// Holds the root until this process and all it becomes or starts have ended: by a file lock that they inherit. So
    /// a sweep knows of them where the system does not show what runs in which environment, as macOS does not, nor
    /// Linux from another container.
    pub fn keep(self) {
        // It stays open on purpose, and is inherited: it was opened without CLOEXEC.
        std::mem::forget(self);
    }
}

/// Writes a file again without making another of it.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let mut file = fs_err::OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)
}

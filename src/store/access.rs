//! Who may do what to the store at the same time: those who add to it share it, and who deletes
//! from it has it alone. The locks go with the process, however that ends. A lock's file can be opened
//! by its owner alone, since any process that opens it can hold it.
//!
//! Entering a known environment takes no lock on the store: its own root is held instead, before anything is relied on
//! (`roots.rs`).

use std::fmt;
use std::fs::{Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use fs_err::{File, OpenOptions};

use super::{OBJECTS, Store, object_lock};
use crate::files::mask::Strict;
use crate::files::own::{SHARED, make_directory};
use crate::files::{bounded, most};

/// A turn at the store, which ends with the value. While it lasts, what is made has modes that let
/// no one else write.
#[derive(Debug)]
pub struct Access {
    _file: Option<File>,
    _umask: Strict,
}

/// What a turn is waited for. It is printed once that has taken a second.
#[derive(Debug)]
pub struct Waiting {
    /// The process that has the lock, where the system tells.
    pub process: Option<u32>,
    /// What that does.
    pub work: Work,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It adds to the store.
    Installing,
    /// It deletes from it.
    Sweeping,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("waiting for another devshell")?;
        if let Some(process) = self.process {
            write!(f, " (pid {process})")?;
        }
        f.write_str(match self.work {
            Work::Installing => " to finish installing",
            Work::Sweeping => " to finish deleting",
        })
    }
}

/// Says what is waited for.
type Say = Box<dyn Fn(&Waiting) + Send + Sync>;

static SAY: OnceLock<Say> = OnceLock::new();

/// Has it printed, whenever a turn takes long. It is asked for once, where words are printed: every
/// part of devshell that uses the store may have to wait.
pub fn on_waiting(say: impl Fn(&Waiting) + Send + Sync + 'static) {
    let _ = SAY.set(Box::new(say));
}

impl Store {
    /// A shared turn: nothing is deleted while it lasts. Waits for a sweep to end. In a store that
    /// cannot be written it is nothing, since no process like us can sweep there either.
    pub fn share(&self) -> Access {
        let umask = Strict::new();
        let file = make_directory(&self.data, "", SHARED).and_then(|data| open(&data.join(".lock"))).ok();
        let file = file.filter(|file| wait(file, Turn::Shared, Work::Sweeping).is_ok());
        Access { _file: file, _umask: umask }
    }

    /// A turn alone. Without a store there is nothing to have alone.
    pub fn exclude(&self) -> io::Result<Access> {
        let umask = Strict::new();
        if !self.data.is_dir() {
            return Ok(Access { _file: None, _umask: umask });
        }
        let file = open(&self.data.join(".lock"))?;
        wait(&file, Turn::Alone, Work::Installing)?;
        Ok(Access { _file: Some(file), _umask: umask })
    }

    /// A turn at one object, which its installer has alone.
    pub(super) fn lock_object(&self, key: &str) -> io::Result<Access> {
        self.lock_file_in(OBJECTS, &object_lock(key))
    }

    /// A turn at what a file in a directory of the store is for.
    pub(super) fn lock_file_in(&self, directory: &str, name: &str) -> io::Result<Access> {
        let umask = Strict::new();
        let file = open(&make_directory(&self.data, directory, SHARED)?.join(name))?;
        wait(&file, Turn::Alone, Work::Installing)?;
        Ok(Access { _file: Some(file), _umask: umask })
    }
}

/// Opens the file of a lock, made if it is not there.
fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    // Earlier versions let everyone open it.
    if file.metadata()?.mode() & 0o077 != 0 {
        let _ = file.set_permissions(Permissions::from_mode(0o600));
    }
    Ok(file)
}

#[derive(Clone, Copy)]
enum Turn {
    Shared,
    Alone,
}

/// Waits for a turn, and has it printed when that takes longer than a second.
fn wait(file: &File, turn: Turn, work: Work) -> io::Result<()> {
    const STEP: Duration = Duration::from_millis(5);
    const STEPS: u32 = 200;
    let file = (file.path(), file.file());
    for _ in 0..STEPS {
        let tried = match turn {
            Turn::Shared => file.1.try_lock_shared(),
            Turn::Alone => file.1.try_lock(),
        };
        match tried {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(STEP),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    if let Some(say) = SAY.get() {
        say(&Waiting { process: holder(file.0), work });
    }
    match turn {
        Turn::Shared => file.1.lock_shared(),
        Turn::Alone => file.1.lock(),
    }
}

/// The process that holds the lock of a file, as Linux lists it.
fn holder(path: &Path) -> Option<u32> {
    let inode = fs_err::metadata(path).ok()?.ino();
    let locks = bounded::head(Path::new("/proc/locks"), most::MACHINE).ok()?;
    String::from_utf8_lossy(&locks).lines().find_map(|line| holder_in(line, inode))
}

/// The holder in a line of the list (proc_locks(5)): `1: FLOCK  ADVISORY  WRITE 708 08:01:1311 0 EOF`. One
/// that waits has an arrow before its kind; one of another PID namespace has the number 0.
fn holder_in(line: &str, inode: u64) -> Option<u32> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let kind = words.next()?;
    let (process, file) = (words.nth(2)?, words.next()?);
    let is_it = kind == "FLOCK" && file.rsplit(':').next()?.parse() == Ok(inode);
    process.parse().ok().filter(|process| is_it && *process != 0)
}

/// Whether a process is making a directory of the store at this moment.
pub(super) fn is_installing(parent: &Path, key: &str) -> bool {
    let file = File::open(parent.join(object_lock(key)));
    file.is_ok_and(|file| file.file().try_lock().is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_lock_is_read_from_the_systems_list() {
        for (line, expected) in [
            ("1: FLOCK  ADVISORY  WRITE 708 08:01:1311 0 EOF", Some(708)),
            ("1: FLOCK  ADVISORY  READ 708 fe:00:1311 0 EOF", Some(708)),
            ("1: -> FLOCK  ADVISORY  WRITE 709 08:01:1311 0 EOF", None),
            ("1: FLOCK  ADVISORY  WRITE 0 08:01:1311 0 EOF", None),
            ("2: POSIX  ADVISORY  WRITE 708 08:01:1311 0 EOF", None),
            ("2: FLOCK  ADVISORY  WRITE 708 08:01:1312 0 EOF", None),
            ("2: FLOCK", None),
            ("", None),
        ] {
            assert_eq!(holder_in(line, 1311), expected, "{line}");
        }
    }

    #[test]
    fn only_the_owner_can_open_a_lock() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(&home.path().join("data"));
        let lock = home.path().join("data/.lock");
        let mode = || fs_err::metadata(&lock).unwrap().mode() & 0o777;
        drop(store.share());
        assert_eq!(mode(), 0o600);
        fs_err::set_permissions(&lock, Permissions::from_mode(0o644)).unwrap();
        drop(store.exclude().unwrap());
        assert_eq!(mode(), 0o600);
        let (first, second) = (open(&lock).unwrap(), open(&lock).unwrap());
        first.file().lock().unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(holder(&lock), Some(std::process::id()));
        }
        assert!(matches!(second.file().try_lock_shared(), Err(TryLockError::WouldBlock)));
    }
}

//! The files of a project's services, and the lock by which one manager has them. What an earlier manager left goes first.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};

use crate::files::own;

const SERVICES: &str = "services";
const LOGS: &str = "logs";

/// The directory of a project's services, below its state.
#[derive(Clone, Debug)]
pub struct Place {
    pub directory: PathBuf,
}

/// Held as long as a manager runs. The file lock goes on in the processes that inherit it.
#[derive(Debug)]
pub struct Lease {
    _lock: OwnedFd,
}

impl Place {
    /// Below a project's state, which exists.
    pub fn below(state: &Path) -> Self {
        Self { directory: state.join(SERVICES) }
    }

    /// Makes the directories, for the user alone: the state is private already.
    pub fn make(&self) -> io::Result<()> {
        let state = self.directory.parent().unwrap_or(&self.directory);
        own::make_directory(state, Path::new(SERVICES).join(LOGS), own::PRIVATE).map(drop)
    }

    pub fn log(&self, service: &str) -> PathBuf {
        self.logs().join(service)
    }

    fn logs(&self) -> PathBuf {
        self.directory.join(LOGS)
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    pub(super) fn ports(&self) -> PathBuf {
        self.directory.join("ports.json")
    }

    /// Takes the lease; `None` while a manager has it.
    pub fn lease(&self) -> io::Result<Option<Lease>> {
        self.make()?;
        let lock = open_lock(&self.lock(), OFlags::CREATE)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lease { _lock: lock })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the last manager was killed: in the end, each takes its socket away. Only the holder of the lease may ask.
    pub fn was_killed(&self) -> bool {
        self.socket().exists()
    }

    /// Whether a manager has it.
    pub fn is_leased(&self) -> bool {
        let Ok(lock) = open_lock(&self.lock(), OFlags::empty()) else { return false };
        flock(&lock, FlockOperation::NonBlockingLockShared).is_err()
    }

    fn lock(&self) -> PathBuf {
        self.directory.join("lock")
    }
}

/// Opens the file of a lock, for the user alone.
pub(super) fn open_lock(path: &Path, more: OFlags) -> io::Result<OwnedFd> {
    let private = Mode::RUSR | Mode::WUSR;
    Ok(open(path, OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | more, private)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_manager_has_the_lease_until_it_ends() {
        let state = tempfile::tempdir().unwrap();
        let place = Place::below(state.path());
        assert!(!place.is_leased());
        let lease = place.lease().unwrap().unwrap();
        assert!(place.is_leased());
        assert!(place.lease().unwrap().is_none());
        drop(lease);
        assert!(!place.is_leased());
        assert!(place.lease().unwrap().is_some());
    }
}

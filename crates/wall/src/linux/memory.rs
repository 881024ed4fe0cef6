//! The one file system in memory from which a wall is built: whatever is not the host's is a file or a directory of it,
//! mounted where it is wanted. A file system of its own for each would cost more to make, and to take away.

use std::cell::Cell;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, fstat, mkdirat, openat};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};

use super::at::At as _;
use super::place::step;
use crate::fault::Fault;

pub struct Memory {
    top: OwnedFd,
    /// How many files and directories there are. Their names are numbers.
    count: Cell<u32>,
}

impl Memory {
    /// Mounted over a directory.
    pub fn over(path: &Path) -> Result<Self, Fault> {
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", path, "tmpfs", flags, c"mode=755").at(|| step("mount", path))?;
        let top = openat(CWD, path, DIRECTORY, Mode::empty()).at(|| step("open", path))?;
        Ok(Self { top, count: Cell::new(0) })
    }

    /// The device by which its files are known.
    pub fn device(&self) -> Result<u64, Fault> {
        Ok(fstat(&self.top).at(|| "look at a file system in memory".to_owned())?.st_dev)
    }

    /// A new directory.
    pub fn directory(&self, mode: u32) -> Result<OwnedFd, Fault> {
        let make = |name: &str| {
            mkdirat(&self.top, name, Mode::from_raw_mode(mode))?;
            openat(&self.top, name, DIRECTORY, Mode::empty())
        };
        make(&self.name()).at(|| "make a directory in memory".to_owned())
    }

    /// A new file.
    pub fn file(&self, content: &[u8], mode: u32) -> Result<OwnedFd, Fault> {
        let make = |name: &str| {
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
            let mut file = File::from(openat(&self.top, name, flags, Mode::from_raw_mode(mode))?);
            file.write_all(content).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
            openat(&self.top, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        };
        make(&self.name()).at(|| "make a file in memory".to_owned())
    }

    fn name(&self) -> String {
        self.count.set(self.count.get() + 1);
        self.count.get().to_string()
    }
}

const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

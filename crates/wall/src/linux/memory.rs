//! The one file system in memory from which a wall is built: whatever is not the host's is a file or a directory of it,
//! mounted where it is wanted. A file system of its own for each would cost more to make, and to take away.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, fstat, mkdirat, openat};
use rustix::mount::{MountFlags, mount};

use super::at::At as _;
use super::place::step;
use crate::fault::Fault;

pub struct Memory {
    top: OwnedFd,
    /// How many files and directories there are. Their names are numbers.
    count: u32,
}

impl Memory {
    /// Mounted over a directory.
    pub fn over(path: &Path) -> Result<Self, Fault> {
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", path, "tmpfs", flags, c"mode=755").at(|| step("mount", path))?;
        let top = openat(CWD, path, DIRECTORY, Mode::empty()).at(|| step("open", path))?;
        Ok(Self { top, count: 0 })
    }

    /// The device by which its files are known.
    pub fn device(&self) -> Result<u64, Fault> {
        Ok(fstat(&self.top).at(|| "look at a file system in memory".to_owned())?.st_dev)
    }

    /// A new directory.
    pub fn directory(&mut self, mode: u32) -> Result<OwnedFd, Fault> {
        let (name, step) = (self.name(), || "make a directory in memory".to_owned());
        mkdirat(&self.top, &*name, Mode::from_raw_mode(mode)).at(step)?;
        openat(&self.top, &*name, DIRECTORY, Mode::empty()).at(step)
    }

    /// A new file.
    pub fn file(&mut self, content: &[u8], mode: u32) -> Result<OwnedFd, Fault> {
        let (name, step) = (self.name(), || "make a file in memory".to_owned());
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = openat(&self.top, &*name, flags, Mode::from_raw_mode(mode)).at(step)?;
        File::from(file).write_all(content).at(step)?;
        openat(&self.top, &*name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).at(step)
    }

    fn name(&mut self) -> String {
        self.count += 1;
        self.count.to_string()
    }
}

const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

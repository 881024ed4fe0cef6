//! The root directory that is being built, below which every path is looked up: no symbolic link in it leads out, and
//! what is missing is made only where the wall itself made the file system.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, mknodat, openat, openat2, readlinkat, symlinkat,
};
use rustix::io::Errno;

use super::at::At as _;
use crate::fault::Fault;

/// Where the new root and the host's are while the new one is built.
pub const NEW: &str = "/new";
pub const HOST: &str = "/host";

pub struct Place {
    root: OwnedFd,
    /// The device of what the wall made.
    own: u64,
}

impl Place {
    /// Of a root that the wall made, on a device that has nothing else.
    pub fn new(root: OwnedFd, own: u64) -> Self {
        Self { root, own }
    }

    pub fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// What is at a path, as a descriptor that can be mounted on.
    pub fn find(&self, path: &Path) -> Result<OwnedFd, Errno> {
        open(&self.root, path)
    }

    /// The directory at a path, which is made if it is missing.
    pub fn directory(&self, path: &Path) -> Result<OwnedFd, Fault> {
        self.point(path, || Ok(true))
    }

    /// What to mount a file or a directory on: what is there, or an empty one that is made.
    pub fn point(&self, path: &Path, is_directory: impl FnOnce() -> Result<bool, Fault>) -> Result<OwnedFd, Fault> {
        match self.find(path) {
            Err(Errno::NOENT) => {}
            found => return found.at(|| step("look at", path)),
        }
        let is_directory = is_directory()?;
        self.in_parent(path, |parent, name| made(parent, name, is_directory))
    }

    /// A new file.
    pub fn write(&self, path: &Path, content: &[u8]) -> Result<(), Fault> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = self.in_parent(path, |parent, name| openat(parent, name, flags, Mode::from_raw_mode(0o444)))?;
        File::from(file).write_all(content).at(|| step("write", path))
    }

    pub fn link(&self, path: &Path, to: &Path) -> Result<(), Fault> {
        self.in_parent(path, |parent, name| symlinkat(to, parent, name))
    }

    /// Makes something by the directory that it is to be in and its name there, if the wall made that directory.
    fn in_parent<T>(&self, path: &Path, make: impl FnOnce(BorrowedFd, &Path) -> Result<T, Errno>) -> Result<T, Fault> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name().map(Path::new)) else {
            return Err(Fault::new(step("make", path), Errno::INVAL));
        };
        if is_root(parent) {
            return make(self.root.as_fd(), name).at(|| step("make", path));
        }
        let directory = self.directory(parent)?;
        if fstat(&directory).at(|| step("look at", parent))?.st_dev != self.own {
            return Err(Fault::new(step("make", path), Errno::ROFS));
        }
        make(directory.as_fd(), name).at(|| step("make", path))
    }
}

/// An empty directory or file that is made to be mounted on.
pub fn made(parent: BorrowedFd, name: &Path, is_directory: bool) -> Result<OwnedFd, Errno> {
    if is_directory {
        mkdirat(parent, name, Mode::from_raw_mode(0o755))?;
    } else {
        mknodat(parent, name, FileType::RegularFile, Mode::from_raw_mode(0o644), 0)?;
    }
    openat(parent, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

fn is_root(path: &Path) -> bool {
    path.as_os_str() == "/"
}

/// What a symbolic link at an absolute path says, if there is one.
pub fn link(root: &OwnedFd, path: &Path) -> Option<PathBuf> {
    let (parent, name) = (path.parent()?, Path::new(path.file_name()?));
    let target = if is_root(parent) {
        readlinkat(root, name, Vec::new())
    } else {
        readlinkat(open(root, parent).ok()?, name, Vec::new())
    };
    let target = target.ok()?;
    Some(PathBuf::from(OsString::from_vec(target.into_bytes())))
}

/// What is at an absolute path below a root that no link leaves.
pub fn open(root: &OwnedFd, path: &Path) -> Result<OwnedFd, Errno> {
    // "/" itself would be an empty path.
    let inside: PathBuf = path.components().filter(|part| !matches!(part, Component::RootDir)).collect();
    let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { &inside };
    openat2(root, inside, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::IN_ROOT)
}

pub fn is_directory(found: &OwnedFd) -> Result<bool, Fault> {
    let status = fstat(found).at(|| "look at a file".to_owned())?;
    Ok(FileType::from_raw_mode(status.st_mode) == FileType::Directory)
}

pub fn step(verb: &str, path: &Path) -> String {
    format!("{verb} `{}`", path.display())
}

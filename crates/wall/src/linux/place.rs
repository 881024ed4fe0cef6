//! The root directory that is being built, below which every path is looked up: no symbolic link in it leads out, and
//! what is missing is made only where the wall itself made the file system.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat2};
use rustix::io::Errno;

use super::at::At as _;
use crate::fault::Fault;

/// Where the new root and the host's are while the new one is built.
pub const NEW: &str = "/new";
pub const HOST: &str = "/host";

pub struct Place {
    root: OwnedFd,
    /// The devices of the file systems that the wall made.
    own: BTreeSet<u64>,
}

impl Place {
    /// Of the root of a file system that the wall made.
    pub fn new(root: OwnedFd) -> Result<Self, Fault> {
        let mut place = Self { root, own: BTreeSet::new() };
        let device = device(&place.root)?;
        place.own.insert(device);
        Ok(place)
    }

    pub fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// From now on, what is missing at this path's file system may be made.
    pub fn owns(&mut self, path: &Path) -> Result<(), Fault> {
        let found = self.find(path).at(|| step("look at", path))?;
        let device = device(&found)?;
        self.own.insert(device);
        Ok(())
    }

    /// What is at a path, as a descriptor that can be mounted on.
    pub fn find(&self, path: &Path) -> Result<OwnedFd, Errno> {
        open(&self.root, path)
    }

    /// The directory at a path, which is made if it is missing.
    pub fn directory(&self, path: &Path) -> Result<OwnedFd, Fault> {
        match self.find(path) {
            Err(Errno::NOENT) => {}
            found => return found.at(|| step("look at", path)),
        }
        let (parent, name) = self.parent(path)?;
        mkdirat(&parent, name, Mode::from_raw_mode(0o755)).at(|| step("make", path))?;
        self.find(path).at(|| step("look at", path))
    }

    /// A place for a file at a path: what is there, or an empty one that is made.
    pub fn file(&self, path: &Path) -> Result<OwnedFd, Fault> {
        match self.find(path) {
            Err(Errno::NOENT) => {}
            found => return found.at(|| step("look at", path)),
        }
        self.create(path, 0o644)?;
        self.find(path).at(|| step("look at", path))
    }

    /// A new file, open for writing.
    pub fn create(&self, path: &Path, mode: u32) -> Result<OwnedFd, Fault> {
        let (parent, name) = self.parent(path)?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        rustix::fs::openat(&parent, name, flags, Mode::from_raw_mode(mode)).at(|| step("make", path))
    }

    pub fn link(&self, path: &Path, to: &Path) -> Result<(), Fault> {
        let (parent, name) = self.parent(path)?;
        rustix::fs::symlinkat(to, &parent, name).at(|| step("link", path))
    }

    /// The directory that a missing entry is made in, if that may be done, and the entry's name.
    fn parent<'a>(&self, path: &'a Path) -> Result<(OwnedFd, &'a Path), Fault> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Fault::new(step("make", path), Errno::INVAL));
        };
        let directory = self.directory(parent)?;
        if !self.own.contains(&device(&directory)?) {
            return Err(Fault::new(step("make", path), Errno::ROFS));
        }
        Ok((directory, Path::new(name)))
    }
}

/// What a symbolic link at an absolute path says, if there is one.
pub fn link(root: &OwnedFd, path: &Path) -> Option<PathBuf> {
    let (parent, name) = (open(root, path.parent()?).ok()?, path.file_name()?);
    let target = rustix::fs::readlinkat(&parent, Path::new(name), Vec::new()).ok()?;
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

fn device(found: &OwnedFd) -> Result<u64, Fault> {
    Ok(fstat(found).at(|| "look at a file".to_owned())?.st_dev)
}

pub fn step(verb: &str, path: &Path) -> String {
    format!("{verb} `{}`", path.display())
}

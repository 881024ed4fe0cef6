//! A directory of the host of which each part comes by itself: where mounts below it cannot be separated from it, and it
//! therefore cannot be laid under another one as a whole.

use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, mkdirat, openat, readlinkat, symlinkat};

use super::super::at::At as _;
use super::super::detached;
use super::super::place::{made, step};
use super::laying::{Laying, by_number, put};
use crate::fault::Fault;

/// What comes to a place in the mirror.
enum Part {
    /// As the host has it.
    Host(OwnedFd),
    /// With the prefix's over it.
    Both(PathBuf, OwnedFd),
}

impl Laying<'_> {
    pub fn mirror(&mut self, upper: &Path, host: &OwnedFd, target: &Path) -> Result<(), Fault> {
        let base = self.empty()?;
        let mut parts = Vec::new();
        for (name, kind) in entries(host, target)? {
            let (path, above) = (target.join(&name), upper.join(&name));
            let in_upper = fs::symlink_metadata(&above).ok().map(|found| found.file_type());
            let is_kept = self.is_kept(&path);
            let are_both = kind.is_dir() && in_upper.is_some_and(|found| found.is_dir()) && !is_kept;
            if in_upper.is_some() && !are_both && !is_kept {
                continue;
            }
            let Some(found) = point(&base, host, &name, kind).at(|| step("look at", &path))? else { continue };
            let part = if are_both { Part::Both(above, found) } else { Part::Host(detached::copy(&found, &path)?) };
            parts.push((path, part));
        }
        self.cover(&[upper.to_owned(), by_number(&base)], target)?;
        for (path, part) in parts {
            match part {
                Part::Host(tree) => put(&tree, &path)?,
                Part::Both(above, host) => self.over(&above, &host, &path)?,
            }
        }
        Ok(())
    }
}

/// The entries of a directory that may be covered.
pub fn entries(directory: &OwnedFd, path: &Path) -> Result<Vec<(OsString, FileType)>, Fault> {
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name(), entry.file_type()?))
    };
    let found = fs::read_dir(by_number(directory)).and_then(|entries| entries.map(entry).collect());
    found.at(|| step("read", path))
}

/// Makes something of the same kind in another directory, to mount it on. Returns what to mount: nothing if it is a
/// symbolic link, or gone.
pub fn point(base: &OwnedFd, host: &OwnedFd, name: &OsStr, kind: FileType) -> rustix::io::Result<Option<OwnedFd>> {
    let name = Path::new(name);
    if kind.is_symlink() {
        let to = readlinkat(host, name, Vec::new())?;
        return symlinkat(&*to, base, name).map(|()| None);
    }
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(found) = openat(host, name, flags, Mode::empty()) else { return Ok(None) };
    if kind.is_dir() {
        mkdirat(base, name, Mode::from_raw_mode(0o755))?;
    } else {
        drop(made(base.as_fd(), name, false)?);
    }
    Ok(Some(found))
}

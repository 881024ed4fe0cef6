//! A new root directory, for a host that lacks a directory which the prefix is laid over: nothing is made on the host.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, mkdirat, openat, symlinkat};
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{fchdir, pivot_root};

use super::super::at::At as _;
use super::super::detached;
use super::super::place::step;
use super::laying::{directory, put};
use super::mirror::{entries, point};
use crate::SCAFFOLD;
use crate::fault::Fault;

/// What a system has as links to directories below `/usr`.
const LINKS: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

/// Something of the host, and where it comes in the new root.
type Moved = (PathBuf, OwnedFd);

/// Gives this process a root directory with all that the host's has, and with these directories.
pub fn make(prefix: &Path, wanted: &[&str]) -> Result<(), Fault> {
    let scaffold = prefix.join(SCAFFOLD);
    let host = directory(Path::new("/"))?;
    let new = detached::new("tmpfs", &[("mode", "755")]).at(|| "make a file system in memory".to_owned())?;
    let mut moved = Vec::new();
    let parted = parted(wanted);
    fill(&new, &host, Path::new(""), &parted, &mut moved)?;
    for name in wanted {
        make_directories(&new, Path::new(name))?;
    }
    for name in LINKS {
        let in_usr = Path::new("usr").join(name);
        if prefix.join(&in_usr).is_dir() && fs::symlink_metadata(Path::new("/").join(name)).is_err() {
            symlinkat(&in_usr, &new, name).at(|| step("make", Path::new(name)))?;
        }
    }
    // It is mounted only now, so that the copies of the host's mounts do not have it.
    put(&new, &scaffold)?;
    moved.iter().try_for_each(|(path, tree)| put(tree, &scaffold.join(path)))?;
    fchdir(&new).at(|| "go to the new root".to_owned())?;
    pivot_root(".", ".").at(|| "change the root directory".to_owned())?;
    unmount(".", UnmountFlags::DETACH).at(|| "leave the host's root".to_owned())
}

/// Makes those of a path that are missing. A link on the way would lead to the host.
fn make_directories(new: &OwnedFd, path: &Path) -> Result<(), Fault> {
    let mut above: Option<OwnedFd> = None;
    for name in path {
        let directory = above.as_ref().unwrap_or(new);
        match mkdirat(directory, name, Mode::from_raw_mode(0o755)) {
            Err(Errno::EXIST) => {}
            outcome => outcome.at(|| step("make", path))?,
        }
        above = Some(below(directory, name)?);
    }
    Ok(())
}

/// Directories of the host in which one is missing: they come part by part.
fn parted(wanted: &[&str]) -> BTreeSet<PathBuf> {
    let missing = wanted.iter().map(Path::new).filter(|path| !Path::new("/").join(path).is_dir());
    missing.filter_map(Path::parent).map(Path::to_owned).chain([PathBuf::new()]).collect()
}

fn fill(
    new: &OwnedFd,
    host: &OwnedFd,
    inside: &Path,
    parted: &BTreeSet<PathBuf>,
    moved: &mut Vec<Moved>,
) -> Result<(), Fault> {
    for (name, kind) in entries(host, inside)? {
        let path = inside.join(&name);
        let Some(found) = point(new, host, &name, kind).at(|| step("look at", &path))? else { continue };
        if kind.is_dir() && parted.contains(&path) {
            fill(&below(new, &name)?, &below(host, &name)?, &path, parted, moved)?;
        } else {
            moved.push((path.clone(), detached::copy(&found, &path)?));
        }
    }
    Ok(())
}

fn below(directory: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Fault> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::empty()).at(|| step("open", Path::new(name)))
}

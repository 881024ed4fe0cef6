//! Lays directories of a prefix over those of the host, with what is to stay as it is.

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, Mode, OFlags, accessat, openat};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MoveMountFlags, UnmountFlags, mount, move_mount, unmount};
use rustix::process::geteuid;

use super::super::at::At as _;
use super::super::detached;
use super::super::memory::Memory;
use super::super::mountinfo::Line;
use super::super::overlay;
use super::super::place::step;
use crate::SCAFFOLD;
use crate::fault::Fault;

/// What stays the host's, and can be written there as before.
const LOCAL: &str = "/usr/local";

/// What is below `/usr` on every system (hier(7)).
const SYSTEM: [&str; 11] =
    ["bin", "etc", "games", "include", "lib", "lib32", "lib64", "libexec", "libx32", "sbin", "share"];

pub struct Laying<'a> {
    pub prefix: &'a Path,
    /// Where the process is.
    directory: Option<&'a Path>,
    /// Whether mounts cannot be separated from the one that they are on.
    locked: bool,
    /// Whether the host's files count in directories of libraries.
    hosts_libraries: bool,
    /// Where something is mounted on the host.
    mounts: Vec<PathBuf>,
    /// What more stays the host's.
    kept: Vec<PathBuf>,
    /// What the prefix's directories were mounted on.
    covered: Vec<PathBuf>,
    /// A file system for what neither of the two has, made when it is needed.
    memory: Option<Memory>,
}

impl<'a> Laying<'a> {
    pub fn new(
        prefix: &'a Path,
        directory: Option<&'a Path>,
        locked: bool,
        hosts_libraries: bool,
    ) -> Result<Self, Fault> {
        let text = fs::read("/proc/self/mountinfo").at(|| "read `/proc/self/mountinfo`".to_owned())?;
        let mounts = Line::all(&text).map(|line| line.path).filter(|path| path.as_os_str() != "/").collect();
        Ok(Self {
            prefix,
            directory,
            locked,
            hosts_libraries,
            mounts,
            kept: Vec::new(),
            covered: Vec::new(),
            memory: None,
        })
    }

    /// Lays a directory of the prefix over the host's, which is there.
    pub fn lay(&mut self, inside: &Path) -> Result<(), Fault> {
        let upper = self.prefix.join(inside);
        // `/var` may be a link.
        let target = fs::canonicalize(Path::new("/").join(inside)).at(|| step("find", inside))?;
        let mut kept = left_alone(inside, &upper, &target)?;
        let own = self.directory.filter(|path| is_below(path, &target) && is_writable(path));
        let in_upper = |path: &Path| path.strip_prefix(&target).map(|inside| upper.join(inside));
        kept.extend(own.filter(|path| in_upper(path).is_ok_and(|path| !path.is_dir())).map(Path::to_owned));
        kept.extend(self.mounts.iter().filter(|path| is_below(path, &target)).cloned());
        self.kept = topmost(kept);
        let host = directory(&target)?;
        let mut libraries = libraries(&upper, &target, self.hosts_libraries)?;
        // What is mounted there is the host's, and counts by itself, unless it is another place's.
        libraries.retain(|(_, _, path)| {
            self.mounts.contains(path) || !self.mounts.iter().any(|mount| is_below(mount, path))
        });
        self.over(&upper, &host, &target)?;
        libraries.into_iter().try_for_each(|(upper, host, target)| self.hosts_over(&upper, &host, &target))
    }

    /// Lays a directory of libraries of the host over the prefix's. Directories below it have modules that the programs of a
    /// package load by themselves, such as Perl's: there the prefix's count.
    fn hosts_over(&mut self, upper: &Path, host: &OwnedFd, target: &Path) -> Result<(), Fault> {
        let mut below = Vec::new();
        for entry in fs::read_dir(upper).at(|| step("read", upper))? {
            let entry = entry.at(|| step("read", upper))?;
            let (path, name) = (entry.path(), entry.file_name());
            // The loader itself looks below this one.
            if name != "glibc-hwcaps"
                && entry.file_type().is_ok_and(|kind| kind.is_dir())
                && let Ok(found) = openat(host, &name, FOUND | OFlags::DIRECTORY, Mode::empty())
            {
                below.push((path, found, target.join(name)));
            }
        }
        match self.cover(&[by_number(host), upper.to_owned()], target) {
            // Another place has mounted directories below it, which cannot be left out. Its libraries stay.
            Err(fault) if self.locked && fault.errno() == Errno::INVAL => {}
            outcome => outcome?,
        }
        below.into_iter().try_for_each(|(path, host, target)| self.cover(&[path, by_number(&host)], &target))
    }

    /// The same by what the host has there, below which something may be mounted.
    pub fn over(&mut self, upper: &Path, host: &OwnedFd, target: &Path) -> Result<(), Fault> {
        let has_mounts = self.mounts.iter().any(|path| is_below(path, target));
        if !has_mounts || !self.locked {
            let kept: Vec<&PathBuf> = self.kept.iter().filter(|path| is_below(path, target)).collect();
            let (mut trees, mut both) = (Vec::new(), Vec::new());
            for path in kept {
                // What is covered by another mount is not there.
                let Ok(found) = openat(CWD, path, FOUND, Mode::empty()) else { continue };
                let above = path.strip_prefix(target).map(|inside| upper.join(inside)).unwrap_or_default();
                // A wall has commands of its own in directories of the system.
                if path.starts_with("/usr") && self.mounts.contains(path) && above.is_dir() && path.is_dir() {
                    both.push((path.clone(), above, found));
                } else {
                    trees.push((path.clone(), detached::copy(&found, path)?));
                }
            }
            match self.cover(&[upper.to_owned(), by_number(host)], target) {
                // A mount that cannot be left out may come from a namespace around this one.
                Err(fault) if has_mounts && fault.errno() == Errno::INVAL => {}
                outcome => {
                    outcome?;
                    trees.iter().try_for_each(|(path, tree)| put(tree, path))?;
                    return both
                        .iter()
                        .try_for_each(|(path, above, host)| self.cover(&[above.clone(), by_number(host)], path));
                }
            }
        }
        self.mirror(upper, host, target)
    }

    /// Whether something of the host stays as it is.
    pub fn is_kept(&self, path: &Path) -> bool {
        self.kept.iter().any(|kept| kept == path)
    }

    /// A new empty directory.
    pub fn empty(&mut self) -> Result<OwnedFd, Fault> {
        let memory = match self.memory.take() {
            Some(memory) => memory,
            None => Memory::over(&self.prefix.join(SCAFFOLD))?,
        };
        self.memory.insert(memory).directory(0o755)
    }

    /// Takes away what is not needed any more: all of it if not everything could be laid.
    pub fn finish(self, outcome: Result<(), Fault>) -> Result<(), Fault> {
        if outcome.is_err() {
            for target in self.covered.iter().rev() {
                // If something is left, that is what it is: the first fault is returned.
                let _ = unmount(target, UnmountFlags::DETACH);
            }
        }
        let scaffold = self.prefix.join(SCAFFOLD);
        let left = self.memory.map(|_| unmount(&scaffold, UnmountFlags::DETACH));
        outcome?;
        left.unwrap_or(Ok(())).at(|| step("leave", &scaffold))
    }

    /// Mounts directories as one, of which the first counts most. Nothing of it can be written.
    pub fn cover(&mut self, directories: &[PathBuf], target: &Path) -> Result<(), Fault> {
        let options = overlay::options(&[("lowerdir", directories)]);
        let mounted = mount("overlay", target, "overlay", MountFlags::empty(), options.as_c_str());
        mounted.at(|| step("mount", target))?;
        if !self.covered.iter().any(|covered| target.starts_with(covered)) {
            self.covered.push(target.to_owned());
        }
        Ok(())
    }
}

/// The directories of libraries in which the host's files count, of those that both have, and where they are. Where the host
/// has its C library elsewhere than Debian has it, its loader has to be its own too.
fn libraries(upper: &Path, target: &Path, hosts: bool) -> Result<Vec<(PathBuf, OwnedFd, PathBuf)>, Fault> {
    let names = fs::read_dir(upper.join("lib")).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let of_platforms = names.filter(|name| name.to_string_lossy().contains("-linux-gnu"));
    let of_platforms: Vec<PathBuf> = of_platforms.map(|name| Path::new("lib").join(name)).collect();
    let is_as_debian = of_platforms.iter().any(|path| target.join(path).join("libc.so.6").exists());
    let loaders = ["lib64", "lib32", "libx32"].map(PathBuf::from);
    let inside =
        of_platforms.into_iter().filter(|_| hosts).chain(loaders.into_iter().filter(|_| hosts || !is_as_debian));
    // The host's may be a link to another directory.
    let both = inside.filter(|path| upper.join(path).is_dir() && target.join(path).is_dir());
    let found =
        |path: &Path| fs::canonicalize(target.join(path)).at(|| step("find", path)).and_then(|real| directory(&real));
    both.map(|path| Ok((upper.join(&path), found(&path)?, target.join(&path)))).collect()
}

/// Directories of the host that the prefix has not and that are no part of a system: below `/usr` all, such as
/// `/usr/src/app` in many containers, and data that this user may write. For root, that would be all data.
fn left_alone(inside: &Path, upper: &Path, target: &Path) -> Result<Vec<PathBuf>, Fault> {
    let is_usr = inside == Path::new("usr");
    if inside == Path::new("etc") || !is_usr && geteuid().is_root() {
        return Ok(Vec::new());
    }
    let mut kept = Vec::new();
    for entry in fs::read_dir(target).at(|| step("read", target))? {
        let entry = entry.at(|| step("read", target))?;
        let (path, name) = (entry.path(), entry.file_name());
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_of_a_system = is_usr && SYSTEM.iter().any(|system| name == *system);
        if !is_directory || is_of_a_system {
            continue;
        }
        if path == Path::new(LOCAL) || (!upper.join(name).exists() && (is_usr || is_writable(&path))) {
            kept.push(path);
        }
    }
    Ok(kept)
}

const FOUND: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Mounts what is detached, unless the prefix has something of another kind there.
pub fn put(tree: &OwnedFd, path: &Path) -> Result<(), Fault> {
    match move_mount(tree, "", CWD, path, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH) {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
        outcome => outcome.at(|| step("mount", path)),
    }
}

/// A directory, by a path that stays when something is mounted over it.
pub fn by_number(directory: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", directory.as_fd().as_raw_fd()))
}

pub fn directory(path: &Path) -> Result<OwnedFd, Fault> {
    openat(CWD, path, FOUND | OFlags::DIRECTORY, Mode::empty()).at(|| step("open", path))
}

fn is_writable(path: &Path) -> bool {
    accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS).is_ok()
}

fn is_below(path: &Path, directory: &Path) -> bool {
    path != directory && path.starts_with(directory)
}

/// Without those that are below another one.
fn topmost(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths.dedup();
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        if found.last().is_none_or(|last| !path.starts_with(last)) {
            found.push(path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_another_one_comes_with_it() {
        let paths = ["/etc/x/y", "/etc/x", "/etc/x-y", "/etc/x", "/etc/a"];
        let found = topmost(paths.iter().map(PathBuf::from).collect());
        assert_eq!(found, ["/etc/a", "/etc/x", "/etc/x-y"].map(PathBuf::from));
    }
}

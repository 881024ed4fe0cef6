//! What can be put into the new root directory. Sources are looked up below the host's root, targets below the new one.

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::io::Errno;
use rustix::mount::{MountFlags, MoveMountFlags, mount, move_mount};

use super::at::At as _;
use super::attributes;
use super::detached;
use super::memory::Memory;
use super::overlay;
use super::place::{self, HOST, NEW, Place, is_directory, step};
use super::system::{NO_DEVICES, NO_SET_UID, READ_ONLY};
use crate::fault::Fault;
use crate::plan::Access;

pub struct Builder {
    pub place: Place,
    memory: Memory,
    host: OwnedFd,
    /// What everything that is hidden has in its place: an empty directory, and an empty file.
    nothing: [Option<OwnedFd>; 2],
    /// Directories that are not to be written once the root is complete.
    replaced: Vec<OwnedFd>,
}

impl Builder {
    pub fn new(place: Place, memory: Memory, host: OwnedFd) -> Self {
        Self { place, memory, host, nothing: [None, None], replaced: Vec::new() }
    }

    pub fn bind(&mut self, source: &Path, target: &Path, access: Access) -> Result<(), Fault> {
        let attributes = if access == Access::ReadOnly { READ_ONLY | NO_SET_UID } else { NO_SET_UID };
        self.bind_with(source, target, Some(attributes))
    }

    /// As it is, but for the attributes that the host has set.
    pub fn bind_device(&mut self, source: &Path, target: &Path) -> Result<(), Fault> {
        self.bind_with(source, target, None)
    }

    fn bind_with(&self, source: &Path, target: &Path, attributes: Option<u64>) -> Result<(), Fault> {
        let Ok(from) = place::open(&self.host, source) else { return Ok(()) };
        let to = self.place.point(target, || is_directory(&from))?;
        attach(&from, &to, attributes, target).map(drop)
    }

    /// The same in a directory that the wall has just made.
    pub fn bind_device_in(&self, directory: &OwnedFd, name: &str, source: &Path) -> Result<(), Fault> {
        let Ok(from) = place::open(&self.host, source) else { return Ok(()) };
        let to = place::made(directory.as_fd(), Path::new(name), false).at(|| step("make a place for", source))?;
        attach(&from, &to, None, source).map(drop)
    }

    pub fn same(&mut self, target: &Path) -> Result<(), Fault> {
        match place::link(&self.host, target) {
            Some(to) => self.place.link(target, &to),
            None => self.bind(target, target, Access::ReadOnly),
        }
    }

    pub fn pin(&mut self, target: &Path) -> Result<(), Fault> {
        let Ok(found) = self.place.find(target) else { return Ok(()) };
        if is_directory(&found)? { attach(&found, &found, None, target).map(drop) } else { Ok(()) }
    }

    pub fn replace(&mut self, target: &Path) -> Result<(), Fault> {
        if self.place.find(target).is_err() || place::link(self.place.root(), target).is_some() {
            return Ok(());
        }
        let replaced = self.memory(target, 0o755)?;
        self.replaced.push(replaced);
        Ok(())
    }

    pub fn protect(&mut self, target: &Path) -> Result<(), Fault> {
        let Ok(found) = self.place.find(target) else { return Ok(()) };
        attach(&found, &found, Some(READ_ONLY), target).map(drop)
    }

    pub fn hide(&mut self, target: &Path) -> Result<(), Fault> {
        let Ok(found) = self.place.find(target) else { return Ok(()) };
        let is_directory = is_directory(&found)?;
        let nothing = &mut self.nothing[usize::from(is_directory)];
        let empty = match nothing.take() {
            Some(empty) => empty,
            None if is_directory => self.memory.directory(0)?,
            None => self.memory.file(b"", 0)?,
        };
        attach(nothing.insert(empty), &found, Some(READ_ONLY | NO_DEVICES), target).map(drop)
    }

    /// Returns the directory as it is then.
    pub fn memory(&mut self, target: &Path, mode: u32) -> Result<OwnedFd, Fault> {
        let to = self.place.directory(target)?;
        attach(&self.memory.directory(mode)?, &to, None, target)
    }

    pub fn file(&mut self, target: &Path, content: &[u8]) -> Result<(), Fault> {
        let Ok(covered) = self.place.find(target) else { return self.place.write(target, content) };
        attach(&self.memory.file(content, 0o444)?, &covered, Some(READ_ONLY), target).map(drop)
    }

    /// Changes of a directory of the host go into another one.
    pub fn overlay(&mut self, lower: &Path, [upper, work]: [&Path; 2], target: &Path) -> Result<(), Fault> {
        let _ = self.place.directory(target)?;
        let path = Path::new(NEW).join(target.strip_prefix("/").unwrap_or(target));
        let host = |path: &Path| [Path::new(HOST).join(path.strip_prefix("/").unwrap_or(path))];
        let options =
            overlay::options(&[("lowerdir", &host(lower)), ("upperdir", &host(upper)), ("workdir", &host(work))]);
        mount("overlay", &path, "overlay", MountFlags::NOSUID | MountFlags::NODEV, options.as_c_str())
            .at(|| step("mount", target))
    }

    /// The processes inside, or all, where a container covers parts of the host's directory: then the kernel mounts no
    /// other one.
    pub fn processes(&mut self, target: &Path) -> Result<(), Fault> {
        let to = self.place.directory(target)?;
        match detached::new("proc", &[]) {
            Ok(own) => place_tree(&own, &to, target)?,
            Err(Errno::PERM) => self.bind(Path::new("/proc"), target, Access::ReadWrite)?,
            error => drop(error.at(|| step("mount", target))?),
        }
        // For root these are switches of the whole machine.
        for name in ["acpi", "bus", "fs", "irq", "scsi", "sys", "sysrq-trigger"] {
            self.protect(&target.join(name))?;
        }
        for name in ["kcore", "keys", "latency_stats", "sched_debug", "timer_list"] {
            self.hide(&target.join(name))?;
        }
        Ok(())
    }

    /// Makes read-only what is not to be written.
    pub fn seal(&self) -> Result<(), Fault> {
        for directory in self.replaced.iter().chain([self.place.root()]) {
            attributes::add(directory, READ_ONLY, false).at(|| "protect the new root".to_owned())?;
        }
        Ok(())
    }
}

/// Mounts a file or a directory, with all that is mounted in it, on another one. Returns what is there then.
fn attach(from: &OwnedFd, to: &OwnedFd, attributes: Option<u64>, target: &Path) -> Result<OwnedFd, Fault> {
    let tree = detached::copy(from, target)?;
    place_tree(&tree, to, target)?;
    if let Some(attributes) = attributes {
        attributes::add(&tree, attributes, true).at(|| step("protect", target))?;
    }
    Ok(tree)
}

fn place_tree(tree: &OwnedFd, to: &OwnedFd, target: &Path) -> Result<(), Fault> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(tree, "", to, "", flags).at(|| step("mount", target))
}

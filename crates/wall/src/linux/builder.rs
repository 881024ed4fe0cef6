//! What can be put into the new root directory. Sources are looked up below the host's root, targets below the new one.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, unlinkat};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_string,
    fsmount, fsopen, move_mount, open_tree,
};

use super::at::At as _;
use super::attributes;
use super::place::{self, Place, is_directory, step};
use super::system::{NO_DEVICES, NO_SET_UID, READ_ONLY};
use crate::fault::Fault;
use crate::plan::Access;

/// What an empty file in place of another one is called while the root is built.
const NOTHING: &str = "/nothing";
/// And one with content, until it is mounted.
const COVER: &str = "/cover";

pub struct Builder {
    pub place: Place,
    host: OwnedFd,
    /// Directories that are not to be written once the root is complete.
    replaced: Vec<OwnedFd>,
}

impl Builder {
    pub fn new(root: OwnedFd, host: OwnedFd) -> Result<Self, Fault> {
        Ok(Self { place: Place::new(root)?, host, replaced: Vec::new() })
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
        let to = if is_directory(&from)? { self.place.directory(target)? } else { self.place.file(target)? };
        attach(&from, &to, attributes, target)
    }

    pub fn same(&mut self, target: &Path) -> Result<(), Fault> {
        match place::link(&self.host, target) {
            Some(to) => self.place.link(target, &to),
            None => self.bind(target, target, Access::ReadOnly),
        }
    }

    pub fn pin(&mut self, target: &Path) -> Result<(), Fault> {
        let Ok(found) = self.place.find(target) else { return Ok(()) };
        if is_directory(&found)? { attach(&found, &found, None, target) } else { Ok(()) }
    }

    pub fn replace(&mut self, target: &Path) -> Result<(), Fault> {
        if self.place.find(target).is_err() || place::link(self.place.root(), target).is_some() {
            return Ok(());
        }
        self.memory(target, 0o755)?;
        self.replaced.push(self.place.find(target).at(|| step("look at", target))?);
        Ok(())
    }

    pub fn protect(&mut self, target: &Path) -> Result<(), Fault> {
        let Ok(found) = self.place.find(target) else { return Ok(()) };
        attach(&found, &found, Some(READ_ONLY), target)
    }

    pub fn hide(&mut self, target: &Path) -> Result<(), Fault> {
        let Ok(found) = self.place.find(target) else { return Ok(()) };
        let nothing = Path::new(NOTHING);
        if is_directory(&found)? {
            // The mount needs a path; that of a descriptor is one.
            let empty = memory(0)?;
            place_tree(&empty, &found, target)?;
            return attributes::add(&empty, READ_ONLY, false).at(|| step("protect", target));
        }
        if self.place.find(nothing).is_err() {
            self.place.create(nothing, 0)?;
        }
        let empty = self.place.find(nothing).at(|| step("look at", nothing))?;
        attach(&empty, &found, Some(READ_ONLY | NO_DEVICES), target)
    }

    pub fn memory(&mut self, target: &Path, mode: u32) -> Result<(), Fault> {
        let to = self.place.directory(target)?;
        place_tree(&memory(mode)?, &to, target)?;
        self.place.owns(target)
    }

    pub fn file(&mut self, target: &Path, content: &[u8]) -> Result<(), Fault> {
        let Ok(covered) = self.place.find(target) else { return self.write(target, content) };
        let made = Path::new(COVER);
        self.write(made, content)?;
        let cover = self.place.find(made).at(|| step("look at", made))?;
        attach(&cover, &covered, Some(READ_ONLY), target)?;
        unlinkat(self.place.root(), &COVER[1..], AtFlags::empty()).at(|| step("remove", made))
    }

    fn write(&self, target: &Path, content: &[u8]) -> Result<(), Fault> {
        let file = self.place.create(target, 0o444)?;
        File::from(file).write_all(content).at(|| step("write", target))
    }

    /// The processes inside, or all, where a container covers parts of the host's directory: then the kernel mounts no
    /// other one.
    pub fn processes(&mut self, target: &Path) -> Result<(), Fault> {
        let to = self.place.directory(target)?;
        match file_system("proc", &[]) {
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

    /// Takes away what was needed for building, and makes read-only what is not to be written.
    pub fn seal(&self) -> Result<(), Fault> {
        let root = self.place.root();
        if self.place.find(Path::new(NOTHING)).is_ok() {
            unlinkat(root, &NOTHING[1..], AtFlags::empty()).at(|| step("remove", Path::new(NOTHING)))?;
        }
        for directory in self.replaced.iter().chain([root]) {
            attributes::add(directory, READ_ONLY, false).at(|| "protect the new root".to_owned())?;
        }
        Ok(())
    }
}

/// Mounts a file or a directory, with all that is mounted in it, on another one.
fn attach(from: &OwnedFd, to: &OwnedFd, attributes: Option<u64>, target: &Path) -> Result<(), Fault> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(from, "", flags).at(|| step("copy the mounts of", target))?;
    place_tree(&tree, to, target)?;
    match attributes {
        Some(attributes) => attributes::add(&tree, attributes, true).at(|| step("protect", target)),
        None => Ok(()),
    }
}

fn place_tree(tree: &OwnedFd, to: &OwnedFd, target: &Path) -> Result<(), Fault> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(tree, "", to, "", flags).at(|| step("mount", target))
}

/// A file system in memory that is not mounted anywhere yet.
fn memory(mode: u32) -> Result<OwnedFd, Fault> {
    file_system("tmpfs", &[("mode", &format!("{mode:o}"))]).at(|| "make a file system in memory".to_owned())
}

fn file_system(kind: &str, options: &[(&str, &str)]) -> Result<OwnedFd, Errno> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (name, value) in options {
        fsconfig_set_string(&context, *name, *value)?;
    }
    fsconfig_create(&context)?;
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)
}

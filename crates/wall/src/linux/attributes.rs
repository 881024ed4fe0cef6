//! Attributes of mounts: set by one call, or mount by mount where the kernel does not have it (before Linux 5.12).

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, StatVfsMountFlags, fstatvfs, openat};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount_remount};

use super::mountinfo::Line;
use super::place::HOST;
use super::system::set_attributes;

/// What a mount loses unless it is asked for again, and what mount(2) calls it.
const KEPT: [(StatVfsMountFlags, MountFlags); 5] = [
    (StatVfsMountFlags::RDONLY, MountFlags::RDONLY),
    (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
    (StatVfsMountFlags::NODEV, MountFlags::NODEV),
    (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
    (StatVfsMountFlags::from_bits_retain(0x2000), MountFlags::NOSYMFOLLOW),
];

/// Adds attributes to a mount in the new root, by its own descriptor, and with `recursively` to all mounts below it.
pub fn add(mount: &OwnedFd, set: u64, recursively: bool) -> Result<(), Errno> {
    match set_attributes(mount, set, recursively) {
        Err(Errno::NOSYS) => {}
        answer => return answer,
    }
    remount(mount, set)?;
    let below = if recursively { below(number(mount)?)? } else { Vec::new() };
    for Line { number: wanted, path, .. } in below {
        match openat(CWD, &path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
            // Another mount covers this one, and inside a wall nothing is ever unmounted.
            Ok(found) if number(&found)? != wanted => {}
            Ok(found) => remount(&found, set)?,
            // What cannot be reached here cannot be reached inside.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The mount keeps what it has: some of that cannot be taken from it by an ordinary user.
fn remount(mount: &OwnedFd, set: u64) -> Result<(), Errno> {
    let has = fstatvfs(mount)?.f_flag;
    let kept = KEPT.iter().filter(|(here, _)| has.contains(*here)).map(|(_, flag)| *flag);
    // The numbers of the attributes are those of mount(2)'s flags.
    let added = MountFlags::from_bits_retain(u32::try_from(set).map_err(|_| Errno::INVAL)?);
    let path = process(&format!("fd/{}", mount.as_fd().as_raw_fd()));
    mount_remount(path, kept.fold(MountFlags::BIND | added, MountFlags::union), c"")
}

/// What the kernel says about this process, while the host's root is still there.
fn process(name: &str) -> PathBuf {
    Path::new(HOST).join("proc/self").join(name)
}

fn read(path: &Path) -> Result<Vec<u8>, Errno> {
    fs::read(path).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// The number of the mount that a descriptor leads to.
fn number(found: &OwnedFd) -> Result<u32, Errno> {
    let text = read(&process(&format!("fdinfo/{}", found.as_fd().as_raw_fd())))?;
    let text = String::from_utf8_lossy(&text);
    let number = text.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse().ok());
    number.ok_or(Errno::NODATA)
}

/// All mounts below one, at any depth.
fn below(top: u32) -> Result<Vec<Line>, Errno> {
    let text = read(&process("mountinfo"))?;
    let mut all: Vec<Line> = Line::all(&text).collect();
    let (mut found, mut parents) = (Vec::new(), vec![top]);
    while let Some(parent) = parents.pop() {
        let is_child = |line: &Line| line.parent == parent && line.number != parent;
        let (children, others): (Vec<Line>, Vec<Line>) = all.into_iter().partition(is_child);
        all = others;
        parents.extend(children.iter().map(|line| line.number));
        found.extend(children);
    }
    Ok(found)
}

//! Namespaces that a process goes to by itself: of mounts alone where it may, else of users too, with its own user and group.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{WaitOptions, getegid, geteuid, waitpid};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

use super::super::at::At as _;
use super::super::namespaces::map_pair;
use super::super::system::fork_until_end;
use crate::fault::Fault;

/// Leaves the host's mounts.
pub fn leave_mounts() -> Result<(), Fault> {
    leave(UnshareFlags::NEWNS)
}

/// Has a process make namespaces of users and mounts, and work in them; then this one joins them. So nothing has changed
/// here if that fails.
pub fn with_users(work: impl Fn() -> Result<(), Fault>) -> Result<(), Fault> {
    let mut made = Err(Fault::new("leave the host's mounts", Errno::CHILD));
    let mut child = || made = make(&work);
    let child = fork_until_end(&mut child).at(|| "start a process".to_owned())?;
    // Where ends of processes are ignored, the kernel has taken it away by itself.
    let _ = waitpid(Some(child), WaitOptions::empty());
    let [users, mounts] = made?;
    let join = || "join the place".to_owned();
    move_into_link_name_space(users.as_fd(), Some(LinkNameSpaceType::User)).at(join)?;
    move_into_link_name_space(mounts.as_fd(), Some(LinkNameSpaceType::Mount)).at(join)
}

fn make(work: impl Fn() -> Result<(), Fault>) -> Result<[OwnedFd; 2], Fault> {
    let own = (geteuid().as_raw(), getegid().as_raw());
    leave(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)?;
    map_pair("self", own, own)?;
    work()?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    Ok([open("/proc/self/ns/user", flags)?, open("/proc/self/ns/mnt", flags)?])
}

/// What is mounted here is not mounted where this process comes from.
pub fn stop_sharing() -> Result<(), Fault> {
    let flags = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", flags).at(|| "make the host's mounts private".to_owned())
}

fn leave(namespaces: UnshareFlags) -> Result<(), Fault> {
    // SAFETY: the table of open files is not among them.
    unsafe { unshare_unsafe(namespaces) }.at(|| "leave the host's mounts".to_owned())
}

fn open(path: &str, flags: OFlags) -> Result<OwnedFd, Fault> {
    openat(CWD, path, flags, Mode::empty()).at(|| format!("open `{path}`"))
}

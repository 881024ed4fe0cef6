//! The namespaces of an enclosure: of processes, and what it takes to see those in `/proc`. Files and the network are the
//! host's.

use std::fs;

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};

use super::super::at::At as _;
use super::super::probe::MAKE_PRIVATE;
use super::super::{capabilities, system};
use crate::fault::Fault;

/// The flags of clone(2).
pub const FLAGS: i32 = libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID;

const PROCESSES: &str = "/proc";
const LAST_NUMBER: &str = "/proc/sys/kernel/ns_last_pid";
const MOST_NUMBERS: &str = "/proc/sys/kernel/pid_max";

/// The numbers at which the manager may begin. The kernel never has more than the last of them.
const BEGINNINGS: std::ops::Range<u32> = 1_000..4_000_000;
/// So many numbers at least are left until they begin again with the first ones.
const ROOM: u32 = 1_000;

/// For the first process: `/proc` shows the processes of its namespace, to it and to all that it starts.
pub fn build() -> Result<(), Fault> {
    // What the host mounts and unmounts is so inside, and not the other way round.
    let receiving = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", receiving).at(|| MAKE_PRIVATE.to_owned())?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", PROCESSES, "proc", flags, None).at(|| format!("mount `{PROCESSES}`"))?;
    begin_anywhere();
    capabilities::drop_own()
}

/// Has the numbers of processes begin somewhere. A server that was killed leaves a file with its number, and does not start
/// while another process has it; as each namespace has its own numbers, that would be so each time.
fn begin_anywhere() {
    let number = || fs::read_to_string(MOST_NUMBERS).ok()?.trim().parse().ok();
    let end = number().unwrap_or(0).min(BEGINNINGS.end).saturating_sub(ROOM);
    if let (Some(length), Ok(random)) =
        (end.checked_sub(BEGINNINGS.start).filter(|length| *length > 0), system::random())
    {
        // An older kernel wants more rights for this; then they begin with 2.
        let _ = fs::write(LAST_NUMBER, (BEGINNINGS.start + random % length).to_string());
    }
}

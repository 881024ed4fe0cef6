//! A process of root's that becomes `nobody`'s, and keeps what it needs for files of root.

use std::io;

use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, configure_capability_in_ambient_set, set_capabilities,
    set_keep_capabilities, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use super::super::namespaces::NOBODY;

/// What it keeps, and hands on to what it starts.
const KEPT: [CapabilitySet; 3] = [CapabilitySet::DAC_OVERRIDE, CapabilitySet::DAC_READ_SEARCH, CapabilitySet::FOWNER];

/// Whether this process is root's, and may become another user's, and still signal its processes.
pub fn can_become_nobody() -> bool {
    let needed = CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::KILL;
    let needed = KEPT.into_iter().fold(needed, CapabilitySet::union);
    geteuid().is_root() && capabilities(None).is_ok_and(|sets| sets.effective.contains(needed))
}

/// It may be called between fork(2) and execve(2). In a namespace without `nobody`, nothing changes.
pub fn become_nobody() -> io::Result<()> {
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    let before = capabilities(None)?;
    set_keep_capabilities(true)?;
    if set_thread_res_uid(user, user, user).is_err() {
        return Ok(set_keep_capabilities(false)?);
    }
    // They are still permitted, but no longer effective.
    set_capabilities(None, CapabilitySets { effective: before.permitted, ..before })?;
    // A namespace may have this user and not this group, or not let groups be left.
    let _ = set_thread_groups(&[]);
    let _ = set_thread_res_gid(group, group, group);
    let kept = KEPT.into_iter().fold(CapabilitySet::empty(), CapabilitySet::union);
    set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable: kept })?;
    for capability in KEPT {
        configure_capability_in_ambient_set(capability, true)?;
    }
    Ok(())
}

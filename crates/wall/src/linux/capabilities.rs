//! The capabilities with which a process could take the wall down.

use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities, set_no_new_privs,
};

use super::at::At as _;
use crate::fault::Fault;
use crate::plan::Users;

/// What root keeps, in the wall's own namespace of users: what it needs for files of several owners, for being root in
/// namespaces of its own (`SETFCAP`, since Linux 5.12), and for ports below 1024.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::NET_BIND_SERVICE);

/// Gives up what could take the wall down, for this process and for all that it starts, and what programs with the
/// set-uid bit would give.
pub fn drop(is_root: bool, users: Users) -> Result<(), Fault> {
    keep(match users {
        // Its files are taken over, and files may not have capabilities.
        Users::ImitatedRoot => KEPT.difference(CapabilitySet::SETFCAP),
        _ if is_root => KEPT,
        _ => CapabilitySet::empty(),
    })
}

/// The same in the host's own namespace of users, where root could change owners and modes of all files.
pub fn drop_on_the_host(is_root: bool) -> Result<(), Fault> {
    keep(if is_root { CapabilitySet::DAC_OVERRIDE } else { CapabilitySet::empty() })
}

/// Gives up what the first process of namespaces has in them, for this process. What it starts gets none by itself.
pub fn drop_own() -> Result<(), Fault> {
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    clear_ambient_capability_set().at(|| "clear the ambient capabilities".to_owned())?;
    set_capabilities(None, sets).at(|| "drop capabilities".to_owned())
}

fn keep(kept: CapabilitySet) -> Result<(), Fault> {
    for number in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        // The kernel refuses the first number that it does not know.
        if !kept.contains(capability) && remove_capability_from_bounding_set(capability).is_err() {
            break;
        }
    }
    clear_ambient_capability_set().at(|| "clear the ambient capabilities".to_owned())?;
    let mut sets = capabilities(None).at(|| "read the capabilities".to_owned())?;
    sets.effective &= kept;
    sets.permitted &= kept;
    sets.inheritable = CapabilitySet::empty();
    set_capabilities(None, sets).at(|| "drop capabilities".to_owned())?;
    set_no_new_privs(true).at(|| "set no_new_privs".to_owned())
}

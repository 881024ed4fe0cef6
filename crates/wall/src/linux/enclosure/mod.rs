//! Runs a manager of services such that nothing that it starts outlives it, whichever one process is killed.
//!
//! In a namespace of processes, the kernel sees to that: the manager's parent is the first process there (`first`). Where
//! there are no namespaces, that parent adopts and ends what the manager leaves, and a keeper around it does so for the parent.

mod alone;
mod begin;
mod channels;
mod first;
mod keeper;
mod lead;
mod leftovers;
mod namespace;
mod nobody;
mod owner;

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::begin::{Side, begin};
pub use self::lead::lead;
pub use self::leftovers::{end_leftovers, leftovers};
pub use self::owner::Enclosure;
use super::system;
use crate::enclosure::Manager;
use crate::fault::Fault;

/// What the status of a program of Rust is that has panicked.
const PANICKED: i32 = 101;

/// Starts `manage` in a process of its own, which ends with the status that it returns. What it starts, prepared by
/// [`lead`], ends with it at the latest. The calling process must have a single thread.
///
/// It is in a namespace of processes if this machine allows one. Root is shown as `nobody` there, because some servers
/// refuse to run as root, and so are the files of root. Files of other users are as closed to it as to any user.
pub fn enclose(manage: impl FnOnce(Manager) -> u8) -> Result<Enclosure, Fault> {
    match begin(true).or_else(|_| begin(false))? {
        Side::Owner(enclosure) => Ok(enclosure),
        Side::Manager(manager) => {
            // What unwinds would come to the caller's code, of which this process has a copy.
            let status = catch_unwind(AssertUnwindSafe(|| manage(manager)));
            system::exit(status.map_or(PANICKED, i32::from))
        }
    }
}

//! A wall around a process on Linux: of the host's files it sees what a [`Wall`] names and nothing else, and of the
//! network what the wall allows. No root is needed, no daemon and no program that is set-uid.
//!
//! And a process that manages services ([`enclose`]): nothing that it starts outlives it.
//!
//! This crate is the only place of devshell with raw system calls. It decides nothing: its caller says which files a project
//! gets. It prints nothing.

mod enclosure;
mod ending;
mod fault;
mod fork;
mod gate;
mod plan;
mod trace;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

pub use enclosure::{DETACH, GRACE, Manager};
pub use ending::{Ending, Outcome};
pub use fault::Fault;
pub use fork::own_group;
pub use gate::{Gate, NAME_SERVER};
pub use plan::{Access, Mount, Network, Users, Wall};
pub use trace::{Action, Trace, Use};

/// The number of the command's process inside: the first one there takes care of the others.
pub const COMMAND: u32 = 2;

/// The link in a prefix that says by its own path which prefix it is. In a place, it is at the same path below the root.
pub const PLACE: &str = "usr/lib/.devshell-place";

/// An empty directory of a prefix, over which a file system in memory is mounted in a place that needs one.
pub const SCAFFOLD: &str = ".devshell/root";

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{
    Enclosure, LandlockWall, Refusal, enclose, end_leftovers, end_with_parent, in_place, lead, leftovers, probe, run,
    run_while, run_with_landlock, trace, try_walls,
};
#[cfg(target_os = "linux")]
pub use linux::{
    Enclosure, LandlockWall, Refusal, enclose, end_leftovers, end_with_parent, in_place, lead, leftovers, probe, run,
    run_while, run_with_landlock, trace, try_walls,
};

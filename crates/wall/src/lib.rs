//! A wall around a process on Linux: of the host's files it sees what a [`Wall`] names and nothing else, and of the
//! network what the wall allows. No root is needed, no daemon and no program that is set-uid.
//!
//! This crate is the only place of devshell with raw system calls. It decides nothing: its caller says which files a project
//! gets. It prints nothing.

mod ending;
mod fault;
mod gate;
mod plan;
mod trace;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

pub use ending::{Ending, Outcome};
pub use fault::Fault;
pub use gate::{Gate, NAME_SERVER};
pub use plan::{Access, Mount, Network, Wall};
pub use trace::{Action, Trace, Use};

/// The number of the command's process inside: the first one there takes care of the others.
pub const COMMAND: u32 = 2;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{LandlockWall, Refusal, probe, run, run_with_landlock, trace, try_walls};
#[cfg(target_os = "linux")]
pub use linux::{LandlockWall, Refusal, probe, run, run_with_landlock, trace, try_walls};

//! A wall around a process on Linux: of the host's files it sees what a [`Wall`] names and nothing else, and of the
//! network what the wall allows. No root is needed, no daemon and no program that is set-uid.
//!
//! This crate is the only place of devshell with raw system calls. It decides nothing: which files a project gets is
//! said by its caller. It prints nothing.

mod ending;
mod fault;
mod plan;

#[cfg(target_os = "linux")]
mod at;
#[cfg(target_os = "linux")]
mod builder;
#[cfg(target_os = "linux")]
mod capabilities;
#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(target_os = "linux")]
mod devices;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod init;
#[cfg(target_os = "linux")]
mod loopback;
#[cfg(target_os = "linux")]
mod message;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod scope;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod supervise;
#[cfg(target_os = "linux")]
mod system;
#[cfg(target_os = "linux")]
mod terminal;

#[cfg(not(target_os = "linux"))]
mod elsewhere;

pub use ending::Ending;
pub use fault::Fault;
pub use plan::{Access, Mount, Network, Wall};

#[cfg(target_os = "linux")]
pub use {probe::Refusal, probe::probe, supervise::run};

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Refusal, probe, run};

//! A wall around a process on Linux: of the host's files it sees what a [`Wall`] names and nothing else, and of the
//! network what the wall allows. No root is needed, no daemon and no program that is set-uid.
//!
//! This crate is the only place of devshell with raw system calls. It decides nothing: which files a project gets is
//! said by its caller. It prints nothing.
#![cfg(target_os = "linux")]

mod capabilities;
mod descriptors;
mod devices;
mod fault;
mod init;
mod loopback;
mod message;
mod mounts;
mod namespaces;
mod place;
mod plan;
mod probe;
mod signals;
mod supervise;
mod system;
mod terminal;

pub use fault::Fault;
pub use message::Ending;
pub use plan::{Access, Mount, Network, Wall};
pub use probe::{Refusal, probe};
pub use supervise::run;

//! The wall on Linux.

mod at;
mod attempt;
mod attributes;
mod builder;
mod capabilities;
mod descriptors;
mod devices;
mod filter;
mod gate;
mod init;
mod landlock;
mod loopback;
mod memory;
mod message;
mod mounts;
mod namespaces;
mod place;
mod probe;
mod process;
mod readable;
mod ruleset;
mod scope;
mod signals;
mod supervise;
mod surroundings;
mod system;
mod terminal;
mod trace;

pub use self::attempt::try_walls;
pub use self::landlock::LandlockWall;
pub use self::probe::{Refusal, probe};
pub use self::supervise::{run, run_with_landlock};
pub use self::trace::trace;

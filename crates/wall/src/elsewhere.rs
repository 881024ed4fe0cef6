//! Systems for which there is no wall yet.

mod enclosure;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::io::Errno;

pub use self::enclosure::{Enclosure, enclose, end_leftovers, lead, leftovers};
use crate::{Ending, Fault, Gate, Outcome, Trace, Wall};

pub fn run(_: &Wall, _: &mut Command, _: Option<&dyn Gate>) -> Result<Outcome, Fault> {
    Err(Fault::new("build a wall", Errno::NOSYS))
}

pub fn run_while(_: &Wall, _: &mut Command, _: &mut dyn FnMut() -> bool) -> Result<Ending, Fault> {
    Err(Fault::new("build a wall", Errno::NOSYS))
}

pub fn trace(
    _: Option<(&Wall, Option<&dyn Gate>)>,
    _: &mut Command,
    _: Vec<PathBuf>,
) -> Result<(Outcome, Trace), Fault> {
    Err(Fault::new(crate::trace::STEP, Errno::NOSYS))
}

pub fn in_place(_: &Path, _: bool) -> Result<(), Fault> {
    Err(Fault::new("lay a prefix over the host", Errno::NOSYS))
}

/// A process of these systems does not end with its parent.
pub fn end_with_parent(_: &mut Command) {}

pub fn try_walls() -> Result<(), Fault> {
    Err(Fault::new("build a wall", Errno::NOSYS))
}

/// There is no Landlock either, so this is never made.
pub struct LandlockWall(());

impl LandlockWall {
    pub fn version() -> Result<u32, Fault> {
        Err(Fault::new("use Landlock", Errno::NOSYS))
    }

    pub fn plan(_: &Wall) -> Result<Self, Fault> {
        Self::version().map(|_| Self(()))
    }

    pub fn frozen(&self) -> &[PathBuf] {
        let Self(()) = self;
        &[]
    }
}

pub fn run_with_landlock(_: &LandlockWall, _: &mut Command) -> Result<Ending, Fault> {
    Err(Fault::new("use Landlock", Errno::NOSYS))
}

/// Why walls cannot be built here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal;

pub fn probe(_: &Fault) -> Refusal {
    Refusal
}

impl Refusal {
    pub fn remedy(&self) -> Option<String> {
        None
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("walls need Linux")
    }
}

//! Systems for which there is no wall yet.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use rustix::io::Errno;

use crate::{Ending, Fault, Gate, Outcome, Trace, Wall};

pub fn run(_: &Wall, _: &mut Command, _: Option<&dyn Gate>) -> Result<Outcome, Fault> {
    Err(Fault::new("build a wall", Errno::NOSYS))
}

pub fn trace(
    _: Option<(&Wall, Option<&dyn Gate>)>,
    _: &mut Command,
    _: Vec<PathBuf>,
) -> Result<(Outcome, Trace), Fault> {
    Err(Fault::new(crate::trace::STEP, Errno::NOSYS))
}

pub fn try_walls() -> Result<(), Fault> {
    Err(Fault::new("build a wall", Errno::NOSYS))
}

pub fn landlock_version() -> Option<u32> {
    None
}

/// There is no Landlock either.
pub enum LandlockWall {}

impl LandlockWall {
    pub fn plan(_: &Wall) -> Result<Self, Fault> {
        Err(Fault::new("use Landlock", Errno::NOSYS))
    }

    pub fn frozen(&self) -> &[PathBuf] {
        match *self {}
    }
}

pub fn run_with_landlock(landlock: &LandlockWall, _: &mut Command) -> Result<Ending, Fault> {
    match *landlock {}
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

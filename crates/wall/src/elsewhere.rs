//! Systems for which there is no wall yet.

use std::fmt;
use std::process::Command;

use rustix::io::Errno;

use crate::{Fault, Gate, Outcome, Wall};

pub fn run(_: &Wall, _: &mut Command, _: Option<&dyn Gate>) -> Result<Outcome, Fault> {
    Err(Fault::new("build a wall", Errno::NOSYS))
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

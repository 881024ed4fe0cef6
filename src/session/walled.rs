//! A wall for a command, what decides about its network, and what may take its place.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;

use devshell_wall::{Gate, Refusal, Wall};

pub struct Walled<'a> {
    pub wall: Wall,
    pub gate: Option<Box<dyn Gate>>,
    /// Whether the gate lets nothing through.
    pub is_closed: bool,
    /// Hears of a weaker wall each time that one takes the place of this one, if it may.
    pub weaker: Option<Hearing<'a>>,
    pub report: RefCell<Vec<u8>>,
    /// Whether a command may go on, which is asked again and again. It has no gate then.
    pub goes_on: Option<Watch<'a>>,
    /// What is to be done when a command has ended.
    pub afterwards: Option<Box<dyn Fn() + 'a>>,
}

/// What is asked about a command while it runs.
pub type Watch<'a> = Box<dyn Fn() -> bool + 'a>;

/// What is called with a weaker wall.
pub type Hearing<'a> = Box<dyn Fn(&Weaker) + 'a>;

/// A wall of Landlock alone.
pub struct Weaker<'a> {
    /// Why there is no other one.
    pub refusal: &'a Refusal,
    /// Directories that take no new entries in it.
    pub frozen: &'a [PathBuf],
}

impl Walled<'_> {
    /// A wall without a gate, which nothing may replace.
    pub fn closed(wall: Wall) -> Self {
        let report = RefCell::default();
        Self { wall, gate: None, is_closed: true, weaker: None, report, goes_on: None, afterwards: None }
    }

    pub(super) fn parts(&self) -> (&Wall, Option<&dyn Gate>) {
        (&self.wall, self.gate.as_deref())
    }

    pub(super) fn hear(&self, report: Vec<u8>) {
        self.report.replace(report);
    }

    /// What the gate had to say about the command that ran last.
    pub fn report(&self) -> Vec<u8> {
        self.report.take()
    }
}

impl fmt::Debug for Walled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wall.fmt(f)
    }
}

//! The last step of starting something: in the place of this process, or inside a wall, outside of which it waits.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use devshell_wall::{Gate, Outcome, Wall, probe, run};

use super::{Ending, SpawnError};

/// A wall, and what decides about its network.
pub struct Walled {
    wall: Wall,
    gate: Option<Box<dyn Gate>>,
    report: RefCell<Vec<u8>>,
}

impl Walled {
    pub fn new(wall: Wall, gate: Option<Box<dyn Gate>>) -> Self {
        Self { wall, gate, report: RefCell::default() }
    }

    pub(super) fn parts(&self) -> (&Wall, Option<&dyn Gate>) {
        (&self.wall, self.gate.as_deref())
    }

    /// What the gate had to say about the command that ran last.
    pub fn report(&self) -> Vec<u8> {
        self.report.take()
    }
}

impl fmt::Debug for Walled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wall.fmt(f)
    }
}

/// Returns, without a wall, only if the command did not start. The inner error is the command's own.
pub fn launch(command: &mut Command, walled: Option<&Walled>) -> Result<io::Result<Ending>, SpawnError> {
    let Some(walled) = walled else { return Ok(Err(command.exec())) };
    let (wall, gate) = walled.parts();
    let outcome = run(wall, command, gate).map_err(|fault| SpawnError::Wall(probe(&fault)))?;
    Ok(started(outcome, Some(walled)))
}

/// How a command ended, or why it did not start.
pub fn started(outcome: Outcome, walled: Option<&Walled>) -> io::Result<Ending> {
    if let Some(walled) = walled {
        walled.report.replace(outcome.report);
    }
    match outcome.ending {
        devshell_wall::Ending::Exited(status) => Ok(Ending::Exited(status)),
        devshell_wall::Ending::Signalled(signal) => Ok(Ending::Signalled(signal)),
        devshell_wall::Ending::NotStarted(number) => Err(io::Error::from_raw_os_error(number)),
    }
}

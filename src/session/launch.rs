//! The last step of starting something: in the place of this process, or inside a wall, outside of which it waits.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use devshell_wall::{Wall, probe, run};

use super::{Ending, SpawnError};

/// Returns, without a wall, only if the command did not start. The inner error is the command's own.
pub fn launch(command: &mut Command, wall: Option<&Wall>) -> Result<io::Result<Ending>, SpawnError> {
    let Some(wall) = wall else { return Ok(Err(command.exec())) };
    let ending = run(wall, command).map_err(|fault| SpawnError::Wall(probe(&fault)))?;
    Ok(started(ending))
}

/// How a command ended, or why it did not start.
pub fn started(ending: devshell_wall::Ending) -> io::Result<Ending> {
    match ending {
        devshell_wall::Ending::Exited(status) => Ok(Ending::Exited(status)),
        devshell_wall::Ending::Signalled(signal) => Ok(Ending::Signalled(signal)),
        devshell_wall::Ending::NotStarted(number) => Err(io::Error::from_raw_os_error(number)),
    }
}

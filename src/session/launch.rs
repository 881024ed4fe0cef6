//! The last step of starting something: in the place of this process, or inside a wall, outside of which it waits.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use devshell_wall::{Fault, LandlockWall, probe, run, run_with_landlock, try_walls};

use super::{Ending, SpawnError, Walled, Weaker};

/// Returns, without a wall, only if the command did not start. The inner error is the command's own.
pub fn launch(command: &mut Command, walled: Option<&Walled>) -> Result<io::Result<Ending>, SpawnError> {
    let Some(walled) = walled else { return Ok(Err(command.exec())) };
    let ending = run(&walled.wall, command).or_else(|fault| run_weaker(command, walled, &fault))?;
    Ok(match ending {
        devshell_wall::Ending::Exited(status) => Ok(Ending::Exited(status)),
        devshell_wall::Ending::Signalled(signal) => Ok(Ending::Signalled(signal)),
        devshell_wall::Ending::NotStarted(number) => Err(io::Error::from_raw_os_error(number)),
    })
}

/// Only on a machine on which no wall at all can be built.
fn run_weaker(command: &mut Command, walled: &Walled, fault: &Fault) -> Result<devshell_wall::Ending, SpawnError> {
    let refusal = probe(fault);
    let Some(hear) = walled.weaker.as_ref().filter(|_| try_walls().is_err()) else {
        return Err(SpawnError::Wall(refusal));
    };
    let failed = |fault| SpawnError::Landlock { refusal: refusal.clone(), fault };
    let landlock = LandlockWall::plan(&walled.wall).map_err(failed)?;
    hear(&Weaker { refusal: &refusal, frozen: landlock.frozen() });
    run_with_landlock(&landlock, command).map_err(failed)
}

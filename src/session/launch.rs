//! The last step of starting something: in the place of this process, or inside a wall, outside of which it waits.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use devshell_wall::{
    Fault, LandlockWall, Mount, Network, Outcome, probe, run, run_while, run_with_landlock, try_walls,
};

use super::{Ending, SpawnError, Walled, Weaker};

/// Returns, without a wall, only if the command did not start. The inner error is the command's own.
pub fn launch(command: &mut Command, walled: Option<&Walled>) -> Result<io::Result<Ending>, SpawnError> {
    let Some(walled) = walled else { return Ok(Err(command.exec())) };
    let (wall, gate) = walled.parts();
    if let Some(goes_on) = &walled.goes_on {
        let ending = run_while(wall, command, &mut || goes_on()).map_err(|fault| SpawnError::Wall(probe(&fault)))?;
        return Ok(started(Outcome { ending, report: Vec::new() }, None));
    }
    let outcome = run(wall, command, gate).or_else(|fault| run_weaker(command, walled, &fault))?;
    Ok(started(outcome, Some(walled)))
}

/// How a command ended, or why it did not start.
pub fn started(outcome: Outcome, walled: Option<&Walled>) -> io::Result<Ending> {
    if let Some(walled) = walled {
        walled.hear(outcome.report);
    }
    match outcome.ending {
        devshell_wall::Ending::Exited(status) => Ok(Ending::Exited(status)),
        devshell_wall::Ending::Signalled(signal) => Ok(Ending::Signalled(signal)),
        devshell_wall::Ending::NotStarted(number) => Err(io::Error::from_raw_os_error(number)),
    }
}

/// Only on a machine on which no wall at all can be built.
fn run_weaker(command: &mut Command, walled: &Walled, fault: &Fault) -> Result<Outcome, SpawnError> {
    let refusal = probe(fault);
    let Some(hear) = walled.weaker.as_ref().filter(|_| try_walls().is_err()) else {
        return Err(SpawnError::Wall(refusal));
    };
    let failed = |fault| SpawnError::Landlock { refusal: refusal.clone(), fault };
    let mut wall = walled.wall.clone();
    if walled.is_closed {
        wall.network = Network::None;
        // Those that say whom to ask for names.
        wall.mounts.retain(|mount| !matches!(mount, Mount::File { .. }));
    }
    let landlock = LandlockWall::plan(&wall).map_err(failed)?;
    hear(&Weaker { refusal: &refusal, frozen: landlock.frozen() });
    let ending = run_with_landlock(&landlock, command).map_err(failed)?;
    Ok(Outcome { ending, report: Vec::new() })
}

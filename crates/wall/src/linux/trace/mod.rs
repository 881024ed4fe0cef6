//! Which files a command uses. The kernel tells this process of each system call that starts a program or opens a file, and lets
//! the command wait until it is answered (`seccomp_unotify(2)`). The answer is always to go on: nothing is refused, and
//! another process could change the path before the kernel reads it, so this is a report and no wall.

mod answers;
mod call;
mod child;
mod filter;
mod keeper;
mod listener;
mod process;
mod record;
mod watch;

use std::path::PathBuf;
use std::process::Command;

pub use self::watch::Tracing;
use super::supervise;
use crate::ending::Outcome;
use crate::fault::Fault;
use crate::gate::Gate;
use crate::plan::Wall;
use crate::trace::Trace;

/// Runs a command, inside a wall if there is one, and returns when it has ended, with the files that it used. What is
/// read and written below the `ignored` directories is left out. The calling process must have a single thread.
pub fn trace(
    wall: Option<(&Wall, Option<&dyn Gate>)>,
    command: &mut Command,
    ignored: Vec<PathBuf>,
) -> Result<(Outcome, Trace), Fault> {
    let mut tracing = Tracing::new(ignored)?;
    let outcome = match wall {
        Some((wall, gate)) => supervise::run_traced(wall, command, gate, Some(&mut tracing)),
        None => child::run(command, &mut tracing).map(|ending| Outcome { ending, report: Vec::new() }),
    };
    let trace = tracing.finish();
    Ok((outcome?, trace))
}

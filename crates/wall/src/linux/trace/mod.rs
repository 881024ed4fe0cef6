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
use crate::ending::Ending;
use crate::fault::Fault;
use crate::plan::Wall;
use crate::trace::Trace;

/// Runs a command, inside a wall if there is one, and returns when it has ended, with the files that it used. What is
/// read and written below the `ignored` directories is left out. The calling process must have a single thread.
pub fn trace(wall: Option<&Wall>, command: &mut Command, ignored: Vec<PathBuf>) -> Result<(Ending, Trace), Fault> {
    let mut tracing = Tracing::new(ignored)?;
    let ending = match wall {
        Some(wall) => supervise::run_traced(wall, command, Some(&mut tracing)),
        None => child::run(command, &mut tracing),
    };
    let trace = tracing.finish();
    Ok((ending?, trace))
}

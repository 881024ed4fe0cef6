//! A command that is traced: a child of devshell, inside a wall or not, with the files that it used.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use devshell_wall::{Fault, Trace, probe, trace};

use super::launch::started;
use super::{Ending, Located, SpawnError, Walled};
use crate::env::Variables;

/// Runs a command and waits for its end. What it reads and writes below the `ignored` directories is left out.
pub fn trace_command(
    command: &[OsString],
    variables: &Variables,
    directory: &Path,
    walled: Option<&Walled>,
    ignored: Vec<PathBuf>,
) -> Result<(Ending, Trace), SpawnError> {
    let mut located = Located::of(command, variables, directory, walled)?;
    let outcome = trace(walled.map(Walled::parts), &mut located.command, ignored).map_err(|fault| match walled {
        Some(_) if !fault.is_of_trace() => SpawnError::Wall(probe(&fault)),
        _ => SpawnError::Trace(fault),
    });
    let (outcome, trace) = outcome?;
    Ok((started(outcome, walled).map_err(|source| located.not_started(source))?, trace))
}

/// Why a trace is not possible, for people.
pub fn cause(fault: &Fault) -> String {
    use rustix::io::Errno;
    let reason = match fault.errno() {
        _ if cfg!(not(target_os = "linux")) => "it needs Linux".to_owned(),
        Errno::BUSY => "another tracer already watches this process".to_owned(),
        Errno::NOSYS | Errno::INVAL => "it needs Linux 5.9 or newer, with seccomp".to_owned(),
        Errno::PERM | Errno::ACCESS => "this container refuses it".to_owned(),
        _ => fault.to_string(),
    };
    format!("tracing is not possible here: {reason}")
}

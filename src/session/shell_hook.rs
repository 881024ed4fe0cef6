//! The `shellHook` of a dev shell of Nix: a script for bash that runs as a child, before anything starts, and whose
//! variables are read back. It has ended by then, so that nothing waits between the user and the user's shell.

use std::io::{self, Seek as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::launch::launch;
use super::{Ending, SpawnError, Walled};
use crate::env::Variables;
use crate::files::{bounded, most};

/// What runs a hook, and where.
pub struct HookRun<'a> {
    pub bash: &'a Path,
    pub script: &'a Path,
    pub variables: &'a Variables,
    pub directory: &'a Path,
    /// Whether a person may type into it.
    pub is_typed: bool,
    pub wall: Option<&'a Walled<'a>>,
}

/// Runs it, and returns what it printed on the standard output that it began with.
pub fn run_shell_hook(run: &HookRun) -> Result<(Ending, Vec<u8>), SpawnError> {
    log::debug!("starts {}, for a shellHook", run.bash.display());
    let printed = nameless()?;
    let mut command = Command::new(run.bash);
    command.args(["--noprofile", "--norc"]).arg(run.script);
    command.env_clear().envs(run.variables).current_dir(run.directory);
    if !run.is_typed {
        command.stdin(Stdio::null());
    }
    command.stdout(printed.file().try_clone()?);
    let ending = match run.wall {
        Some(_) => launch(&mut command, run.wall)??,
        None => command.status()?.into(),
    };
    let mut file = printed.file();
    file.rewind()?;
    Ok((ending, bounded::all(file, most::CACHE)?))
}

/// A file without a name, in memory where there is such a thing: what is in it may be secret.
#[cfg(target_os = "linux")]
fn nameless() -> io::Result<fs_err::File> {
    let file = rustix::fs::memfd_create("devshell", rustix::fs::MemfdFlags::CLOEXEC)?;
    Ok(fs_err::File::from_parts(file.into(), "the variables of a shellHook"))
}

#[cfg(not(target_os = "linux"))]
fn nameless() -> io::Result<fs_err::File> {
    Ok(fs_err::File::from_parts(tempfile::tempfile()?, "the variables of a shellHook"))
}

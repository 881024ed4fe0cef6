//! The spawner: becomes the command, or the user's shell, inside an environment. It gets values
//! and knows neither manifest nor lock. The process is replaced (`exec`), so signals, job
//! control and the exit status are the command's own.

mod ending;
mod interactive;
mod launch;
mod placed;
mod shell;
mod shell_hook;
mod starting;
mod traced;
mod walled;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

pub use ending::Ending;
pub use interactive::{Entry, enter, prepare_start_files};
use launch::launch;
pub use placed::become_placed;
pub use shell::{Shell, choose_shell};
pub use shell_hook::{HookRun, run_shell_hook};
pub use starting::Starting;
pub use traced::trace_command;
pub use walled::{Hearing, Walled, Weaker};

use devshell_wall::{Fault, Refusal};

use crate::env::Variables;
use crate::hint::Hint;

/// Why a command did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("`{}` is not in this dev shell", .0.to_string_lossy())]
    NotFound(OsString),
    #[error("`{}` cannot be run", .command.to_string_lossy())]
    CannotRun { command: OsString, source: io::Error },
    #[error("`{}` cannot be run, because the interpreter it names does not exist", .0.display())]
    NoInterpreter(PathBuf),
    #[error("the script has more arguments or variables than the system takes")]
    TooBig(#[source] io::Error),
    #[error("the wall around this dev shell cannot be built here: {0}")]
    Wall(Refusal),
    #[error("{}", traced::cause(.0))]
    Trace(Fault),
    #[error("the wall around this dev shell cannot be built here: {refusal}; nor one of Landlock alone: {fault}")]
    Landlock { refusal: Refusal, fault: Fault },
    #[error("no shell was found; neither the parent process nor SHELL names one")]
    NoShell,
    #[error("`{0}` is not a shell on this machine")]
    UnknownShell(String),
    #[error(transparent)]
    File(#[from] io::Error),
}

impl SpawnError {
    /// The exit status that shells give for this (POSIX.1-2017, Shell Command Language, 2.8.2).
    pub const fn status(&self) -> u8 {
        match self {
            Self::NotFound(_) => 127,
            Self::CannotRun { .. } | Self::NoInterpreter(_) | Self::TooBig(_) => 126,
            Self::Wall(..)
            | Self::Landlock { .. }
            | Self::Trace(_)
            | Self::NoShell
            | Self::UnknownShell(_)
            | Self::File(_) => 125,
        }
    }
}

impl Hint for SpawnError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Wall(refusal) | Self::Landlock { refusal, .. } => refusal.remedy(),
            Self::Trace(_) => Some("`devshell run -- COMMAND` runs it without a trace".to_owned()),
            Self::NoShell | Self::UnknownShell(_) => Some("name one: `devshell enter --shell bash`".to_owned()),
            _ => None,
        }
    }
}

/// Becomes a command, or runs it inside a wall and waits for its end.
pub fn become_command(
    command: &[OsString],
    variables: &Variables,
    directory: &Path,
    wall: Option<&Walled>,
) -> Result<Ending, SpawnError> {
    let mut located = Located::of(command, variables, directory, wall)?;
    launch(&mut located.command, wall)?.map_err(|source| located.not_started(source))
}

/// Starts a command as a child that ends with this process, in the foreground of the same terminal.
pub fn start_beside(command: &[OsString], variables: &Variables, directory: &Path) -> Result<Child, SpawnError> {
    let mut located = Located::of(command, variables, directory, None)?;
    devshell_wall::end_with_parent(&mut located.command);
    located.command.spawn().map_err(|source| located.not_started(source))
}

/// A command that is about to start.
struct Located {
    command: Command,
    /// As it was called.
    program: OsString,
    path: PathBuf,
    /// Whether there may be no such file where it is going to run.
    may_be_absent: bool,
}

impl Located {
    fn of(
        command: &[OsString],
        variables: &Variables,
        directory: &Path,
        wall: Option<&Walled>,
    ) -> Result<Self, SpawnError> {
        let [program, arguments @ ..] = command else { return Err(SpawnError::NotFound(OsString::new())) };
        // Inside a wall, an absolute path may lead elsewhere than here.
        let is_inside = wall.is_some() && Path::new(program).is_absolute();
        let path = if is_inside { PathBuf::from(program) } else { locate(program, variables, directory)? };
        // What a user or a project passes may be secret, so no arguments are logged here and below.
        log::debug!("becomes {}", path.display());
        let mut command = Command::new(&path);
        command.arg0(program).args(arguments).env_clear().envs(variables).current_dir(directory);
        let may_be_absent = is_inside && !path.starts_with(directory);
        Ok(Self { command, program: program.clone(), path, may_be_absent })
    }

    fn not_started(self, source: io::Error) -> SpawnError {
        match source.kind() {
            io::ErrorKind::ArgumentListTooLong => SpawnError::TooBig(source),
            io::ErrorKind::NotFound if self.may_be_absent => SpawnError::NotFound(self.program),
            // The file is there, so what is not must be the program that its `#!` line, or its
            // ELF header, names.
            io::ErrorKind::NotFound => SpawnError::NoInterpreter(self.path),
            _ => SpawnError::CannotRun { command: self.program, source },
        }
    }
}

/// Runs a command line as a child with `sh -c`, and waits for it.
pub fn run_hook(
    line: &str,
    variables: &Variables,
    directory: &Path,
    wall: Option<&Walled>,
) -> Result<Ending, SpawnError> {
    log::debug!("starts sh, for a hook of the manifest");
    let mut command = Command::new("sh");
    command.args(["-c", line]).env_clear().envs(variables).current_dir(directory);
    match wall {
        Some(_) => Ok(launch(&mut command, wall)??),
        None => Ok(command.status()?.into()),
    }
}

/// Starts a program that goes on by itself, out of the terminal's reach, and waits for it a little
/// while. What it says is appended to a file.
pub fn run_in_background(
    program: &Path,
    arguments: &[OsString],
    variables: &Variables,
    said: &Path,
    patience: Duration,
) -> io::Result<()> {
    let said = fs_err::OpenOptions::new().create(true).append(true).open(said)?;
    log::debug!("starts {} in the background", program.display());
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(variables).current_dir("/").process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said.into_file());
    let mut child = command.spawn()?;
    let (ended, end) = mpsc::channel();
    // Where no thread can be started, it is not waited for.
    let _ = std::thread::Builder::new().spawn(move || {
        let _ = child.wait();
        let _ = ended.send(());
    });
    let _ = end.recv_timeout(patience);
    Ok(())
}

/// Finds a program on the environment's PATH, as `execvp` would.
fn locate(program: &OsStr, variables: &Variables, directory: &Path) -> Result<PathBuf, SpawnError> {
    use std::os::unix::ffi::OsStrExt as _;
    let not_found = || SpawnError::NotFound(program.to_owned());
    let executable = |path: &Path| path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok();
    if program.as_bytes().contains(&b'/') {
        let path = directory.join(program);
        return if path.exists() { Ok(path) } else { Err(not_found()) };
    }
    let path = variables.get(OsStr::new("PATH")).ok_or_else(not_found)?;
    let candidates: Vec<PathBuf> =
        std::env::split_paths(path).map(|entry| directory.join(entry).join(program)).collect();
    if let Some(found) = candidates.iter().find(|candidate| executable(candidate)) {
        return Ok(found.clone());
    }
    match candidates.into_iter().find(|candidate| candidate.exists()) {
        Some(_) => Err(SpawnError::CannotRun {
            command: program.to_owned(),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        }),
        None => Err(not_found()),
    }
}

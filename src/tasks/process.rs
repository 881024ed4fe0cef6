//! One task as a child process: how it starts, why it does not, and how it ends.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::{Output, Task};
use crate::text;

/// Why a task did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("`{}` is not in this dev shell, or the interpreter that it names does not exist", text::word(&.0.to_string_lossy()))]
    NotFound(OsString),
    #[error("the directory `{}` does not exist", text::word(&.0.to_string_lossy()))]
    NoDirectory(PathBuf),
    #[error("it has more arguments or variables than the system takes")]
    TooBig,
    #[error("`{}` is still being written by another program", text::word(&.0.to_string_lossy()))]
    Busy(OsString),
    #[error("`{}` cannot be run: {source}", text::word(&.command.to_string_lossy()))]
    CannotRun { command: OsString, source: io::Error },
}

/// How a task failed.
#[derive(Debug)]
pub enum Failure {
    /// With this exit status, which is not 0.
    Exited(u8),
    /// By this signal.
    Signalled(i32),
    NotStarted(StartError),
}

impl Failure {
    /// The exit status that shells give for it (POSIX.1-2017, Shell Command Language, 2.8.2).
    pub fn status(&self) -> u8 {
        match self {
            Self::Exited(status) => *status,
            Self::Signalled(signal) => u8::try_from(*signal).map_or(u8::MAX, |signal| signal.saturating_add(128)),
            Self::NotStarted(StartError::NotFound(_)) => 127,
            Self::NotStarted(_) => 126,
        }
    }

    /// `None` for a success.
    pub(super) fn of(status: ExitStatus) -> Option<Self> {
        match (status.signal(), status.code()) {
            (_, Some(0)) => None,
            (Some(signal), _) => Some(Self::Signalled(signal)),
            (None, code) => Some(Self::Exited(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "exit status: {status}"),
            // The standard library has the names of signals.
            Self::Signalled(signal) => write!(f, "{}", ExitStatus::from_raw(*signal)),
            Self::NotStarted(error) => write!(f, "{error}"),
        }
    }
}

/// Starts a task in devshell's own process group, so that what is typed at the terminal reaches it as well.
pub(super) fn start(task: &Task, output: Output) -> Result<Child, StartError> {
    let [program, arguments @ ..] = task.command.as_slice() else {
        return Err(StartError::NotFound(OsString::new()));
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(&task.variables).current_dir(&task.directory);
    if task.variables.contains_key(OsStr::new("PWD")) {
        command.env("PWD", &task.directory);
    }
    if output == Output::Lines {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    command.spawn().map_err(|source| {
        let command = program.clone();
        match source.kind() {
            io::ErrorKind::NotFound if !task.directory.is_dir() => StartError::NoDirectory(task.directory.clone()),
            io::ErrorKind::NotFound => StartError::NotFound(command),
            io::ErrorKind::PermissionDenied if !is_anywhere(task, program) => StartError::NotFound(command),
            io::ErrorKind::ArgumentListTooLong => StartError::TooBig,
            io::ErrorKind::ExecutableFileBusy => StartError::Busy(command),
            _ => StartError::CannotRun { command, source },
        }
    })
}

/// Whether there is such a file. A directory on PATH that the user may not enter is reported in place of that there is none.
fn is_anywhere(task: &Task, program: &OsStr) -> bool {
    let path = task.variables.get(OsStr::new("PATH"));
    let mut entries = path.into_iter().flat_map(std::env::split_paths);
    Path::new(program).components().count() > 1
        || entries.any(|entry| task.directory.join(entry).join(program).exists())
}

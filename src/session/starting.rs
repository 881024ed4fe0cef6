//! An rc file that calls devshell, in a shell that devshell has started: whether that shell is still at its start,
//! and how it begins again without its rc files if it was replaced (`exec devshell enter`).

use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Ending, SpawnError};
use crate::dialect::{self, Launch};
use crate::env::Variables;
#[cfg(target_os = "linux")]
use crate::files::{bounded, most};

/// A shell at its start, as the variables of its rc files describe it.
pub struct Starting<'a> {
    /// The number of its process.
    pub process: u32,
    /// Where the start files are.
    pub start: &'a Path,
    pub variables: &'a Variables,
}

/// In which a shell finds its own path, and the caller's value of a variable that its start file changes.
const SHELL: &str = "__DEVSHELL_SHELL";
const DATA: &str = "__DEVSHELL_XDG_DATA_DIRS";

impl Starting<'_> {
    fn shell(&self) -> Option<PathBuf> {
        self.variables.get(OsStr::new(SHELL)).map(PathBuf::from)
    }

    /// Whether it still reads its rc files and has started us, so that entering once more would have no end. The
    /// variables alone do not say that: after `exec zsh` or `tmux` in an rc file, they stay for good.
    #[cfg(target_os = "linux")]
    pub fn is_so(&self) -> bool {
        // Some start files keep the path to themselves; then the number has to do.
        let launch = self.shell().and_then(|path| {
            let launch = dialect::of(&path).interactive(self.start)?;
            Some([path.into()].into_iter().chain(launch.arguments).collect::<Vec<OsString>>())
        });
        is_ancestor(self.process) && launch.is_none_or(|launch| command_line(self.process) == launch)
    }

    /// Another process is not asked there.
    #[cfg(target_os = "macos")]
    pub const fn is_so(&self) -> bool {
        true
    }

    /// How it begins again without its rc files, if it can.
    fn launch(&self) -> Option<(PathBuf, Launch)> {
        let path = self.shell()?;
        let launch = dialect::of(&path).without_rc_files(self.start)?;
        Some((path, launch))
    }

    /// Whether it can begin again without its rc files, with what it was given. Some start files keep that to
    /// themselves.
    pub fn can_begin_again(&self) -> bool {
        self.launch().is_some()
    }

    /// Becomes the shell again, without its rc files.
    pub fn begin_again(&self, directory: &Path) -> Result<Ending, SpawnError> {
        let (path, launch) = self.launch().ok_or(SpawnError::NoShell)?;
        let mut variables = self.variables.clone();
        // bash and zsh have put a directory of ours first.
        let data = variables.get(OsStr::new("XDG_DATA_DIRS")).map(PathBuf::from);
        if data.is_some_and(|data| data.starts_with(self.start)) {
            match variables.get(OsStr::new(DATA)).cloned() {
                Some(own) => variables.insert("XDG_DATA_DIRS".into(), own),
                None => variables.remove(OsStr::new("XDG_DATA_DIRS")),
            };
        }
        variables.extend(launch.variables);
        let mut command = Command::new(&path);
        command.args(&launch.arguments).env_clear().envs(&variables).current_dir(directory);
        // It returns only when that failed.
        Err(SpawnError::CannotRun { command: path.into(), source: command.exec() })
    }
}

/// The words with which a process was started.
#[cfg(target_os = "linux")]
fn command_line(process: u32) -> Vec<OsString> {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = bounded::read(Path::new(&format!("/proc/{process}/cmdline")), most::MACHINE).unwrap_or_default();
    let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes).split(|byte| *byte == 0);
    words.map(|word| OsStr::from_bytes(word).to_owned()).collect()
}

/// Whether a process is above ours.
#[cfg(target_os = "linux")]
fn is_ancestor(process: u32) -> bool {
    // proc(5): the parent is the second field after the name, which is in parentheses and may hold some.
    let parent = |process: u32| -> Option<u32> {
        let stat = bounded::read(Path::new(&format!("/proc/{process}/stat")), most::MACHINE).ok()?;
        let stat = String::from_utf8_lossy(&stat).into_owned();
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let own = std::process::id();
    std::iter::successors(parent(own), |above| parent(*above))
        .take_while(|above| *above != 0)
        .any(|above| above == process)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::process::Stdio;

    use super::*;

    #[test]
    fn processes_above_are_known_with_their_words() {
        let own = std::process::id();
        let parent = rustix::process::getppid().unwrap().as_raw_pid().unsigned_abs();
        assert_eq!([is_ancestor(own), is_ancestor(parent), is_ancestor(u32::MAX)], [false, true, false]);
        let mut child = Command::new("cat").arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // The words of a process are there once its program runs, which is later than that it was started.
        child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        assert_eq!(command_line(child.id()), ["cat", "-"]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(command_line(u32::MAX), [""]);
    }
}

//! The one way to start a process that is not the session. A child gets the variables that it is
//! given and no others, no input, and a directory that devshell made or `/`: never the directory
//! devshell was started in, where a repository may keep files that a program would run.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{self, Command, ExitStatus, Output, Stdio};
use std::time::Instant;

use crate::env::policy;
use crate::files::{Scratch, wait_if_ending};
use crate::host::Host;

/// Where a child works.
#[derive(Clone, Copy, Debug)]
pub enum Place<'p> {
    /// For a program that only answers.
    Root,
    /// For a program that reads and writes files.
    Scratch(&'p Scratch),
    /// A tree of Debian packages, in the store.
    Prefix(&'p Path),
}

impl Place<'_> {
    fn directory(&self) -> &Path {
        match self {
            Self::Root => Path::new("/"),
            Self::Scratch(scratch) => scratch.path(),
            Self::Prefix(path) => path,
        }
    }
}

/// Variables that name the caller's directory. Programs take these for their own.
const DIRECTORIES: [&str; 2] = ["PWD", "OLDPWD"];

/// So many bytes of a line are read at once.
const LONGEST_LINE: u64 = 64 << 10;

/// A process that is about to be started.
pub struct Child {
    command: Command,
    /// Whether a signal that ends devshell ends it, too.
    ends_with_us: bool,
}

impl Child {
    /// A program by its absolute path, without arguments and variables.
    pub fn new(program: &Path, place: Place) -> io::Result<Self> {
        if !program.is_absolute() {
            let text = format!("`{}` is not an absolute path", program.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let mut command = Command::new(program);
        command.env_clear().current_dir(place.directory()).stdin(Stdio::null());
        Ok(Self { command, ends_with_us: matches!(place, Place::Scratch(_)) })
    }

    /// A Python, isolated: it imports nothing from its directory, from `PYTHONPATH` or from the
    /// packages of its user.
    pub fn python(program: &Path, place: Place) -> io::Result<Self> {
        let mut child = Self::new(program, place)?;
        child.arg("-I");
        Ok(child)
    }

    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.command.arg(argument);
        self
    }

    pub fn args(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        self.command.args(arguments);
        self
    }

    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.command.env(name, value);
        self
    }

    /// The caller's variables but for those that a rule calls orders, those that bend every
    /// program, and those that name the caller's directory. PATH has no directory of a repository.
    pub fn callers(&mut self, host: &Host, is_order: impl Fn(&OsStr) -> bool) -> &mut Self {
        let is_kept = |name: &OsStr| {
            let bends = policy::SCRUBBED.iter().any(|pattern| policy::matches(pattern, name));
            !bends && !DIRECTORIES.iter().any(|own| name == *own) && !is_order(name)
        };
        self.command.envs(host.variables.iter().filter(|(name, _)| is_kept(name)));
        self.env("PATH", host.search_path())
    }

    /// The command line, for the log.
    fn shown(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        shell_words::join(words.map(OsStr::to_string_lossy))
    }

    /// The same as [`Child::output`], but its standard output goes into a file, and what it prints on standard error is heard
    /// line by line while it runs.
    pub fn talk(&mut self, into: impl Into<Stdio>, mut hear: impl FnMut(&[u8])) -> io::Result<ExitStatus> {
        self.run(into, |mut child| {
            let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
            let mut line = Vec::new();
            // A longer line is heard in pieces.
            while stderr.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
                hear(&line);
                line.clear();
            }
            let status = child.wait()?;
            Ok((status, status))
        })
    }

    /// Runs it to its end. One that works in a scratch place does not outlive devshell when a
    /// signal ends that.
    pub fn output(&mut self) -> io::Result<Output> {
        self.run(Stdio::piped(), |child| child.wait_with_output().map(|output| (output.status, output)))
    }

    /// Starts it, and has its end waited for, with the status and what else comes of it.
    fn run<T>(
        &mut self,
        into: impl Into<Stdio>,
        end: impl FnOnce(process::Child) -> io::Result<(ExitStatus, T)>,
    ) -> io::Result<T> {
        // There is no secret on a command line.
        log::debug!("starts {}", self.shown());
        let child = self.command.stdout(into).stderr(Stdio::piped()).spawn()?;
        let (pid, since) = (child.id(), Instant::now());
        let registered = self.ends_with_us.then(|| ends_with_us(&child)).flatten();
        let ended = end(child);
        drop(registered);
        if let Ok((status, _)) = &ended {
            log::debug!("process {pid} ended after {} ms: {status}", since.elapsed().as_millis());
        }
        wait_if_ending();
        ended.map(|(_, result)| result)
    }
}

#[cfg(target_os = "linux")]
fn ends_with_us(child: &process::Child) -> Option<crate::files::Registered> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    // The number of a process may be given to another one; this cannot.
    let descriptor = pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok()?;
    Some(crate::files::before_a_signal_ends_us(crate::files::Duty::End(descriptor)))
}

#[cfg(not(target_os = "linux"))]
fn ends_with_us(_child: &process::Child) -> Option<crate::files::Registered> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_has_what_it_is_given_and_nothing_else() {
        let output = Child::new(Path::new("/bin/sh"), Place::Root).and_then(|mut child| {
            child.args(["-c", "pwd; read -r line; echo \"[$line]\"; env"]).env("PATH", "/usr/bin:/bin").output()
        });
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        let mut lines = text.lines();
        assert_eq!((lines.next(), lines.next()), (Some("/"), Some("[]")));
        // A shell adds some of its own.
        let names: Vec<&str> = lines.filter_map(|line| line.split('=').next()).collect();
        assert!(names.contains(&"PATH"), "{text}");
        assert!(names.iter().all(|name| ["PATH", "PWD", "OLDPWD", "SHLVL", "_"].contains(name)), "{text}");
    }

    #[test]
    fn a_relative_program_is_refused() {
        for program in ["python3", "./python3", ""] {
            assert!(Child::new(Path::new(program), Place::Root).is_err(), "{program}");
        }
    }
}

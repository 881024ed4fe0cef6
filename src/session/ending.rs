//! How something that was started ended, as a value, and how devshell ends the same way. It starts
//! nothing and waits for nothing.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use signal_hook::low_level::emulate_default_handler;

/// How something that was started ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The process has become it. Only a parent that waits for another process sees this: in the
    /// one that was replaced, no code of devshell runs any more.
    Replaced,
    /// With this exit status.
    Exited(u8),
    /// By this signal.
    Signalled(i32),
}

impl Ending {
    pub const SUCCESS: Self = Self::Exited(0);

    /// Lets devshell end the same way: the exit code to return. A signal ends devshell here, so that
    /// its caller sees the signal too.
    pub fn pass_on(self) -> u8 {
        match self {
            Self::Replaced => 0,
            Self::Exited(status) => status,
            Self::Signalled(signal) => {
                let _ = emulate_default_handler(signal);
                // One that does not end a process: the status that shells give for it (POSIX.1-2017,
                // Shell Command Language, 2.8.2).
                u8::try_from(signal).map_or(u8::MAX, |signal| signal.saturating_add(128))
            }
        }
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        match status.signal() {
            Some(signal) => Self::Signalled(signal),
            None => Self::Exited(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced => f.write_str("another program"),
            Self::Exited(status) => write!(f, "exit status: {status}"),
            // The standard library has the names of signals.
            Self::Signalled(signal) => write!(f, "{}", ExitStatus::from_raw(*signal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn endings_are_read_and_shown() {
        for (line, ending, shown) in [
            ("exit 0", Ending::SUCCESS, "exit status: 0"),
            ("exit 255", Ending::Exited(255), "exit status: 255"),
            ("kill -TERM $$", Ending::Signalled(15), "signal: 15 (SIGTERM)"),
        ] {
            let ended = Ending::from(Command::new("sh").args(["-c", line]).status().unwrap());
            assert_eq!((ended, ended.to_string().as_str()), (ending, shown), "{line}");
        }
    }

    /// This very test is the process that ends.
    #[test]
    fn devshell_ends_as_what_it_waited_for() {
        const NUMBER: &str = "ENDING_UNDER_TEST";
        if let Some(number) = std::env::var_os(NUMBER) {
            let code = Ending::Signalled(number.to_str().unwrap().parse().unwrap()).pass_on();
            #[expect(clippy::exit, clippy::disallowed_methods, reason = "the harness has a status of its own")]
            std::process::exit(code.into());
        }
        let name = concat!(module_path!(), "::devshell_ends_as_what_it_waited_for");
        let name = name.split_once("::").unwrap().1;
        // SIGURG ends no process by itself.
        for (signal, ending) in [(15, Ending::Signalled(15)), (9, Ending::Signalled(9)), (23, Ending::Exited(151))] {
            let mut child = Command::new(std::env::current_exe().unwrap());
            let output = child.args([name, "--exact"]).env(NUMBER, signal.to_string()).output().unwrap();
            assert_eq!(Ending::from(output.status), ending);
        }
        assert_eq!((Ending::Exited(7).pass_on(), Ending::Replaced.pass_on()), (7, 0));
    }
}

//! How a process is asked to end, and how it ended, within a sentence.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::process::Signal;

use crate::manifest::StopSignal;

/// How a process ended, within a sentence.
pub fn shown(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(127), _) => "exit status 127, so a command was not found".to_owned(),
        (Some(code), _) => format!("exit status {code}"),
        // `signal: 9 (SIGKILL)`.
        (None, _) => status.to_string().replacen(": ", " ", 1),
    }
}

pub const fn signal_of(stop: StopSignal) -> Signal {
    match stop {
        StopSignal::Term => Signal::TERM,
        StopSignal::Int => Signal::INT,
        StopSignal::Quit => Signal::QUIT,
        StopSignal::Hup => Signal::HUP,
        StopSignal::Usr1 => Signal::USR1,
        StopSignal::Usr2 => Signal::USR2,
        StopSignal::Kill => Signal::KILL,
    }
}

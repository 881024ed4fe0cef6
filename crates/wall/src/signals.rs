//! Signals to the process outside, which are meant for the command.

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

use crate::fault::{At as _, Fault};
use crate::system::{Disposition, set_disposition};

pub struct Forwarded {
    signals: Signals,
}

impl Forwarded {
    /// From now on, none of these ends this process. What the caller ignores stays ignored, for the command too.
    pub fn new() -> Result<Self, Fault> {
        let heard =
            [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2].into_iter().filter(|signal| !is_ignored(*signal));
        let signals = Signals::new(heard.chain([SIGCHLD])).at(|| "hear signals".to_owned())?;
        Ok(Self { signals })
    }

    /// Waits for a signal, and passes it on. A change of a child is one too, and is not passed on; nor are those of
    /// the terminal's keys, which reach the command by themselves.
    pub fn pass_on(&mut self, child: Pid) {
        for signal in self.signals.wait() {
            let is_own = matches!(signal, SIGCHLD | SIGINT | SIGQUIT);
            if let (false, Some(signal)) = (is_own, Signal::from_named_raw(signal)) {
                let _ = kill_process(child, signal);
            }
        }
    }
}

fn is_ignored(signal: i32) -> bool {
    let ignored = set_disposition(signal, Disposition::Default);
    if ignored {
        set_disposition(signal, Disposition::Ignored);
    }
    ignored
}

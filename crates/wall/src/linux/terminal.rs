//! The terminal, which only one group of processes may read from at a time.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::process::{Pid, Signal, getpid, kill_current_process_group, kill_process_group, setpgid};
use rustix::termios::{isatty, tcgetpgrp, tcsetpgrp};

use super::at::At as _;
use super::system::{Disposition, set_disposition};
use crate::fault::Fault;
use crate::fork::own_group;

pub struct Terminal {
    stream: OwnedFd,
    own: Pid,
}

impl Terminal {
    /// The caller's terminal, if this process may read from it now.
    pub fn own() -> Option<Self> {
        let input = std::io::stdin();
        let own = own_group()?;
        let is_ours = |stream: BorrowedFd<'_>| isatty(stream) && tcgetpgrp(stream) == Ok(own);
        let stream = input.as_fd();
        if !is_ours(stream) {
            return None;
        }
        Some(Self { stream: rustix::io::fcntl_dupfd_cloexec(stream, 10).ok()?, own })
    }

    /// For the child: a group of its own, which has the terminal. So ^C does not reach the process outside.
    pub fn take(&self) -> Result<(), Fault> {
        setpgid(None, None).at(|| "make a group of processes".to_owned())?;
        self.give(getpid()).at(|| "take the terminal".to_owned())
    }

    pub fn take_back(&self) {
        let _ = self.give(self.own);
    }

    /// Stops this process with its group, until the shell that it belongs to lets it go on.
    pub fn stop(&self) {
        self.take_back();
        let _ = kill_current_process_group(Signal::STOP);
    }

    /// Lets a group of processes go on, with the terminal.
    pub fn go_on(&self, group: Pid) {
        let _ = self.give(group);
        let _ = kill_process_group(group, Signal::CONT);
    }

    /// A process in the background is stopped for this, unless it ignores the signal.
    fn give(&self, group: Pid) -> rustix::io::Result<()> {
        let was_ignored = set_disposition(libc::SIGTTOU, Disposition::Ignored);
        let given = tcsetpgrp(&self.stream, group);
        if !was_ignored {
            set_disposition(libc::SIGTTOU, Disposition::Default);
        }
        given
    }
}

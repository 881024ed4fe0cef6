//! What a service is before it becomes its program.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Pid, getpid, setsid};

use super::super::process::end_with;
use super::super::system::reset_signals;
use super::nobody::{become_nobody, can_become_nobody};
use crate::enclosure::MARK;

/// Prepares a command that the manager is going to start: it gets a session of its own, the default dispositions of signals
/// and an empty mask. It is killed when the *thread* that starts it ends. By the mark, [`end_leftovers`](crate::end_leftovers)
/// finds it and its descendants; a command of another enclosure has neither the same nor one below it (`MARK/…`).
///
/// If the manager is root's and has no namespace, the command runs as `nobody`, because some servers refuse to run as root. It
/// keeps the capabilities to read and write what root can. Where root lacks the capabilities for this, the command runs as root.
///
/// Call it after anything else that sets or clears variables. The command must not be given a group of processes.
pub fn lead(command: &mut Command, mark: &str) {
    command.env(MARK, mark);
    let (manager, becomes_nobody) = (getpid(), can_become_nobody());
    let prepare = move || begin(manager, becomes_nobody);
    // SAFETY: it makes system calls alone, allocates nothing and waits for no lock.
    unsafe { command.pre_exec(prepare) };
}

fn begin(manager: Pid, becomes_nobody: bool) -> io::Result<()> {
    setsid()?;
    reset_signals();
    if becomes_nobody {
        become_nobody()?;
    }
    // After that: a process whose user changes no longer follows.
    end_with(manager)
}

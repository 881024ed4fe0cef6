//! Processes that go on with this one's code instead of becoming another program, on every system.

use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, waitpid};

use crate::ending::Ending;

/// As fork(2): the child gets nothing. The calling process must have a single thread.
pub fn fork() -> Result<Option<Pid>, Errno> {
    // SAFETY: with a single thread, no lock is held that the child could wait for.
    let child = unsafe { libc::fork() };
    if child < 0 { Err(last_error()) } else { Ok(Pid::from_raw(child)) }
}

/// The group of this process, unless that is of processes outside of its namespace: such a group has no number here.
pub fn own_group() -> Option<Pid> {
    // SAFETY: it has no arguments and always succeeds.
    Pid::from_raw(unsafe { libc::getpgrp() })
}

/// Ends this process at once, without what destructors and handlers would do to what it shares with its parent.
pub fn exit(status: i32) -> ! {
    // SAFETY: nothing runs after it.
    unsafe { libc::_exit(status) }
}

/// How a child has ended, once it has.
pub fn wait(child: Pid) -> Option<Ending> {
    loop {
        match waitpid(Some(child), WaitOptions::empty()) {
            Ok(ended) => return Some(ended?.1.into()),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// The error of the system call before.
pub fn last_error() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)
}

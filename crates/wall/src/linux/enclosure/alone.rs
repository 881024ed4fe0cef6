//! What a process of an enclosure does not share with the owner, from which it was forked.

use std::fs::OpenOptions;
use std::os::fd::BorrowedFd;

use rustix::process::{chdir, setsid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::super::system::{self, Disposition, reset_signals, set_disposition};

/// Leaves the session and the signals of the caller: keys of its terminal are the owner's, which decides what they mean.
pub fn stand_alone() {
    // The leader of a session stays one.
    let _ = setsid();
    reset_signals();
    for signal in
        [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGPIPE, libc::SIGTTOU, libc::SIGTTIN]
    {
        set_disposition(signal, Disposition::Ignored);
    }
}

/// Leaves its files, its streams and its directory too. Otherwise a pipe or a lock of the owner would be in use for as long as
/// a manager that is detached. As far as that fails, it is of no harm.
///
/// Nothing else that is open may be used, or dropped, after that.
pub fn keep_only(kept: &[BorrowedFd<'_>]) {
    let _ = system::close_all_others(kept);
    let _ = chdir("/");
    if let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") {
        let _ = dup2_stdin(&null).and_then(|()| dup2_stdout(&null)).and_then(|()| dup2_stderr(&null));
    }
}

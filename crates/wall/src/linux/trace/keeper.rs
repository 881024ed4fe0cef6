//! A process that goes on answering for processes which outlive the command, such as a server in the background: without
//! an answer, they could open nothing more.

use std::fs::OpenOptions;

use rustix::process::{chdir, setsid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::super::system::{self, Disposition, set_disposition};
use super::answers::answer;
use super::listener::Listener;

/// Starts it. The calling process must have a single thread.
pub fn start(listener: Listener) {
    if let Ok(None) = system::fork() {
        keep(listener);
        system::exit(0);
    }
}

/// With nothing of the caller's, so that no terminal, pipe or directory waits for it.
fn keep(listener: Listener) -> Option<()> {
    let _ = setsid();
    set_disposition(libc::SIGHUP, Disposition::Ignored);
    chdir("/").ok()?;
    let null = OpenOptions::new().read(true).write(true).open("/dev/null").ok()?;
    dup2_stdin(&null).ok()?;
    dup2_stdout(&null).ok()?;
    dup2_stderr(&null).ok()?;
    let only = system::close_all_but(listener.into_descriptor()).ok()?;
    answer(&mut Listener::new(only).ok()?, None, |_| {});
    Some(())
}

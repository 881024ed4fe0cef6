//! Signals to the process outside, which are meant for the command, and those about its children.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::pipe::{PipeFlags, pipe_with};
use signal_hook::SigId;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::{Handle, Signals};

use super::at::At as _;
use super::system::is_ignored;
use crate::fault::Fault;

/// Which signals the caller does not ignore. Those that it does stay ignored, for the command too.
pub struct Forwarded(Vec<i32>);

/// They are passed on until this ends.
pub struct Passing {
    handle: Handle,
    thread: JoinHandle<()>,
}

impl Forwarded {
    pub fn new() -> Self {
        let all = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
        Self(all.into_iter().filter(|signal| !is_ignored(*signal)).collect())
    }

    /// From now on none of them ends this process. What it becomes or starts has them as before.
    pub fn outlive(&self) -> Result<(), Fault> {
        for signal in &self.0 {
            signal_hook::flag::register(*signal, Arc::default()).at(|| "outlive signals".to_owned())?;
        }
        Ok(())
    }

    /// From now on none of them ends this process.
    pub fn pass_to(self, mut orders: File) -> Result<Passing, Fault> {
        let step = || "hear signals".to_owned();
        let mut signals = Signals::new(self.0).at(step)?;
        let handle = signals.handle();
        let pass = move || {
            // Those of the terminal's keys reach the command by themselves.
            for signal in signals.forever().filter(|signal| !matches!(*signal, SIGINT | SIGQUIT)) {
                let _ = orders.write_all(&u8::try_from(signal).map_or([0], |number| [number]));
            }
        };
        let thread = std::thread::Builder::new().spawn(pass).at(step)?;
        Ok(Passing { handle, thread })
    }
}

impl Passing {
    pub fn end(self) {
        self.handle.close();
        let _ = self.thread.join();
    }
}

/// Readable when a child has stopped or ended.
pub struct Changes {
    readable: OwnedFd,
    hearing: SigId,
}

impl Changes {
    pub fn hear() -> Result<Self, Fault> {
        let step = || "hear signals".to_owned();
        let (readable, sender) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).at(step)?;
        let hearing = signal_hook::low_level::pipe::register(SIGCHLD, sender).at(step)?;
        Ok(Self { readable, hearing })
    }

    /// Takes note of those so far.
    pub fn clear(&self) {
        let _ = rustix::io::read(&self.readable, &mut [0; 64]);
    }
}

impl AsFd for Changes {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.readable.as_fd()
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        // A child that ends later would have it write to a pipe that no one reads, which ends a process (SIGPIPE).
        signal_hook::low_level::unregister(self.hearing);
    }
}

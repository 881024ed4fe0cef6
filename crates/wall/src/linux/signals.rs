//! Signals to the process outside, which are meant for the command, and those about its children.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::pipe::{PipeFlags, pipe_with};
use signal_hook::SigId;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

use super::at::At as _;
use super::system::{SignalSet, is_ignored};
use crate::fault::Fault;

/// Which signals the caller does not ignore. Those that it does stay ignored, for the command too.
pub struct Forwarded(Vec<i32>);

/// Signals that have come since. They end nothing, as long as this lives.
pub struct Signals {
    descriptor: OwnedFd,
    before: SignalSet,
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

    /// Has them come to a descriptor. Threads that this one has started before would still be ended by them.
    pub fn hear(self) -> Result<Signals, Fault> {
        let step = || "hear signals".to_owned();
        let set = SignalSet::of(&self.0);
        let descriptor = set.descriptor().at(step)?;
        Ok(Signals { descriptor, before: set.block().at(step)? })
    }
}

impl Signals {
    /// Those that are to be passed on. Those of the terminal's keys reach the command by themselves.
    pub fn take(&self) -> impl Iterator<Item = i32> {
        // `struct signalfd_siginfo` begins with the signal's number (signalfd(2)).
        const RECORD: usize = size_of::<libc::signalfd_siginfo>();
        let mut records = [0; 8 * RECORD];
        let length = rustix::io::read(&self.descriptor, &mut records).unwrap_or(0);
        let number = |record: &[u8]| Some(i32::from_ne_bytes(*record.first_chunk()?));
        let all: Vec<i32> = records[..length].chunks_exact(RECORD).filter_map(number).collect();
        all.into_iter().filter(|signal| !matches!(*signal, SIGINT | SIGQUIT))
    }
}

/// Readable when one has come.
impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        // What has come by now was for the command.
        let _ = self.take();
        self.before.restore();
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

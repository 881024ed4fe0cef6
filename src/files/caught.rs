//! The signals that come while devshell waits for children of the user's: those that end devshell, which sees to its children
//! first, and the one that says that a child has ended. A signal that the caller ignores stays ignored, here and in the
//! children.

use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::{pipe, unregister};
use signal_hook::{SigId, flag};

use super::signals::{Held, hold_back_end, ignored};

/// They are caught until this value is dropped.
pub struct Caught {
    /// There is something to read when a signal has come.
    wakes: UnixStream,
    /// Those that end devshell, and whether each has come.
    ending: Vec<(i32, Arc<AtomicBool>)>,
    /// Whether any of them has.
    is_ending: Arc<AtomicBool>,
    registered: Vec<SigId>,
    _active: Active,
    _held: Held,
}

impl Caught {
    pub fn catch() -> io::Result<Self> {
        let (wakes, wake) = UnixStream::pair()?;
        wakes.set_nonblocking(true)?;
        let ignored = ignored();
        let signals: Vec<i32> = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !ignored(*signal)).collect();
        let ending = signals.iter().map(|signal| (*signal, Arc::default())).collect();
        let (is_ending, registered) = (Arc::default(), Vec::new());
        let mut caught =
            Self { wakes, ending, is_ending, registered, _active: Active::new(&signals)?, _held: hold_back_end() };
        for (signal, has_come) in &caught.ending {
            for flag in [has_come, &caught.is_ending] {
                caught.registered.push(flag::register(*signal, Arc::clone(flag))?);
            }
            caught.registered.push(pipe::register(*signal, wake.try_clone()?)?);
        }
        caught.registered.push(pipe::register(SIGCHLD, wake)?);
        Ok(caught)
    }

    /// Set by a signal that ends devshell.
    pub fn is_ending(&self) -> &AtomicBool {
        &self.is_ending
    }

    /// Makes ready for the next wait. The caller looks then for what has come, also for ended children.
    pub fn rearm(&mut self) {
        while self.wakes.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
    }

    /// Those that have come since the last time, each once, of those that end devshell.
    pub fn take(&self) -> Vec<i32> {
        let come = self.ending.iter().filter(|(_, has_come)| has_come.swap(false, Ordering::SeqCst));
        come.map(|(signal, _)| *signal).collect()
    }
}

impl AsFd for Caught {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wakes.as_fd()
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            unregister(id);
        }
    }
}

/// How many catch signals.
static ACTIVE: Mutex<usize> = Mutex::new(0);

/// Whether none does. A handler stays for good, so signals then do by it what they did without.
static IS_IDLE: OnceLock<Arc<AtomicBool>> = OnceLock::new();

struct Active(());

impl Active {
    fn new(signals: &[i32]) -> io::Result<Self> {
        let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        if IS_IDLE.get().is_none() {
            let is_idle = Arc::new(AtomicBool::new(false));
            for signal in signals {
                flag::register_conditional_default(*signal, Arc::clone(&is_idle))?;
            }
            let _ = IS_IDLE.set(is_idle);
        }
        *active += 1;
        set_idle(false);
        Ok(Self(()))
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        let mut active = ACTIVE.lock().unwrap_or_else(PoisonError::into_inner);
        *active -= 1;
        set_idle(*active == 0);
    }
}

fn set_idle(idle: bool) {
    if let Some(is_idle) = IS_IDLE.get() {
        is_idle.store(idle, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use signal_hook::low_level::raise;

    use super::*;

    /// Otherwise a child that ends while another one starts would be noticed late.
    #[test]
    fn what_has_come_wakes_until_it_is_looked_for() {
        let mut signals = Caught::catch().unwrap();
        signals.rearm();
        raise(SIGCHLD).unwrap();
        assert!(signals.take().is_empty());
        let mut waiting = [PollFd::new(&signals, PollFlags::IN)];
        assert_eq!(poll(&mut waiting, Some(&Timespec::default())), Ok(1));
    }
}

//! A manager of services without the means of Linux: it and what it starts are a group of processes, which a guard kills when
//! the manager or the owner has ended. A service that leaves the group outlives it, and so does all if the guard is killed.

use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group, setpgid, setsid};

use crate::enclosure::{DETACH, GRACE, MARK, Manager, message};
use crate::ending::Ending;
use crate::fault::Fault;
use crate::fork::{exit, fork, wait};

/// What the status of a program of Rust is that has panicked.
const PANICKED: i32 = 101;
/// The order to the guard to kill all now.
const END: u8 = 1;
/// What a manager does not end by.
const IGNORED: [i32; 7] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGPIPE, libc::SIGTTOU, libc::SIGTTIN];

/// Starts `manage` in a process of its own, which ends with the status that it returns. What it starts, prepared by
/// [`lead`], ends with it at the latest. The calling process must have a single thread.
pub fn enclose(manage: impl FnOnce(Manager) -> u8) -> Result<Enclosure, Fault> {
    match begin().map_err(|error| fault(&error))? {
        Side::Owner(enclosure) => Ok(enclosure),
        Side::Manager(manager) => {
            // What unwinds would come to the caller's code, of which this process has a copy.
            let status = catch_unwind(AssertUnwindSafe(|| manage(manager)));
            exit(status.map_or(PANICKED, i32::from))
        }
    }
}

fn fault(error: &io::Error) -> Fault {
    Fault::new("start the manager", Errno::from_io_error(error).unwrap_or(Errno::IO))
}

enum Side {
    Owner(Enclosure),
    Manager(Manager),
}

fn begin() -> io::Result<Side> {
    let (lease, inner_lease) = UnixStream::pair()?;
    let (orders, inner_orders) = UnixStream::pair()?;
    let (messages, inner_messages) = io::pipe()?;
    let (alive, manager_is_alive) = io::pipe()?;
    let Some(guard) = fork()? else {
        drop((lease, orders, messages));
        stand_alone();
        let Ok(manager) = fork() else { exit(1) };
        let Some(manager) = manager else {
            let _ = setpgid(None, None);
            // It is open until this process ends.
            std::mem::forget(manager_is_alive);
            let (orders, messages) = (inner_orders.into(), inner_messages.into());
            return Ok(Side::Manager(Manager { orders, messages, has_namespace: false }));
        };
        drop((manager_is_alive, inner_orders));
        // Whichever of the two is first.
        let _ = setpgid(Some(manager), Some(manager));
        Guard { manager, alive, lease: Some(inner_lease), deadline: None }.follow();
    };
    let messages = File::from(OwnedFd::from(messages));
    Ok(Side::Owner(Enclosure { guard, lease, orders, messages, ending: None }))
}

/// Leaves the session and the signals of the caller.
fn stand_alone() {
    let _ = setsid();
    reset_signals();
    for signal in IGNORED {
        // SAFETY: no code of this process runs at the signal.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

fn reset_signals() {
    for signal in 1..32 {
        // SAFETY: as above. Those that cannot be set have the default anyway.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// The manager's parent.
struct Guard {
    manager: Pid,
    /// At its end, the manager has ended.
    alive: PipeReader,
    /// Until the owner has ended, or detached the manager.
    lease: Option<UnixStream>,
    deadline: Option<Instant>,
}

impl Guard {
    fn follow(mut self) -> ! {
        while self.goes_on() {}
        let _ = kill_process_group(self.manager, Signal::KILL);
        if let Some(Ending::Exited(status)) = wait(self.manager) {
            exit(status.into());
        }
        let _ = kill_process(getpid(), Signal::KILL);
        exit(1)
    }

    fn goes_on(&mut self) -> bool {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return false;
        }
        let alive = self.alive.as_fd();
        let lease = self.lease.as_ref().map_or(alive, UnixStream::as_fd);
        let mut polled = [alive, lease].map(|one| PollFd::from_borrowed_fd(one, PollFlags::IN));
        let limit = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut polled, limit.as_ref()) {
            Ok(_) => {}
            Err(error) => return error == Errno::INTR,
        }
        let [has_ended, is_ordered] = polled.map(|one| !one.revents().is_empty());
        !has_ended && (!is_ordered || self.obey())
    }

    fn obey(&mut self) -> bool {
        let Some(lease) = &mut self.lease else { return true };
        let mut order = [0];
        match lease.read(&mut order) {
            Ok(1) if order == [END] => return false,
            Ok(1) if order == [DETACH] => {}
            // The owner has ended.
            _ => self.deadline = Some(Instant::now() + GRACE),
        }
        self.lease = None;
        true
    }
}

/// A manager and everything that it started, in the process that it works for. If that process ends, or drops this, the
/// manager's orders end; [`GRACE`](crate::GRACE) later, whatever is left is killed.
#[derive(Debug)]
pub struct Enclosure {
    guard: Pid,
    lease: UnixStream,
    orders: UnixStream,
    messages: File,
    ending: Option<Ending>,
}

impl Enclosure {
    /// Whether the kernel ends everything with the manager.
    pub fn has_namespace(&self) -> bool {
        false
    }

    /// Gives the manager an order. It is an error if the manager has ended.
    pub fn order(&mut self, byte: u8) -> io::Result<()> {
        self.orders.write_all(&[byte])
    }

    /// Waits for a message, of one byte. There is none once the manager and its group have ended.
    pub fn read(&mut self) -> io::Result<Option<u8>> {
        let message = message(&mut self.messages)?;
        if message.is_none() {
            self.finish();
        }
        Ok(message)
    }

    /// Waits until the manager and its group have ended, and returns how the manager did.
    pub fn wait(mut self) -> Ending {
        self.finish()
    }

    /// Kills the manager and its group.
    pub fn end(mut self) -> Ending {
        // If it cannot be said, they have ended.
        let _ = self.lease.write_all(&[END]);
        self.finish()
    }

    /// Leaves the manager to itself: it goes on when this process ends. It hears of that by [`DETACH`].
    pub fn detach(mut self) -> io::Result<()> {
        self.lease.write_all(&[DETACH])?;
        self.orders.write_all(&[DETACH])
    }

    fn finish(&mut self) -> Ending {
        let guard = self.guard;
        *self.ending.get_or_insert_with(|| wait(guard).unwrap_or(Ending::Signalled(libc::SIGKILL)))
    }
}

/// Readable when there is a message, or when the manager and its group have ended.
impl AsFd for Enclosure {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.messages.as_fd()
    }
}

/// Prepares a command that the manager is going to start: it gets the default dispositions of signals, and remains in the
/// manager's group of processes.
pub fn lead(command: &mut Command, mark: &str) {
    command.env(MARK, mark);
    let prepare = || {
        reset_signals();
        Ok(())
    };
    // SAFETY: it makes system calls alone, allocates nothing and waits for no lock.
    unsafe { command.pre_exec(prepare) };
}

/// The variables of other processes cannot be read here.
pub fn leftovers(_: &str) -> Vec<Pid> {
    Vec::new()
}

/// There are none that are known.
pub fn end_leftovers(_: &str) {}

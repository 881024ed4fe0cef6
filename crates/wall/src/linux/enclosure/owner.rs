//! The owner's side of an enclosure: orders to the manager, messages from it, and the end.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use rustix::process::Pid;

use super::super::at::At as _;
use super::super::message::Message;
use super::channels::{BEGIN, END, Owners};
use crate::enclosure::{DETACH, message};
use crate::ending::Ending;
use crate::fault::Fault;
use crate::fork::wait;

/// A manager and everything that it started, in the process that it works for. If that process ends, or drops this, the
/// manager's orders end; [`GRACE`](crate::GRACE) later, whatever is left is killed.
#[derive(Debug)]
pub struct Enclosure {
    /// The child of this process: the first one of the namespace, or the keeper.
    process: Pid,
    lease: OwnedFd,
    reports: File,
    orders: OwnedFd,
    messages: File,
    has_namespace: bool,
    ending: Option<Ending>,
}

impl Enclosure {
    pub(super) fn new(process: Pid, owners: Owners, has_namespace: bool) -> Self {
        let Owners { lease, reports, orders, messages } = owners;
        Self { process, lease, reports, orders, messages, has_namespace, ending: None }
    }

    /// Lets the process begin, and hears whether it could.
    pub(super) fn begin(&mut self) -> Result<(), Fault> {
        let step = || "start the manager".to_owned();
        say(&self.lease, BEGIN).at(step)?;
        match Message::read(&mut self.reports).at(step)? {
            Some(Message::Begun) => Ok(()),
            Some(Message::Failed(fault)) => Err(fault),
            _ => Err(Fault::new(step(), Errno::CHILD)),
        }
    }

    /// Whether the kernel ends everything with the manager. Otherwise, processes do.
    pub fn has_namespace(&self) -> bool {
        self.has_namespace
    }

    /// Gives the manager an order. It is an error if the manager has ended.
    pub fn order(&mut self, byte: u8) -> io::Result<()> {
        say(&self.orders, byte)
    }

    /// Waits for a message, of one byte. There is none once the manager and everything it started has ended.
    pub fn read(&mut self) -> io::Result<Option<u8>> {
        let message = message(&mut self.messages)?;
        if message.is_none() {
            self.finish();
        }
        Ok(message)
    }

    /// Waits until the manager and everything it started has ended, and returns how the manager did.
    pub fn wait(mut self) -> Ending {
        self.finish()
    }

    /// Kills the manager and everything it started.
    pub fn end(mut self) -> Ending {
        // If it cannot be said, they have ended.
        let _ = say(&self.lease, END);
        self.finish()
    }

    /// Leaves the manager to itself: it goes on when this process ends. It hears of that by [`DETACH`].
    pub fn detach(self) -> io::Result<()> {
        say(&self.lease, DETACH)?;
        say(&self.orders, DETACH)
    }

    fn finish(&mut self) -> Ending {
        if let Some(ending) = self.ending {
            return ending;
        }
        let reported = self.reported();
        // In a namespace, the kernel lets no one know of the first process's end before all others have ended.
        let waited = wait(self.process);
        // One that was killed has reported nothing.
        let ending = reported.or(waited).unwrap_or(Ending::Signalled(libc::SIGKILL));
        self.ending = Some(ending);
        ending
    }

    /// The last thing that any of the processes inside says. Nothing if all of them were killed.
    fn reported(&mut self) -> Option<Ending> {
        loop {
            match Message::read(&mut self.reports) {
                Ok(Some(Message::Ended(ending))) => return Some(ending),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

/// Readable when there is a message, or when the manager and everything it started has ended.
impl AsFd for Enclosure {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.messages.as_fd()
    }
}

fn say(to: &OwnedFd, byte: u8) -> io::Result<()> {
    send(to, &[byte], SendFlags::NOSIGNAL)?;
    Ok(())
}

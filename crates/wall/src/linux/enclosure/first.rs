//! The parent of the manager: it waits for the manager and for all processes that lose their parents, and ends when the
//! manager does. With it end all others: in a namespace by the kernel, otherwise by what it does here.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, getpid, wait as wait_any};

use super::super::at::At as _;
use super::super::landlock::remaining;
use super::super::message::Message;
use super::super::process::end_with;
use super::super::readable::readable_within;
use super::super::system::{self, SignalSet};
use super::alone::{keep_only, stand_alone};
use super::channels::{END, Inner};
use crate::enclosure::{DETACH, GRACE, Manager};
use crate::ending::Ending;
use crate::fault::Fault;

/// Starts the manager, and returns in its process.
pub fn start(inner: Inner, keeper: Option<OwnedFd>) -> Result<Manager, Fault> {
    let has_namespace = keeper.is_none();
    let step = || "hear signals".to_owned();
    let ended = SignalSet::of(&[libc::SIGCHLD]);
    let changed = ended.descriptor().at(step)?;
    ended.block().at(step)?;
    let first = getpid();
    let Some(manager) = system::fork().at(|| "start the manager".to_owned())? else {
        stand_alone();
        if end_with(first).is_err() {
            system::exit(1);
        }
        let Inner { orders, messages, .. } = inner;
        return Ok(Manager { orders, messages, has_namespace });
    };
    let Inner { lease, mut reports, messages, .. } = inner;
    let kept = [lease.as_fd(), reports.as_fd(), messages.as_fd(), changed.as_fd()];
    keep_only(&kept.into_iter().chain(keeper.as_ref().map(AsFd::as_fd)).collect::<Vec<_>>());
    Message::Begun.send(&mut reports);
    let first = First { manager, changed, keeper, lease: Some(lease), deadline: None };
    first.follow(reports);
    // The owner takes their end for the end of everything.
    drop(messages);
    system::exit(0)
}

struct First {
    manager: Pid,
    /// Readable when a child has ended.
    changed: OwnedFd,
    /// Without a namespace: at its end, the keeper has ended.
    keeper: Option<OwnedFd>,
    /// Until the owner has ended, or detached the manager.
    lease: Option<OwnedFd>,
    /// When all is over if the manager does not end by itself.
    deadline: Option<Instant>,
}

impl First {
    fn follow(mut self, mut reports: File) {
        let ended = loop {
            if let Some(ending) = self.look() {
                break ending;
            }
            if !self.goes_on() {
                break Ending::Signalled(libc::SIGKILL);
            }
        };
        if self.keeper.is_some() {
            remaining::end();
        }
        Message::Ended(ended).send(&mut reports);
    }

    /// Takes note of processes that have ended. The manager's ending is the last one that matters.
    fn look(&self) -> Option<Ending> {
        loop {
            match wait_any(WaitOptions::NOHANG) {
                Ok(Some((process, status))) if process == self.manager => return Some(status.into()),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => return None,
                // There is no child, so it has ended.
                Err(_) => return Some(Ending::Signalled(libc::SIGKILL)),
            }
        }
    }

    /// Waits until something happens. Returns whether there is anything more to wait for.
    fn goes_on(&mut self) -> bool {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return false;
        }
        let changed = self.changed.as_fd();
        let lease = self.lease.as_ref().map_or(changed, OwnedFd::as_fd);
        let keeper = self.keeper.as_ref().map_or(changed, OwnedFd::as_fd);
        let Ok([has_changed, is_ordered, keeper_ended]) = readable_within([changed, lease, keeper], left) else {
            return false;
        };
        if has_changed {
            clear(changed);
        }
        let keeper_ended = keeper_ended && self.keeper.is_some();
        !keeper_ended && (!is_ordered || self.obey())
    }

    /// Returns whether the manager may go on.
    fn obey(&mut self) -> bool {
        let Some(lease) = &self.lease else { return true };
        let mut order = [0];
        match rustix::io::read(lease, &mut order) {
            Ok(1) if order == [END] => return false,
            Ok(1) if order == [DETACH] => {}
            Err(Errno::INTR) => return true,
            // The owner has ended.
            _ => self.deadline = Some(Instant::now() + GRACE),
        }
        self.lease = None;
        true
    }
}

/// Several children may have ended for one signal, so it only says that there are some.
fn clear(changed: BorrowedFd<'_>) {
    let _ = rustix::io::read(changed, &mut [0; 8 * size_of::<libc::signalfd_siginfo>()]);
}

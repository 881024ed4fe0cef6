//! Waiting for descriptors.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::at::At as _;
use crate::fault::Fault;

/// Waits until any of them can be read, or has ended, and says for each whether it is one of those. A signal is no error:
/// then it may be none of them.
pub fn readable<const N: usize>(all: [BorrowedFd; N]) -> Result<[bool; N], Fault> {
    readable_within(all, None)
}

/// The same, for as long as this, if there is a limit. Then it is none of them.
pub fn readable_within<const N: usize>(all: [BorrowedFd; N], limit: Option<Duration>) -> Result<[bool; N], Fault> {
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    let mut polled = all.map(|one| PollFd::from_borrowed_fd(one, PollFlags::IN));
    match poll(&mut polled, limit.as_ref()) {
        Ok(_) => Ok(polled.map(|one| !one.revents().is_empty())),
        Err(Errno::INTR) => Ok([false; N]),
        Err(error) => Err(error).at(|| "wait".to_owned()),
    }
}

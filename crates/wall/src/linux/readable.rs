//! Waiting for descriptors.

use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::at::At as _;
use crate::fault::Fault;

/// Waits until any of them can be read, or has ended, and says for each whether it is one of those. A signal is no error:
/// then it may be none of them.
pub fn readable<const N: usize>(all: [BorrowedFd; N]) -> Result<[bool; N], Fault> {
    let mut polled = all.map(|one| PollFd::from_borrowed_fd(one, PollFlags::IN));
    match poll(&mut polled, None) {
        Ok(_) => Ok(polled.map(|one| !one.revents().is_empty())),
        Err(Errno::INTR) => Ok([false; N]),
        Err(error) => Err(error).at(|| "wait".to_owned()),
    }
}

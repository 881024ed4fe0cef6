//! The keeper of an enclosure without namespaces: it ends what is left when the manager's parent was killed. That process
//! does the same when the keeper was killed.

use std::os::fd::{AsFd as _, OwnedFd};

use super::super::at::At as _;
use super::super::landlock::remaining;
use super::super::message::Message;
use super::super::system;
use super::alone::{keep_only, stand_alone};
use super::channels::{self, Inner};
use crate::ending::Ending;
use crate::fault::Fault;
use crate::fork::wait;

/// Becomes the keeper, and returns in a child: with a descriptor that ends when the keeper does.
pub fn keep(inner: Inner) -> Result<(Inner, OwnedFd), Fault> {
    remaining::adopt()?;
    let (alive, own) = channels::pipe()?;
    let Some(first) = system::fork().at(|| "start a process".to_owned())? else {
        drop(own);
        stand_alone();
        remaining::adopt()?;
        return Ok((inner, alive));
    };
    let Inner { mut reports, .. } = inner;
    keep_only(&[reports.as_fd(), own.as_fd()]);
    let ended = wait(first);
    remaining::end();
    if ended != Some(Ending::Exited(0)) {
        // It could not say so itself.
        Message::Ended(ended.unwrap_or(Ending::Signalled(libc::SIGKILL))).send(&mut reports);
    }
    system::exit(0)
}

//! What the manager of services gets, which runs in a process of its own so that nothing it starts can outlive it.

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// The order that the owner gives when it ends and the manager is to go on ([`Enclosure::detach`](crate::Enclosure)). No other
/// order may have this number. After it, the end of the orders no longer means that the owner was killed.
pub const DETACH: u8 = u8::MAX;

/// How long a manager may go on when its owner has ended without detaching it. Then it is killed, with all it started.
pub const GRACE: Duration = Duration::from_secs(4);

/// The variable by which the processes of a service are found, wherever they have gone, and those of an enclosure when all
/// that should have ended them was killed too.
pub(crate) const MARK: &str = "DEVSHELL_SERVICE";

/// The next message of a manager, of one byte; none if it has ended.
pub(crate) fn message(from: &mut impl Read) -> io::Result<Option<u8>> {
    let mut message = [0];
    loop {
        match from.read(&mut message) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(message[0])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a manager has, in its own process: a copy of the owner's, with its memory and all that it has open. It is the leader
/// of a session, without a terminal. It ignores SIGHUP, SIGINT, SIGQUIT, SIGTERM and SIGPIPE. It may handle them itself, but
/// not by `signal-hook` if the owner did so before: that would not notice that the owner's handlers are gone here.
#[derive(Debug)]
pub struct Manager {
    /// Bytes from the owner, read one at a time. At the end, the owner has ended.
    pub orders: OwnedFd,
    /// Bytes to the owner. When it has ended, writing is an error.
    pub messages: OwnedFd,
    /// Whether the manager is in a namespace of processes: what it starts then has numbers that mean something else outside.
    pub has_namespace: bool,
}

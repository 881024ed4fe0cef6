//! The four channels between the owner and the processes of an enclosure. Whoever is at one end learns from its end that the
//! other side is gone.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};

use super::super::at::At as _;
use crate::fault::Fault;

/// The owner's ends.
#[derive(Debug)]
pub struct Owners {
    /// A socket, since writing to a pipe that no one reads would end the owner (SIGPIPE).
    pub lease: OwnedFd,
    pub reports: File,
    /// As the lease.
    pub orders: OwnedFd,
    pub messages: File,
}

/// The ends inside.
pub struct Inner {
    /// For the manager's parent: that the owner lives, and what becomes of the manager when it does not.
    pub lease: OwnedFd,
    /// From the manager's parent: what has become of the manager.
    pub reports: File,
    pub orders: OwnedFd,
    pub messages: OwnedFd,
}

/// On the lease: the process may begin.
pub const BEGIN: u8 = 0;
/// On the lease: all processes inside are to end now.
pub const END: u8 = 1;

pub fn open() -> Result<(Owners, Inner), Fault> {
    let (lease, inner_lease) = sockets()?;
    let (orders, inner_orders) = sockets()?;
    let (reports, inner_reports) = pipe()?;
    let (messages, inner_messages) = pipe()?;
    let owners = Owners { lease, reports: reports.into(), orders, messages: messages.into() };
    let inner =
        Inner { lease: inner_lease, reports: inner_reports.into(), orders: inner_orders, messages: inner_messages };
    Ok((owners, inner))
}

pub fn pipe() -> Result<(OwnedFd, OwnedFd), Fault> {
    pipe_with(PipeFlags::CLOEXEC).at(|| "make a pipe".to_owned())
}

fn sockets() -> Result<(OwnedFd, OwnedFd), Fault> {
    socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
        .at(|| "make a pair of sockets".to_owned())
}

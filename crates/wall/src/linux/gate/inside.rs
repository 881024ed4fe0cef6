//! The end of the channel inside: sockets in the wall's network, for the gate.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, connect, listen, socket_with, sockopt::set_socket_reuseaddr,
};

use super::super::at::At as _;
use super::super::loopback;
use super::addresses;
use super::channel::{Channel, Request};
use crate::fault::Fault;
use crate::gate::NAME_SERVER;

/// How many connections may wait to be taken.
const BACKLOG: i32 = 4096;

pub struct Inside(Channel);

impl Inside {
    /// Makes the network, and hands the gate its first sockets: the one for questions about names, and those of the
    /// addresses that are there from the beginning.
    pub fn open(channel: Channel, first: &[SocketAddr]) -> Result<Self, Fault> {
        loopback::up()?;
        addresses::add(first.iter().map(SocketAddr::ip).filter(|ip| !ip.is_loopback()))?;
        let questions = socket(IpAddr::V4(NAME_SERVER), SocketType::DGRAM, SocketFlags::CLOEXEC)
            .and_then(|socket| bind(&socket, &SocketAddr::new(NAME_SERVER.into(), 53)).map(|()| socket));
        let sockets = std::iter::once(questions).chain(first.iter().map(|address| listener(*address)));
        for opened in sockets {
            let opened = opened.at(|| "open a socket".to_owned())?;
            channel.reply(Ok(opened)).at(|| "reach the gate".to_owned())?;
        }
        Ok(Self(channel))
    }

    /// Answers one request. Returns whether there may be another.
    pub fn serve(&self) -> bool {
        let socket = match self.0.request() {
            Ok(Some(Request::Listen(address))) => listener(address),
            Ok(Some(Request::Connect(address))) => connection(address),
            Ok(None) | Err(_) => return false,
        };
        self.0.reply(socket).is_ok()
    }
}

impl AsFd for Inside {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn socket(ip: IpAddr, kind: SocketType, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    socket_with(if ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }, kind, flags, None)
}

fn listener(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let socket = socket(address.ip(), SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &address)?;
    listen(&socket, BACKLOG).map(|()| socket)
}

/// It may not be connected yet.
fn connection(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let socket = socket(address.ip(), SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    match connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(error) => Err(error),
    }
}

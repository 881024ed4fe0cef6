//! The way between the gate and the first process inside: the gate asks for sockets in the wall's network. A request is
//! one message, and so is its answer, with the socket.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

use super::super::at::At as _;
use crate::fault::Fault;

/// One of its two ends.
pub struct Channel(OwnedFd);

/// What the gate asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A socket that takes connections to an address.
    Listen(SocketAddr),
    /// A socket that connects with an address.
    Connect(SocketAddr),
}

const LENGTH: usize = 19;

impl Channel {
    pub fn pair() -> Result<(Self, Self), Fault> {
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .at(|| "make a pair of sockets".to_owned())?;
        Ok((Self(one), Self(other)))
    }

    /// Sends a request, and waits for the socket.
    pub fn ask(&self, request: Request) -> Result<OwnedFd, Errno> {
        self.send(&request.to_bytes(), None)?;
        self.answer()
    }

    /// The next socket, or why there is none.
    pub fn answer(&self) -> Result<OwnedFd, Errno> {
        let mut number = [0; 4];
        match self.receive(&mut number)? {
            (4, Some(socket)) => Ok(socket),
            (4, None) => Err(Errno::from_raw_os_error(i32::from_ne_bytes(number))),
            _ => Err(Errno::PIPE),
        }
    }

    /// The next request, or nothing once the gate has ended.
    pub fn request(&self) -> Result<Option<Request>, Errno> {
        let mut bytes = [0; LENGTH];
        let (length, _) = self.receive(&mut bytes)?;
        Ok(Request::of(bytes).filter(|_| length == LENGTH))
    }

    pub fn reply(&self, socket: Result<OwnedFd, Errno>) -> Result<(), Errno> {
        match socket {
            Ok(socket) => self.send(&[0; 4], Some(socket.as_fd())),
            Err(error) => self.send(&error.raw_os_error().to_ne_bytes(), None),
        }
    }

    fn send(&self, bytes: &[u8], socket: Option<BorrowedFd<'_>>) -> Result<(), Errno> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let sockets: Vec<BorrowedFd<'_>> = socket.into_iter().collect();
        if !sockets.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(&sockets));
        }
        sendmsg(&self.0, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL).map(drop)
    }

    fn receive(&self, bytes: &mut [u8]) -> Result<(usize, Option<OwnedFd>), Errno> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(bytes)];
        let received =
            rustix::io::retry_on_intr(|| recvmsg(&self.0, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC))?;
        let socket = ancillary.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
            _ => None,
        });
        Ok((received.bytes, socket))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Request {
    fn to_bytes(self) -> [u8; LENGTH] {
        let (kind, address) = match self {
            Self::Listen(address) => (0, address),
            Self::Connect(address) => (1, address),
        };
        let ip = match address.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        let mut bytes = [kind; LENGTH];
        bytes[1..17].copy_from_slice(&ip.octets());
        bytes[17..].copy_from_slice(&address.port().to_be_bytes());
        bytes
    }

    fn of(bytes: [u8; LENGTH]) -> Option<Self> {
        let [kind, ip @ .., high, low] = bytes;
        let ip = Ipv6Addr::from(ip).to_canonical();
        let address = SocketAddr::new(ip, u16::from_be_bytes([high, low]));
        match kind {
            0 => Some(Self::Listen(address)),
            1 => Some(Self::Connect(address)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn requests_and_sockets_arrive() {
        let (gate, inside) = Channel::pair().unwrap();
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        for request in [
            Request::Listen(address("198.18.1.0:443")),
            Request::Connect(address("127.0.0.1:3000")),
            Request::Listen(address("[2001:db8::1]:22")),
        ] {
            gate.send(&request.to_bytes(), None).unwrap();
            assert_eq!(inside.request().unwrap(), Some(request));
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let expected = listener.local_addr().unwrap();
        inside.reply(Ok(listener.into())).unwrap();
        assert_eq!(TcpListener::from(gate.answer().unwrap()).local_addr().unwrap(), expected);
        inside.reply(Err(Errno::ADDRINUSE)).unwrap();
        assert_eq!(gate.answer().unwrap_err(), Errno::ADDRINUSE);
        drop(gate);
        assert_eq!(inside.request().unwrap(), None);
    }
}

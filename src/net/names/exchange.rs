//! One question to one name server: a datagram each way, or a connection where the answer is too much for one
//! (RFC 1035, section 4.2). Both kinds of addresses are asked for at once.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::message::{self, Answer, Kind};

/// What is longer comes over TCP.
const DATAGRAM: usize = 4096;

/// How much longer the other addresses may take when there are some (RFC 8305, section 3, has a shorter time, which
/// not every network keeps).
const GRACE: Duration = Duration::from_millis(500);

/// What a server says about a name's addresses of both kinds.
pub struct Said {
    pub v4: io::Result<Answer>,
    pub v6: io::Result<Answer>,
}

/// Asks one server for the addresses of a name.
pub fn ask(server: SocketAddr, name: &str, is_tcp: bool, until: Instant) -> Said {
    if is_tcp {
        let v4 = connect(server, name, Kind::V4, until);
        return Said { v6: connect(server, name, Kind::V6, until), v4 };
    }
    let (v4, v6) = (Pending::send(server, name, Kind::V4), Pending::send(server, name, Kind::V6));
    let v4 = v4.and_then(|pending| pending.wait(name, until));
    if matches!(v4, Ok(Answer::NoName)) {
        return Said { v4, v6: Ok(Answer::NoName) };
    }
    let patience = if matches!(v4, Ok(Answer::Addresses(_))) { until.min(Instant::now() + GRACE) } else { until };
    Said { v6: v6.and_then(|pending| pending.wait(name, patience)), v4 }
}

/// A question that was sent in a datagram. Its port, which the system chooses, and its number are what another would
/// have to guess in order to answer in the server's place.
struct Pending {
    socket: UdpSocket,
    server: SocketAddr,
    id: u16,
    kind: Kind,
}

impl Pending {
    fn send(server: SocketAddr, name: &str, kind: Kind) -> io::Result<Self> {
        let (id, question) = question(name, kind)?;
        let any: SocketAddr =
            if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
        let socket = UdpSocket::bind(any)?;
        // From now on the system passes on only what comes from the server.
        socket.connect(server)?;
        socket.send(&question)?;
        Ok(Self { socket, server, id, kind })
    }

    fn wait(self, name: &str, until: Instant) -> io::Result<Answer> {
        let mut bytes = [0; DATAGRAM];
        loop {
            self.socket.set_read_timeout(Some(left(until)?))?;
            let length = match self.socket.recv(&mut bytes) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(in_time(error)),
            };
            match message::answer(&bytes[..length], self.id, name, self.kind) {
                None => {}
                Some(Answer::Truncated) => return connect(self.server, name, self.kind, until),
                Some(answer) => return Ok(answer),
            }
        }
    }
}

/// Asks over TCP, where each message has its length before it.
fn connect(server: SocketAddr, name: &str, kind: Kind, until: Instant) -> io::Result<Answer> {
    let (id, question) = question(name, kind)?;
    let mut stream = TcpStream::connect_timeout(&server, left(until)?)?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.set_write_timeout(Some(left(until)?))?;
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat()).map_err(in_time)?;
    let mut length = [0; 2];
    fill(&mut stream, &mut length, until)?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
    fill(&mut stream, &mut bytes, until)?;
    Ok(match message::answer(&bytes, id, name, kind) {
        None | Some(Answer::Truncated) => Answer::Failure("what was not asked"),
        Some(answer) => answer,
    })
}

/// Reads exactly so many bytes, however small the pieces they come in.
fn fill(stream: &mut TcpStream, mut bytes: &mut [u8], until: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(bytes) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => bytes = &mut bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(in_time(error)),
        }
    }
    Ok(())
}

/// A question and its number.
fn question(name: &str, kind: Kind) -> io::Result<(u16, Vec<u8>)> {
    let id = random();
    let question = message::question(id, name, kind).ok_or(io::ErrorKind::InvalidInput)?;
    Ok((id, question))
}

/// A number that no one else can foresee: the hash of nothing under a key that the system made.
pub fn random() -> u16 {
    let [first, second, ..] = RandomState::new().hash_one(()).to_ne_bytes();
    u16::from_ne_bytes([first, second])
}

/// The time that is left; an error when there is none.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left.max(Duration::from_millis(1))) }
}

/// A socket whose time is up says that it would block.
fn in_time(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

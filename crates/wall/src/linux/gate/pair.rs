//! Two connections that are one: what comes from either goes to the other.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use rustix::event::epoll::EventFlags;

/// How often one pair is read from before it is another one's turn.
const ROUNDS: usize = 8;

pub struct Pair {
    pub ends: [TcpStream; 2],
    /// From the first to the second, and back.
    ways: [Way; 2],
}

#[derive(Default)]
struct Way {
    /// What was read, and not written yet.
    waiting: Vec<u8>,
    /// Nothing more will come.
    has_ended: bool,
    /// That was passed on.
    is_closed: bool,
}

impl Pair {
    pub fn new(one: TcpStream, other: TcpStream) -> io::Result<Self> {
        let ends = [one, other];
        for end in &ends {
            end.set_nonblocking(true)?;
            // Whoever writes decides what is sent together.
            end.set_nodelay(true)?;
        }
        Ok(Self { ends, ways: Default::default() })
    }

    /// Passes on what there is. Returns whether more may come. An error ends both.
    pub fn pump(&mut self, space: &mut [u8]) -> io::Result<bool> {
        let ([one, other], [there, back]) = (&self.ends, &mut self.ways);
        there.pump(one, other, space)?;
        back.pump(other, one, space)?;
        Ok(!(there.is_closed && back.is_closed))
    }

    /// What has to be waited for at one of its ends.
    pub fn interest(&self, end: usize) -> EventFlags {
        let (from, to) = (&self.ways[end], &self.ways[1 - end]);
        let mut interest = EventFlags::empty();
        interest.set(EventFlags::IN, !from.has_ended && from.waiting.is_empty());
        interest.set(EventFlags::OUT, !to.waiting.is_empty());
        interest
    }
}

impl Way {
    fn pump(&mut self, mut from: &TcpStream, mut to: &TcpStream, space: &mut [u8]) -> io::Result<()> {
        for _ in 0..ROUNDS {
            if !self.waiting.is_empty() {
                let written = some(to.write(&self.waiting))?.unwrap_or(0);
                self.waiting.drain(..written);
                if !self.waiting.is_empty() {
                    return Ok(());
                }
            }
            if self.has_ended {
                self.close(to);
                return Ok(());
            }
            match some(from.read(space))? {
                None => return Ok(()),
                Some(0) => {
                    self.has_ended = true;
                    // Nothing waits here, so nothing would be waited for any more.
                    self.close(to);
                    return Ok(());
                }
                Some(length) => {
                    let written = some(to.write(&space[..length]))?.unwrap_or(0);
                    self.waiting.extend(&space[written..length]);
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, to: &TcpStream) {
        if !self.is_closed {
            // If the other side has gone meanwhile, there is nothing to say.
            let _ = to.shutdown(Shutdown::Write);
            self.is_closed = true;
        }
    }
}

/// Nothing when it would have to wait.
fn some(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(length) => Ok(Some(length)),
        Err(error)
            if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::NotConnected) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (one, listener.accept().unwrap().0)
    }

    /// The end comes in the last round of a turn.
    #[test]
    fn an_end_is_passed_on_whenever_it_comes() {
        for length in 1..=ROUNDS + 1 {
            let ((mut client, one), (other, mut server)) = (connection(), connection());
            let mut pair = Pair::new(one, other).unwrap();
            client.write_all(&vec![b'x'; length]).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            while !pair.interest(0).is_empty() {
                pair.pump(&mut [0; 1]).unwrap();
            }
            let mut received = String::new();
            server.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
            server.read_to_string(&mut received).unwrap();
            assert_eq!(received.len(), length);
        }
    }

    /// A megabyte does not fit into what the kernel keeps, so that parts of it wait here.
    #[test]
    fn what_is_written_arrives_whole_and_ends() {
        let ((mut client, one), (other, mut server)) = (connection(), connection());
        let mut pair = Pair::new(one, other).unwrap();
        let sent: Vec<u8> = (0..1_u32 << 20).map(|number| number.to_le_bytes()[1]).collect();
        let received = std::thread::scope(|scope| {
            let read = scope.spawn(|| {
                let mut received = Vec::new();
                server.read_to_end(&mut received).unwrap();
                server.write_all(b"thanks").unwrap();
                drop(server);
                received
            });
            let write = scope.spawn(|| {
                client.write_all(&sent).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
                let mut answer = String::new();
                client.read_to_string(&mut answer).unwrap();
                answer
            });
            while pair.pump(&mut [0; 4096]).unwrap() {
                std::thread::yield_now();
            }
            assert_eq!(write.join().unwrap(), "thanks");
            read.join().unwrap()
        });
        assert!(received == sent);
        assert!(pair.interest(0).is_empty() && pair.interest(1).is_empty());
    }
}

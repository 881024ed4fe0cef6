//! Reading and writing at the same time: what is fetched, hashed and decompressed on one thread is
//! hashed file by file and written on another.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

/// How much is handed over at a time, and how many such pieces may wait.
const PIECE: usize = 256 << 10;
const WAITING: usize = 3;

/// Does some work on what a source gives, while the source is read ahead. When the work ends
/// early, reading does too. Where no thread can be started, the work reads for itself.
pub fn overlapped<T>(source: impl Read + Send, work: impl FnOnce(&mut dyn Read) -> T) -> T {
    with_thread(Builder::new(), source, work)
}

fn with_thread<T>(thread: Builder, source: impl Read + Send, work: impl FnOnce(&mut dyn Read) -> T) -> T {
    let (full, filled) = sync_channel(WAITING);
    let (empty, emptied) = channel();
    // The reader takes it: the thread, or this one when there is no other.
    let source = Mutex::new(Some(source));
    let take = || source.lock().unwrap_or_else(PoisonError::into_inner).take();
    std::thread::scope(|scope| {
        let started = thread.spawn_scoped(scope, move || {
            if let Some(source) = take() {
                read_ahead(source, &full, &emptied);
            }
        });
        match started {
            Ok(_) => work(&mut Ahead { filled, empty, piece: Piece::default(), read: 0 }),
            Err(_) => match take() {
                Some(mut source) => work(&mut source),
                None => work(&mut io::empty()),
            },
        }
    })
}

#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    length: usize,
}

/// What a source has given ahead. It ends where the source does.
pub struct Ahead {
    filled: Receiver<io::Result<Piece>>,
    empty: Sender<Piece>,
    piece: Piece,
    read: usize,
}

fn read_ahead(mut source: impl Read, full: &SyncSender<io::Result<Piece>>, emptied: &Receiver<Piece>) {
    loop {
        let mut piece = emptied.try_recv().unwrap_or_default();
        piece.bytes.resize(PIECE, 0);
        piece.length = 0;
        while piece.length < PIECE {
            match source.read(&mut piece.bytes[piece.length..]) {
                Ok(0) => {
                    let _ = full.send(Ok(piece));
                    return;
                }
                Ok(read) => piece.length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let _ = full.send(Ok(piece));
                    let _ = full.send(Err(error));
                    return;
                }
            }
        }
        if full.send(Ok(piece)).is_err() {
            return;
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.length {
            let Ok(next) = self.filled.recv() else { return Ok(0) };
            let done = std::mem::replace(&mut self.piece, next?);
            self.read = 0;
            // No one may want it any more.
            let _ = self.empty.send(done);
        }
        let length = buffer.len().min(self.piece.length - self.read);
        buffer[..length].copy_from_slice(&self.piece.bytes[self.read..self.read + length]);
        self.read += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in odd portions, then fails if it has to.
    struct Source {
        left: usize,
        fails: bool,
    }

    impl Read for Source {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 && self.fails {
                return Err(io::Error::other("cut"));
            }
            let length = buffer.len().min(self.left).min(70_001);
            buffer[..length].fill(7);
            self.left -= length;
            Ok(length)
        }
    }

    #[test]
    fn all_of_it_arrives_and_then_the_end_or_the_error() {
        for left in [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 3] {
            for fails in [false, true] {
                // No machine has room for such a stack, so that the second one is not started.
                for thread in [Builder::new(), Builder::new().stack_size(1 << 60)] {
                    let mut bytes = Vec::new();
                    let outcome = with_thread(thread, Source { left, fails }, |ahead| ahead.read_to_end(&mut bytes));
                    assert_eq!(bytes.len(), left);
                    assert!(bytes.iter().all(|byte| *byte == 7));
                    assert_eq!(outcome.is_err(), fails, "{left}");
                }
            }
        }
    }

    #[test]
    fn work_that_ends_early_ends_the_reading() {
        let first = overlapped(io::repeat(7), |ahead| {
            let mut byte = [0];
            ahead.read_exact(&mut byte).unwrap();
            byte[0]
        });
        assert_eq!(first, 7);
    }
}

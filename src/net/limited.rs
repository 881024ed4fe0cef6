//! A reader with an end: what comes from elsewhere may go on for ever. Refuses the first byte too many.

use std::io::{self, Read};

/// Why a reader ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has more than {} MiB", .most >> 20)]
pub struct TooLong {
    pub most: u64,
}

/// Reads at most so many bytes; one more is an error, and not an end.
#[derive(Debug)]
pub struct Limited<R> {
    inner: R,
    most: u64,
    left: u64,
}

impl<R> Limited<R> {
    pub const fn new(inner: R, most: u64) -> Self {
        Self { inner, most, left: most }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::new(io::ErrorKind::FileTooLarge, TooLong { most: self.most })),
            };
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..room])?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Whether an error is that of a reader that had more than it may.
pub fn is_too_long(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<TooLong>()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_too_many_is_an_error() {
        for (most, is_whole) in [(0, false), (1, false), (4, false), (5, true), (6, true)] {
            let mut read = Vec::new();
            let outcome = Limited::new(&b"12345"[..], most).read_to_end(&mut read);
            assert_eq!(outcome.is_ok(), is_whole, "{most}");
            assert!(outcome.is_ok() || is_too_long(&outcome.unwrap_err()), "{most}");
            assert_eq!(read, &b"12345"[..5.min(usize::try_from(most).unwrap())]);
        }
        let mut endless = Limited::new(io::repeat(1), 1 << 20);
        let error = io::copy(&mut endless, &mut io::sink()).unwrap_err();
        assert_eq!(error.to_string(), "it has more than 1 MiB");
        // It does not go on when it is asked again.
        assert!(is_too_long(&endless.read(&mut [0; 9]).unwrap_err()));
        assert_eq!(Limited::new(io::empty(), 0).read(&mut [0; 9]).unwrap(), 0);
    }
}

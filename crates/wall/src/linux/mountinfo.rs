//! What the kernel says about the mounts of a process.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// A line of `/proc/PID/mountinfo` (proc(5)).
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub number: u32,
    pub parent: u32,
    /// Where it is mounted.
    pub path: PathBuf,
}

impl Line {
    pub fn all(text: &[u8]) -> impl Iterator<Item = Self> {
        text.split(|byte| *byte == b'\n').filter_map(Self::read)
    }

    fn read(line: &[u8]) -> Option<Self> {
        let mut words = line.split(|byte| *byte == b' ');
        let mut number = || str::from_utf8(words.next()?).ok()?.parse().ok();
        let (number, parent) = (number()?, number()?);
        let path = unescaped(words.nth(2)?);
        Some(Self { number, parent, path })
    }
}

/// Spaces, tabs, line breaks and backslashes are there as three octal digits.
fn unescaped(path: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, after @ ..] = rest {
        let digits = after.get(..3).and_then(|digits| str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(|_| *first == b'\\');
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[3..] } else { after };
    }
    PathBuf::from(OsStr::from_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_their_escapes() {
        let line = |text: &str| Line::read(text.as_bytes());
        let found =
            line(r"36 35 98:0 /mnt1 /new/a\040b\134\011 rw,noatime master:1 - ext3 /dev/root rw,errors=continue");
        assert_eq!(found, Some(Line { number: 36, parent: 35, path: "/new/a b\\\t".into() }));
        assert_eq!(line(""), None);
        assert_eq!(line("36 x"), None);
    }
}

//! What a service prints: by line to who watches, as it is into a file, and the last lines in memory.

use std::collections::VecDeque;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::tasks::{LONGEST, Lines};

/// So many lines are kept for the case that the service fails.
const LAST: usize = 20;

/// A larger file makes place for a new one. The one before is kept.
const LARGEST_FILE: u64 = 8 << 20;

/// Receives each line, without its end.
pub type Hear = Box<dyn FnMut(&[u8]) + Send>;

/// The last lines that a service printed.
#[derive(Clone, Debug, Default)]
pub struct Last(Arc<Mutex<VecDeque<Vec<u8>>>>);

impl Last {
    pub fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn add(&self, line: &[u8]) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LAST {
            lines.pop_front();
        }
        lines.push_back(line.to_vec());
    }
}

/// Reads until the end of what a service prints, which is when all its processes have ended.
pub fn follow(mut from: impl Read, mut file: Option<LogFile>, last: &Last, mut hear: Hear) {
    let (mut buffer, mut lines) = (vec![0; LONGEST], Lines::default());
    let mut is_begun = false;
    let mut tell = |line: &[u8]| tell(line, last, &mut hear);
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        // A full disk is no reason to keep a service from printing.
        if let Some(file) = &mut file {
            let _ = file.write(&buffer[..count]);
        }
        is_begun = buffer[..count].last() != Some(&b'\n');
        lines.feed(&buffer[..count], &mut tell);
    }
    lines.finish(tell);
    // What comes next is a line of its own.
    if let Some(mut file) = file.filter(|_| is_begun) {
        let _ = file.write(b"\n");
    }
}

fn tell(line: &[u8], last: &Last, hear: &mut Hear) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    last.add(line);
    hear(line);
}

/// The file of what a service printed.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: fs_err::File,
    length: u64,
}

impl LogFile {
    /// Opens it to append to it.
    pub fn append(path: &Path) -> io::Result<Self> {
        let file = fs_err::OpenOptions::new().create(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, length })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.length > LARGEST_FILE {
            fs_err::rename(&self.path, earlier(&self.path))?;
            *self = Self::append(&self.path)?;
        }
        self.length += bytes.len() as u64;
        self.file.write_all(bytes)
    }
}

/// Where the file before is kept.
pub fn earlier(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<String>) {
        let all: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let last = Last::default();
        let into = Arc::clone(&all);
        follow(bytes, None, &last, Box::new(move |line| into.lock().unwrap().push(line.to_vec())));
        let heard = all.lock().unwrap().clone();
        (heard, last.lines())
    }

    #[test]
    fn lines_are_heard_whole_whatever_is_in_them() {
        let (lines, last) = heard(b"one\r\n\n\xff two\nthree");
        assert_eq!(lines, [&b"one"[..], b"", b"\xff two", b"three"]);
        assert_eq!(last, ["one", "", "\u{fffd} two", "three"]);
        let long = [vec![b'a'; 100 << 10], b"\nnext\n".to_vec()].concat();
        let lengths: Vec<usize> = heard(&long).0.iter().map(Vec::len).collect();
        assert_eq!(lengths, [64 << 10, 36 << 10, 4]);
        let many: Vec<u8> = (0..50).flat_map(|number| format!("{number}\n").into_bytes()).collect();
        let (lines, last) = heard(&many);
        assert_eq!((lines.len(), last.first().map(String::as_str), last.len()), (50, Some("30"), 20));
    }

    #[test]
    fn a_file_makes_place_for_a_new_one() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("web");
        let mut file = LogFile::append(&path).unwrap();
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..12 {
            file.write(&piece).unwrap();
        }
        let length = |path: &Path| fs_err::metadata(path).unwrap().len() >> 20;
        assert_eq!((length(&path), length(&earlier(&path))), (3, 9));
    }
}

//! What is read of another process: its memory, its directories, and files as it sees them.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat2, readlinkat};

/// The longest path that the kernel takes, with its end (`PATH_MAX`).
const LONGEST: usize = 4096;
/// As much of a script's first line as the kernel reads (execve(2)).
const FIRST_LINE: usize = 256;
/// No page is smaller.
const PAGE: usize = 4096;

/// A text in the memory of a thread's process that ends with a zero byte. Nothing if it cannot be read.
pub fn text(thread: u32, address: u64) -> Option<Vec<u8>> {
    let address = usize::try_from(address).ok()?;
    let mut bytes = vec![0; LONGEST];
    let place = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: LONGEST };
    // The page after the text may not be there, and of one piece the kernel reads all or nothing.
    let first = PAGE - address % PAGE;
    let piece = |from: usize, length| libc::iovec { iov_base: std::ptr::without_provenance_mut(from), iov_len: length };
    let pieces = [piece(address, first), piece(address.checked_add(first)?, LONGEST - first)];
    let count = if first < LONGEST { pieces.len() } else { 1 };
    let (own, others) = (&raw const place, pieces.as_ptr());
    let number = libc::c_long::from(thread);
    // SAFETY: the kernel writes to the buffer, at most its length; of the other process it checks each address.
    let read = unsafe { libc::syscall(libc::SYS_process_vm_readv, number, own, 1_usize, others, count, 0_usize) };
    bytes.truncate(usize::try_from(read).ok()?);
    let end = bytes.iter().position(|byte| *byte == 0)?;
    bytes.truncate(end);
    Some(bytes)
}

/// What a link in the thread's directory of `/proc` says, such as `cwd`.
pub fn link(thread: u32, name: &str) -> Option<PathBuf> {
    target(CWD, &format!("/proc/{thread}/{name}"))
}

fn target(directory: impl AsFd, path: &str) -> Option<PathBuf> {
    let target = readlinkat(directory, path, Vec::new()).ok()?;
    Some(OsString::from_vec(target.into_bytes()).into())
}

/// A file, found as a thread would find it.
pub struct Found {
    descriptor: OwnedFd,
    /// Where it is, without links, in the root directory of the thread.
    pub path: PathBuf,
    pub file: (u64, u64),
    pub kind: FileType,
    /// Whether anyone may run it.
    pub executable: bool,
}

impl Found {
    /// The file at an absolute path.
    pub fn of(thread: u32, path: &Path) -> Option<Self> {
        let root =
            rustix::fs::open(format!("/proc/{thread}/root"), OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let descriptor = openat2(&root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT).ok()?;
        let status = fstat(&descriptor).ok()?;
        let path = target(CWD, &own(&descriptor))?;
        let file = (status.st_dev, status.st_ino);
        let executable = status.st_mode & 0o111 != 0;
        Some(Self { descriptor, path, file, kind: FileType::from_raw_mode(status.st_mode), executable })
    }

    /// The program that a script names in its first line.
    pub fn interpreter(&self) -> Option<PathBuf> {
        if self.kind != FileType::RegularFile {
            return None;
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = rustix::fs::open(own(&self.descriptor), flags, Mode::empty()).ok()?;
        let mut line = Vec::new();
        File::from(file).take(FIRST_LINE as u64).read_to_end(&mut line).ok()?;
        interpreter(&line)
    }
}

fn own(descriptor: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", descriptor.as_raw_fd())
}

fn interpreter(line: &[u8]) -> Option<PathBuf> {
    let line = line.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.trim_ascii_start().split(u8::is_ascii_whitespace).next()?;
    let path = Path::new(std::ffi::OsStr::from_bytes(word));
    path.is_absolute().then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_is_the_first_word() {
        for (line, expected) in [
            ("#!/bin/sh\necho", Some("/bin/sh")),
            ("#! /usr/bin/env -S python3\n", Some("/usr/bin/env")),
            ("#!/bin/sh", Some("/bin/sh")),
            ("#!sh\n", None),
            ("#!\n/bin/sh", None),
            ("\u{7f}ELF", None),
        ] {
            assert_eq!(interpreter(line.as_bytes()), expected.map(PathBuf::from), "{line}");
        }
    }

    #[test]
    fn texts_are_read_wherever_they_end() {
        let own = std::process::id();
        // Of two pages, the second is not there.
        let page = 4096;
        let place = map_one_of_two(page);
        for word in ["", "x", "/usr/bin/env"] {
            let from = page - word.len() - 1;
            write(place, from, word.as_bytes());
            assert_eq!(text(own, (place + from) as u64).as_deref(), Some(word.as_bytes()));
        }
        write(place, 0, &[b'a'; 4095]);
        assert_eq!(text(own, place as u64).map(|text| text.len()), Some(4095));
        assert_eq!(text(own, 0), None);
    }

    fn write(place: usize, from: usize, word: &[u8]) {
        let to: *mut u8 = std::ptr::with_exposed_provenance_mut(place + from);
        let bytes = [word, &[0]].concat();
        // SAFETY: the page is mapped, and the word with its end fits into it.
        unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    /// A page that can be written, before one that cannot be read.
    fn map_one_of_two(page: usize) -> usize {
        let (read, write) = (libc::PROT_READ, libc::PROT_WRITE);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at a place of the kernel's choice.
        let place = unsafe { libc::mmap(std::ptr::null_mut(), 2 * page, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(place, libc::MAP_FAILED);
        // SAFETY: it is the first page of that mapping.
        assert_eq!(unsafe { libc::mprotect(place, page, read | write) }, 0);
        place.expose_provenance()
    }
}

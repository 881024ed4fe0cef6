//! Tar archives: ustar, pax and GNU.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;

use tar::{Archive, EntryType};

use super::UnpackError;
use super::tree::{MOST_BYTES, Tree, safe};

/// The most that may stand between two entries: long names, which `tar` reads into memory.
const MOST_BETWEEN: u64 = 1 << 20;

/// Whose archives these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// npm's: the first component of each path is dropped, links are passed over.
    Npm,
    /// Anybody's: as it is.
    Plain,
}

pub fn unpack(bytes: impl Read, form: Form, tree: &mut Tree) -> Result<(), UnpackError> {
    let allowance = Cell::new(MOST_BETWEEN);
    let mut archive = Archive::new(Bounded { inner: bytes, allowance: &allowance });
    let dropped = usize::from(form == Form::Npm);
    for entry in archive.entries().map_err(UnpackError::Read)? {
        let mut entry = entry.map_err(UnpackError::Read)?;
        tree.count()?;
        if entry.size() > MOST_BYTES {
            return Err(UnpackError::TooMuch);
        }
        // The content of this entry, whether it is read or passed over, and what precedes the next.
        allowance.set(entry.size() + MOST_BETWEEN);
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            // A comment of `git archive`'s.
            continue;
        }
        let path = entry.path().map_err(UnpackError::Read)?.into_owned();
        let Some(inside) = safe(&path, dropped)? else { continue };
        match kind {
            EntryType::Directory => tree.directory(&inside)?,
            EntryType::Regular | EntryType::Continuous => {
                let runs = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
                tree.file(&inside, &mut entry, runs)?;
            }
            EntryType::Symlink | EntryType::Link if form == Form::Npm => {}
            EntryType::Symlink => {
                let target = entry.link_name().map_err(UnpackError::Read)?.unwrap_or_default();
                tree.symlink(&inside, &target)?;
            }
            EntryType::Link => {
                let target = entry.link_name().map_err(UnpackError::Read)?.unwrap_or_default();
                let existing = safe(&target, dropped)?.unwrap_or_else(|| Path::new("").to_owned());
                tree.hard_link(&inside, &existing)?;
            }
            kind => {
                let (path, kind) = (path.display().to_string(), format!("{kind:?}"));
                return Err(UnpackError::Kind { path, kind });
            }
        }
    }
    Ok(())
}

/// Reads no more than it is allowed to, so that what `tar` reads by itself stays small, too.
struct Bounded<'a, R> {
    inner: R,
    allowance: &'a Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.allowance.get().checked_sub(read as u64);
        self.allowance.set(left.ok_or_else(|| io::Error::other("there is too much between two entries"))?);
        Ok(read)
    }
}

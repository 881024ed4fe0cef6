//! Tar archives: ustar, pax and GNU.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tar::{Archive, EntryType};

use super::tree::{MOST_BYTES, Tree, safe};
use super::{UnpackError, merged};

/// The most that may be between two entries: long names, which `tar` reads into memory.
const MOST_BETWEEN: u64 = 1 << 20;

/// Whose archives these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// npm's: the first component of each path is dropped, links are passed over.
    Npm,
    /// Anybody's: as it is.
    Plain,
    /// What a Debian package says of itself.
    Control,
    /// The files of a Debian package, whose root is that of a system.
    Data,
}

impl Form {
    /// Where an entry goes, or what a hard link to it means; `None` for the root.
    fn place(self, path: &Path) -> Result<Option<PathBuf>, UnpackError> {
        match self {
            Self::Npm => safe(path, 1),
            Self::Plain => safe(path, 0),
            Self::Control => Ok(safe(path, 0)?.map(|inside| Path::new(merged::CONTROL).join(inside))),
            Self::Data => merged::place(path),
        }
    }

    /// What a symbolic link is to hold; `None` when it is not wanted.
    fn target(self, path: &Path, target: &Path) -> Result<Option<PathBuf>, UnpackError> {
        match self {
            Self::Npm => Ok(None),
            Self::Plain | Self::Control => Ok(Some(target.to_owned())),
            Self::Data => merged::target(path, target),
        }
    }
}

pub fn unpack(bytes: impl Read, form: Form, tree: &mut Tree) -> Result<(), UnpackError> {
    let allowance = Cell::new(MOST_BETWEEN);
    let mut archive = Archive::new(Bounded { inner: bytes, allowance: &allowance });
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
        let Some(inside) = form.place(&path)? else { continue };
        match kind {
            EntryType::Directory => tree.directory(&inside)?,
            EntryType::Regular | EntryType::Continuous => {
                let runs = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
                let changed = entry.header().mtime().ok().filter(|_| form == Form::Data);
                tree.file_of(&inside, &mut entry, runs, changed.and_then(|seconds| seconds.try_into().ok()))?;
            }
            EntryType::Symlink => {
                let target = entry.link_name().map_err(UnpackError::Read)?.unwrap_or_default();
                if let Some(target) = form.target(&path, &target)? {
                    tree.symlink(&inside, &target)?;
                }
            }
            EntryType::Link if form == Form::Npm => {}
            EntryType::Link => {
                let target = entry.link_name().map_err(UnpackError::Read)?.unwrap_or_default();
                let existing = form.place(&target)?.unwrap_or_default();
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

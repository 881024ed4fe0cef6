//! The files of a project, each opened once: its owner, its size and its bytes are of one file, whatever becomes
//! of its path, and a second reader gets the same bytes. What another user could have written is not read: `guard.rs`.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{Access, access};

use super::ProjectError;
use super::guard::check;
use crate::files::{Time, bounded, most, time};
use crate::host::Host;
use crate::manifest::config;

/// What was read of a file.
#[derive(Debug)]
pub struct Content {
    /// In UTF-8 and without a byte order mark, if it is a text.
    pub bytes: Vec<u8>,
    /// What the file was when it was opened.
    pub metadata: Metadata,
}

impl Content {
    /// When it was last changed.
    pub fn time(&self) -> Time {
        time(&self.metadata)
    }

    /// Whether it was a pipe, whose content may be there only once.
    pub fn is_pipe(&self) -> bool {
        self.metadata.file_type().is_fifo()
    }

    /// The bytes as text.
    pub fn text(&self, path: &Path) -> Result<&str, ProjectError> {
        std::str::from_utf8(&self.bytes).map_err(|_| ProjectError::NotText(path.to_owned()))
    }
}

/// What may be in the place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepts {
    Plain,
    /// Also a pipe, at whose other end a program writes the file for each reader.
    Pipe,
}

/// What is known of a path already.
pub enum Known {
    /// Not asked yet.
    Nothing,
    Absent,
    Content(Arc<Content>),
}

/// What was found at paths when they were first asked for.
#[derive(Debug, Default)]
pub(super) struct Files(Mutex<Found>);

#[derive(Clone, Debug, Default)]
struct Found {
    contents: BTreeMap<PathBuf, Option<Arc<Content>>>,
    directories: BTreeMap<PathBuf, bool>,
    /// The bytes that all of them have.
    bytes: u64,
}

impl Clone for Files {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.found().clone()))
    }
}

/// So many bytes the files of one project may have together: its manifest says how many there are.
const MOST: u64 = 192 << 20;

impl Files {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file's content as it was when it was first asked for; `None` when there was no file.
    pub(super) fn content(
        &self,
        host: &Host,
        path: &Path,
        most: u64,
        accepts: Accepts,
    ) -> Result<Option<Arc<Content>>, ProjectError> {
        let mut known = self.found();
        if let Some(content) = known.contents.get(path) {
            return Ok(content.clone());
        }
        let content = match read(host, path, most, accepts) {
            Ok(content) => Some(Arc::new(content)),
            Err(error) if error.is_absence() => None,
            Err(error) => return Err(error),
        };
        known.bytes += content.as_ref().map_or(0, |content| content.bytes.len() as u64);
        if known.bytes > MOST {
            return Err(ProjectError::TooMuch(MOST));
        }
        known.contents.insert(path.to_owned(), content.clone());
        Ok(content)
    }

    /// What is known of a file already.
    pub(super) fn known(&self, path: &Path) -> Known {
        match self.found().contents.get(path) {
            None => Known::Nothing,
            Some(None) => Known::Absent,
            Some(Some(content)) => Known::Content(content.clone()),
        }
    }

    /// Whether a file that was read has the same content still.
    pub(super) fn is_as_it_was(&self, host: &Host, path: &Path) -> bool {
        let now = read(host, path, most::HOOK, Accepts::Plain);
        match self.known(path) {
            Known::Content(then) => now.is_ok_and(|now| now.bytes == then.bytes),
            Known::Absent | Known::Nothing => now.is_err_and(|error| error.is_absence()),
        }
    }

    /// Whether there was a directory when that was first asked.
    pub(super) fn is_directory(&self, path: &Path) -> bool {
        *self.found().directories.entry(path.to_owned()).or_insert_with(|| path.is_dir())
    }
}

/// Reads a file of a project. What is checked is the file that is read.
pub(super) fn read(host: &Host, path: &Path, most: u64, accepts: Accepts) -> Result<Content, ProjectError> {
    let open = match accepts {
        Accepts::Plain => bounded::open,
        Accepts::Pipe => bounded::open_or_pipe,
    };
    let opened = match open(path) {
        // Whose it is, is reported first.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::IsADirectory) => {
            check(host, path, &fs_err::metadata(path)?)?;
            return Err(ProjectError::NotPlain(path.to_owned()));
        }
        opened => opened?,
    };
    check(host, path, opened.metadata())?;
    Ok(Content { bytes: bounded::utf8(opened.read(most)?), metadata: opened.metadata().clone() })
}

/// The lock of the user's own settings: beside them, or in the state directory where that one cannot be written. Settings
/// may come from a store that is read-only.
pub(super) fn lock_of_user(host: &Host, root: &Path) -> PathBuf {
    let beside = root.join(config::LOCK_NAME);
    let is_sealed = access(root, Access::EXISTS).is_ok() && access(root, Access::WRITE_OK).is_err();
    if is_sealed && !beside.exists() { host.directories.state.join(config::LOCK_NAME) } else { beside }
}

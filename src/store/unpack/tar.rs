//! Tar archives: ustar, pax and GNU.

use std::io::Read;
use std::path::Path;

use tar::{Archive, EntryType};

use super::UnpackError;
use super::tree::{MOST_BYTES, Tree, safe};

/// Whose archives these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// npm's: the first component of each path is dropped, links are passed over.
    Npm,
    /// Anybody's: as it is.
    Plain,
}

pub fn unpack(bytes: impl Read, form: Form, tree: &mut Tree) -> Result<(), UnpackError> {
    let mut archive = Archive::new(bytes);
    let dropped = usize::from(form == Form::Npm);
    for entry in archive.entries().map_err(UnpackError::Read)? {
        let mut entry = entry.map_err(UnpackError::Read)?;
        tree.count()?;
        if entry.size() > MOST_BYTES {
            return Err(UnpackError::TooMuch);
        }
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

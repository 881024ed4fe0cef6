//! Zip archives. Its directory is at its end, so its bytes are spooled to a file without
//! a name first, which goes with the process.

use std::ffi::OsStr;
use std::io::{self, Read, Seek as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use zip::ZipArchive;

use super::UnpackError;
use super::tree::{MOST_BYTES, MOST_ENTRIES, Tree, safe};

/// The longest target of a link (Linux, `PATH_MAX`).
const LONGEST_TARGET: u64 = 4096;

// The type of a file in its mode (POSIX.1-2017, `sys/stat.h`; the values are those of every Unix).
const TYPE: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// `beside` is where there is room for the spooled bytes: on the store's own disk.
pub fn unpack(bytes: impl Read, beside: &Path, tree: &mut Tree) -> Result<(), UnpackError> {
    let mut spool = tempfile::tempfile_in(beside)?;
    if io::copy(&mut bytes.take(MOST_BYTES + 1), &mut spool)? > MOST_BYTES {
        return Err(UnpackError::TooMuch);
    }
    spool.rewind()?;
    let unreadable = |error: zip::result::ZipError| UnpackError::Read(error.into());
    let mut archive = ZipArchive::new(io::BufReader::new(spool)).map_err(unreadable)?;
    if archive.len() > MOST_ENTRIES {
        return Err(UnpackError::TooMuch);
    }
    for index in 0..archive.len() {
        tree.count()?;
        // Looked at without its content first: that of an encrypted entry cannot be opened.
        let entry = archive.by_index_raw(index).map_err(unreadable)?;
        // Archives that are not UTF-8 say so rarely and wrongly; on Unix a name is its bytes.
        let path = Path::new(OsStr::from_bytes(entry.name_raw())).to_owned();
        let shown = || path.display().to_string();
        if entry.encrypted() {
            return Err(UnpackError::Encrypted(shown()));
        }
        drop(entry);
        let Some(inside) = safe(&path, 0)? else { continue };
        let mut entry = archive.by_index(index).map_err(unreadable)?;
        // Archives made on Windows have no modes; what is a program there is seen by its start.
        let mode = entry.unix_mode().unwrap_or(0);
        match mode & TYPE {
            _ if entry.is_dir() => tree.directory(&inside)?,
            DIRECTORY => tree.directory(&inside)?,
            REGULAR | 0 => tree.file(&inside, &mut entry, mode & 0o111 != 0)?,
            LINK => {
                let mut target = Vec::new();
                entry.take(LONGEST_TARGET).read_to_end(&mut target).map_err(UnpackError::Read)?;
                tree.symlink(&inside, Path::new(OsStr::from_bytes(&target)))?;
            }
            kind => return Err(UnpackError::Kind { path: shown(), kind: format!("type {kind:o}") }),
        }
    }
    Ok(())
}

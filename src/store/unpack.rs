//! Reads an npm tarball (gzip, RFC 1952; ustar or pax) into a directory. The entry loop is our
//! own, so that nothing lands outside of the directory, whatever the archive says.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use tar::EntryType;

/// More than any tool holds, and little enough to stop a bomb before it fills a disk.
const MOST_BYTES: u64 = 4 << 30;
const MOST_ENTRIES: usize = 500_000;

/// The most that may stand between two entries: long names, which `tar` reads into memory.
const MOST_BETWEEN: u64 = 1 << 20;

/// Why an archive was refused, or could not be written.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error("the archive cannot be read")]
    Read(#[source] io::Error),
    #[error("the archive has an entry with the unsafe path `{0}`")]
    Path(String),
    #[error("the archive's entry `{path}` is neither a file nor a directory ({kind:?})")]
    Kind { path: String, kind: EntryType },
    #[error("the archive has an entry that cannot be made")]
    Unmakeable(#[source] io::Error),
    #[error("the archive holds more than {MOST_ENTRIES} entries or {} GiB", MOST_BYTES >> 30)]
    TooMuch,
    #[error(transparent)]
    Write(io::Error),
}

impl From<io::Error> for UnpackError {
    /// What could be made nowhere is the archive's fault: a name that is too long, or a file
    /// where another entry needs a directory.
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{AlreadyExists, InvalidFilename, IsADirectory, NotADirectory};
        match error.kind() {
            AlreadyExists | InvalidFilename | IsADirectory | NotADirectory => Self::Unmakeable(error),
            _ => Self::Write(error),
        }
    }
}

/// Unpacks into `directory`, which exists and is empty, and returns the hashes of its files as
/// `sha256sum --check` reads them. The first component of each path is dropped, as npm does.
/// Modes are normalised: a file is executable when the archive says so or when it begins like
/// a program. Links are passed over, as npm does; devices and the like are refused.
pub fn unpack(archive: impl Read, directory: &Path) -> Result<Vec<u8>, UnpackError> {
    let allowance = Cell::new(MOST_BETWEEN);
    let mut archive = tar::Archive::new(Bounded { inner: GzDecoder::new(archive), allowance: &allowance });
    let mut sums = BTreeMap::new();
    let (mut entries, mut bytes) = (0_usize, 0_u64);
    for entry in archive.entries().map_err(UnpackError::Read)? {
        let mut entry = entry.map_err(UnpackError::Read)?;
        entries += 1;
        bytes = bytes.saturating_add(entry.size());
        if entries > MOST_ENTRIES || bytes > MOST_BYTES {
            return Err(UnpackError::TooMuch);
        }
        // The content of this entry, whether it is read or passed over, and what precedes the next.
        allowance.set(entry.size() + MOST_BETWEEN);
        let kind = entry.header().entry_type();
        let path = entry.path().map_err(UnpackError::Read)?.into_owned();
        let Some(inside) = safe(&path)? else { continue };
        let target = directory.join(&inside);
        match kind {
            EntryType::Directory => fs_err::create_dir_all(&target)?,
            EntryType::Regular | EntryType::Continuous => {
                if let Some(parent) = target.parent() {
                    fs_err::create_dir_all(parent)?;
                }
                let runs = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
                let sum = write_file(&mut entry, &target, runs)?;
                sums.insert(inside, sum);
            }
            EntryType::Symlink | EntryType::Link => {}
            kind => return Err(UnpackError::Kind { path: path.display().to_string(), kind }),
        }
    }
    Ok(sums.iter().flat_map(|(path, sum)| sum_line(sum, path)).collect())
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

/// The path without its first component; `None` when nothing is left.
fn safe(path: &Path) -> Result<Option<PathBuf>, UnpackError> {
    let mut inside = PathBuf::new();
    for (index, component) in path.components().filter(|c| *c != Component::CurDir).enumerate() {
        match component {
            Component::Normal(name) if index > 0 => inside.push(name),
            Component::Normal(_) => {}
            _ => return Err(UnpackError::Path(path.display().to_string())),
        }
    }
    Ok((!inside.as_os_str().is_empty()).then_some(inside))
}

/// Writes one file and returns its SHA-256. An earlier entry of the same name gives way.
fn write_file(entry: &mut impl Read, target: &Path, runs: bool) -> Result<[u8; 32], UnpackError> {
    if target.symlink_metadata().is_ok() {
        fs_err::remove_file(target)?;
    }
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(target)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut begins_as_program = false;
    let mut first = true;
    loop {
        let read = match entry.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(UnpackError::Read(error)),
        };
        let chunk = &buffer[..read];
        if std::mem::take(&mut first) {
            begins_as_program = is_program(chunk);
        }
        hasher.update(chunk);
        file.write_all(chunk)?;
    }
    let mode = if runs || begins_as_program { 0o555 } else { 0o444 };
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    Ok(hasher.finalize().into())
}

/// Whether a file begins like something a kernel runs: ELF, Mach-O (thin or universal), `#!`.
fn is_program(bytes: &[u8]) -> bool {
    const MAGICS: [&[u8]; 6] =
        [b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"];
    MAGICS.iter().any(|magic| bytes.starts_with(magic))
}

/// A line for `sha256sum --check`; coreutils mark a line with escapes by a backslash in front.
fn sum_line(sum: &[u8], path: &Path) -> Vec<u8> {
    let name = path.as_os_str().as_bytes();
    let mut line = format!("{}  ", crate::digest::hex(sum)).into_bytes();
    for byte in name {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            _ => line.push(*byte),
        }
    }
    if name.iter().any(|byte| b"\\\n".contains(byte)) {
        line.insert(0, b'\\');
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};
    use tar::{Builder, Header};

    use super::*;

    fn archive(entries: &[(&str, EntryType, u32, &[u8])]) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, kind, mode, content) in entries {
            let mut header = Header::new_ustar();
            // `set_path` refuses what these tests are about, so the bytes are put in place.
            header.as_ustar_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(*mode);
            header.set_size(content.len() as u64);
            if matches!(kind, EntryType::Symlink | EntryType::Link) {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn unpacked(entries: &[(&str, EntryType, u32, &[u8])]) -> (tempfile::TempDir, Result<Vec<u8>, UnpackError>) {
        let directory = tempfile::tempdir().unwrap();
        let result = unpack(archive(entries).as_slice(), directory.path());
        (directory, result)
    }

    #[test]
    fn files_land_without_their_first_component() {
        let (directory, sums) = unpacked(&[
            ("package/bin/tool", EntryType::Regular, 0o644, b"#!/bin/sh\n"),
            ("package/data", EntryType::Regular, 0o4755, b"x"),
            ("package/readme", EntryType::Regular, 0o644, b"old"),
            ("package/readme", EntryType::Regular, 0o644, b"new"),
            ("package/link", EntryType::Symlink, 0o777, b""),
            ("package/empty/", EntryType::Directory, 0o777, b""),
        ]);
        let mode = |name: &str| fs_err::metadata(directory.path().join(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("bin/tool"), mode("data"), mode("readme")), (0o555, 0o555, 0o444));
        assert_eq!(fs_err::read_to_string(directory.path().join("readme")).unwrap(), "new");
        assert!(directory.path().join("empty").is_dir());
        assert!(directory.path().join("link").symlink_metadata().is_err());
        let sums = String::from_utf8(sums.unwrap()).unwrap();
        let listed: Vec<&str> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        assert_eq!(listed, ["bin/tool", "data", "readme"], "an entry that gave way is not listed");
    }

    #[test]
    fn hostile_entries_are_refused() {
        for (path, kind) in [
            ("package/../../x", EntryType::Regular),
            ("../x", EntryType::Regular),
            ("/etc/x", EntryType::Regular),
            ("package/fifo", EntryType::Fifo),
            ("package/device", EntryType::Char),
            ("package/block", EntryType::Block),
        ] {
            let (directory, result) = unpacked(&[(path, kind, 0o644, b"")]);
            assert!(matches!(result, Err(UnpackError::Path(_) | UnpackError::Kind { .. })), "{path}");
            assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 0, "{path}");
        }
    }

    #[test]
    fn a_cut_archive_is_an_error() {
        let whole = archive(&[("package/a", EntryType::Regular, 0o644, &[7; 4096])]);
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(unpack(&whole[..whole.len() / 2], directory.path()), Err(UnpackError::Read(_))));
    }
}

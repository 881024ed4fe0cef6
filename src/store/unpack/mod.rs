//! Unpacks what was fetched into a directory: one file for each family of formats, and one
//! writer, `Tree`, through which all of them go. The loops over the entries are our own, so that
//! nothing lands outside of the directory, whatever an archive says.

mod ar;
mod bare;
pub(super) mod deb;
pub(super) mod merged;
mod overlap;
mod tar;
mod tree;
mod zip;
mod zstd;

use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::{GzDecoder, MultiGzDecoder};

use self::overlap::overlapped;
use self::tar::Form;
pub(super) use self::tree::MOST_BYTES;
use self::tree::{MOST_ENTRIES, Tree};
use crate::archive::{Format, bz2, xz};
use crate::lock::Artifact;

/// Why an archive was refused, or could not be written.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error("the archive cannot be read")]
    Read(#[source] io::Error),
    #[error("the archive has an entry with the unsafe path `{0}`")]
    Path(String),
    #[error("the archive's entry `{path}` is neither a file nor a directory ({kind})")]
    Kind { path: String, kind: String },
    #[error("the archive's entry `{path}` is below a file or a link")]
    Below { path: String },
    #[error("the archive's link `{path}` leads out of it, to `{target}`")]
    Link { path: String, target: String },
    #[error("the archive's entry `{path}` is a hard link to `{target}`, which is not an earlier file")]
    HardLink { path: String, target: String },
    #[error("the archive's entry `{0}` is encrypted")]
    Encrypted(String),
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
        use io::ErrorKind::{AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory};
        match error.kind() {
            AlreadyExists | InvalidFilename | InvalidInput | IsADirectory | NotADirectory => Self::Unmakeable(error),
            _ => Self::Write(error),
        }
    }
}

/// Unpacks an artifact's bytes into `directory`, which exists and is empty, and returns the
/// hashes of its files as `sha256sum --check` reads them; links are not in that list. Modes are
/// normalised: a file is executable when the archive says so or when it begins like a program.
///
/// npm's form is unpacked as npm does: the first component of each path is dropped, and links
/// are passed over. A Debian package is unpacked as `deb` says. The others are unpacked as they are,
/// with the links that stay inside.
pub fn unpack(bytes: impl Read + Send, artifact: &Artifact, directory: &Path) -> Result<Vec<u8>, UnpackError> {
    let mut tree = Tree::new(directory)?;
    match artifact.unpack {
        None => overlapped(GzDecoder::new(bytes), |bytes| tar::unpack(bytes, Form::Npm, &mut tree))?,
        Some(Format::Tar) => overlapped(bytes, |bytes| tar::unpack(bytes, Form::Plain, &mut tree))?,
        Some(Format::TarGz) => {
            overlapped(MultiGzDecoder::new(bytes), |bytes| tar::unpack(bytes, Form::Plain, &mut tree))?;
        }
        Some(Format::TarXz) => overlapped(xz(bytes), |bytes| tar::unpack(bytes, Form::Plain, &mut tree))?,
        Some(Format::TarZst) => {
            let decoder = zstd::Decoder::new(BufReader::new(bytes));
            overlapped(decoder, |bytes| tar::unpack(bytes, Form::Plain, &mut tree))?;
        }
        Some(Format::TarBz2) => overlapped(bz2(bytes), |bytes| tar::unpack(bytes, Form::Plain, &mut tree))?,
        Some(Format::Zip) => zip::unpack(bytes, directory.parent().unwrap_or(directory), &mut tree)?,
        Some(Format::Deb) => deb::unpack(bytes, &mut tree)?,
        Some(Format::Gz) => bare::unpack(MultiGzDecoder::new(bytes), &artifact.package, &mut tree)?,
        Some(Format::Xz) => bare::unpack(xz(bytes), &artifact.package, &mut tree)?,
        Some(Format::Zst) => bare::unpack(zstd::Decoder::new(BufReader::new(bytes)), &artifact.package, &mut tree)?,
        Some(Format::Bz2) => bare::unpack(bz2(bytes), &artifact.package, &mut tree)?,
        Some(Format::File) => bare::unpack(bytes, &artifact.package, &mut tree)?,
    }
    Ok(tree.sums())
}

/// Whether a file begins like something a kernel runs: ELF, Mach-O (thin or universal), `#!`.
pub(super) fn is_program(bytes: &[u8]) -> bool {
    const MAGICS: [&[u8]; 6] =
        [b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"];
    MAGICS.iter().any(|magic| bytes.starts_with(magic))
}

#[cfg(test)]
pub(super) mod tests;

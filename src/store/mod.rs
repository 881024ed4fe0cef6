//! The store: artifacts as immutable directories that all projects share.
//!
//! ```text
//! data/
//!   objects-1/<key>/         one artifact, unpacked, read-only; the key is its hash and how it was unpacked
//!   objects-1/<key>.sha256   the hashes of its files, as `sha256sum --check` reads them
//!   objects-1/.lock-<key>    held by the process that installs it
//!   links-1/<key>/bin/       the commands of one tool, or of the base utilities
//!   roots/<key>              what one environment stands on; its time says when that was last used
//!   .lock                    shared by who adds, held alone by who deletes
//! ```
//!
//! What is visible is whole: everything is made beside its place and renamed into it.

mod access;
mod fetch;
mod garbage;
mod links;
mod processes;
mod roots;
mod tools;
mod unpack;
mod usage;
mod verify;

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub use access::Access;
pub use fetch::{FetchError, Progress};
pub use garbage::{Garbage, Kind, Swept};
pub use links::Link;
pub use roots::{NOTED_FOR, Root};
pub use tools::{LaidOut, LayoutError};
pub use unpack::UnpackError;
pub use verify::{Broken, Fault, Verified};

use crate::digest;
use crate::files::touch;
use crate::host::now;
use crate::lock::Artifact;

/// The directories of the store that hold what nobody changes.
const KINDS: [&str; 3] = ["objects-1", "builds-1", "links-1"];

/// The store below a data directory.
#[derive(Clone, Debug)]
pub struct Store {
    data: PathBuf,
}

impl Store {
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_owned() }
    }

    fn objects(&self) -> PathBuf {
        self.data.join("objects-1")
    }

    fn links(&self) -> PathBuf {
        self.data.join("links-1")
    }

    /// Where an artifact lies, or will lie.
    pub fn object(&self, artifact: &Artifact) -> PathBuf {
        self.objects().join(object_key(artifact))
    }

    /// Whether an artifact is there.
    pub fn has(&self, artifact: &Artifact) -> bool {
        self.object(artifact).is_dir()
    }

    /// Notes that somebody wants an artifact that is there, at most once a day.
    pub fn note_wish(&self, artifact: &Artifact) {
        let object = self.object(artifact);
        if fs_err::metadata(&object).is_ok_and(|metadata| metadata.mtime() < now() - NOTED_FOR) {
            let _ = touch(&object);
        }
    }
}

/// The file beside an object that lists the hashes of its files.
fn object_sums(key: &str) -> String {
    format!("{key}.sha256")
}

/// The file that an object's installer holds.
fn object_lock(key: &str) -> String {
    format!(".lock-{key}")
}

/// The paths in a directory, sorted; none when it is not there.
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs_err::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The key of an object, which is its directory's name: the hash that was checked, and how the bytes were unpacked.
pub fn object_key(artifact: &Artifact) -> String {
    digest::key(&[artifact.integrity.to_string().as_bytes(), b"tar.gz, first component stripped"])
}

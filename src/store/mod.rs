//! The store: artifacts as immutable directories that all projects share.
//!
//! ```text
//! data/
//!   objects-1/<key>/         one artifact, unpacked, read-only; the key is its hash and how it was unpacked
//!   objects-1/<key>.sha256   the hashes of its files, as `sha256sum --check` reads them
//!   objects-1/.lock-<key>    held by the process that installs it
//!   builds-1/<key>-<name>/   made of several objects; the key is over all of them and their places
//!   links-1/<key>/bin/       the commands of one tool, or of the base utilities
//! ```
//!
//! What is visible is whole: everything is made beside its place and renamed into it.

mod build;
mod fetch;
mod links;
mod tools;
mod unpack;

use std::path::{Path, PathBuf};

pub use fetch::{FetchError, Progress};
pub use links::Link;
pub use tools::{LaidOut, LayoutError};
pub use unpack::UnpackError;

use crate::digest;
use crate::lock::{Artifact, LockedTool};
use crate::platform::Platform;

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

    fn builds(&self) -> PathBuf {
        self.data.join("builds-1")
    }

    fn links(&self) -> PathBuf {
        self.data.join("links-1")
    }

    /// Where an artifact lies, or will lie.
    pub fn object(&self, artifact: &Artifact) -> PathBuf {
        self.objects().join(object_key(artifact))
    }

    /// Whether a tool exists on a platform, and all of it is there.
    pub fn has_tool(&self, tool: &LockedTool, platform: Platform) -> bool {
        let mut artifacts = tool.artifacts_on(platform).peekable();
        artifacts.peek().is_some() && artifacts.all(|artifact| self.has(artifact))
    }

    /// Whether an artifact is there.
    pub fn has(&self, artifact: &Artifact) -> bool {
        self.object(artifact).is_dir()
    }
}

/// The hash that was checked, and how the bytes were unpacked.
fn object_key(artifact: &Artifact) -> String {
    digest::key(&[artifact.integrity.to_string().as_bytes(), b"tar.gz, first component stripped"])
}

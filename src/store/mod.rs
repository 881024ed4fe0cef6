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
mod commands;
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
    let integrity = artifact.integrity.to_string();
    match artifact.unpack {
        None => digest::key(&[integrity.as_bytes(), b"tar.gz, first component stripped"]),
        // The file in it has the tool's name.
        Some(format) if format.is_bare() => {
            digest::key(&[integrity.as_bytes(), format.name().as_bytes(), artifact.package.as_bytes()])
        }
        Some(format) => digest::key(&[integrity.as_bytes(), format.name().as_bytes()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Format;
    use crate::name::SourceLabel;

    #[test]
    fn an_object_is_known_by_its_hash_and_how_it_was_unpacked() {
        let key = |package: &str, unpack: Option<Format>| {
            object_key(&Artifact {
                path: None,
                platforms: Vec::new(),
                registry: SourceLabel::Url,
                package: package.to_owned(),
                version: "1".to_owned(),
                integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap(),
                install_script: false,
                unpack,
            })
        };
        // What stores hold already must be found again.
        assert_eq!(key("a", None), "a4b80b417bcdc1644913f81d41e8f06d");
        let mut keys: Vec<String> = Format::ALL.map(|format| key("a", Some(format))).to_vec();
        keys.push(key("a", None));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), Format::ALL.len() + 1);
        assert_eq!(key("a", Some(Format::Zip)), key("b", Some(Format::Zip)));
        assert_ne!(key("a", Some(Format::File)), key("b", Some(Format::File)));
    }
}

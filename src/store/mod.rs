//! The store: artifacts as immutable directories that all projects share.
//!
//! ```text
//! data/
//!   objects-1/<key>/         one artifact, unpacked, read-only; the key is its hash and how it was unpacked
//!   objects-1/<key>.sha256   the hashes of its files, as `sha256sum --check` reads them
//!   objects-1/.lock-<key>    held by the process that installs it
//!   builds-1/<key>-<name>/   made of several objects; the key is over all of them and their places
//!   builds-1/<key>-rust/     the components of a Rust toolchain, as one directory
//!   builds-1/<key>-deb-<suite>/   Debian packages, as one system's tree; a list of hashes is beside it
//!   links-1/<key>/bin/       the commands of one tool, or of the base utilities
//!   pythons-1/<version>/     an interpreter that uv brought
//!   roots/<key>              what one environment uses; its time is the last use
//!   .lock                    shared by who adds, held alone by who deletes
//! ```
//!
//! What is visible is whole: everything is made beside its place and renamed into it.

mod access;
mod assignment;
mod bytecode;
mod environments;
mod fetch;
mod garbage;
mod inspect;
mod interpreter;
mod keep;
mod kept;
mod layout;
mod links;
mod placed;
mod postinst;
mod prefix;
mod processes;
mod roots;
mod sums;
mod unpack;
mod usage;
mod venvs;
mod verify;

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

pub use access::{Access, Waiting, on_waiting};
pub use assignment::Assignment;
pub use bytecode::prepare_bytecode;
pub use fetch::{FetchError, Progress};
pub use garbage::{Garbage, Kind, Swept, UV_CACHE};
pub use inspect::Inspection;
pub use interpreter::{interpreter, remedy};
pub use keep::{Here, Keep};
pub use kept::InUse;
pub use layout::{LaidOut, LayoutError, Programs, Scripts, There};
pub use links::Link;
pub use placed::{Placed, VERB as IN_PLACE};
pub use postinst::script_commands;
pub use prefix::{CLibrary, Event, Fault as CommandFault, PrefixError, Tried, looks_for, on_configuring, surroundings};
pub use processes::processes_are_visible;
pub use roots::{Hold, NOTED_FOR, Root};
pub use unpack::UnpackError;
pub use verify::{Broken, Fault, Verified};

use crate::builder::Configurer;
use crate::digest;
use crate::files::touch;
use crate::host::{Host, now};
use crate::lock::{Artifact, LockedTool};
use crate::platform::Platform;

/// The directories of the store that hold what never changes. A name ends in the version of the layout in it.
const OBJECTS: &str = "objects-1";
const BUILDS: &str = "builds-1";
const LINKS: &str = "links-1";
const PYTHONS: &str = "pythons-1";

const KINDS: [&str; 4] = [OBJECTS, BUILDS, LINKS, PYTHONS];

/// The versions of the store's layouts, such as `1.1.1.1`: a store with other ones is of no use to this devshell.
pub fn layout_versions() -> String {
    let versions = KINDS.map(|kind| kind.rsplit_once('-').map_or(kind, |(_, version)| version));
    versions.join(".")
}

/// The store below a data directory.
#[derive(Clone, Debug)]
pub struct Store {
    data: PathBuf,
    /// Where a guest's directories of commands are.
    guest: Option<PathBuf>,
    /// What programs use instead of the host's loader, where that is missing.
    c_library: Option<CLibrary>,
    /// What can configure Debian packages here.
    configurer: Option<Configurer>,
    /// The path by which links name devshell, which starts programs in their place. Without one, they start as they are.
    launcher: Option<PathBuf>,
}

impl Store {
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), guest: None, c_library: None, configurer: None, launcher: None }
    }

    /// The user's store. If it is another's, and the user may only read it, directories of commands are made in the
    /// user's cache: they depend on what the machine has.
    pub fn of(host: &Host) -> Self {
        Self { guest: Some(host.directories.cache.clone()), ..Self::new(&host.directories.data) }
    }

    /// The store, in which Debian packages are configured, if that is possible here.
    #[must_use]
    pub fn with_configurer(self, configurer: Configurer) -> Self {
        Self { configurer: Some(configurer), ..self }
    }

    /// The same, with links that start programs in their place, where there are places.
    fn launched_by(&self, host: &Host) -> Self {
        let has_places = cfg!(target_os = "linux") && host.platform.runs_here();
        Self { launcher: has_places.then(|| host.lasting_executable()), ..self.clone() }
    }

    /// What programs use instead of the host's loader, where that is missing.
    pub const fn c_library(&self) -> Option<&CLibrary> {
        self.c_library.as_ref()
    }

    fn objects(&self) -> PathBuf {
        self.data.join(OBJECTS)
    }

    fn builds(&self) -> PathBuf {
        self.data.join(BUILDS)
    }

    fn links(&self) -> PathBuf {
        self.data.join(LINKS)
    }

    /// Where interpreters are.
    pub fn pythons(&self) -> PathBuf {
        self.data.join(PYTHONS)
    }

    /// What is worth carrying to another machine: what was fetched, and what takes time to make from it. The rest names
    /// files of one machine, and is made in no time.
    pub fn portable(&self) -> [PathBuf; 3] {
        [self.objects(), self.builds(), self.pythons()]
    }

    /// Where an artifact is, or will be.
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

    /// Notes that an artifact is in use, if it is there, at most once a day.
    pub fn refresh(&self, artifact: &Artifact) {
        refresh(&self.object(artifact));
    }
}

/// Notes that a directory of the store is in use, if it is there, at most once a day.
pub fn refresh(directory: &Path) {
    if fs_err::metadata(directory).is_ok_and(|metadata| metadata.mtime() < now() - NOTED_FOR) {
        let _ = touch(directory);
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

/// Whether a path leads to a file that can be started.
fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// The key of an object, which is its directory's name: the hash that was checked, and how the
/// bytes were unpacked.
pub fn object_key(artifact: &Artifact) -> String {
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
            let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
            let artifact = Artifact::new(SourceLabel::Url, package.parse().unwrap(), "1".parse().unwrap(), integrity);
            object_key(&Artifact { unpack, ..artifact })
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

//! Refuses the files of a project that another user could have written. All of them are named at once, so that they
//! can be mended, or trusted, in one step.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Project, ProjectError};
use crate::files::own;
use crate::host::Host;
use crate::lock;
use crate::manifest::{self, Manifest};

/// Refuses a directory that another user could have written to.
pub(super) fn check_directory(host: &Host, path: &Path) -> Result<(), ProjectError> {
    check(host, path, &fs_err::metadata(path)?)
}

/// Refuses what another, non-root user owns or can write: entering runs what it says. A group is trusted when it is
/// the owner's private one, or root's.
pub(super) fn check(host: &Host, path: &Path, metadata: &Metadata) -> Result<(), ProjectError> {
    if host.is_safe(path) {
        return Ok(());
    }
    let user = host.user;
    let sudo_user = host.variable("SUDO_UID").and_then(|uid| uid.to_str()?.parse().ok()).filter(|_| user == 0);
    if metadata.uid() != user && metadata.uid() != 0 && Some(metadata.uid()) != sudo_user {
        return Err(ProjectError::Foreign(Unsafe::one(path)));
    }
    let sticky = metadata.is_dir() && metadata.mode() & 0o1000 != 0;
    if !sticky && own::is_writable(metadata.mode(), metadata.uid(), metadata.gid()) {
        return Err(ProjectError::Writable(Unsafe::one(path)));
    }
    Ok(())
}

/// More names than these make no message clearer.
const MOST_NAMED: usize = 4;

/// Files or directories with one fault, and how to trust them.
#[derive(Debug)]
pub struct Unsafe {
    paths: Vec<PathBuf>,
    /// The directory, or the only file, that is to be trusted.
    place: PathBuf,
}

impl Unsafe {
    fn one(path: &Path) -> Self {
        Self { paths: vec![path.to_owned()], place: path.to_owned() }
    }

    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// How they are called, with the verb.
    pub(super) fn with_verb(&self, one: &str, several: &str) -> String {
        let quoted = |path: &PathBuf| format!("`{}`", path.display());
        match self.paths.as_slice() {
            [path] => format!("{} {one}", quoted(path)),
            [paths @ .., last] if paths.len() < MOST_NAMED => {
                let paths: Vec<String> = paths.iter().map(quoted).collect();
                format!("{} and {} {several}", paths.join(", "), quoted(last))
            }
            paths => {
                let named: Vec<String> = paths.iter().take(MOST_NAMED).map(quoted).collect();
                format!("{} and {} more {several}", named.join(", "), paths.len() - MOST_NAMED)
            }
        }
    }

    /// The hint about those of another user.
    pub(super) fn how_to_trust(&self) -> String {
        let owner = if self.paths.len() == 1 { "its owner" } else { "their owner" };
        format!("if you trust {owner}, `{}`", self.export())
    }

    /// The hint about those that other users can write.
    pub(super) fn how_to_mend(&self) -> String {
        format!("`{}`; or, if you trust everyone who can write there, `{}`", self.chmod(), self.export())
    }

    fn chmod(&self) -> String {
        let quoted = |path: &PathBuf| shell_words::quote(&path.to_string_lossy()).into_owned();
        if self.paths.len() > 1 && self.paths.contains(&self.place) {
            return format!("chmod -R go-w {}", quoted(&self.place));
        }
        let paths: Vec<String> = self.paths.iter().map(quoted).collect();
        format!("chmod go-w {}", paths.join(" "))
    }

    fn export(&self) -> String {
        format!("export DEVSHELL_SAFE_DIRECTORY={}", shell_words::quote(&self.place.to_string_lossy()))
    }
}

/// The error about one file of a project, with all others that have the same fault. `names` begin in `root`.
pub(super) fn with_all<'a>(
    error: ProjectError,
    host: &Host,
    root: &Path,
    names: impl IntoIterator<Item = &'a str>,
) -> ProjectError {
    let is_foreign = match &error {
        ProjectError::Foreign(_) => true,
        ProjectError::Writable(_) => false,
        _ => return error,
    };
    let mut seen = BTreeSet::new();
    let places = std::iter::once(root.to_owned()).chain(names.into_iter().map(|name| root.join(name)));
    let has_fault = |path: &PathBuf| {
        let found = fs_err::metadata(path).ok().and_then(|metadata| check(host, path, &metadata).err());
        match found {
            Some(ProjectError::Foreign(_)) => is_foreign,
            Some(ProjectError::Writable(_)) => !is_foreign,
            _ => false,
        }
    };
    let paths: Vec<PathBuf> = places.filter(|path| seen.insert(path.clone())).filter(has_fault).collect();
    if paths.len() < 2 {
        return error;
    }
    let them = Unsafe { paths, place: root.to_owned() };
    if is_foreign { ProjectError::Foreign(them) } else { ProjectError::Writable(them) }
}

/// The names of the files that most projects have, for one whose manifest is not trusted.
pub(super) fn usual() -> impl Iterator<Item = &'static str> {
    manifest::FILE_NAMES.into_iter().chain([lock::FILE_NAME, ".env", ".npmrc", super::PYPROJECT, "requirements.txt"])
}

impl Project {
    /// The error about one of the files, with all others that have the same fault.
    pub(super) fn with_all(&self, host: &Host, error: ProjectError) -> ProjectError {
        let manifest = match &error {
            ProjectError::Foreign(_) | ProjectError::Writable(_) => {
                manifest::parse(&self.manifest_name(), &self.manifest_text).ok()
            }
            _ => return error,
        };
        let name = self.manifest_name();
        let names = [name.as_str(), lock::FILE_NAME, ".npmrc"];
        with_all(error, host, &self.root, names.into_iter().chain(manifest.iter().flat_map(files_of)))
    }
}

/// The files that a manifest names, or that count because of what it names.
fn files_of(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let env_files = manifest.layers().flat_map(|layer| &layer.env_files).map(String::as_str);
    let python = manifest.python.iter().flat_map(|python| &python.requirements);
    let project = manifest.python.iter().map(|_| super::PYPROJECT);
    let toolchains = manifest.all_tools().filter_map(|tool| tool.toolchain()?.file.as_deref());
    env_files.chain(python.map(|file| file.path.as_str())).chain(project).chain(toolchains)
}

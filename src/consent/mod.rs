//! Consent to what happens by itself: a project may change the shell of whoever merely stands in
//! it only after `devshell allow`, which is bound to the content of everything that has a say. What
//! is typed needs none.

mod parts;
mod record;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use parts::Difference;
pub use record::{Approval, Decision, approvals, forget, place, record};

use crate::digest::hex;
use crate::files::{Time, time};
use crate::host::Host;
use crate::lock;
use crate::manifest::Manifest;
use crate::project::{Project, ProjectError, check_file};

/// npm's settings, which name registries and may send variables there.
const NPMRC: &str = ".npmrc";

/// What consent is given to: the files that decide what a project does to a shell.
#[derive(Debug)]
pub struct Subject {
    pub root: PathBuf,
    /// When its files were last changed.
    pub changed: Time,
    /// The digest of all of it, in hexadecimal: what `DEVSHELL_ALLOW` names.
    pub digest: String,
    files: Vec<File>,
}

/// A file that has a say.
#[derive(Debug)]
struct File {
    /// From the project's root.
    name: String,
    path: PathBuf,
    role: Role,
    /// `None` when there is no such file.
    bytes: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Manifest,
    Lock,
    EnvFile,
    Hook,
    Npmrc,
}

impl Subject {
    /// Reads the files of a project. Nothing in them is run.
    ///
    /// # Errors
    /// A file that somebody else could have written, or that is no plain file.
    pub fn of(host: &Host, project: &Project, manifest: &Manifest) -> Result<Self, ProjectError> {
        let root = project.root.clone();
        let manifest_file = File {
            name: project.manifest_name(),
            path: project.manifest_path.clone(),
            role: Role::Manifest,
            bytes: Some(project.manifest_text.clone().into_bytes()),
        };
        let (mut files, mut changed) = (vec![manifest_file], project.changed);
        let mut add = |name: &str, role| -> Result<(), ProjectError> {
            let path = root.join(name);
            let (bytes, time) =
                content(host, &path)?.map_or((None, Time::default()), |(bytes, time)| (Some(bytes), time));
            changed = changed.max(time);
            files.push(File { name: name.to_owned(), role, bytes, path });
            Ok(())
        };
        add(lock::FILE_NAME, Role::Lock)?;
        add(NPMRC, Role::Npmrc)?;
        for file in &manifest.default.env_files {
            add(file, Role::EnvFile)?;
        }
        let words = manifest.hooks.enter.as_deref().and_then(|line| shell_words::split(line).ok());
        for word in words.unwrap_or_default() {
            if root.join(&word).is_file() {
                add(&word, Role::Hook)?;
            }
        }
        let digest = digest(&files);
        Ok(Self { root, changed, digest, files })
    }

    /// The text of the project's `.npmrc`, if there is one.
    pub fn npmrc(&self) -> Option<&str> {
        let file = self.files.iter().find(|file| file.role == Role::Npmrc)?;
        std::str::from_utf8(file.bytes.as_deref()?).ok()
    }

    /// The files that are there, and those that are not.
    pub fn paths(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (there, absent): (Vec<&File>, Vec<&File>) = self.files.iter().partition(|file| file.bytes.is_some());
        let paths = |files: Vec<&File>| files.into_iter().map(|file| file.path.clone()).collect();
        (paths(there), paths(absent))
    }

    /// The keys of each file with digests of their values.
    fn parts(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.files.iter().map(|file| (file.name.clone(), parts::of(file.role, file.bytes.as_deref()))).collect()
    }

    /// What one has not consented to: what has changed since, or all there is.
    pub fn differences(&self, standing: &Standing) -> Vec<Difference> {
        match standing {
            Standing::Allowed => Vec::new(),
            Standing::Changed(since) => parts::compare(&since.files, &self.parts()),
            Standing::New | Standing::Denied => parts::compare(&BTreeMap::new(), &self.parts()),
        }
    }

    /// How one stands to it: by `DEVSHELL_ALLOW`, or by what was decided before.
    pub fn standing(&self, host: &Host) -> Standing {
        let digest = &self.digest;
        if host.variable("DEVSHELL_ALLOW").is_some_and(|allowed| allowed == digest.as_str()) {
            return Standing::Allowed;
        }
        match record::read(host, &self.root) {
            None => Standing::New,
            Some(approval) if approval.decision == Decision::Denied => Standing::Denied,
            Some(approval) if approval.digest == *digest => Standing::Allowed,
            Some(approval) => Standing::Changed(Box::new(approval)),
        }
    }
}

/// Whether a project may change a shell by itself.
#[derive(Debug)]
pub enum Standing {
    Allowed,
    Denied,
    /// Nobody has decided yet.
    New,
    /// It is not what was allowed.
    Changed(Box<Approval>),
}

impl Standing {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::New => "new",
            Self::Changed(_) => "changed",
        }
    }
}

/// The files' names and contents, and which of them are not there, in one digest.
fn digest(files: &[File]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        let bytes = file.bytes.as_deref();
        for part in [file.name.as_bytes(), if bytes.is_some() { b"+" } else { b"-" }, bytes.unwrap_or_default()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hex(&hasher.finalize())
}

/// A file's bytes and when they were changed; `None` when there is none.
fn content(host: &Host, path: &Path) -> Result<Option<(Vec<u8>, Time)>, ProjectError> {
    match check_file(host, path) {
        Ok(metadata) => Ok(Some((fs_err::read(path)?, time(&metadata)))),
        Err(ProjectError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

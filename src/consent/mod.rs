//! Consent to what happens by itself: a project may change a shell that is merely in its directory
//! only after `devshell allow`, which covers the content of everything that affects the shell. What
//! is typed needs none.

mod parts;
mod record;
mod worktrees;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use parts::Difference;
pub use record::{Approval, Decision, approvals, forget, place, record};

use crate::digest::hex;
use crate::files::Time;
use crate::host::Host;
use crate::manifest::Manifest;
use crate::project::{Input, Inputs, Project, ProjectError};

/// What consent is given to: the files that decide what a project does to a shell, as they were when
/// they were read.
#[derive(Debug)]
pub struct Subject {
    pub root: PathBuf,
    /// When its files were last changed.
    pub changed: Time,
    /// The digest of all of it, in hexadecimal: what `DEVSHELL_ALLOW` names.
    pub digest: String,
    pub inputs: Inputs,
}

impl Subject {
    /// Reads the files of a project. Nothing in them is run.
    ///
    /// # Errors
    /// A file that another user could have written, or that is not a plain file.
    pub fn of(host: &Host, project: &Project, manifest: &Manifest) -> Result<Self, ProjectError> {
        let inputs = project.inputs(host, manifest)?;
        let (root, digest) = (project.root.clone(), digest(inputs.files()));
        Ok(Self { root, changed: project.changed.max(inputs.changed()), digest, inputs })
    }

    /// The text of the project's `.npmrc`, if there is one.
    pub fn npmrc(&self) -> Option<&str> {
        self.inputs.npmrc()
    }

    /// The files that are there, and those that are not.
    pub fn paths(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (there, absent): (Vec<_>, Vec<_>) = self.inputs.watched().partition(|(_, is_there)| *is_there);
        let [there, absent] = [there, absent].map(|files| files.into_iter().map(|(path, _)| path.to_owned()).collect());
        (there, absent)
    }

    /// The decisions that the verdict follows from.
    pub fn decisions(&self, host: &Host) -> Vec<PathBuf> {
        decisions(host, &self.root)
    }

    /// Whether another checkout of the same repository is allowed with just these files.
    fn is_allowed_elsewhere(&self, host: &Host) -> bool {
        let allows =
            |approval: record::Approval| approval.decision == Decision::Allowed && approval.digest == self.digest;
        worktrees::siblings(&self.root).iter().any(|root| record::read(host, root).is_some_and(allows))
    }

    /// The keys of each file with digests of their values.
    fn parts(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.inputs.files().iter().map(|file| (file.name.clone(), parts::of(file))).collect()
    }

    /// What one has not consented to: what has changed since, or all there is.
    pub fn differences(&self, verdict: &Verdict) -> Vec<Difference> {
        match verdict {
            Verdict::Allowed => Vec::new(),
            Verdict::Changed(since) => parts::compare(&since.files, &self.parts()),
            Verdict::New | Verdict::Denied => parts::compare(&BTreeMap::new(), &self.parts()),
        }
    }

    /// The verdict on one: by `DEVSHELL_ALLOW`, or by what was decided before.
    pub fn verdict(&self, host: &Host) -> Verdict {
        let digest = &self.digest;
        if host.variable("DEVSHELL_ALLOW").is_some_and(|allowed| allowed == digest.as_str()) {
            return Verdict::Allowed;
        }
        match record::read(host, &self.root) {
            None if self.is_allowed_elsewhere(host) => Verdict::Allowed,
            None => Verdict::New,
            Some(approval) if approval.decision == Decision::Denied => Verdict::Denied,
            Some(approval) if approval.digest == *digest => Verdict::Allowed,
            Some(approval) => Verdict::Changed(Box::new(approval)),
        }
    }
}

/// The files of the decisions that a verdict follows from: that about the project, or else those about its other checkouts.
pub fn decisions(host: &Host, root: &Path) -> Vec<PathBuf> {
    let own = record::place(host, root);
    let others = if own.exists() { Vec::new() } else { worktrees::siblings(root) };
    std::iter::once(own).chain(others.iter().map(|root| record::place(host, root))).collect()
}

/// Whether there may be a decision about a project, whatever its files are.
pub fn is_decided(host: &Host, root: &Path) -> bool {
    host.variable("DEVSHELL_ALLOW").is_some() || decisions(host, root).iter().any(|file| file.exists())
}

/// Whether a project may change a shell by itself.
#[derive(Debug)]
pub enum Verdict {
    Allowed,
    Denied,
    /// There is no decision yet.
    New,
    /// It is not what was allowed.
    Changed(Box<Approval>),
}

impl Verdict {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::New => "new",
            Self::Changed(_) => "changed",
        }
    }
}

/// The files' names and what of them counts, and which of them are not there, in one digest.
fn digest(files: &[Input]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        let counts = file.counts();
        let counts = counts.as_deref();
        for part in [file.name.as_bytes(), if counts.is_some() { b"+" } else { b"-" }, counts.unwrap_or_default()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hex(&hasher.finalize())
}

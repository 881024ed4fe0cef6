//! What a manifest's `python` block became: an interpreter, and packages by hash.

mod entry;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::entry::Entry;
use super::{Artifact, Lock, LockedTool};
use crate::digest::{Hasher, Integrity};
use crate::manifest::{Manifest, Python, PythonOrigin, debian_python, substance};
use crate::name::{Build, PackageVersion, Suite};
use crate::platform::{Platform, Platforms};
use crate::version::Requirement;

/// What is asked of Python. The lock holds what it was made for, and is stale exactly when the
/// manifest and the files it names ask for something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonWish {
    pub requirement: Requirement,
    pub origin: PythonOrigin,
    /// The release that the interpreter is of, when it is Debian's.
    pub suite: Option<Suite>,
    /// The files that name packages, with hashes of what counts in them.
    pub files: BTreeMap<String, Integrity>,
    pub extras: Vec<String>,
    pub groups: Vec<String>,
    pub allow_build: Vec<String>,
    pub exclude_newer: Option<String>,
}

impl PythonWish {
    pub fn of(python: &Python) -> Self {
        let digest = |(path, text): (&String, &String)| {
            let mut hasher = Hasher::sha256();
            hasher.update(substance(path, text).as_bytes());
            (path.clone(), hasher.finish())
        };
        Self {
            requirement: python.version.clone(),
            origin: python.origin,
            suite: python.suite.clone(),
            files: python.texts.iter().map(digest).collect(),
            extras: python.extras.clone(),
            groups: python.groups.clone(),
            allow_build: python.allow_build.clone(),
            exclude_newer: python.exclude_newer.clone(),
        }
    }
}

/// The Python of a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Entry", into = "Entry")]
pub struct LockedPython {
    pub wish: PythonWish,
    /// The interpreter's version; absent for the host's, which is asserted at entry.
    pub version: Option<PackageVersion>,
    /// Which build of that version.
    pub build: Option<Build>,
    /// From this Python on some package has nothing that could be installed.
    pub below: Option<PackageVersion>,
    /// The uv that resolved it.
    pub uv: PackageVersion,
    pub artifacts: Vec<Artifact>,
}

impl LockedPython {
    /// The files of the packages on a platform.
    pub fn artifacts_on(&self, platform: Platform) -> impl Iterator<Item = &Artifact> {
        let platform = self.platform(platform);
        self.artifacts.iter().filter(move |artifact| artifact.is_for(platform))
    }

    /// The platform that the interpreter is of on a machine.
    pub fn platform(&self, machine: Platform) -> Platform {
        self.wish.origin.platform(machine)
    }

    /// Takes out what is for other platforms alone.
    pub fn keep_for(&mut self, machines: Platforms) {
        let platforms = self.wish.origin.platforms(machines);
        self.artifacts.retain_mut(|artifact| artifact.keep_for(platforms));
    }
}

impl Lock {
    /// The Debian package that is the interpreter, where it is one.
    pub fn interpreter(&self) -> Option<&LockedTool> {
        let wish = self.python.as_ref().map(|python| &python.wish)?;
        (wish.origin == PythonOrigin::Deb).then(|| self.find(&debian_python(), &wish.requirement))?
    }

    /// What a lock of this manifest must hold of Python: the manifest's own, or the private one
    /// that runs the tools written in Python.
    pub fn python_wish(&self, manifest: &Manifest) -> Option<PythonWish> {
        let runs_tools = || self.tools.iter().any(LockedTool::is_venv);
        (manifest.python.is_some() || runs_tools()).then(|| PythonWish::of(&manifest.interpreter()))
    }

    /// Whether its Python is just what the manifest asks for.
    pub fn has_python(&self, manifest: &Manifest) -> bool {
        self.python_wish(manifest).as_ref() == self.python.as_ref().map(|python| &python.wish)
    }
}

//! What an environment relies on, so that it can be entered again for as long as all of that is unchanged.

use std::path::{Path, PathBuf};

use crate::manifest::Manifest;
use crate::project::{PYPROJECT, Project};
use crate::python::Built;
use crate::store::LaidOut;

/// What an environment relies on.
#[derive(Debug, Default)]
pub struct Closure {
    /// Directories that must still be there.
    pub directories: Vec<PathBuf>,
    /// Files and directories of the host and the project that must not have changed.
    pub stamps: Vec<PathBuf>,
}

impl Closure {
    /// What tools that are laid out rely on, and a Python with its packages.
    pub fn of(laid_out: &LaidOut, python: &Built) -> Self {
        let directories = laid_out.tools.iter().map(|tool| &tool.directory);
        let directories = directories.chain(&laid_out.contents).chain(&laid_out.companions).chain(&python.contents);
        let stamps = laid_out.host_files.iter().chain(&python.host_files);
        Self { directories: directories.cloned().collect(), stamps: stamps.cloned().collect() }
    }

    /// And what another relies on.
    pub fn add(&mut self, other: Self) {
        self.directories.extend(other.directories);
        self.stamps.extend(other.stamps);
    }

    /// The files of a project that decide about its Python. An environment of before is entered again only as long
    /// as the state leads to its Python.
    pub fn add_python(&mut self, project: &Project, manifest: &Manifest, state: &Path) {
        let Some(python) = &manifest.python else { return };
        self.stamps.extend(python.texts.keys().map(|file| project.root.join(file)));
        self.stamps.extend([project.root.join(PYPROJECT), state.join("python/pyvenv.cfg")]);
    }
}

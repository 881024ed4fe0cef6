//! What an environment relies on: as long as that is as it was, the environment is entered as it is.

use std::path::{Path, PathBuf};

use crate::evaluation::Evaluated;
use crate::files::Stamp;
use crate::host::{Host, OwnError};
use crate::manifest::{Isolation, Manifest};
use crate::project::{Known, Project};
use crate::python::Built;
use crate::store::LaidOut;

/// What an environment relies on.
#[derive(Debug, Default)]
pub struct Basis {
    /// Directories that must still be there.
    pub directories: Vec<PathBuf>,
    /// Files and directories of the host and the project that must not have changed.
    pub stamps: Vec<PathBuf>,
}

impl Basis {
    /// What tools that are laid out rely on, and a Python with its packages.
    pub fn of(laid_out: &LaidOut, python: &Built) -> Self {
        let directories = laid_out.tools.iter().map(|tool| &tool.directory);
        let directories = directories.chain(&laid_out.contents).chain(&laid_out.companions).chain(&python.contents);
        let stamps = laid_out.host_files.iter().chain(&python.host_files);
        Self { directories: directories.cloned().collect(), stamps: stamps.cloned().collect() }
    }

    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.directories.extend(other.directories);
        self.stamps.extend(other.stamps);
        self
    }

    /// The project's state, with the commands of the project itself, and the files that decide about its Rust and its
    /// Python.
    pub fn add_state(&mut self, state: &Path, project: &Project, manifest: &Manifest, built: &Built) {
        self.directories.push(built.commands.clone().unwrap_or_else(|| state.to_owned()));
        self.stamps.extend(manifest.toolchain_files().map(|file| project.root.join(file)));
        let Some(python) = &manifest.python else { return };
        self.stamps.extend(python.texts.keys().map(|file| project.root.join(file)));
        // An environment of before is entered again only as long as the state leads to its Python.
        self.stamps.push(state.join("python/pyvenv.cfg"));
        self.stamps.extend(built.own_files.iter().cloned());
    }

    /// What a dev shell of Nix relies on, if there is one.
    pub fn of_nix(nix: Option<&Evaluated>) -> Self {
        let stamps = nix.iter().flat_map(|nix| &nix.stamps);
        Self { directories: nix.iter().map(|nix| nix.directory.clone()).collect(), stamps: stamps.cloned().collect() }
    }

    /// The host's PATH, and directories of its commands; its loader, where that may come and go, since it decides whether
    /// the tools need copies. From here on, no directory may be another user's.
    pub fn add_host(
        &mut self,
        host: &Host,
        level: Isolation,
        commands: impl Iterator<Item = PathBuf>,
    ) -> Result<(), OwnError> {
        self.stamps.extend(host.path_directories());
        self.stamps.extend(host.unsettled_loader().filter(|_| !level.has_own_base()));
        self.directories.extend(commands);
        self.directories.iter().try_for_each(|directory| host.check(directory))
    }

    /// The stamps as they are now; of what was read, as it was then.
    pub fn stamped(&self, project: &Project) -> Vec<(PathBuf, Option<Stamp>)> {
        self.stamps.iter().map(|path| (path.clone(), stamp(project, path))).collect()
    }
}

/// A stamp of what was read, where that was.
fn stamp(project: &Project, path: &Path) -> Option<Stamp> {
    match project.known(path) {
        Known::Content(content) => Some(Stamp::of_opened(&content.metadata)),
        Known::Absent => None,
        Known::Nothing => Stamp::of(path),
    }
}

//! What is known about the dev shell and the machine that tells the host's files from the project's.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use devshell_wall::{Trace, Use};

use super::super::Context;
use crate::env::{Variables, policy};
use crate::leaks::{self, Around, Leaks, Packages};
use crate::project::Project;
use crate::sandbox::{Repository, SH};

/// Where temporary files are, and what the kernel makes.
const PASSING: [&str; 6] = ["/tmp", "/var/tmp", "/proc", "/sys", "/dev", "/run"];

/// Where systems have their commands, whatever PATH is.
const COMMANDS: [&str; 6] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

pub struct Surroundings {
    home: Option<PathBuf>,
    own: Vec<PathBuf>,
    passing: Vec<PathBuf>,
    provided: BTreeSet<PathBuf>,
    commands: BTreeSet<String>,
    path: Vec<PathBuf>,
    host_path: Vec<PathBuf>,
}

impl Surroundings {
    pub fn of(cx: &Context, project: &Project, variables: &Variables) -> Self {
        let host = &cx.host;
        let directories = &host.directories;
        let store = [directories.data.clone(), directories.cache.clone()];
        let path = split(variables.get(OsStr::new("PATH")).map_or(OsStr::new(""), |path| path));
        let is_ours = |directory: &&PathBuf| store.iter().any(|own| directory.starts_with(own));
        let entries = path.iter().filter(is_ours).filter_map(|directory| fs_err::read_dir(directory).ok());
        let entries: Vec<PathBuf> = entries.flatten().flatten().map(|entry| entry.path()).collect();
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A level may leave the base utilities to the host's PATH.
        let base = policy::commands(policy::BASE_UTILITIES).filter_map(|command| host.find(command));
        let provided = entries.iter().cloned().chain(base).chain([SH.into()]);
        let temporary = variables.get(OsStr::new("TMPDIR")).map(PathBuf::from);
        let repository = Repository::of(&project.root, host.home.as_deref());
        let repository = repository.into_iter().flat_map(|repository| [repository.top, repository.git]);
        let executables = [host.executable.clone(), host.lasting_executable()];
        let own = [project.root.clone(), directories.state.clone()].into_iter().chain(store.clone());
        Self {
            home: host.home.clone().map(real),
            commands: entries.iter().map(name).collect(),
            own: own.chain(repository).chain(executables).map(real).collect(),
            passing: PASSING.iter().map(PathBuf::from).chain(temporary).map(real).collect(),
            provided: provided.map(real).collect(),
            path,
            host_path: host.path_directories().chain(COMMANDS.iter().map(PathBuf::from)).collect(),
        }
    }

    /// Directories in which reading and writing says nothing about the host. A home directory may be below `/tmp`.
    pub fn ignored(&self) -> Vec<PathBuf> {
        let has_home = |directory: &&PathBuf| self.home.as_ref().is_some_and(|home| home.starts_with(directory));
        self.own.iter().chain(self.passing.iter().filter(|directory| !has_home(directory))).cloned().collect()
    }

    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    pub fn sort(&self, trace: &Trace, is_walled: bool) -> Leaks {
        let is_of_host = |used: &Use, path: &Path| !is_walled || is_same(used, path);
        let none = Packages::default();
        let packages = Packages::of(&leaks::candidates(trace, &self.around(&none, &is_of_host)));
        leaks::sort(trace, &self.around(&packages, &is_of_host))
    }

    fn around<'a>(&'a self, packages: &'a Packages, is_of_host: &'a dyn Fn(&Use, &Path) -> bool) -> Around<'a> {
        Around {
            own: &self.own,
            passing: &self.passing,
            home: self.home(),
            provided: &self.provided,
            commands: &self.commands,
            path: &self.path,
            host_path: &self.host_path,
            packages,
            is_of_host,
        }
    }
}

fn split(path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path).collect()
}

fn real(path: PathBuf) -> PathBuf {
    fs_err::canonicalize(&path).unwrap_or(path)
}

/// Whether what was used is what the host has there.
fn is_same(used: &Use, path: &Path) -> bool {
    let is_it = |file| fs_err::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == file);
    used.file.is_some_and(is_it)
}

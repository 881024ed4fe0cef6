//! Debian packages that are configured by their own scripts, with the real dpkg, whatever those scripts do.
#![cfg(target_os = "linux")]

mod alone;
mod base;
mod ended;
mod equal;
mod hostile;
mod kept;
mod limits;
mod locked;
mod without;

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::deb_tools::{PATIENCE, User};
use crate::support::{Deb, Debian, Invocation, Outcome, Sandbox, Signer, not_run};

/// An archive with the packages that configure others, and a user whose settings name it.
pub struct Machine {
    user: User,
    pub debian: Debian,
    /// Whether devshell is root's, instead of the user's.
    is_root: bool,
}

impl Machine {
    /// With these packages besides, all of which the manifest names.
    pub fn with(debs: &[Deb]) -> Self {
        let debian = Debian::with(base::base().iter().chain(debs).cloned());
        let sandbox = Sandbox::new();
        sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
        let url = debian.url();
        sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#));
        let machine = Self { user: User::of(sandbox), debian, is_root: false };
        let names: Vec<&str> = debs.iter().map(|deb| deb.name.as_str()).collect();
        machine.manifest(&names);
        machine
    }

    /// Writes a manifest with these packages, and locks it.
    pub fn manifest(&self, names: &[&str]) {
        let tools: Vec<String> =
            names.iter().map(|name| format!(r#""deb:{name}": {{ "version": "*", "suite": "trixie" }}"#)).collect();
        self.sandbox().manifest(format!("{{ \"tools\": {{ {} }} }}", tools.join(", ")));
        self.run(&["lock"]).success();
    }

    /// The same, with a devshell of root's. `None`, which is said, where that is not possible.
    pub fn of_root(self, test: &str) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            not_run(test, "it is about root");
            return None;
        }
        // Root uses no directories of others.
        let owner = std::process::Command::new("chown").args(["-R", "0:0"]).arg(self.sandbox().root()).status();
        assert!(owner.unwrap().success());
        Some(Self { is_root: true, ..self })
    }

    pub fn sandbox(&self) -> &Sandbox {
        &self.user.sandbox
    }

    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(&[], arguments)
    }

    #[track_caller]
    pub fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        if !self.is_root {
            return self.user.run_in(self.sandbox().project(), variables, arguments);
        }
        self.sandbox().devshell(arguments).envs(variables.iter().copied()).run_within(PATIENCE)
    }

    /// A devshell of the user's that is about to start.
    pub fn devshell(&self, arguments: &[&str]) -> Invocation<'_> {
        self.program(&[&[self.user.executable()], arguments].concat())
    }

    /// Any program of the user's.
    pub fn program(&self, words: &[&str]) -> Invocation<'_> {
        self.user.own();
        let all = self.user.words();
        let all: Vec<&str> = all.iter().map(String::as_str).chain(words.iter().copied()).collect();
        self.sandbox().program(all[0], &all[1..])
    }

    /// The directories of the prefixes that are whole.
    pub fn prefixes(&self) -> Vec<PathBuf> {
        let entries = fs_err::read_dir(self.builds()).into_iter().flatten().map(|entry| entry.unwrap().path());
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let is_whole = |path: &PathBuf| {
            !name(path).starts_with('.') && path.is_dir() && path.with_file_name(name(path) + ".sha256").exists()
        };
        let mut found: Vec<PathBuf> = entries.filter(is_whole).collect();
        found.sort();
        found
    }

    /// The one prefix that is whole.
    #[track_caller]
    pub fn prefix(&self) -> PathBuf {
        let [prefix] = <[PathBuf; 1]>::try_from(self.prefixes()).unwrap();
        prefix
    }

    pub fn builds(&self) -> PathBuf {
        self.sandbox().data().join("builds-1")
    }

    /// All that is the user's and not devshell's own.
    pub fn outside(&self) -> BTreeMap<PathBuf, String> {
        let mut found = listing(self.sandbox().home());
        found.retain(|path, _| ![".local", ".cache"].iter().any(|own| path.starts_with(own)));
        found
    }
}

/// Path below a directory -> what is there: mode, time of the last change, size, where a link leads to.
pub fn listing(directory: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(path) = open.pop() {
        let metadata = fs_err::symlink_metadata(&path).unwrap();
        let target = if metadata.is_symlink() { fs_err::read_link(&path).unwrap() } else { PathBuf::new() };
        // A directory's size is the file system's, and its time is of the directories that devshell makes in it.
        let about = if metadata.is_dir() {
            String::new()
        } else {
            format!("{}.{} {}", metadata.mtime(), metadata.mtime_nsec(), metadata.size())
        };
        let text = format!("{:o} {about} {}", metadata.mode(), target.display());
        found.insert(path.strip_prefix(directory).unwrap().to_owned(), text);
        if metadata.is_dir() {
            open.extend(fs_err::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

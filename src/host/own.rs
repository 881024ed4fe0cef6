//! Whose devshell's own directories are. What is in the store, the cache and the state is run, so
//! they must be the user's or root's, and no other user may be able to write them, or to replace
//! them by what is above them.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Host;
use crate::files::own::{Fault, PRIVATE, Trusted, make_directory};
use crate::hint::Hint;

/// Why devshell does not use its own directories.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    #[error("`{}` belongs to another user (uid {owner}), and devshell would run what is in it", .path.display())]
    Foreign { path: PathBuf, owner: u32, is_in_store: bool },
    #[error("`{}` can be written by other users, and devshell would run what is in it", .path.display())]
    Writable { path: PathBuf, is_own: bool },
    #[error("devshell runs as root through `sudo`, and `{}` belongs to uid {owner}", .path.display())]
    Sudo { path: PathBuf, owner: u32 },
}

impl Hint for OwnError {
    fn hint(&self) -> Option<String> {
        let quoted = |path: &Path| shell_words::quote(&path.to_string_lossy()).into_owned();
        Some(match self {
            Self::Foreign { path, is_in_store, .. } => {
                let mend = match is_in_store {
                    true => "`devshell verify --repair` replaces it",
                    false => "set DEVSHELL_HOME to a directory of your own",
                };
                format!("{mend}; or, if you trust its owner, `export DEVSHELL_SAFE_DIRECTORY={}`", quoted(path))
            }
            Self::Writable { path, is_own } => {
                let path = quoted(path);
                let mend = match is_own {
                    true => format!("`chmod -R go-w {path}`, then `devshell verify --repair`"),
                    false => format!("`chmod go-w {path}`"),
                };
                let trust = "or, if you trust everyone who can write there, `export DEVSHELL_SAFE_DIRECTORY=";
                format!("{mend}; {trust}{path}`")
            }
            Self::Sudo { .. } => {
                "run devshell without `sudo`, or with root's own home: `sudo -H devshell …`".to_owned()
            }
        })
    }
}

impl Host {
    /// Makes a directory of the cache, for the user alone.
    ///
    /// # Errors
    /// It cannot be made, or it is there and another user can change it.
    pub fn make_cache(&self, below: &str) -> io::Result<PathBuf> {
        self.make(&self.directories.cache, below)
    }

    /// The same, for what only saves time: that it cannot be made shows when it is written to.
    pub fn cache(&self, below: &str) -> PathBuf {
        self.make_cache(below).unwrap_or_else(|_| self.directories.cache.join(below))
    }

    /// Makes a directory of the state, for the user alone.
    pub fn make_state(&self, below: &str) -> io::Result<PathBuf> {
        self.make(&self.directories.state, below)
    }

    /// Refuses a directory of devshell's own that another user can change. One that is not there is
    /// fine.
    pub fn check(&self, place: &Path) -> Result<(), OwnError> {
        let Ok(metadata) = fs_err::metadata(place) else { return Ok(()) };
        if self.trusts(place, &metadata) {
            return Ok(());
        }
        let fault = self.trusted().fault(&metadata).unwrap_or(Fault::Writable);
        let mut error = error(place.to_owned(), fault, true);
        if let OwnError::Foreign { is_in_store, .. } = &mut error {
            let below = place.strip_prefix(&self.directories.data).map_or(0, |below| below.components().count());
            *is_in_store = below > 1;
        }
        Err(error)
    }

    fn make(&self, base: &Path, below: &str) -> io::Result<PathBuf> {
        let place: PathBuf = base.components().chain(Path::new(below).components()).collect();
        if place.is_dir() {
            return self.check(&place).map(|()| place).map_err(io::Error::other);
        }
        self.check_sudo().map_err(io::Error::other)?;
        make_directory(base, below, PRIVATE)
    }

    /// Whether no other user can change something of devshell's own, as far as its own owner and
    /// mode tell. The way above it is looked at by `check_own`.
    pub fn trusts(&self, path: &Path, metadata: &Metadata) -> bool {
        // Nearly always the answer is here, without asking the system anything.
        let is_ours = [0, self.user].contains(&metadata.uid()) && metadata.mode() & 0o022 == 0;
        is_ours || self.trusted().fault(metadata).is_none() || self.is_safe(path)
    }

    /// Refuses directories that another user could have put something into.
    pub fn check_own(&self) -> Result<(), OwnError> {
        self.check_sudo()?;
        let [data, cache, state] = self.own_directories();
        [data, cache, state].into_iter().try_for_each(|base| self.check_base(base).map_or(Ok(()), Err))
    }

    /// What is wrong with one of devshell's directories, or with the directories in it.
    pub fn check_base(&self, base: &Path) -> Option<OwnError> {
        if self.is_safe(base) {
            return None;
        }
        let trusted = self.trusted();
        if let Some((path, fault)) = trusted.first_fault(base) {
            let is_own = path == base;
            return Some(error(path, fault, is_own));
        }
        let entries = fs_err::read_dir(base).into_iter().flatten().flatten();
        // A project's own directory is looked at when the project is entered.
        let is_project = |path: &Path| base == self.directories.state && !path.ends_with("approvals-1");
        for path in entries.map(|entry| entry.path()).filter(|path| !is_project(path)) {
            let Ok(metadata) = fs_err::symlink_metadata(&path) else { continue };
            let fault = match metadata.file_type() {
                // Parts of the store may be on other disks.
                kind if kind.is_symlink() => trusted.first_fault(&path),
                kind if kind.is_dir() => trusted.fault(&metadata).map(|fault| (path, fault)),
                _ => None,
            };
            if let Some((path, fault)) = fault {
                return Some(error(path, fault, true));
            }
        }
        None
    }

    /// Refuses a path that another user could lead elsewhere, by what is above it.
    pub fn check_way(&self, path: &Path) -> Result<(), OwnError> {
        let fault = self.trusted().first_fault(path).filter(|_| !self.is_safe(path));
        fault.map_or(Ok(()), |(path, fault)| Err(error(path, fault, false)))
    }

    /// Under `sudo` with the home of the user who called it, files would become root's there, and
    /// that user could not use devshell any more.
    pub fn check_sudo(&self) -> Result<(), OwnError> {
        if self.user != 0 || self.variable("SUDO_UID").is_none_or(|uid| uid == "0") {
            return Ok(());
        }
        for base in self.own_directories().into_iter().filter(|base| !self.is_safe(base)) {
            let there = base.ancestors().find_map(|path| Some((path, fs_err::metadata(path).ok()?)));
            if let Some((path, owner)) = there.map(|(path, metadata)| (path, metadata.uid()))
                && owner != 0
            {
                return Err(OwnError::Sudo { path: path.to_owned(), owner });
            }
        }
        Ok(())
    }

    /// Whether these are the directories of another user, who shares them: root, or one who is let in.
    pub fn is_guest(&self) -> bool {
        let there = self.directories.state.ancestors().find_map(|path| fs_err::metadata(path).ok());
        there.is_some_and(|metadata| metadata.uid() != self.user)
    }

    fn own_directories(&self) -> [&Path; 3] {
        [&self.directories.data, &self.directories.cache, &self.directories.state]
    }

    fn trusted(&self) -> Trusted {
        Trusted::of_user(self.user)
    }

    /// Whether the user has declared a path safe.
    pub fn is_safe(&self, path: &Path) -> bool {
        let list = self.variable("DEVSHELL_SAFE_DIRECTORY");
        // Every path begins with an empty one.
        list.is_some_and(|list| std::env::split_paths(list).any(|safe| safe.is_absolute() && path.starts_with(safe)))
    }
}

fn error(path: PathBuf, fault: Fault, is_own: bool) -> OwnError {
    match fault {
        Fault::Owner(owner) => OwnError::Foreign { path, owner, is_in_store: false },
        Fault::Writable => OwnError::Writable { path, is_own },
    }
}

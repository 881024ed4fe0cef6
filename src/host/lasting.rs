//! Paths that outlast what they name at the moment: devshell's own, and the entries that it put on PATH.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Host;

impl Host {
    /// The path of devshell that outlasts an upgrade: the name that it was called by, which package managers keep as a
    /// link to the newest version. The executable itself may be in a directory of its version.
    pub fn lasting_executable(&self) -> PathBuf {
        let name = self.called.as_deref().unwrap_or_default();
        let own = |path: &Path| path.starts_with(&self.directories.data);
        let found = if name.as_encoded_bytes().contains(&b'/') {
            let path = std::path::absolute(name).ok();
            // The link in a dev shell leads to what is looked for.
            path.map(|path| if own(&path) { fs_err::read_link(&path).unwrap_or(path) } else { path })
        } else {
            let paths = self.path_directories().map(|directory| directory.join(name));
            let found = || paths.filter(|path| !own(path)).find(|path| is_same(path, &self.executable));
            self.linked(name).filter(|path| is_same(path, &self.executable)).or_else(found)
        };
        found.filter(|path| is_same(path, &self.executable)).unwrap_or_else(|| self.executable.clone())
    }

    /// What a command of the dev shell around us leads to, where the store is read-only, as in a sandbox: no other link can
    /// be made. PATH has another name while the user's rc files run.
    fn linked(&self, name: &OsStr) -> Option<PathBuf> {
        let entered = self.entered.as_ref().map(|entered| &entered.variables);
        let variables = entered.or(self.shell.as_ref())?;
        let writable = rustix::fs::access(&self.directories.data, rustix::fs::Access::WRITE_OK);
        if writable != Err(rustix::io::Errno::ROFS) {
            return None;
        }
        let path = ["__DEVSHELL_V_PATH", "PATH"].iter().find_map(|name| variables.get(OsStr::new(name)))?;
        let own = std::env::split_paths(path).filter(|entry| entry.starts_with(&self.directories.data));
        own.map(|entry| entry.join(name)).find_map(|link| fs_err::read_link(link).ok())
    }

    /// Takes the entries of devshell's own store out of PATH, if there is no environment that they could belong to. Python's
    /// `deactivate` puts back a PATH from inside of a project that the user has left since.
    pub fn drop_entries_without_owner(&mut self) {
        if self.entered.is_some() || self.variables.contains_key(OsStr::new("DEVSHELL_KEY")) {
            return;
        }
        let Some(path) = self.variables.get(OsStr::new("PATH")) else { return };
        let is_others = |entry: &PathBuf| !entry.starts_with(&self.directories.data);
        let Ok(left) = std::env::join_paths(std::env::split_paths(path).filter(is_others)) else { return };
        if left != *path {
            self.shell.get_or_insert_with(|| self.variables.clone());
            self.variables.insert("PATH".into(), left);
        }
    }
}

/// Whether two paths lead to the same file or directory, however they are written.
pub fn is_same(path: &Path, other: &Path) -> bool {
    let identity = |path: &Path| fs_err::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    identity(path).is_some_and(|found| Some(found) == identity(other))
}

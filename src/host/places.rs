//! Where devshell keeps its files: what the variables say, or the XDG Base Directory Specification, or the system.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::{HostError, account, inside};
use crate::digest;
use crate::env::Variables;

/// Where devshell keeps its files.
#[derive(Clone, Debug)]
pub struct Directories {
    /// The store.
    pub data: PathBuf,
    /// Safe to delete at any time.
    pub cache: PathBuf,
    /// Per-project state.
    pub state: PathBuf,
}

impl Directories {
    pub(super) fn of(variables: &Variables, home: Option<&Path>) -> Result<Self, HostError> {
        let set = |name: &str| variables.get(OsStr::new(name)).filter(|value| !value.is_empty()).map(PathBuf::from);
        let directories = match set("DEVSHELL_HOME") {
            Some(place) if !place.is_absolute() => return Err(HostError::Relative(place)),
            Some(place) => {
                let own = home.and_then(|home| Self::usual(Some(home), set).ok());
                let own = own.filter(|_| is_of_another_user(&place));
                let [cache, state] = ["cache", "state"].map(|name| place.join(name));
                // What the user keeps does not belong in there, and could not be written in an image.
                let (cache, state) = own.map_or((cache, state), |own| (own.cache, own.state));
                Self { data: place.join("data"), cache, state }
            }
            // Without HOME, the library would ask the C library for it.
            None if account::named_home(variables).is_none() => Self::usual(home, set)?,
            None => {
                let project = ProjectDirs::from("", "", "devshell").ok_or(HostError::NoHome)?;
                let data = project.data_dir();
                // The usual place on macOS, "Application Support", has a space in it.
                if has_space(data) {
                    Self::usual(home, |_| None)?
                } else {
                    Self {
                        data: data.to_owned(),
                        cache: project.cache_dir().to_owned(),
                        state: project.state_dir().map_or_else(|| data.join("state"), Path::to_owned),
                    }
                }
            }
        };
        let directories = directories.outside(home);
        if has_space(&directories.data) {
            return Err(HostError::Space(directories.data));
        }
        Ok(directories)
    }

    /// Where a project has its own directory.
    pub fn state_of(&self, project: &Path) -> PathBuf {
        self.state.join(project_key(project))
    }

    /// Where the dev shells of Nix are kept that were evaluated, in a directory for each project.
    pub fn nix(&self) -> PathBuf {
        self.state.join("nix-1")
    }

    /// In the weaker wall of isolation `sandbox`, the home directory is a private one, beside which a link leads to the
    /// user's own: devshell's files are there.
    fn outside(self, home: Option<&Path>) -> Self {
        let Some((home, own)) = home.and_then(|home| Some((home, inside::beside(home, inside::OUTSIDE)?))) else {
            return self;
        };
        let moved = |path: PathBuf| path.strip_prefix(home).map(|below| own.join(below)).unwrap_or(path);
        Self { data: moved(self.data), cache: moved(self.cache), state: moved(self.state) }
    }

    /// The places of the XDG Base Directory Specification, or else those below the home directory.
    fn usual(home: Option<&Path>, set: impl Fn(&str) -> Option<PathBuf>) -> Result<Self, HostError> {
        let place = |variable: &str, below: &str| {
            let base = set(variable).filter(|base| base.is_absolute()).or_else(|| Some(home?.join(below)));
            base.map(|base| base.join("devshell")).ok_or(HostError::NoHome)
        };
        Ok(Self {
            data: place("XDG_DATA_HOME", ".local/share")?,
            cache: place("XDG_CACHE_HOME", ".cache")?,
            state: place("XDG_STATE_HOME", ".local/state")?,
        })
    }
}

/// What a project is called where devshell keeps something for it. It is short, since a socket's path must fit in 107 bytes.
pub fn project_key(root: &Path) -> String {
    digest::key(&[root.as_os_str().as_bytes()])[..12].to_owned()
}

/// Whether an ordinary user would be a guest in a directory.
fn is_of_another_user(directory: &Path) -> bool {
    let user = rustix::process::geteuid();
    !user.is_root() && fs_err::metadata(directory).is_ok_and(|metadata| metadata.uid() != user.as_raw())
}

fn has_space(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().iter().any(u8::is_ascii_whitespace)
}

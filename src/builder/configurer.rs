//! Has Debian packages configured: their own scripts run in a root directory that is their prefix, and all that they change is
//! another directory.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};

use super::{TRY, why_not};
use crate::child::{Child, Place};
use crate::host::Host;
pub use crate::sandbox::CHANGING;

/// The hidden verb that runs the scripts inside a wall.
pub const CONFIGURE: &str = "configure-packages";

/// What can configure packages on this machine, if anything can. That is tried when it is first asked.
#[derive(Clone, Debug)]
pub struct Configurer {
    executable: PathBuf,
    /// The user's home directory, or `/` if there is none.
    home: PathBuf,
    refusal: Arc<OnceLock<Option<String>>>,
}

/// Where packages are configured.
#[derive(Clone, Copy, Debug)]
pub struct Configured<'p> {
    /// The files of the packages.
    pub root: &'p Path,
    /// What takes the changes, with the same directories, and an empty directory beside it for the kernel.
    pub changes: &'p Path,
    pub work: &'p Path,
}

impl Configurer {
    pub fn new(host: &Host) -> Self {
        let home = host.home.clone().unwrap_or_else(|| "/".into());
        Self { executable: host.executable.clone(), home, refusal: Arc::default() }
    }

    /// Why it can't be done on this machine, if that is so, as it was tried once.
    pub fn refusal(&self, tried: impl FnOnce(&Self) -> io::Result<Option<String>>) -> Option<&str> {
        self.refusal.get_or_init(|| tried(self).unwrap_or_else(|error| Some(error.to_string()))).as_deref()
    }

    /// Has a wall built in which nothing runs. Returns why that failed.
    pub fn try_at(&self, place: Configured) -> io::Result<Option<String>> {
        Ok(why_not(&self.child(place)?.arg(TRY).output()?))
    }

    /// Runs all scripts, and hears what they print, line by line.
    pub fn run(&self, place: Configured, hear: impl FnMut(&[u8])) -> io::Result<ExitStatus> {
        self.child(place)?.talk(Stdio::null(), hear)
    }

    fn child(&self, place: Configured) -> io::Result<Child> {
        let mut child = Child::new(&self.executable, Place::Root)?;
        // devshell does not start without knowing one, and not all users are in /etc/passwd. The scripts do not get it.
        child.arg(CONFIGURE).args([place.root, place.changes, place.work]).env("HOME", &self.home);
        Ok(child)
    }
}

//! A weaker wall for machines that allow no namespaces: Landlock for files, a filter for sockets. What it does not hold is
//! in docs/isolation.md.

mod calls;
pub mod remaining;
mod rights;
mod rules;
mod spread;
mod private;

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::{Signal, chdir, geteuid, set_parent_process_death_signal};

pub use self::private::Private;
use self::rights::{Right, handled};
use self::rules::Rules;
use super::at::At as _;
use super::place::{is_directory, step};
use super::ruleset::{Handled, Ruleset, version};
use super::{capabilities, devices, scope};
use crate::fault::Fault;
use crate::plan::{Mount, Network, Wall};

/// Before Linux 6.2, any file can be made empty.
const OLDEST: u32 = 3;

/// To connect and to listen by TCP, which a version knows.
const TCP: (u32, u64) = (4, 0b11);

/// A plan, held by Landlock alone.
pub struct LandlockWall<'a> {
    pub(super) wall: &'a Wall,
    rules: Rules,
    version: u32,
}

impl<'a> LandlockWall<'a> {
    /// Of the kernel's Landlock, if it is new enough.
    pub fn version() -> Result<u32, Fault> {
        match version() {
            None => Err(Fault::new("use Landlock", Errno::OPNOTSUPP)),
            Some(..OLDEST) => Err(Fault::new("use the Landlock of Linux 6.2", Errno::OPNOTSUPP)),
            Some(version) => Ok(version),
        }
    }

    /// Looks at the host's files as they are now. A plan that cannot be held is an error.
    pub fn plan(wall: &'a Wall) -> Result<Self, Fault> {
        let version = Self::version()?;
        if wall.network != Network::Host && wall.network != Network::None {
            return Err(Fault::new("allow the network by name without namespaces", Errno::OPNOTSUPP));
        }
        let mut rules = Rules::of(wall)?;
        if wall.mounts.iter().any(|mount| matches!(mount, Mount::Devices { .. })) {
            rules.allowed.extend(devices::harmless().map(|path| (path, Right::Device)));
        }
        Ok(Self { wall, rules, version })
    }

    /// Directories in which nothing new can be made, because something in them is held back.
    pub fn frozen(&self) -> &[PathBuf] {
        &self.rules.frozen
    }

    /// For the process that waits for the command: what the command needs besides rules.
    pub(super) fn prepare(&self, command: &mut Command) -> Result<Option<Private>, Fault> {
        remaining::adopt()?;
        let directory = &self.wall.directory;
        chdir(directory).at(|| step("go to", directory))?;
        Private::make(self.wall, command)
    }

    /// For the process that becomes the command: from now on it is inside.
    pub(super) fn enter(&self, private: Option<&Private>) -> Result<(), Fault> {
        set_parent_process_death_signal(Some(Signal::KILL)).at(|| "follow the parent".to_owned())?;
        capabilities::drop_on_the_host(geteuid().is_root())?;
        let has_network = self.wall.network == Network::Host;
        let (tcp, bits) = TCP;
        let network = if has_network || self.version < tcp { 0 } else { bits };
        let scoped = scope::known(self.version);
        let handled = Handled { files: handled(self.version), network, scoped };
        let ruleset = Ruleset::new(handled).at(|| "make rules of Landlock".to_owned())?;
        for (path, right) in self.allowed(private) {
            self.allow(&ruleset, path, right)?;
        }
        ruleset.enforce().at(|| "use Landlock".to_owned())?;
        calls::install(has_network)
    }

    fn allowed<'b>(&'b self, private: Option<&'b Private>) -> impl Iterator<Item = (&'b Path, Right)> {
        let rules = self.rules.allowed.iter().map(|(path, right)| (path.as_path(), *right));
        rules.chain(private.map(|private| (private.0.as_path(), Right::Write)))
    }

    fn allow(&self, ruleset: &Ruleset, path: &Path, right: Right) -> Result<(), Fault> {
        // What is gone by now needs no rule.
        let Ok(found) = open(path) else { return Ok(()) };
        let bits = right.bits(self.version, is_directory(&found)?);
        if bits == 0 { Ok(()) } else { ruleset.allow(&found, bits).at(|| step("allow", path)) }
    }
}

fn open(path: &Path) -> Result<OwnedFd, Errno> {
    openat(CWD, path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

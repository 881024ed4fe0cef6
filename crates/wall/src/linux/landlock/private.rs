//! Private directories in the place of shared ones, which cannot be covered: the command's variables name them. They are
//! gone when it has ended.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::getpid;

use crate::fault::Fault;
use crate::linux::at::At as _;
use crate::linux::place::step;
use crate::plan::{Mount, Wall};

const TEMPORARY: &str = "TMPDIR";
const USUAL: &str = "/tmp";
const HOME: &str = "HOME";

/// A link beside the private home directory to the one that it takes the place of.
const SHARED_HOME: &str = ".devshell-home";

/// Directories that are in the home directory, unless these variables name others.
const IN_HOME: [&str; 4] = ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];

#[derive(Debug)]
pub struct Private(pub PathBuf);

impl Private {
    /// For a plan in which the command's directories of temporary files and of its user are in memory.
    pub fn make(wall: &Wall, command: &mut Command) -> Result<Option<Self>, Fault> {
        let in_memory = |path: &Path| {
            let is_it = |mount: &Mount| matches!(mount, Mount::Memory { target, .. } if target == path);
            wall.mounts.iter().any(is_it) && path.is_dir()
        };
        let shared = variable(command, TEMPORARY).unwrap_or_else(|| USUAL.into());
        if !in_memory(&shared) {
            return Ok(None);
        }
        let made = Self(make(&shared).at(|| step("make a directory in", &shared))?);
        let temporary = made.0.join("tmp");
        fs::create_dir(&temporary).at(|| step("make", &temporary))?;
        command.env(TEMPORARY, temporary);
        made.links(wall).at(|| step("make a link in", &made.0))?;
        if let Some(home) = variable(command, HOME).filter(|home| in_memory(home)) {
            made.home(&home, wall, command).at(|| step("make a directory in", &made.0))?;
        }
        Ok(Some(made))
    }

    /// What the plan has in the root directory, which cannot be added to, is here.
    fn links(&self, wall: &Wall) -> io::Result<()> {
        for mount in &wall.mounts {
            if let Mount::Link { target, to } = mount
                && target.parent() == Some(Path::new("/"))
                && fs::symlink_metadata(target).is_err()
            {
                symlink(to, self.0.join(target.strip_prefix("/").unwrap_or(target)))?;
            }
        }
        Ok(())
    }

    /// It has links to what the plan has in the other one.
    fn home(&self, shared: &Path, wall: &Wall, command: &mut Command) -> io::Result<()> {
        let own = self.0.join("home");
        fs::create_dir(&own)?;
        let bound = wall.mounts.iter().filter_map(|mount| match mount {
            Mount::Bind { target, .. } | Mount::Link { target, .. } => Some(target).filter(|target| target.exists()),
            _ => None,
        });
        let mut bound: Vec<PathBuf> = bound.filter(|path| path.starts_with(shared)).cloned().collect();
        if bound.iter().any(|path| path == shared) {
            bound.retain(|path| path != shared);
            bound.extend(fs::read_dir(shared)?.flatten().map(|entry| entry.path()));
        }
        bound.sort_unstable();
        // What is below one that has a link already is behind that link.
        bound.dedup_by(|path, above| path.starts_with(above));
        for path in bound {
            let link = own.join(path.strip_prefix(shared).unwrap_or(&path));
            fs::create_dir_all(link.parent().unwrap_or(&own))?;
            symlink(path, link)?;
        }
        for name in IN_HOME {
            let below = variable(command, name).and_then(|path| Some(own.join(path.strip_prefix(shared).ok()?)));
            below.map(|path| command.env(name, path));
        }
        symlink(shared, self.0.join(SHARED_HOME))?;
        command.env(HOME, own);
        Ok(())
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // The user can remove what is left.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a command was given explicitly.
fn variable(command: &Command, name: &str) -> Option<PathBuf> {
    let (_, value) = command.get_envs().find(|(given, _)| *given == OsStr::new(name))?;
    value.map(OsString::from).map(PathBuf::from)
}

fn make(shared: &Path) -> io::Result<PathBuf> {
    let mut number = 0_u32;
    loop {
        let path = shared.join(format!("devshell-{}-{number}", getpid().as_raw_nonzero()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|()| path),
        }
    }
}

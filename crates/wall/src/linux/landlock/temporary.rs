//! A private directory for temporary files, in the shared one that cannot be covered.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::getpid;

use crate::fault::Fault;
use crate::linux::at::At as _;
use crate::linux::place::step;
use crate::plan::{Mount, Wall};

const VARIABLE: &str = "TMPDIR";
const USUAL: &str = "/tmp";

/// Removed with all that is in it when the command has ended.
#[derive(Debug)]
pub struct Temporary(pub PathBuf);

impl Temporary {
    /// For a plan in which the command's directory of temporary files is in memory. The command's variable names the
    /// private one from now on.
    pub fn make(wall: &Wall, command: &mut Command) -> Result<Option<Self>, Fault> {
        let named = command.get_envs().find(|(name, _)| *name == VARIABLE).and_then(|(_, value)| value);
        let shared = named.map_or(Path::new(USUAL), Path::new);
        let is_private = |mount: &Mount| matches!(mount, Mount::Memory { target, .. } if target == shared);
        if !wall.mounts.iter().any(is_private) || !shared.is_dir() {
            return Ok(None);
        }
        let path = make(shared).at(|| step("make a directory in", shared))?;
        command.env(VARIABLE, &path);
        Ok(Some(Self(path)))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // The user can remove what is left.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn make(shared: &Path) -> std::io::Result<PathBuf> {
    let mut number = 0_u32;
    loop {
        let path = shared.join(format!("devshell-{}-{number}", getpid().as_raw_nonzero()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|()| path),
        }
    }
}

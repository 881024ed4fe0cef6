//! Programs from the real registries, fetched by the executable under test with the settings of the one who runs the
//! tests. Each set of them has a directory, which is there for the next time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::network::is_network_fault;
use super::{DEVSHELL, host, uv};

/// A project with a store of its own, in which one process fetches at a time.
pub struct Fetched {
    pub directory: PathBuf,
    /// The lock ends with the process.
    _turn: fs_err::File,
}

impl Fetched {
    /// A project with this manifest, and with a lock if there is one.
    pub fn project(name: &str, manifest: &str, lock: Option<&str>) -> Self {
        let directory = host::place().join(name);
        fs_err::create_dir_all(&directory).unwrap();
        let turn = fs_err::File::create(directory.join("turn")).unwrap();
        turn.lock().unwrap();
        for (name, text) in [("devshell.json", Some(manifest)), ("devshell.lock", lock)] {
            let path = directory.join(name);
            if let Some(text) = text.filter(|text| fs_err::read_to_string(&path).ok().as_deref() != Some(*text)) {
                fs_err::write(&path, text).unwrap();
            }
        }
        Self { directory, _turn: turn }
    }

    /// Runs devshell there, again when the network was at fault, and gives what it prints.
    pub fn devshell(&self, arguments: &[&str]) -> Result<String, String> {
        for attempt in 1.. {
            let output = command(&self.directory).args(arguments).stdin(Stdio::null()).output().unwrap();
            if output.status.success() {
                return Ok(String::from_utf8(output.stdout).unwrap());
            }
            let errors = String::from_utf8_lossy(&output.stderr);
            let called = format!("`devshell {}` in {}", arguments.join(" "), self.directory.display());
            if !is_network_fault(&errors) {
                return Err(format!("programs that the tests need are missing: {called}: {errors}"));
            }
            if attempt == 3 {
                return Err(format!("the network failed three times, not devshell: {called}: {errors}"));
            }
        }
        unreachable!("the loop returns")
    }

    /// Where a command is.
    pub fn which(&self, arguments: &[&str]) -> Result<PathBuf, String> {
        Ok(self.devshell(&[&["which"], arguments].concat())?.trim_end().into())
    }
}

/// devshell in a project, with uv on PATH.
fn command(directory: &Path) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let uv = uv().parent().unwrap().to_owned();
    let path = std::env::join_paths(std::iter::once(uv).chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new(DEVSHELL);
    let own = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("DEVSHELL_"));
    for name in own {
        command.env_remove(name);
    }
    command.current_dir(directory).env("DEVSHELL_HOME", directory).env("PATH", path);
    command
}

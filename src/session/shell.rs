//! Which shell is the user's.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::SpawnError;
use crate::dialect::{self, Dialect};
#[cfg(target_os = "linux")]
use crate::files::{bounded, most};

/// A shell and the language it speaks.
pub struct Shell {
    pub path: PathBuf,
    pub dialect: &'static dyn Dialect,
    /// Whether it passes over the user's rc files.
    pub without_rc_files: bool,
}

/// Chooses: the one asked for, else the one devshell was called from, else `SHELL`, else the
/// one that the user logs in to. A calling `sh`, `dash` or busybox is a script, not a choice.
pub fn choose_shell(
    asked: Option<&str>,
    environment_shell: Option<&OsStr>,
    login_shell: impl FnOnce() -> Option<PathBuf>,
    find: impl Fn(&str) -> Option<PathBuf>,
) -> Result<Shell, SpawnError> {
    let shell = |path: PathBuf| Shell { dialect: dialect::of(&path), path, without_rc_files: false };
    if let Some(asked) = asked {
        let path =
            if asked.contains('/') { Some(PathBuf::from(asked)).filter(|path| path.is_file()) } else { find(asked) };
        return path.map(shell).ok_or_else(|| SpawnError::UnknownShell(asked.to_owned()));
    }
    let speaks = |path: &Path| dialect::known(path).is_some_and(|known| !known.runs_scripts);
    let login_shell = || login_shell().filter(|path| is_shell(path));
    let parent = parent_executable(&find).filter(|path| speaks(path)).or_else(parent_script);
    let named = || environment_shell.map(PathBuf::from).filter(|path| is_shell(path));
    parent.or_else(named).or_else(login_shell).or_else(|| find("sh")).map(shell).ok_or(SpawnError::NoShell)
}

/// The executable of the parent process.
#[cfg(target_os = "linux")]
fn parent_executable(_find: &impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let parent = rustix::process::getppid()?;
    fs_err::read_link(format!("/proc/{}/exe", parent.as_raw_pid())).ok()
}

/// The script that the parent process runs, if that is a shell: xonsh is one of Python's, whose
/// first argument is its path.
#[cfg(target_os = "linux")]
fn parent_script() -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    let parent = rustix::process::getppid()?;
    let arguments = bounded::read(Path::new(&format!("/proc/{}/cmdline", parent.as_raw_pid())), most::MACHINE).ok()?;
    let script = Path::new(OsStr::from_bytes(arguments.split(|byte| *byte == 0).nth(1)?));
    (script.is_absolute() && dialect::of(script).name() == "xonsh" && script.is_file()).then(|| script.to_owned())
}

/// `ps` does not say where an argument ends.
#[cfg(target_os = "macos")]
const fn parent_script() -> Option<PathBuf> {
    None
}

/// The executable of the parent process, as `ps` names it; a login shell has a leading `-`.
#[cfg(target_os = "macos")]
fn parent_executable(find: &impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let parent = rustix::process::getppid()?.as_raw_pid().to_string();
    // The system's, whatever PATH leads to.
    let output = std::process::Command::new("/bin/ps").args(["-o", "comm=", "-p", &parent]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?;
    let name = name.trim().trim_start_matches('-');
    if name.starts_with('/') { Some(name.into()) } else { find(name) }
}

/// Accounts without a user have one of these in place of a shell.
fn is_shell(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    path.is_absolute() && path.is_file() && !["nologin", "false", "true"].contains(&name)
}

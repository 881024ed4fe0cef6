//! The wall around a project's commands, at isolation `sandbox`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use devshell_wall::Wall;

use super::Context;
use super::failure::{Failure, code};
use crate::dialect::Places;
use crate::env::Variables;
use crate::files::own;
use crate::host::Host;
use crate::project::Project;
use crate::road::Ready;
use crate::sandbox::{self, Place, Repository};

/// What is known about the command that is about to start.
pub struct Start<'a> {
    pub project: &'a Project,
    pub ready: &'a Ready,
    /// Of its environment.
    pub variables: &'a Variables,
    pub directory: &'a Path,
    /// A program of the host that runs it, or is run: a shell.
    pub program: &'a Path,
    /// Whether a person types into it.
    pub interactive: bool,
}

/// The shell of scripts.
pub const SH: &str = "/bin/sh";

/// Whether what is started in this environment has a wall of its own.
pub fn will_be(ready: &Ready) -> bool {
    ready.sandbox.is_some() && sandbox::around().is_none()
}

/// The wall, if the environment has one and this process is not inside of it already.
pub fn of(cx: &Context, start: &Start) -> Result<Option<Wall>, Failure> {
    let Start { project, ready, variables, directory, program, interactive } = *start;
    let Some(wishes) = &ready.sandbox else { return Ok(None) };
    if let Some(around) = sandbox::around() {
        return if around == project.root { Ok(None) } else { Err(elsewhere(&around)) };
    }
    let host = &cx.host;
    let mut own = vec![host.directories.data.clone(), host.directories.cache.clone()];
    let variable = |name: &str| variables.get(OsStr::new(name)).map(OsString::as_os_str);
    let directories: Vec<PathBuf> = variable("PATH").into_iter().flat_map(std::env::split_paths).collect();
    let mut programs = vec![program.to_owned(), SH.into()];
    // What rc files call, as by `devshell hook`.
    programs.extend(interactive.then(|| host.find("devshell")).flatten());
    let needed = sandbox::needed(&directories, &programs, &own);
    own.push(host.lasting_executable());
    Ok(Some(sandbox::plan(&Place {
        wishes,
        project: &project.root,
        repository: Repository::of(&project.root, host.home.as_deref()),
        home: host.home.as_deref(),
        rc_files: rc_files(host),
        needed,
        own,
        state: variable("DEVSHELL_STATE").map_or(Path::new(""), Path::new),
        temporary: variable("TMPDIR").map(Path::new),
        directory,
        resolver: fs_err::canonicalize("/etc/resolv.conf").ok().filter(|path| path.starts_with("/run")),
        kept: interactive.then(|| kept(host, variables)).flatten(),
        runtime: host.variable("XDG_RUNTIME_DIR").map(Path::new),
        interactive,
    })))
}

/// Where a person's history of this project is kept: that of the home directory knows what is typed elsewhere, and would be
/// what is typed elsewhere next.
pub fn history(variables: &Variables) -> Option<PathBuf> {
    Some(Path::new(variables.get(OsStr::new("DEVSHELL_STATE"))?).join("history"))
}

/// The same for fish, which has a directory for it.
fn kept(host: &Host, variables: &Variables) -> Option<(PathBuf, PathBuf)> {
    let data = host.variable("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(host.home.as_ref()?.join(".local/share")))?;
    let history = history(variables)?;
    own::make_directory(history.parent()?, "history/fish", own::PRIVATE).ok()?;
    Some((history.join("fish"), data.join("fish")))
}

fn rc_files(host: &Host) -> Vec<PathBuf> {
    let Some((home, own)) = host.home.as_deref().zip(host.config_directory()) else { return Vec::new() };
    let zdotdir = host.variable("ZDOTDIR").map(Path::new);
    sandbox::rc_files(&Places { home, config: own.parent().unwrap_or(home), zdotdir })
}

fn elsewhere(around: &Path) -> Failure {
    let text = format!("this process is in the sandbox of `{}`", around.display());
    Failure::said(code::BEFORE_START, text, "start it outside of that sandbox".to_owned())
}

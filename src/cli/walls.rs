//! The wall around a project's commands, at isolation `sandbox`.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use devshell_wall::Wall;

use super::Context;
use super::failure::{Failure, code};
use crate::env::Variables;
use crate::project::Project;
use crate::road::Ready;
use crate::sandbox::{self, Place, Worktree};

/// What is known about the command that is about to start.
pub struct Start<'a> {
    pub project: &'a Project,
    pub ready: &'a Ready,
    /// Of its environment.
    pub variables: &'a Variables,
    pub directory: &'a Path,
    /// The shell that runs it, if it is one that the user chose.
    pub shell: Option<&'a Path>,
    /// Whether a person types into it.
    pub interactive: bool,
}

/// The wall, if the environment has one and this process is not inside of it already.
pub fn of(cx: &Context, start: &Start) -> Result<Option<Wall>, Failure> {
    let Start { project, ready, variables, directory, shell, interactive } = *start;
    let Some(walls) = &ready.walls else { return Ok(None) };
    if let Some(around) = sandbox::around() {
        return if around == project.root { Ok(None) } else { Err(elsewhere(&around)) };
    }
    let host = &cx.host;
    let mut own = vec![host.directories.data.clone(), host.directories.cache.clone()];
    let variable = |name: &str| variables.get(OsStr::new(name)).map(OsString::as_os_str);
    let mut commands = Cow::Borrowed(&walls.commands);
    if let Some(shell) = shell {
        commands.to_mut().include(sandbox::needed(&[], &[shell.to_owned()], &own));
    }
    own.push(host.lasting_executable());
    Ok(Some(sandbox::plan(&Place {
        wishes: &walls.wishes,
        project: &project.root,
        worktree: Worktree::of(&project.root),
        home: host.home.as_deref(),
        commands: &commands,
        own,
        state: variable("DEVSHELL_STATE").map_or(Path::new(""), Path::new),
        temporary: variable("TMPDIR").map(Path::new),
        directory,
        resolver: fs_err::canonicalize("/etc/resolv.conf").ok().filter(|path| path.starts_with("/run")),
        interactive,
    })))
}

fn elsewhere(around: &Path) -> Failure {
    let text = format!("this process is in the sandbox of `{}`", around.display());
    Failure::said(code::BEFORE_START, text, "start it outside of that sandbox".to_owned())
}

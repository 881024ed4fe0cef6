//! The wall around a project's commands, at isolation `sandbox`.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Context;
use super::failure::{Failure, code};
use crate::env::Variables;
use crate::host::Host;
use crate::manifest::WeakerWall;
use crate::project::Project;
use crate::road::Ready;
use crate::sandbox::{self, MARK, Place, Worktree};
use crate::session::{Hear, Walled, Weaker};

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

/// The wall, if the environment has one and this process is not inside of it already.
pub fn of<'a>(cx: &'a Context, start: &Start) -> Result<Option<Walled<'a>>, Failure> {
    let Start { project, ready, variables, directory, program, interactive } = *start;
    let Some(wishes) = &ready.sandbox else { return Ok(None) };
    let host = &cx.host;
    if let Some(around) = around(host) {
        return if around == project.root { Ok(None) } else { Err(elsewhere(&around)) };
    }
    let mut own = vec![host.directories.data.clone(), host.directories.cache.clone()];
    let variable = |name: &str| variables.get(OsStr::new(name)).map(OsString::as_os_str);
    let directories: Vec<PathBuf> = variable("PATH").into_iter().flat_map(std::env::split_paths).collect();
    let needed = sandbox::needed(&directories, &[program.to_owned(), SH.into()], &own);
    own.push(host.lasting_executable());
    let wall = sandbox::plan(&Place {
        wishes,
        project: &project.root,
        worktree: Worktree::of(&project.root),
        home: host.home.as_deref(),
        needed,
        own,
        state: variable("DEVSHELL_STATE").map_or(Path::new(""), Path::new),
        temporary: variable("TMPDIR").map(Path::new),
        directory,
        resolver: fs_err::canonicalize("/etc/resolv.conf").ok().filter(|path| path.starts_with("/run")),
        interactive,
    });
    Ok(Some(Walled { wall, weaker: wishes.or.map(|WeakerWall::Landlock| notice(cx)) }))
}

/// The project in whose wall this process is.
pub fn around(host: &Host) -> Option<PathBuf> {
    fs_err::read_link(MARK).ok().or_else(|| host.beside_home(MARK.strip_prefix('/')?))
}

/// Says that a wall is weaker, once for all that runs in it.
fn notice(cx: &Context) -> Hear<'_> {
    let said = Cell::new(false);
    Box::new(move |Weaker { refusal, frozen }: &Weaker| {
        if !said.replace(true) {
            let list: Vec<String> = frozen.iter().map(|path| format!("`{}`", path.display())).collect();
            let held = if list.is_empty() { String::new() } else { format!("; no new files in {}", list.join(", ")) };
            cx.ui.warning(&format!("the sandbox is weaker here: Landlock alone, because {refusal}{held}"));
        }
    })
}

fn elsewhere(around: &Path) -> Failure {
    let text = format!("this process is in the sandbox of `{}`", around.display());
    Failure::said(code::BEFORE_START, text, "start it outside of that sandbox".to_owned())
}

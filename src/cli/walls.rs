//! The wall around a project's commands, at isolation `sandbox` and `hermetic`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use devshell_wall::Wall;

use super::failure::{Failure, code};
use super::{Context, own_base};
use crate::env::Variables;
use crate::project::Project;
use crate::road::Ready;
use crate::sandbox::{self, MARK, Needed, Place, Worktree};

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
pub fn of(cx: &Context, start: &Start) -> Result<Option<Wall>, Failure> {
    let Start { project, ready, variables, directory, program, interactive } = *start;
    let Some(wishes) = &ready.sandbox else { return Ok(None) };
    if let Ok(around) = fs_err::read_link(MARK) {
        return if around == project.root { Ok(None) } else { Err(elsewhere(&around)) };
    }
    let host = &cx.host;
    let mut own = vec![host.directories.data.clone(), host.directories.cache.clone()];
    let variable = |name: &str| variables.get(OsStr::new(name)).map(OsString::as_os_str);
    let directories: Vec<PathBuf> = variable("PATH").into_iter().flat_map(std::env::split_paths).collect();
    let base = ready.base.as_ref().map(|directory| own_base::of(cx, directory, wishes, variables));
    let needed = match base {
        None => sandbox::needed(&directories, &[program.to_owned(), SH.into()], &own),
        Some(_) => Needed::default(),
    };
    own.push(host.lasting_executable());
    own.extend(base.as_ref().and_then(|_| own_base::certificates(cx)));
    Ok(Some(sandbox::plan(&Place {
        wishes,
        project: &project.root,
        worktree: Worktree::of(&project.root),
        home: host.home.as_deref(),
        base,
        needed,
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

//! What gets no wall: a project that has everything in it, and a command that would start nowhere.

use std::path::Path;

use devshell_wall::Wall;

use crate::cli::failure::{Failure, code};
use crate::sandbox;

/// All that is in the project can be written.
pub fn check_project(project: &Path, home: Option<&Path>) -> Result<(), Failure> {
    let home = home.map(|home| fs_err::canonicalize(home).unwrap_or_else(|_| home.to_owned()));
    if home.is_none_or(|home| !home.starts_with(project)) {
        return Ok(());
    }
    let text = format!(
        "the project `{}` has your home directory in it, so a sandbox would keep nothing of yours from a command",
        project.display()
    );
    Err(Failure::said(code::BEFORE_START, text, "give the project a directory of its own".to_owned()))
}

/// A directory of the host may not be there.
pub fn check_start(wall: &Wall, directory: &Path, project: &Path) -> Result<(), Failure> {
    if !sandbox::is_missing(wall, directory) {
        return Ok(());
    }
    let text = format!("`{}` is not in the sandbox of `{}`", directory.display(), project.display());
    let hint = format!(
        "start in the project (`devshell -C {}`), or add the directory to `read` or `write` in the manifest's `sandbox`",
        project.display()
    );
    Err(Failure::said(code::BEFORE_START, text, hint))
}

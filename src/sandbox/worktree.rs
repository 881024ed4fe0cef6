//! git's worktrees: their `.git` is a file that names a directory of another repository.

use std::path::{Path, PathBuf};

use crate::files::{bounded, most};

/// What a worktree shares with the repository it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// The directory `.git` of that repository.
    pub common: PathBuf,
}

impl Worktree {
    /// Of a project that is one.
    pub fn of(project: &Path) -> Option<Self> {
        let pointer = git_file(&project.join(".git"))?;
        let own = project.join(pointer.strip_prefix("gitdir:")?.trim());
        // Only a directory that names this worktree in turn. Anyone can write a `.git` that names another one.
        let back = git_file(&own.join("gitdir"))?;
        if Path::new(back.trim()) != project.join(".git") {
            return None;
        }
        let common = git_file(&own.join("commondir"))?;
        let common = fs_err::canonicalize(own.join(common.trim())).ok()?;
        Some(Self { common })
    }
}

/// One of git's small files, which hold a path.
fn git_file(path: &Path) -> Option<String> {
    bounded::read_text(path, most::SETTINGS).ok()
}

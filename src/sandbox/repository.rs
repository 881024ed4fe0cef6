//! The repository that a project is a part of, if git keeps more of it than the project has: the project is in a directory
//! of it, is a worktree of another one, or a submodule.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::files::{bounded, most};

/// What git obeys in a directory of its own.
const OBEYED: [&str; 4] = ["hooks", "config", WORKTREE_SETTINGS, "modules"];

/// If `extensions.worktreeConfig` is set, which `git sparse-checkout` does.
const WORKTREE_SETTINGS: &str = "config.worktree";

/// What git needs beside the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its uppermost directory: the project, or one above it.
    pub top: PathBuf,
    /// Where its history is, with its settings and hooks.
    pub git: PathBuf,
}

impl Repository {
    /// Around a project that has no `.git` of its own, or a file of that name. A repository of the home directory, or of
    /// one above it, is none: it would have all that the user has.
    pub fn of(project: &Path, home: Option<&Path>) -> Option<Self> {
        let is_above_home = |directory: &Path| home.is_some_and(|home| home.starts_with(directory));
        let is_candidate = |path: &&Path| *path == project || !(is_above_home(path) || path.parent().is_none());
        let mut candidates = project.ancestors().filter(is_candidate);
        let top = candidates.find(|path| fs_err::symlink_metadata(path.join(".git")).is_ok())?.to_owned();
        let git = top.join(".git");
        let found = fs_err::symlink_metadata(&git).ok()?;
        if found.is_file() {
            return named_by(&git).map(|git| Self { top, git });
        }
        // Anyone can make a `.git` in a directory that all can write to.
        let is_owners = fs_err::metadata(project).is_ok_and(|project| project.uid() == found.uid());
        (found.is_dir() && is_owners && top != project).then_some(Self { top, git })
    }
}

/// What git obeys in a directory of its own, as far as it can be protected: a worktree without settings can still be removed.
pub fn obeyed_by_git(git: &Path) -> Vec<PathBuf> {
    let settings = settings_of_worktrees(git).filter(|path| path.exists());
    OBEYED.iter().map(|name| git.join(name)).chain(settings).collect()
}

/// The settings of a repository's worktrees, which may be missing.
pub fn settings_of_worktrees(git: &Path) -> impl Iterator<Item = PathBuf> {
    let worktrees = fs_err::read_dir(git.join("worktrees")).into_iter().flatten().flatten();
    worktrees.map(|worktree| worktree.path().join(WORKTREE_SETTINGS))
}

/// The repository that a file `.git` names, if it is one of a worktree or of a submodule, and that repository names this
/// one in turn: anyone can write a `.git` that names another one.
fn named_by(file: &Path) -> Option<PathBuf> {
    let pointer = git_file(file)?;
    let top = file.parent()?;
    let own = top.join(pointer.strip_prefix("gitdir:")?.trim());
    if let Some(back) = git_file(&own.join("gitdir")) {
        let common = git_file(&own.join("commondir"))?;
        return (Path::new(back.trim()) == file).then(|| fs_err::canonicalize(own.join(common.trim())).ok())?;
    }
    let settings = git_file(&own.join("config"))?;
    let is_here = |path: &str| fs_err::canonicalize(own.join(path)).ok() == fs_err::canonicalize(top).ok();
    worktree(&settings).is_some_and(is_here).then(|| fs_err::canonicalize(&own).ok())?
}

/// The directory that the settings of a submodule name (git-config(1), `core.worktree`).
fn worktree(settings: &str) -> Option<&str> {
    let values = settings.lines().filter_map(|line| line.trim().strip_prefix("worktree"));
    values.filter_map(|value| value.trim_start().strip_prefix('=')).map(str::trim).next()
}

/// One of git's small files.
fn git_file(path: &Path) -> Option<String> {
    bounded::read_text(path, most::SETTINGS).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_found_around_and_by_what_names_it() {
        let place = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(place.path()).unwrap();
        let at = |path: &str| root.join(path);
        let write = |path: &str, text: &str| {
            fs_err::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs_err::write(at(path), text).unwrap();
        };
        for path in ["home/plain/shop", "home/mono/apps/shop", "home/mono/sub/web", "home/tree", "home/false/shop"] {
            fs_err::create_dir_all(at(path)).unwrap();
        }
        write("home/.git/HEAD", "");
        write("home/mono/.git/HEAD", "");
        write("home/mono/sub/.git", "gitdir: ../.git/modules/sub\n");
        write("home/mono/.git/modules/sub/config", "[core]\n\tworktree = ../../../sub\n");
        write("home/tree/.git", &format!("gitdir: {}\n", at("home/mono/.git/worktrees/tree").display()));
        write("home/mono/.git/worktrees/tree/gitdir", &format!("{}\n", at("home/tree/.git").display()));
        write("home/mono/.git/worktrees/tree/commondir", "../..\n");
        // They name one that does not name them.
        write("home/false/.git", &format!("gitdir: {}\n", at("home/mono/.git/worktrees/tree").display()));
        write("home/other/.git", &format!("gitdir: {}\n", at("home/mono/.git/modules/sub").display()));
        fs_err::create_dir_all(at("home/linked")).unwrap();
        fs_err::os::unix::fs::symlink(at("home/mono/.git"), at("home/linked/.git")).unwrap();
        for (project, expected) in [
            ("home/mono/apps/shop", Some(("home/mono", "home/mono/.git"))),
            ("home/mono/sub", Some(("home/mono/sub", "home/mono/.git/modules/sub"))),
            ("home/mono/sub/web", Some(("home/mono/sub", "home/mono/.git/modules/sub"))),
            ("home/tree", Some(("home/tree", "home/mono/.git"))),
            ("home/mono", None),
            ("home/plain/shop", None),
            ("home", None),
            ("home/false", None),
            ("home/false/shop", None),
            ("home/other", None),
            ("home/linked", None),
        ] {
            let expected = expected.map(|(top, git)| Repository { top: at(top), git: at(git) });
            assert_eq!(Repository::of(&at(project), Some(&at("home"))), expected, "{project}");
        }
    }
}

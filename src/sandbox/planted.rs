//! What a command can put into `.git` although nothing there may change that git obeys later, outside: a file that does not
//! exist cannot be made read-only.

use std::path::{Path, PathBuf};

/// In a directory of git's that is a whole repository, this one has no place: it names another directory, whose settings
/// count (gitrepository-layout(5)).
const FOREIGN: &str = "commondir";

/// These are usually there, and protected.
const USUAL: [&str; 2] = ["hooks", "config"];

/// What is not there before a command runs.
#[derive(Debug)]
pub struct Absent(Vec<PathBuf>);

/// What a command has put there.
#[derive(Debug, PartialEq, Eq)]
pub enum Planted {
    /// It is removed again.
    Removed(PathBuf),
    /// It may be meant.
    Left(PathBuf),
}

impl Absent {
    /// Of a project, where git has a directory for it.
    pub fn of(project: &Path) -> Self {
        let git = project.join(".git");
        let names = USUAL.iter().chain([&FOREIGN]).filter(|_| git.is_dir() && !git.is_symlink());
        let is_absent = |path: &PathBuf| fs_err::symlink_metadata(path).is_err();
        Self(names.map(|name| git.join(name)).filter(is_absent).collect())
    }

    /// What of it is there now.
    pub fn planted(&self) -> Vec<Planted> {
        let found = self.0.iter().filter(|path| fs_err::symlink_metadata(path).is_ok());
        let judge = |path: &PathBuf| {
            let is_removed = path.ends_with(FOREIGN) && fs_err::remove_file(path).is_ok();
            if is_removed { Planted::Removed(path.clone()) } else { Planted::Left(path.clone()) }
        };
        found.map(judge).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_there_is_found() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        assert_eq!(Absent::of(place.path()).planted(), []);
        fs_err::create_dir_all(at(".git/hooks")).unwrap();
        let absent = Absent::of(place.path());
        assert_eq!(absent.planted(), []);
        for name in ["commondir", "config", "hooks/pre-push"] {
            fs_err::write(at(".git").join(name), "").unwrap();
        }
        assert_eq!(absent.planted(), [Planted::Left(at(".git/config")), Planted::Removed(at(".git/commondir"))]);
        assert!(!at(".git/commondir").exists());
    }
}

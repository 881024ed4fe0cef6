//! What a command can make although it could not change it if it were there: a file that does not exist cannot be made
//! read-only. Other programs would obey it later, outside.

use std::path::{Path, PathBuf};

use devshell_wall::{Mount, Wall};

use super::Place;
use super::repository::settings_of_worktrees;

/// In a directory of git's that is a whole repository, this one has no place: it names another directory, whose settings
/// count (gitrepository-layout(5)).
const FOREIGN: &str = "commondir";

/// What is not there before a command runs.
#[derive(Debug, Default)]
pub struct Absent {
    protected: Vec<PathBuf>,
    foreign: Vec<PathBuf>,
}

/// What a command has made of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// These are removed again.
    pub removed: Vec<PathBuf>,
    /// These may be meant.
    pub left: Vec<PathBuf>,
}

impl Absent {
    /// Of what a wall protects.
    pub fn of(wall: &Wall, place: &Place) -> Self {
        let mut absent = Self::default();
        let git = place.project.join(".git");
        let own = Some(git).filter(|git| git.is_dir() && !git.is_symlink());
        let around = place.repository.as_ref().map(|repository| repository.git.clone());
        let directories: Vec<PathBuf> = own.into_iter().chain(around).collect();
        let protected = wall.mounts.iter().filter_map(|mount| match mount {
            Mount::Protected { target } => Some(target.clone()),
            _ => None,
        });
        for target in protected.chain(directories.iter().flat_map(|git| settings_of_worktrees(git))) {
            // Where its directory is missing too, that is what a command makes first.
            let missing = target.ancestors().take_while(|path| is_missing(path)).last();
            if let Some(path) = missing.filter(|path| !absent.protected.iter().any(|known| known == path)) {
                absent.protected.push(path.to_owned());
            }
        }
        let foreign = directories.iter().map(|git| git.join(FOREIGN));
        absent.foreign.extend(foreign.filter(|path| is_missing(path)));
        absent
    }

    /// What of it is there now.
    pub fn planted(&self) -> Planted {
        let mut planted = Planted::default();
        for path in self.foreign.iter().filter(|path| !is_missing(path)) {
            let list = if fs_err::remove_file(path).is_ok() { &mut planted.removed } else { &mut planted.left };
            list.push(path.clone());
        }
        planted.left.extend(self.protected.iter().filter(|path| !is_missing(path)).cloned());
        planted
    }
}

fn is_missing(path: &Path) -> bool {
    fs_err::symlink_metadata(path).is_err()
}

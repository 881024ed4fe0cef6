//! What a sweep leaves besides what is in use: what was used lately, or what one project needs, whenever that was used.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::roots::{NOTED_FOR, Root};
use super::{OBJECTS, Store};
use crate::files::Time;
use crate::host::now;

/// What stays besides what is in use.
#[derive(Debug)]
pub struct Keep {
    /// What was used within so many days; with 0, nothing.
    pub days: u32,
    /// In the store, what one project needs, and nothing for its age.
    pub here: Option<Here>,
}

/// What one project needs of the store.
#[derive(Debug)]
pub struct Here {
    project: String,
    /// When its manifest or its lock was last changed.
    since: Time,
    /// Directories of the store, by their paths below it.
    directories: BTreeSet<String>,
}

impl Keep {
    pub const fn days(days: u32) -> Self {
        Self { days, here: None }
    }

    /// What was last used before this time is old, in seconds since 1970.
    pub(super) fn oldest(&self) -> i64 {
        match self.days {
            0 => i64::MAX,
            // The stamp of a use is late by up to a day, and within an hour of looking at it every
            // entry is through.
            days => now() - i64::from(days) * 24 * 60 * 60 - NOTED_FOR - 60 * 60,
        }
    }

    /// The same of what is in the store.
    pub(super) fn oldest_in_store(&self) -> i64 {
        if self.here.is_some() { i64::MAX } else { self.oldest() }
    }

    /// Whether what a root names stays.
    pub(super) fn is_kept(&self, root: &Root) -> bool {
        root.used.0 >= self.oldest_in_store() || self.here.as_ref().is_some_and(|here| here.is_root(root))
    }

    /// Directories that stay although no root names them.
    pub(super) fn directories(&self) -> impl Iterator<Item = &String> {
        self.here.iter().flat_map(|here| &here.directories)
    }
}

impl Here {
    /// The project in a directory, last changed at some time, and what it needs of a store.
    pub fn of(store: &Store, project: &Path, since: Time, directories: &BTreeSet<PathBuf>) -> Self {
        let inside = directories.iter().filter_map(|path| path.strip_prefix(&store.data).ok());
        let directories = inside.map(|path| path.to_string_lossy().into_owned()).collect();
        Self { project: project.to_string_lossy().into_owned(), since, directories }
    }

    /// Whether a root is of an environment that the project has today. What was made for it then stays, such as its
    /// directories of commands.
    fn is_root(&self, root: &Root) -> bool {
        let is_needed = |directory: &&String| !directory.starts_with(OBJECTS) || self.directories.contains(*directory);
        root.project == self.project && root.used >= self.since && root.uses.iter().all(|it| is_needed(&it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_stays_that_is_of_the_project_of_today_and_of_its_artifacts() {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let paths = ["/d/objects-1/a", "/d/builds-1/b", "/elsewhere/objects-1/c"].map(PathBuf::from);
        let here = Here::of(&Store::new(Path::new("/d")), Path::new("/shop"), (10, 5), &paths.into());
        assert_eq!(here.directories, set(&["builds-1/b", "objects-1/a"]));
        let keep = Keep { days: 30, here: Some(here) };
        for (project, used, uses, is_kept) in [
            ("/shop", (10, 5), &["objects-1/a", "builds-1/of-two", "links-1/l"][..], true),
            ("/shop", (11, 0), &[], true),
            ("/shop", (10, 4), &["objects-1/a"], false),
            ("/shop", (i64::MAX - 1, 0), &["objects-1/a", "objects-1/b"], false),
            ("/other", (10, 5), &["objects-1/a"], false),
        ] {
            let root = Root { key: String::new(), project: project.to_owned(), uses: set(uses), used };
            assert_eq!(keep.is_kept(&root), is_kept, "{root:?}");
        }
    }
}

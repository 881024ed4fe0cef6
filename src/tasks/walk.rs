//! The files that patterns match, in the file system: a walk that opens a directory only if something in it could match.
//! It follows a link to a directory only if a pattern names the link, so it has an end; it does not enter `.git` or
//! devshell's own state unless they are named.

use std::ffi::OsStr;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::patterns::{Patterns, State, Step, Which};

/// What a walk goes by.
pub(super) struct Walk<'w> {
    pub root: &'w Path,
    /// DEVSHELL_STATE.
    pub state: &'w Path,
    pub patterns: &'w Patterns,
    /// Files that do not count although they match.
    pub without: &'w Patterns,
    /// Whether one file of each pattern is enough.
    pub is_brief: bool,
    /// Ends the walk before its end.
    pub is_stopped: &'w AtomicBool,
}

/// What it has found. The paths are relative, sorted and unique.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub files: Vec<PathBuf>,
    pub unreadable: Vec<PathBuf>,
    /// The first pattern that no file matches.
    pub unmatched: Option<usize>,
}

/// A directory to look into, and what to look for.
type Open = (PathBuf, Vec<State>);

struct Walking<'w> {
    walk: &'w Walk<'w>,
    /// The state, if it is below the root.
    passed_over: Option<PathBuf>,
    is_matched: Vec<bool>,
    open: Vec<Open>,
    found: Found,
}

impl Walk<'_> {
    pub fn run(&self) -> Found {
        let canonical = |path: &Path| fs_err::canonicalize(path).ok();
        let passed_over = canonical(self.state)
            .and_then(|state| state.strip_prefix(canonical(self.root)?).ok().map(Path::to_owned))
            .filter(|below| !below.as_os_str().is_empty());
        let open = vec![(PathBuf::new(), self.patterns.start())];
        let is_matched = vec![false; self.patterns.len()];
        let mut walking = Walking { walk: self, passed_over, is_matched, open, found: Found::default() };
        while let Some((directory, states)) = walking.open.pop() {
            if self.is_stopped.load(Ordering::Relaxed) || self.is_brief && !walking.is_matched.contains(&false) {
                break;
            }
            walking.look_for_names(&directory, &states);
            if self.patterns.has_wild(&states) {
                walking.read(&directory, &states);
            }
        }
        let Walking { is_matched, mut found, .. } = walking;
        found.unmatched = is_matched.iter().position(|is_matched| !is_matched);
        for list in [&mut found.files, &mut found.unreadable] {
            list.sort_unstable();
            list.dedup();
        }
        found
    }
}

impl Walking<'_> {
    /// A name of a pattern leads wherever it leads.
    fn look_for_names(&mut self, directory: &Path, states: &[State]) {
        for name in self.walk.patterns.names(states) {
            let path = directory.join(name);
            let there = self.walk.root.join(&path);
            let metadata = fs_err::metadata(&there).or_else(|_| fs_err::symlink_metadata(&there));
            match metadata {
                Ok(metadata) => {
                    let step = self.walk.patterns.step(states, name, Which::Named);
                    self.meet(path, metadata.is_dir(), step);
                }
                Err(error) => self.miss(path, &error),
            }
        }
    }

    fn read(&mut self, directory: &Path, states: &[State]) {
        let entries = match fs_err::read_dir(self.walk.root.join(directory)) {
            Ok(entries) => entries,
            Err(error) => return self.miss(directory.to_owned(), &error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.miss(directory.to_owned(), &error),
            };
            let name = entry.file_name();
            let step = self.walk.patterns.step(states, &name, Which::Wild);
            let path = directory.join(&name);
            if name == OsStr::new(".git") || self.passed_over.as_ref() == Some(&path) {
                continue;
            }
            // Not of what a link leads to.
            self.meet(path, entry.file_type().as_ref().is_ok_and(FileType::is_dir), step);
        }
    }

    fn meet(&mut self, path: PathBuf, is_directory: bool, step: Step) {
        let without = self.walk.without;
        if is_directory {
            if !step.below.is_empty() && !without.cover(&path) {
                self.open.push((path, step.below));
            }
        } else if !step.matched.is_empty() && !without.matches(&path) {
            for pattern in step.matched {
                self.is_matched[pattern] = true;
            }
            self.found.files.push(path);
        }
    }

    /// What is not there, or was removed meanwhile, is not found. Anything else that could not be looked at might be.
    fn miss(&mut self, path: PathBuf, error: &io::Error) {
        if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
            self.found.unreadable.push(path);
        }
    }
}

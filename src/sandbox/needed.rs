//! The files of the host that a dev shell's commands lead to, link by link. At isolation `sandbox`, the host's directories
//! of commands have these and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{bounded, most};

/// How many links one command may go through.
const MOST_LINKS: usize = 40;

/// Paths of the host outside of devshell's own directories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    /// Symbolic links, each with what it says.
    pub links: BTreeMap<PathBuf, PathBuf>,
    pub files: BTreeSet<PathBuf>,
}

impl Needed {
    /// The directories that say, by their changes, that something else may be needed.
    pub fn directories(&self) -> BTreeSet<PathBuf> {
        let paths = self.links.keys().chain(&self.files);
        paths.filter_map(|path| path.parent()).map(Path::to_owned).collect()
    }
}

/// What all commands in these directories need, and these programs. Directories that are not below `own` are the host's, and
/// are no one's wish.
pub fn needed(directories: &[PathBuf], programs: &[PathBuf], own: &[PathBuf]) -> Needed {
    let mut search = Search::default();
    let is_own = |path: &Path| own.iter().any(|own| path.starts_with(own));
    for directory in directories.iter().filter(|directory| is_own(directory)) {
        for entry in fs_err::read_dir(directory).into_iter().flatten().flatten() {
            search.follow(&entry.path(), &is_own);
        }
    }
    for program in programs {
        search.follow(program, &is_own);
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: Needed,
    /// Directories, by what they were called, as they are without links. Most commands share a few.
    directories: BTreeMap<PathBuf, PathBuf>,
}

impl Search {
    fn follow(&mut self, path: &Path, is_own: &impl Fn(&Path) -> bool) {
        let mut path = self.real(path);
        for _ in 0..MOST_LINKS {
            let Ok(target) = fs_err::read_link(&path) else {
                let is_new = !is_own(&path) && self.found.files.insert(path.clone());
                if let Some(interpreter) = is_new.then(|| interpreter(&path)).flatten() {
                    self.follow(&interpreter, is_own);
                }
                return;
            };
            if !is_own(&path) && self.found.links.insert(path.clone(), target.clone()).is_some() {
                return;
            }
            path = self.real(&path.parent().unwrap_or(Path::new("/")).join(target));
        }
    }

    /// The same path by way of no other link than itself: `/bin` may be one.
    fn real(&mut self, path: &Path) -> PathBuf {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
        let known = self.directories.entry(parent.to_owned());
        known.or_insert_with(|| fs_err::canonicalize(parent).unwrap_or_else(|_| parent.to_owned())).join(name)
    }
}

/// The program that a script names in its first line.
fn interpreter(path: &Path) -> Option<PathBuf> {
    let first = bounded::head(path, most::FIRST_LINE).ok()?;
    let line = first.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.trim_ascii().split(u8::is_ascii_whitespace).next()?;
    let path = Path::new(std::ffi::OsStr::from_bytes(word));
    path.is_absolute().then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn commands_are_followed_to_where_the_host_has_them() {
        let directory = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(directory.path()).unwrap();
        let at = |path: &str| root.join(path);
        for path in ["store/bin", "store/object", "usr/bin", "etc/alternatives"] {
            fs_err::create_dir_all(at(path)).unwrap();
        }
        let write = |path: &str, text: &str| fs_err::write(at(path), text).unwrap();
        write("store/object/node", "");
        write("usr/bin/mawk", "");
        write("usr/bin/unused", "");
        write("usr/bin/perl", "");
        write("usr/bin/script", &format!("#! {} -w\n", at("usr/bin/perl").display()));
        for (path, target) in [
            ("store/bin/node", "../object/node"),
            ("store/bin/awk", at("usr/bin/awk").to_str().unwrap()),
            ("store/bin/script", at("usr/bin/script").to_str().unwrap()),
            ("store/bin/gone", at("usr/bin/gone").to_str().unwrap()),
            ("usr/bin/awk", at("etc/alternatives/awk").to_str().unwrap()),
            ("etc/alternatives/awk", "../../usr/bin/mawk"),
            ("usr/bin/again", "again"),
        ] {
            symlink(target, at(path)).unwrap();
        }
        let directories = [at("store/bin"), at("usr/bin")];
        let found = needed(&directories, &[at("usr/bin/again")], &[at("store")]);
        let link = |path: &str, target: &str| (at(path), PathBuf::from(target));
        let links = [
            (at("usr/bin/awk"), at("etc/alternatives/awk")),
            link("etc/alternatives/awk", "../../usr/bin/mawk"),
            link("usr/bin/again", "again"),
        ];
        assert_eq!(found.links, BTreeMap::from(links));
        let files = ["usr/bin/mawk", "usr/bin/script", "usr/bin/perl", "usr/bin/gone"].map(at);
        assert_eq!(found.files, BTreeSet::from(files));
    }
}

//! What has not been used for long, and how it goes: found by age and by what roots, running
//! processes and link directories name; moved aside while no other process is at the store; deleted.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::access::is_installing;
use super::keep::Keep;
use super::processes::{self, Named};
use super::roots::NOTED_FOR;
use super::usage::Usage;
use super::{BUILDS, KINDS, OBJECTS, PYTHONS, Store, entries, object_lock, object_sums};
use crate::files::{SCRATCH, remove_tree, seize};
use crate::host::{Directories, now};

/// How names of what is being made begin, and those of what is being deleted.
const STAGING: &str = ".staging-";
pub const TRASH: &str = ".trash-";

/// The directory of the cache that is uv's own. Its time says when uv was last started.
pub const UV_CACHE: &str = "uv-1";

/// What something is that can go, in the order in which it goes: a root after all that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Object,
    Build,
    /// An interpreter.
    Python,
    Links,
    /// A note of who used what.
    Root,
    /// The dev shells of Nix that were evaluated for a project.
    Nix,
    /// Something of the cache: a composed environment, metadata, start files.
    Cache,
    /// What a process left that was killed.
    Leftover,
}

/// Something that can go.
#[derive(Debug)]
pub struct Garbage {
    pub kind: Kind,
    /// The main path, and what goes with it.
    pub paths: Vec<PathBuf>,
    /// The bytes on disk that become free.
    pub bytes: u64,
}

/// What a sweep did.
#[derive(Debug, Default)]
pub struct Swept {
    pub gone: Vec<Garbage>,
    /// What could not be deleted, and why.
    pub failed: Vec<io::Error>,
}

impl Garbage {
    fn new(kind: Kind, path: PathBuf) -> Self {
        Self { kind, paths: vec![path], bytes: 0 }
    }

    pub fn path(&self) -> &Path {
        &self.paths[0]
    }
}

impl Store {
    /// What goes, of the store and of the cache. Reads only.
    pub fn garbage(&self, directories: &Directories, keep: &Keep) -> io::Result<Vec<Garbage>> {
        self.find(directories, keep, None)
    }

    /// The same. A sweep says what it is about to delete, and no process starts to use that from here on.
    fn find(
        &self,
        directories: &Directories,
        keep: &Keep,
        going: Option<&BTreeSet<&Path>>,
    ) -> io::Result<Vec<Garbage>> {
        let (cache, oldest) = (&directories.cache, keep.oldest());
        let mut named = processes::named(&[&self.data, cache]);
        let mut found = Vec::new();
        let kept = self.kept(&mut named, &directories.state, keep, going)?;
        found.extend(kept.idle.iter().map(|key| Garbage::new(Kind::Root, self.root(key))));
        for kind in KINDS {
            for path in entries(&self.data.join(kind))? {
                found.extend(self.judge(kind, path, &kept.directories));
            }
        }
        for path in entries(&directories.nix())? {
            let (is_trash, is_kept) = (begins(&path, TRASH), kept.states.contains(&text(&path)));
            let old =
                (is_trash || !is_kept).then(|| Garbage::new(if is_trash { Kind::Leftover } else { Kind::Nix }, path));
            found.extend(old);
        }
        for directory in [self.data.clone(), self.roots()] {
            found.extend(entries(&directory)?.into_iter().filter(|path| begins(path, TRASH)).map(leftover));
        }
        for directory in entries(cache)?.into_iter().filter(|path| path.is_dir()) {
            // What one program keeps as it likes goes as a whole or not at all.
            let is_whole = text(&directory) == UV_CACHE || is_earlier_scratch(&directory) || begins(&directory, TRASH);
            let parts = if is_whole { vec![directory] } else { entries(&directory)? };
            let old = parts.into_iter().filter(|path| !is_cached(path, &named, oldest));
            found.extend(old.map(|path| Garbage::new(kind_in_cache(&path), path)));
        }
        found.sort_by(|a, b| (a.kind, a.path()).cmp(&(b.kind, b.path())));
        let mut usage = Usage::default();
        for garbage in &mut found {
            for path in &garbage.paths {
                garbage.bytes += usage.freed_by(path)?;
            }
        }
        Ok(found)
    }

    /// Whether an entry of a directory of the store can go, and what goes with it.
    fn judge(&self, kind: &str, path: PathBuf, kept: &BTreeSet<String>) -> Option<Garbage> {
        let name = text(&path);
        let is_object = kind == OBJECTS;
        // Those have files beside them.
        let is_listed = is_object || kind == BUILDS;
        let directory = self.data.join(kind);
        if name.starts_with(TRASH) {
            return Some(leftover(path));
        }
        if let Some(key) = name.strip_prefix(STAGING) {
            let is_left =
                if is_object { !is_installing(&directory, key) } else { !is_younger(&path, now() - NOTED_FOR) };
            return is_left.then(|| leftover(path));
        }
        if let Some(key) = name.strip_prefix(".lock-").or_else(|| name.strip_suffix(".sha256")).filter(|_| is_listed) {
            let is_left = !directory.join(key).is_dir() && !is_installing(&directory, key);
            return is_left.then(|| leftover(path));
        }
        if name.starts_with('.') || kept.contains(&format!("{kind}/{name}")) || !path.is_dir() {
            return None;
        }
        let mut garbage = Garbage::new(kind_of(kind), path);
        if is_listed {
            let beside = [object_sums(&name), object_lock(&name)].map(|name| directory.join(name));
            garbage.paths.extend(beside.into_iter().filter(|path| path.exists()));
        }
        Some(garbage)
    }

    /// Deletes what was found, as far as it is garbage still.
    pub fn sweep(&self, directories: &Directories, keep: &Keep, found: &[Garbage]) -> io::Result<Swept> {
        let access = self.exclude()?;
        let wanted: BTreeSet<&Path> = found.iter().map(Garbage::path).collect();
        let mut still = self.find(directories, keep, Some(&wanted))?;
        still.retain(|garbage| wanted.contains(garbage.path()));
        let (mut swept, mut aside) = (Swept::default(), Vec::new());
        for garbage in still {
            if is_scratch(garbage.path()) {
                // Others may not look into it, so it goes where it is, unless another process took it meanwhile.
                let Some(_held) = seize(garbage.path()) else { continue };
                match remove_tree(garbage.path()) {
                    Ok(()) => swept.gone.push(garbage),
                    Err(error) => swept.failed.push(error),
                }
                continue;
            }
            match garbage.paths.iter().try_for_each(|path| move_aside(path).map(|place| aside.push(place))) {
                Ok(()) => swept.gone.push(garbage),
                Err(error) => swept.failed.push(error),
            }
        }
        // No process can find it any more, so none needs to wait for the rest.
        drop(access);
        swept.failed.extend(aside.iter().filter_map(|place| remove(place).err()));
        Ok(swept)
    }
}

/// Whether a directory is a place that a process works in. Nothing but its lock says how long.
fn is_scratch(path: &Path) -> bool {
    path.parent().is_some_and(|parent| text(parent) == SCRATCH)
}

/// Whether it is one that an earlier devshell made, without a lock: uv's in the cache itself, npm's
/// in npm's.
fn is_earlier_scratch(path: &Path) -> bool {
    let in_npm = path.parent().is_some_and(|parent| text(parent) == "npm-cli-1");
    begins(path, ".uv-") || begins(path, "scratch-") && in_npm
}

fn kind_in_cache(path: &Path) -> Kind {
    if is_scratch(path) || is_earlier_scratch(path) { Kind::Leftover } else { Kind::Cache }
}

/// Whether something of the cache stays.
fn is_cached(path: &Path, named: &Named, oldest: i64) -> bool {
    if is_scratch(path) {
        return seize(path).is_none();
    }
    // A file on its way into its place has a name of `tempfile`'s.
    let passes = begins(path, ".tmp") || begins(path, STAGING) || is_earlier_scratch(path);
    if begins(path, TRASH) {
        return false;
    }
    let place = format!("{}/{}", text(path.parent().unwrap_or(path)), text(path));
    is_younger(path, if passes { now() - NOTED_FOR } else { oldest })
        || named.directories.contains(&place)
        || named.environments.contains(&text(path))
        // Which of them a shell started with is not known of one that is not shown.
        || named.has_hidden && path.parent().is_some_and(|parent| parent.ends_with("start-1"))
}

/// Gives a file or a tree a name by which only a sweep finds it, in one step, and returns the new
/// path. It stays in its directory: there a sealed tree can be renamed as it is, where to be moved to
/// another one it would have to be writable first, and stay so if that fails.
pub fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_prefix(TRASH).unwrap_or(&name);
    for number in 0_u32.. {
        let place = path.with_file_name(format!("{TRASH}{number}-{name}"));
        if fs_err::symlink_metadata(&place).is_ok() {
            continue;
        }
        fs_err::rename(path, &place)?;
        return Ok(place);
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

/// Deletes what was moved aside.
pub fn remove(place: &Path) -> io::Result<()> {
    if fs_err::symlink_metadata(place)?.is_dir() { remove_tree(place) } else { fs_err::remove_file(place) }
}

fn kind_of(directory: &str) -> Kind {
    match directory {
        OBJECTS => Kind::Object,
        BUILDS => Kind::Build,
        PYTHONS => Kind::Python,
        _ => Kind::Links,
    }
}

fn leftover(path: PathBuf) -> Garbage {
    Garbage::new(Kind::Leftover, path)
}

pub(super) fn is_younger(path: &Path, oldest: i64) -> bool {
    fs_err::symlink_metadata(path).is_ok_and(|metadata| metadata.mtime() >= oldest)
}

fn begins(path: &Path, prefix: &str) -> bool {
    text(path).starts_with(prefix)
}

/// The last component. All names here are our own, and ASCII.
pub(super) fn text(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

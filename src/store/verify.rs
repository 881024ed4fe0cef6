//! Whether the store still holds what was put into it: every file of every object is hashed and
//! compared with the list beside the object, and every link directory with its own name.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::bytecode::BYTECODE;
use super::links::link_key;
use super::placed::is_mark;
use super::unpack::is_program;
use super::{BUILDS, Store, entries, object_sums, sums};
use crate::digest::hex;
use crate::files::own::{self, Trusted};
use crate::files::{bounded, most};
use crate::parallel;

/// What is wrong with something of the store. Paths are below its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Changed(String),
    Missing(String),
    /// It is not on the list. A link that stays inside is no content of its own, and may be there.
    Additional(String),
    /// Its mode, and what that may be.
    Mode(String, u32),
    Unreadable(String),
    /// It belongs to another user, who can change it at any time.
    Foreign(String),
    /// The list beside it is not there, or is none.
    NoList,
    /// The commands are not those that the directory is named by.
    OtherCommands,
}

impl Fault {
    /// One word for the kind, and the path it is about.
    pub fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Changed(path) => ("changed", Some(path)),
            Self::Missing(path) => ("missing", Some(path)),
            Self::Additional(path) => ("additional", Some(path)),
            Self::Mode(path, _) => ("mode", Some(path)),
            Self::Unreadable(path) => ("unreadable", Some(path)),
            Self::Foreign(path) => ("another user's", Some(path)),
            Self::NoList => ("no list of hashes", None),
            Self::OtherCommands => ("other commands", None),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.parts()) {
            (Self::Mode(path, mode), (kind, _)) => write!(f, "{kind} {mode:03o} {path}"),
            (_, (kind, Some(path))) => write!(f, "{kind} {path}"),
            (_, (kind, None)) => f.write_str(kind),
        }
    }
}

/// A directory of the store that is not what it was.
#[derive(Debug)]
pub struct Broken {
    pub path: PathBuf,
    pub faults: Vec<Fault>,
}

/// What was looked at, and what was wrong.
#[derive(Debug, Default)]
pub struct Verified {
    pub directories: usize,
    pub files: usize,
    pub bytes: u64,
    pub broken: Vec<Broken>,
}

/// A file to hash: which directory's, where, its mode, and what should come out.
struct Job {
    owner: usize,
    path: PathBuf,
    inside: String,
    mode: u32,
    sum: String,
}

impl Store {
    /// Checks everything there is something to check against, and changes none of it.
    pub fn verify(&self) -> io::Result<Verified> {
        let _access = self.data.is_dir().then(|| self.share());
        let mut verified = Verified::default();
        let mut all: Vec<Broken> = Vec::new();
        let mut jobs = Vec::new();
        for path in directories(&self.objects())?.into_iter().chain(directories(&self.builds())?) {
            let list = path.with_file_name(object_sums(&name(&path)));
            // A build without a list was made here, and nothing says what it should be.
            if path.starts_with(self.objects()) || list.exists() {
                let mut faults = Vec::new();
                match bounded::read(&list, most::LIST).ok().and_then(|text| sums::parse(&text)) {
                    None => faults.push(Fault::NoList),
                    Some(sums) => compare(&path, sums, all.len(), &mut faults, &mut jobs)?,
                }
                all.push(Broken { path, faults });
            }
        }
        verified.files = jobs.len();
        for (job, outcome) in jobs.iter().zip(parallel::map(&jobs, parallel::processors(), Job::run)) {
            match outcome {
                Ok(bytes) => verified.bytes += bytes,
                Err(fault) => all[job.owner].faults.push(fault),
            }
        }
        for path in directories(&self.links())? {
            let mut faults = Vec::new();
            let metadata = fs_err::symlink_metadata(&path)?;
            if let Some(own::Fault::Owner(_)) = Trusted::of_process().fault(&metadata) {
                faults.push(Fault::Foreign(".".to_owned()));
            }
            if link_key(&path).as_deref() != path.file_name().and_then(|name| name.to_str()) {
                faults.push(Fault::OtherCommands);
            }
            all.push(Broken { path, faults });
        }
        verified.directories = all.len();
        all.retain(|broken| !broken.faults.is_empty());
        for broken in &mut all {
            broken.faults.sort();
        }
        verified.broken = all;
        Ok(verified)
    }
}

/// The visible directories in a directory.
fn directories(parent: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = entries(parent)?;
    paths.retain(|path| !name(path).starts_with('.') && path.is_dir());
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Compares a tree with its list, as far as that goes without reading files; those that are left
/// to be hashed become jobs.
fn compare(
    root: &Path,
    mut sums: BTreeMap<PathBuf, String>,
    owner: usize,
    faults: &mut Vec<Fault>,
    jobs: &mut Vec<Job>,
) -> io::Result<()> {
    let is_build = root.parent().is_some_and(|parent| parent.ends_with(BUILDS));
    let trusted = Trusted::of_process();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let metadata = fs_err::symlink_metadata(&path)?;
        let mode = metadata.permissions().mode() & 0o7777;
        let below = path.strip_prefix(root).unwrap_or(&path);
        let inside = shown(below);
        if let Some(own::Fault::Owner(_)) = trusted.fault(&metadata) {
            faults.push(Fault::Foreign(if inside.is_empty() { ".".to_owned() } else { inside.clone() }));
        }
        if metadata.is_dir() {
            // Beside its modules, Python keeps their bytecode.
            if is_build && path.file_name().is_some_and(|name| name == BYTECODE) {
                continue;
            }
            if mode != 0o555 && !(is_build && mode == 0o755) {
                faults.push(Fault::Mode(if inside.is_empty() { ".".to_owned() } else { inside.clone() }, mode));
            }
            match entries(&path) {
                Ok(paths) => waiting.extend(paths),
                Err(_) => faults.push(Fault::Unreadable(inside)),
            }
            continue;
        }
        let sum = sums.remove(below);
        if metadata.is_symlink() {
            let target = fs_err::read_link(&path)?;
            match sum {
                Some(_) => faults.push(Fault::Changed(inside)),
                None if stays_inside(below, &target) || is_mark(root, below, &target) => {}
                None => faults.push(Fault::Additional(inside)),
            }
            continue;
        }
        match sum {
            None => faults.push(Fault::Additional(inside)),
            Some(_) if !metadata.is_file() => faults.push(Fault::Changed(inside)),
            Some(sum) => {
                if ![0o444, 0o555].contains(&mode) {
                    faults.push(Fault::Mode(inside.clone(), mode));
                }
                jobs.push(Job { owner, path, inside, mode, sum });
            }
        }
    }
    faults.extend(sums.into_keys().map(|path| Fault::Missing(shown(&path))));
    Ok(())
}

/// A path as messages show it.
fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Whether a link at `place` leads to something below the directory that `place` is relative to.
fn stays_inside(place: &Path, target: &Path) -> bool {
    let mut depth = place.components().count().saturating_sub(1);
    target.components().all(|component| match component {
        Component::Normal(_) => {
            depth += 1;
            true
        }
        Component::CurDir => true,
        Component::ParentDir => depth.checked_sub(1).map(|less| depth = less).is_some(),
        Component::RootDir | Component::Prefix(_) => false,
    })
}

impl Job {
    fn run(&self) -> Result<u64, Fault> {
        let Ok((bytes, sum, begins_as_program)) = hash(&self.path) else {
            return Err(Fault::Unreadable(self.inside.clone()));
        };
        if sum != self.sum {
            return Err(Fault::Changed(self.inside.clone()));
        }
        // What begins like a program was made executable when it was unpacked.
        if begins_as_program && self.mode == 0o444 {
            return Err(Fault::Mode(self.inside.clone(), self.mode));
        }
        Ok(bytes)
    }
}

/// The hash of a file, as lists have it.
pub fn sum_of(path: &Path) -> io::Result<String> {
    hash(path).map(|(_, sum, _)| sum)
}

fn hash(path: &Path) -> io::Result<(u64, String, bool)> {
    let mut file = fs_err::File::open(path)?;
    let (mut bytes, mut hasher, mut begins_as_program) = (0, Sha256::new(), false);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex(&hasher.finalize()), begins_as_program));
        }
        begins_as_program |= bytes == 0 && is_program(&buffer[..read]);
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_out_are_told_from_those_that_do_not() {
        for (place, target, inside) in [
            ("bin/a", "b", true),
            ("bin/a", "../lib/b", true),
            ("bin/a", "../../b", false),
            ("a", "..", false),
            ("a", "/etc/passwd", false),
            ("a/b/c", "../../d/../e", true),
        ] {
            assert_eq!(stays_inside(Path::new(place), Path::new(target)), inside, "{place} -> {target}");
        }
    }
}

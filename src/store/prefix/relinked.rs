//! Copies of what is in the store for hosts where programs do not find the loader that they name: their programs name
//! the loader and the libraries of a prefix. All other files are hard links, so a copy takes the space of its programs.

use std::io;
use std::path::{Path, PathBuf};

use super::merge::Merged;
use super::{Site, elf_check, list, patch};
use crate::digest;
use crate::files::{self, Beneath, bounded, most};
use crate::platform::Platform;
use crate::store::{Store, entries, object_sums};

/// The first part of a copy's key: another number for another way of making them.
const MADE: &[u8] = b"relinked 1";

/// How much of a program has the table of its segments.
const HEAD: u64 = 64 << 10;

/// How a program or a library begins.
const ELF: &[u8] = b"\x7fELF";

/// What packages expect of every system besides the C library itself. An interpreter that was not made to be copied
/// anywhere finds them in the system that it belongs to, or not at all.
const SHARED: [&str; 4] = ["libstdc++.so.6", "libgcc_s.so.1", "libatomic.so.1", "libz.so.1"];

/// The C library that programs of the store use on a host that has none for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CLibrary {
    /// The prefix that it is in.
    pub prefix: PathBuf,
    pub platform: Platform,
}

impl Store {
    /// The same store on a host whose programs are to use a C library of the store.
    #[must_use]
    pub fn with_c_library(self, c_library: Option<CLibrary>) -> Self {
        Self { c_library, ..self }
    }

    /// A directory of the store as it is used on this host: its copy, where there is one.
    pub fn as_used(&self, directory: PathBuf) -> PathBuf {
        self.place_of_copy(&directory).filter(|copy| copy.is_dir()).unwrap_or(directory)
    }

    /// Where the copy of a directory of the store is, or will be.
    pub fn place_of_copy(&self, directory: &Path) -> Option<PathBuf> {
        let (library, name) = (self.c_library.as_ref()?, directory.file_name()?);
        // It has the prefix's path in it.
        let parts = [MADE, library.prefix.as_os_str().as_encoded_bytes(), name.as_encoded_bytes()];
        Some(self.builds().join(format!("{}-relinked", digest::key(&parts))))
    }

    /// The build that a file is in.
    pub fn holder(&self, file: &Path) -> Option<PathBuf> {
        let first = file.strip_prefix(self.builds()).ok()?.components().next()?;
        Some(self.builds().join(first))
    }

    /// Makes the copy of a directory of the store, unless it is there. The caller has a shared turn.
    pub fn relink(&self, directory: &Path) -> io::Result<()> {
        let Some((library, place)) = self.c_library.as_ref().zip(self.place_of_copy(directory)) else { return Ok(()) };
        if place.is_dir() || !wants_loader(directory, library.platform) {
            return Ok(());
        }
        let _turn = self.lock_build(&place)?;
        log::debug!("{} is copied to {}", directory.display(), place.display());
        let relinking = Relinking::of(library)?;
        files::publish(&place, |staging| {
            relinking.copy(directory, staging, Path::new(""))?;
            let sums = list::of(staging.place(), &[], &Merged::default())?;
            fs_err::write(place.with_file_name(object_sums(&name(&place))), sums)
        })
    }

    /// Has the programs and the libraries in a directory that is being made use the C library.
    pub fn relink_in_place(&self, directory: &Path) -> io::Result<()> {
        let Some(library) = &self.c_library else { return Ok(()) };
        Relinking::of(library)?.replace(&Beneath::open(directory)?, Path::new(""))
    }
}

fn name(place: &Path) -> String {
    place.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether a program below a directory names the loader of a platform.
pub fn wants_loader(directory: &Path, platform: Platform) -> bool {
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        for path in entries(&directory).unwrap_or_default() {
            let Ok(kind) = path.symlink_metadata().map(|metadata| metadata.file_type()) else { continue };
            if kind.is_dir() {
                left.push(path);
            } else if kind.is_file() && names_loader(&path, platform) {
                return true;
            }
        }
    }
    false
}

fn names_loader(program: &Path, platform: Platform) -> bool {
    if !bounded::head(program, 4).is_ok_and(|head| head == ELF) {
        return false;
    }
    let names_one = bounded::head(program, HEAD).is_ok_and(|head| elf_check::names_loader(&head) == Some(true));
    let loader = || patch::loader(&bounded::read(program, most::PROGRAM).ok()?);
    names_one && loader().is_some_and(|loader| platform.loader().is_some_and(|usual| loader == Path::new(usual)))
}

struct Relinking {
    /// Of the prefix, which is in its place.
    site: Site,
    linkage: patch::Linkage,
}

impl Relinking {
    fn of(library: &CLibrary) -> io::Result<Self> {
        let root = fs_err::canonicalize(&library.prefix)?;
        let site = Site { root, place: library.prefix.clone(), platform: library.platform };
        let linkage = patch::Linkage::of(&site)?;
        Ok(Self { site, linkage })
    }

    /// What a file is in the copy, if that is something else. Libraries that need one of these look for them.
    fn relinked(&self, file: &Path, shared: &[&str]) -> io::Result<Option<Vec<u8>>> {
        if bounded::head(file, 4)? != ELF {
            return Ok(None);
        }
        let opened = bounded::open(file)?;
        let _turn = self.linkage.turn(opened.metadata().len());
        let outcome = self.linkage.adapted_with(&self.site, &opened.read(most::PROGRAM)?, shared);
        // The others may do without it.
        Ok(outcome.unwrap_or_else(|error| {
            log::info!("{} stays as it is: {error}", file.display());
            None
        }))
    }

    fn copy(&self, from: &Path, into: &Beneath, inside: &Path) -> io::Result<()> {
        for path in entries(from)? {
            let kind = fs_err::symlink_metadata(&path)?.file_type();
            let place = inside.join(path.file_name().unwrap_or_default());
            if kind.is_dir() {
                into.make_directory(&place)?;
                self.copy(&path, into, &place)?;
                continue;
            }
            let relinked = if kind.is_file() { self.relinked(&path, &[])? } else { None };
            relinked.map_or_else(|| into.adopt(&path, &place), |bytes| into.write(&place, &bytes, 0o555))?;
        }
        Ok(())
    }

    fn replace(&self, directory: &Beneath, inside: &Path) -> io::Result<()> {
        for path in entries(&directory.place().join(inside))? {
            let kind = fs_err::symlink_metadata(&path)?.file_type();
            let place = inside.join(path.file_name().unwrap_or_default());
            if kind.is_dir() {
                self.replace(directory, &place)?;
            } else if let Some(bytes) = if kind.is_file() { self.relinked(&path, &SHARED)? } else { None } {
                directory.replace(&place, &bytes, 0o755)?;
            }
        }
        Ok(())
    }
}

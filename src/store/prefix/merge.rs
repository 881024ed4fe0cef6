//! Lays the files of packages over one another. They are hard links into the objects, so they
//! cost no room.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::PrefixError;
use crate::files::Beneath;
use crate::store::entries;
use crate::store::unpack::merged::{CONTROL, MERGED};
use crate::store::verify::sum_of;

/// What is left out: what a package says of itself, and what no program reads.
const LEFT_OUT: [&str; 4] = [CONTROL, "usr/share/bug", "usr/share/doc", "usr/share/lintian"];

/// What is in a prefix.
#[derive(Default)]
pub struct Merged {
    /// Which package's each file is, by its place in the list.
    pub files: BTreeMap<PathBuf, usize>,
    /// The files that may have to be changed: those that begin as programs.
    pub programs: Vec<PathBuf>,
    /// The directories of Python's modules.
    pub modules: BTreeSet<PathBuf>,
}

/// Lays the packages' files into a new directory.
pub fn merge(objects: &[(&str, PathBuf)], root: &Path) -> Result<Merged, PrefixError> {
    fs_err::create_dir(root)?;
    let mut merging = Merging { objects, root: Beneath::open(root)?, merged: Merged::default() };
    for index in 0..objects.len() {
        merging.directory(index, Path::new(""))?;
    }
    for name in MERGED {
        let usr = Path::new("usr").join(name);
        if root.join(&usr).is_dir() {
            merging.root.symlink(&usr, Path::new(name))?;
        }
    }
    Ok(merging.merged)
}

struct Merging<'a> {
    objects: &'a [(&'a str, PathBuf)],
    root: Beneath,
    merged: Merged,
}

impl Merging<'_> {
    fn directory(&mut self, index: usize, inside: &Path) -> Result<(), PrefixError> {
        for path in entries(&self.objects[index].1.join(inside))? {
            let inside = inside.join(path.file_name().unwrap_or_default());
            if LEFT_OUT.iter().any(|left_out| inside == Path::new(left_out)) {
                continue;
            }
            let kind = fs_err::symlink_metadata(&path)?.file_type();
            if kind.is_dir() {
                match self.root.make_directory(&inside) {
                    Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                        return Err(self.clash(index, &inside));
                    }
                    outcome => outcome?,
                }
                self.directory(index, &inside)?;
            } else {
                self.file(index, &path, &inside, kind.is_symlink())?;
            }
        }
        Ok(())
    }

    fn file(&mut self, index: usize, path: &Path, inside: &Path, is_link: bool) -> Result<(), PrefixError> {
        let place = self.root.place().join(inside);
        if self.root.exists(inside)? {
            // dpkg would refuse it too, unless one package says that it replaces the other.
            let is_same = if is_link {
                fs_err::read_link(&place).is_ok_and(|there| fs_err::read_link(path).is_ok_and(|target| there == target))
            } else {
                has_same_content(&place, path)?
            };
            return if is_same { Ok(()) } else { Err(self.clash(index, inside)) };
        }
        self.merged.files.insert(inside.to_owned(), index);
        if is_link {
            return Ok(self.root.symlink(&fs_err::read_link(path)?, inside)?);
        }
        self.root.adopt(path, inside)?;
        if fs_err::metadata(path)?.permissions().mode() & 0o111 != 0 {
            self.merged.programs.push(inside.to_owned());
        }
        let is_module = inside.extension().is_some_and(|extension| extension == "py");
        if let Some(directory) = inside.parent().filter(|_| is_module)
            && ["usr/lib", "usr/share"].iter().any(|start| directory.starts_with(start))
        {
            self.merged.modules.insert(directory.to_owned());
        }
        Ok(())
    }

    fn clash(&self, index: usize, inside: &Path) -> PrefixError {
        let owner =
            |path: &Path| self.merged.files.iter().find(|(file, _)| file.starts_with(path)).map(|(_, owner)| *owner);
        // Of a directory that is in the way of a file, any file in it tells whose it is.
        let first = owner(inside).map_or("another package", |owner| self.objects[owner].0);
        PrefixError::Clash {
            path: inside.to_owned(),
            first: first.to_owned(),
            second: self.objects[index].0.to_owned(),
        }
    }
}

/// Whether what is at a place is a plain file with the content of another.
fn has_same_content(place: &Path, other: &Path) -> io::Result<bool> {
    let there = fs_err::symlink_metadata(place)?;
    let is_alike = there.is_file() && there.len() == fs_err::metadata(other)?.len();
    Ok(is_alike && sum_of(place)? == sum_of(other)?)
}

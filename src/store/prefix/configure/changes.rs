//! What scripts have changed in a prefix, as the kernel's overlay notes it (Documentation/filesystems/overlayfs.rst): files in
//! the place of others, and marks in the place of what is gone.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::dropped::is_dropped;
use crate::files::{Beneath, remove_tree};
use crate::store::entries;
use crate::store::prefix::Site;
use crate::store::unpack::merged;

/// The attribute of a directory that hides the one below it.
const OPAQUE: &str = "user.overlay.opaque";

/// Takes the changes over into the prefix. Returns the files that are new or have another content.
pub fn take(site: &Site, changes: &Path) -> io::Result<Vec<PathBuf>> {
    let mut taking = Taking { site, changes, files: Vec::new() };
    taking.directory(Path::new(""))?;
    Ok(taking.files)
}

struct Taking<'a> {
    site: &'a Site,
    changes: &'a Path,
    files: Vec<PathBuf>,
}

impl Taking<'_> {
    fn directory(&mut self, inside: &Path) -> io::Result<()> {
        for path in entries(&self.changes.join(inside))? {
            let inside = inside.join(path.file_name().unwrap_or_default());
            if is_dropped(&inside) {
                continue;
            }
            let metadata = fs_err::symlink_metadata(&path)?;
            let kind = metadata.file_type();
            // Scripts may have left no right to read it, and more than a file of the store may have.
            if kind.is_dir() || kind.is_file() {
                let readable = if kind.is_dir() { 0o700 } else { 0o400 };
                let mode = metadata.permissions().mode();
                if mode & 0o7777 != mode & 0o777 | readable {
                    fs_err::set_permissions(&path, Permissions::from_mode(mode & 0o777 | readable))?;
                }
            }
            if kind.is_dir() {
                self.make_directory(&path, &inside)?;
                self.directory(&inside)?;
            } else if kind.is_file() {
                let (directory, place) = self.clear(&inside)?;
                directory.adopt(&path, &place)?;
                self.files.push(place);
            } else if kind.is_symlink() {
                // A link that leads out of a system leads nowhere.
                if let Ok(Some(target)) = merged::target(&inside, &fs_err::read_link(&path)?) {
                    let (directory, place) = self.clear(&inside)?;
                    directory.symlink(&target, &place)?;
                }
            } else if kind.is_char_device() && metadata.rdev() == 0 {
                self.clear(&inside)?;
            }
            // Sockets, pipes and devices are a running system's.
        }
        Ok(())
    }

    fn make_directory(&self, path: &Path, inside: &Path) -> io::Result<()> {
        let there = self.site.root.join(inside);
        let is_directory = fs_err::symlink_metadata(&there).is_ok_and(|metadata| metadata.is_dir());
        if is_directory && !is_opaque(path) {
            return Ok(());
        }
        let (directory, place) = self.clear(inside)?;
        directory.make_directory(&place)
    }

    /// The place of something else, with nothing there.
    fn clear(&self, inside: &Path) -> io::Result<(Beneath, PathBuf)> {
        let there = self.site.root.join(inside);
        if fs_err::symlink_metadata(&there).is_ok_and(|metadata| metadata.is_dir()) {
            let (_, place) = self.site.directory(&there)?;
            remove_tree(&self.site.root.join(place))?;
        }
        self.site.claim(inside)
    }
}

fn is_opaque(directory: &Path) -> bool {
    let mut value = [0; 8];
    rustix::fs::lgetxattr(directory, OPAQUE, &mut value).is_ok_and(|length| value.get(..length) == Some(b"y"))
}

//! Scratch places: directories of the cache that one process works in. Only their owner may look
//! into them, whatever the umask, since what is handed to a child may hold a login. A place is
//! held by a lock while its process lives; it is removed when the value goes or a signal ends the
//! process, and one that is left is recognised by its lock.

use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use fs_err::{File, OpenOptions};

use super::signals::{Duty, Registered, before_a_signal_ends_us};
use super::{own, remove_tree};

/// The directory of the cache that all of them are in.
pub const SCRATCH: &str = "scratch-1";

/// A place, which is gone when this value is.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Holds the lock.
    _held: File,
    _registered: Registered,
}

impl Scratch {
    /// Makes an empty place in a cache. Places that killed processes left there are removed.
    pub fn new(cache: &Path, name: &str) -> io::Result<Self> {
        let parent = own::make_directory(cache, SCRATCH, own::PRIVATE)?;
        sweep(&parent);
        loop {
            // The umask can only take away from this mode, so the place is private from the start.
            let mut builder = tempfile::Builder::new();
            let builder = builder.permissions(std::fs::Permissions::from_mode(0o700));
            let path = builder.prefix(&format!("{name}-")).tempdir_in(&parent)?.keep();
            let registered = before_a_signal_ends_us(Duty::Remove(path.clone()));
            match set_private(&path).and_then(|()| hold(&path)) {
                Ok(Some(held)) => return Ok(Self { path, _held: held, _registered: registered }),
                // A sweep came in between.
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file that only its owner may read, with the directories above it.
    pub fn write(&self, inside: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> io::Result<PathBuf> {
        let path = self.path.join(inside);
        fs_err::create_dir_all(path.parent().unwrap_or(&self.path))?;
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(bytes.as_ref())?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = remove_tree(&self.path);
    }
}

/// Takes a place whose process is gone; `None` when it is in use, or gone itself.
pub fn seize(place: &Path) -> Option<File> {
    let file = File::open(place).ok()?;
    file.file().try_lock().is_ok().then_some(file)
}

/// The lock of a place that was just made; `None` when it has been removed meanwhile.
fn hold(path: &Path) -> io::Result<Option<File>> {
    let file = File::open(path)?;
    file.file().lock()?;
    let (held, there) = (file.metadata()?, fs_err::metadata(path));
    let is_it = there.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino()));
    Ok(is_it.then_some(file))
}

/// Removes what killed processes left. That it cannot be removed is `gc`'s to say.
fn sweep(parent: &Path) {
    for entry in fs_err::read_dir(parent).into_iter().flatten().flatten() {
        let place = entry.path();
        if let Some(_held) = seize(&place) {
            let _ = remove_tree(&place);
        }
    }
}

fn set_private(path: &Path) -> io::Result<()> {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_private_and_goes_with_its_value() {
        let cache = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o7777;
        let place = Scratch::new(cache.path(), "test").unwrap();
        let file = place.write("a/b", "secret").unwrap();
        assert_eq!([mode(place.path()), mode(&file)], [0o700, 0o600]);
        assert_eq!(mode(&cache.path().join(SCRATCH)), 0o700);
        let path = place.path().to_owned();
        drop(place);
        assert!(!path.exists());
    }

    #[test]
    fn a_place_is_swept_once_nothing_holds_it() {
        let cache = tempfile::tempdir().unwrap();
        let left = cache.path().join(SCRATCH).join("uv-left");
        fs_err::create_dir_all(left.join("sealed")).unwrap();
        fs_err::write(left.join("sealed/file"), "x").unwrap();
        let living = Scratch::new(cache.path(), "first").unwrap();
        assert!(!left.exists());
        let other = Scratch::new(cache.path(), "second").unwrap();
        assert!(living.path().is_dir() && seize(living.path()).is_none());
        drop(other);
        assert!(living.path().is_dir());
    }
}

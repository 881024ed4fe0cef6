//! Who may do what to the store at the same time: those who add to it share it, and who deletes
//! from it has it alone. The locks go with the process, however that ends.
//!
//! Entering a known environment takes no lock: what was used within the last day is never deleted,
//! and an older use is noted, under a shared lock, before anything is relied on (`roots.rs`).

use std::io;
use std::path::Path;

use fs_err::{File, OpenOptions};

use super::{Store, object_lock};

/// A turn at the store, which ends with the value.
#[derive(Debug)]
pub struct Access {
    _file: Option<File>,
}

impl Store {
    /// A shared turn: nothing is deleted while it lasts. Waits for a sweep to end. In a store that
    /// cannot be written it is nothing, since nobody like us can sweep there either.
    pub fn share(&self) -> Access {
        let file = fs_err::create_dir_all(&self.data).and_then(|()| self.lock_file()).ok();
        Access { _file: file.filter(|file| file.file().lock_shared().is_ok()) }
    }

    /// A turn alone. `waits` is told when others must end theirs first.
    pub fn exclude(&self, waits: impl FnOnce()) -> io::Result<Access> {
        let file = self.lock_file()?;
        if file.file().try_lock().is_err() {
            waits();
            file.file().lock()?;
        }
        Ok(Access { _file: Some(file) })
    }

    fn lock_file(&self) -> io::Result<File> {
        OpenOptions::new().create(true).truncate(false).write(true).open(self.data.join(".lock"))
    }

    /// A turn at one object, which its installer has alone.
    pub(super) fn lock_object(&self, key: &str) -> io::Result<Access> {
        Self::lock_file_in(&self.objects(), &object_lock(key))
    }

    /// A turn at what a file in a directory stands for.
    pub(super) fn lock_file_in(directory: &Path, name: &str) -> io::Result<Access> {
        fs_err::create_dir_all(directory)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join(name))?;
        file.file().lock()?;
        Ok(Access { _file: Some(file) })
    }
}

/// Whether somebody is making a directory of the store at this moment.
pub(super) fn is_installing(parent: &Path, key: &str) -> bool {
    let file = File::open(parent.join(object_lock(key)));
    file.is_ok_and(|file| file.file().try_lock().is_err())
}

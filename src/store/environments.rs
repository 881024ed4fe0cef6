//! Environments of Python packages as directories of the store, which `python` fills.

use std::io;
use std::path::{Path, PathBuf};

use super::{Access, BUILDS, Store, object_lock, prepare_bytecode};

impl Store {
    /// Where an environment of Python packages is, or will be.
    pub fn environment(&self, key: &str, name: &str) -> PathBuf {
        self.builds().join(format!("{key}-{name}"))
    }

    /// A turn at making one directory, which its maker has alone.
    pub fn lock_build(&self, directory: &Path) -> io::Result<Access> {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        self.lock_file_in(BUILDS, &object_lock(&name))
    }

    /// Makes an environment beside its place and moves it there when it is whole. It is not
    /// sealed: Python keeps the bytecode of a module beside it.
    pub fn publish_environment<E: From<io::Error>>(
        &self,
        directory: &Path,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let staging = tempfile::Builder::new().prefix(".staging-").tempdir_in(self.builds())?;
        let place = staging.path().join("environment");
        fill(&place)?;
        // Scripts are no modules.
        prepare_bytecode(&place.join("lib"))?;
        fs_err::rename(place, directory)?;
        Ok(())
    }
}

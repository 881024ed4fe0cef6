//! Writing a project's manifest and lock. An old file stays until the new one is whole.

use std::sync::OnceLock;

use super::Project;
use crate::files::write_whole;

impl Project {
    /// Writes the texts of both files. The lock comes first: a process that is killed between the two, or
    /// finds the disk full, does it once more and has both. The other way round, the manifest would
    /// say that it is done already.
    pub fn write_both(&mut self, manifest: String, lock: String) -> std::io::Result<()> {
        self.write_lock(lock)?;
        self.write_manifest(manifest)
    }

    /// Writes the manifest's text.
    pub fn write_manifest(&mut self, text: String) -> std::io::Result<()> {
        if self.is_personal {
            fs_err::create_dir_all(&self.root)?;
        }
        write_whole(&self.manifest_path, text.as_bytes())?;
        self.manifest_text = text;
        Ok(())
    }

    /// Writes the lock's text.
    pub fn write_lock(&mut self, text: String) -> std::io::Result<()> {
        if let (true, Some(directory)) = (self.is_personal, self.lock_path.parent()) {
            fs_err::create_dir_all(directory)?;
        }
        write_whole(&self.lock_path, text.as_bytes())?;
        self.lock = OnceLock::from(Some(text));
        Ok(())
    }
}

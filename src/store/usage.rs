//! How much room files take, and how much is free once they are gone.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The unit of `st_blocks` (POSIX leaves it open; it is this on Linux and macOS).
const BLOCK: u64 = 512;

/// Counts what deleting frees. Of a file with several names nothing is freed before the last one.
#[derive(Debug, Default)]
pub struct Usage {
    /// Device and inode -> how many names of the file have been counted.
    names: HashMap<(u64, u64), u64>,
}

impl Usage {
    /// The bytes on disk that become free when this goes, a file or a tree, after all that was
    /// counted before. That it is not there is fine.
    pub fn freed_by(&mut self, path: &Path) -> io::Result<u64> {
        let metadata = match fs_err::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut bytes = metadata.blocks() * BLOCK;
        if metadata.is_dir() {
            for entry in fs_err::read_dir(path)? {
                bytes += self.freed_by(&entry?.path())?;
            }
        } else if metadata.nlink() > 1 {
            let names = self.names.entry((metadata.dev(), metadata.ino())).or_default();
            *names += 1;
            if *names < metadata.nlink() {
                bytes = 0;
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_several_names_is_freed_with_the_last() {
        let place = tempfile::tempdir().unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|name| place.path().join(name));
        for directory in [&a, &b] {
            fs_err::create_dir(directory).unwrap();
        }
        fs_err::write(a.join("file"), vec![7; 100_000]).unwrap();
        fs_err::hard_link(a.join("file"), b.join("file")).unwrap();
        let size = fs_err::metadata(a.join("file")).unwrap().blocks() * BLOCK;
        let empty = fs_err::metadata(&a).unwrap().blocks() * BLOCK;
        assert!(size >= 100_000);
        let mut usage = Usage::default();
        assert_eq!(usage.freed_by(&a).unwrap(), empty);
        assert_eq!(usage.freed_by(&b).unwrap(), empty + size);
        assert_eq!(usage.freed_by(&c).unwrap(), 0);
    }
}

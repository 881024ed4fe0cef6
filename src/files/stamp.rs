//! Stamps of files and directories: enough to see that something changed without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What tells a changed file from an unchanged one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds of the last change of content and of status.
    times: [i64; 4],
}

impl Stamp {
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbers = [self.device, self.inode, self.size].map(u64::to_le_bytes);
        numbers.into_iter().chain(self.times.map(i64::to_le_bytes)).flatten().collect()
    }

    /// The stamp of what a path leads to; `None` when there is nothing.
    pub fn of(path: &Path) -> Option<Self> {
        fs_err::metadata(path).ok().map(|metadata| Self::of_opened(&metadata))
    }

    /// The stamp of a file that is open, whatever its path leads to by now.
    pub fn of_opened(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            times: [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()],
        }
    }
}

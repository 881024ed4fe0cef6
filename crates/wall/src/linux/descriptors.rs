//! What the caller has open, and hands on, on purpose or not. A file or a pipe is one thing; a directory is a way to all
//! that is below it and beside it.

use rustix::fs::{FileType, fstat};
use rustix::io::{FdFlags, fcntl_setfd};

use super::at::At as _;
use super::system;
use crate::fault::Fault;

/// Keeps the command from what is more than a file, a pipe or a device. The first three are the command's in any case.
pub fn close_ways_out() -> Result<(), Fault> {
    let own = "/proc/self/fd";
    for entry in std::fs::read_dir(own).at(|| format!("list `{own}`"))? {
        let name = entry.at(|| format!("list `{own}`"))?.file_name();
        let Some(number) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        let Some(descriptor) = system::descriptor(number).filter(|_| number > 2) else { continue };
        let status = fstat(descriptor).at(|| format!("look at descriptor {number}"))?;
        let kind = FileType::from_raw_mode(status.st_mode);
        if !matches!(kind, FileType::RegularFile | FileType::Fifo | FileType::CharacterDevice) {
            fcntl_setfd(descriptor, FdFlags::CLOEXEC).at(|| format!("close descriptor {number}"))?;
        }
    }
    Ok(())
}

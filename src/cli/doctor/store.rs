//! The directories devshell writes to, and what is in the store.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;

use super::Finding;
use crate::cli::ui::size;
use crate::files::own::{SHARED, make_directory};
use crate::files::way_to_write_in;
use crate::hint::Hint as _;
use crate::host::{Directories, Host};
use crate::store::{Garbage, Keep, Kind, Store};

/// Less free room than this, in bytes, and the next tool may not fit.
const LITTLE: u64 = 200 << 20;

pub fn checks(host: &Host) -> Vec<Finding> {
    let directories = &host.directories;
    if let Err(error) = host.check_sudo() {
        return vec![Finding::fault("store", error.to_string(), error.hint())];
    }
    let store = || make_directory(&directories.data, "", SHARED);
    vec![
        directory(host, "store", &directories.data, store),
        directory(host, "cache", &directories.cache, || host.make_cache("")),
        directory(host, "state", &directories.state, || host.make_state("")),
        leftovers(directories),
    ]
}

/// Whether a directory can be written, by no one else, and, for the store, whether what is in it can be
/// run.
fn directory(host: &Host, check: &'static str, path: &Path, make: impl FnOnce() -> io::Result<PathBuf>) -> Finding {
    if let Some(error) = host.check_base(path) {
        return Finding::fault(check, error.to_string(), error.hint());
    }
    let written = make().and_then(|path| tempfile::tempfile_in(path).map(drop));
    let shown = path.display();
    if let Err(error) = written {
        let (why, hint) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                ("is on a full disk".to_owned(), "make room: `devshell gc`".to_owned())
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                ("is on a disk that is mounted read-only".to_owned(), way_to_write_in(path, &error))
            }
            _ => (format!("cannot be written: {error}"), way_to_write_in(path, &error)),
        };
        return Finding::fault(check, format!("{shown} {why}"), hint);
    }
    let Ok(disk) = rustix::fs::statvfs(path) else { return Finding::good(check, shown.to_string()) };
    if check == "store" && is_noexec(path, disk.f_flag) {
        let text = format!("{shown} is on a disk that is mounted noexec: no tool in it can run");
        return Finding::fault(check, text, "set DEVSHELL_HOME to a directory on another disk".to_owned());
    }
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < LITTLE {
        let text = format!("{shown} has {} left", size(free));
        return Finding::fault(check, text, "make room: `devshell gc`".to_owned());
    }
    Finding::good(check, format!("{shown}, {} free", size(free)))
}

/// Whether a disk is mounted so that no program on it can be run.
#[cfg(target_os = "linux")]
const fn is_noexec(_: &Path, flags: StatVfsMountFlags) -> bool {
    flags.contains(StatVfsMountFlags::NOEXEC)
}

/// POSIX's call has no such flag; BSD's has it.
#[cfg(target_os = "macos")]
fn is_noexec(path: &Path, _: StatVfsMountFlags) -> bool {
    /// `MNT_NOEXEC` of sys/mount.h.
    const NOEXEC: u32 = 4;
    rustix::fs::statfs(path).is_ok_and(|disk| disk.f_flags & NOEXEC != 0)
}

fn leftovers(directories: &Directories) -> Finding {
    const CHECK: &str = "leftovers";
    let garbage = match Store::new(&directories.data).garbage(directories, &Keep::days(u32::MAX)) {
        Ok(garbage) => garbage,
        Err(error) => return Finding::fault(CHECK, format!("the store cannot be read: {error}"), None),
    };
    // The empty file of a turn at something is nothing to speak of.
    let is_left = |garbage: &&Garbage| garbage.kind == Kind::Leftover && garbage.bytes > 0;
    let leftovers: Vec<u64> = garbage.iter().filter(is_left).map(|garbage| garbage.bytes).collect();
    if leftovers.is_empty() {
        return Finding::good(CHECK, "none");
    }
    let text = format!("{} left by killed processes, {}", leftovers.len(), size(leftovers.iter().sum()));
    Finding::fault(CHECK, text, "`devshell gc --yes` removes them".to_owned())
}

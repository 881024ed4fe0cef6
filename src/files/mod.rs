//! Files that are whole or not there: written beside their place and renamed into it. How they are read, and how
//! much of them, is in `bounded.rs` and `most.rs`; what is only for a while, in `scratch.rs`.

mod beneath;
pub mod bounded;
mod caught;
pub mod mask;
pub mod most;
pub mod own;
mod refused;
mod scratch;
mod signals;
mod stamp;
mod whole;

use std::fs::Metadata;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

pub use self::beneath::Beneath;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

pub use caught::Caught;
pub use refused::{way_to_own, way_to_write, way_to_write_in};
pub use scratch::{SCRATCH, Scratch, seize};
pub use signals::{Duty, Registered, before_a_signal_ends_us, ignored, wait_if_ending};
pub use stamp::Stamp;
pub use whole::write_whole;

/// Writes a file of the cache in one step, in a directory that is there. The cache only saves time,
/// so that it cannot be written is no failure.
pub fn write_cache(path: &Path, parts: &[&[u8]]) {
    let _ = write_private(path, parts);
}

/// Writes a file in one step that only its owner may read, in a directory that is there.
pub fn write_private(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    // A temporary file has the mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/")))?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.persist(path)?;
    Ok(())
}

/// Makes a link lead to a target, in one step; whatever link was there before is replaced.
pub fn replace_link(link: &Path, target: &Path) -> io::Result<()> {
    if fs_err::read_link(link).is_ok_and(|there| there == target) {
        return Ok(());
    }
    let directory = link.parent().unwrap_or(Path::new("/"));
    let scratch = tempfile::Builder::new().prefix(".link-").tempdir_in(directory)?;
    let made = scratch.path().join("link");
    fs_err::os::unix::fs::symlink(target, &made)?;
    fs_err::rename(made, link)
}

/// The way from a link to what it is to lead to, both below one root.
pub fn relative(link: &Path, to: &Path) -> PathBuf {
    let from = link.parent().unwrap_or(Path::new(""));
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

/// Sets the time of a file's or directory's last change to now.
pub fn touch(path: &Path) -> io::Result<()> {
    set_change(path, Timespec { tv_sec: 0, tv_nsec: UTIME_NOW })
}

/// Seconds since 1970, and nanoseconds.
pub type Time = (i64, i64);

/// When a file was last changed.
pub fn time(metadata: &Metadata) -> Time {
    (metadata.mtime(), metadata.mtime_nsec())
}

/// When what a path leads to was last changed; `None` when there is nothing.
pub fn time_of(path: &Path) -> Option<Time> {
    fs_err::metadata(path).ok().map(|metadata| time(&metadata))
}

/// Sets that.
pub fn set_time(path: &Path, (tv_sec, nanoseconds): Time) -> io::Result<()> {
    set_change(path, Timespec { tv_sec, tv_nsec: nanoseconds as _ })
}

fn set_change(path: &Path, last_modification: Timespec) -> io::Result<()> {
    let unchanged = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let times = Timestamps { last_access: unchanged, last_modification };
    Ok(rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty())?)
}

/// Makes a sealed directory whose name says what is in it, unless it is there; also the one it
/// belongs in. Of two processes that make the same one, either wins.
pub fn publish(directory: &Path, fill: impl FnOnce(&Beneath) -> io::Result<()>) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = directory.parent().unwrap_or(Path::new("/"));
    if let (Some(base), Some(name)) = (parent.parent(), parent.file_name()) {
        own::make_directory(base, name, own::SHARED)?;
    }
    // No other process puts anything into it before it is sealed.
    let private = std::fs::Permissions::from_mode(own::PRIVATE);
    let staging = tempfile::Builder::new().prefix(".staging-").permissions(private).tempdir_in(parent)?.keep();
    let filled = Beneath::open(&staging).and_then(|beneath| fill(&beneath));
    let outcome = filled.and_then(|()| seal(&staging)).and_then(|()| fs_err::rename(&staging, directory));
    if outcome.is_err() {
        let _ = remove_tree(&staging);
        if directory.is_dir() {
            return Ok(());
        }
    }
    outcome
}

/// Takes the write permission from a directory and all below it, and gives everyone the right
/// to read them. The mode of a file is up to its writer.
pub fn seal(directory: &Path) -> io::Result<()> {
    for_directories(directory, 0o555, Order::InnerFirst)
}

/// Removes a tree whose directories may be sealed. That it is not there is fine.
pub fn remove_tree(directory: &Path) -> io::Result<()> {
    match fs_err::symlink_metadata(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    for_directories(directory, 0o755, Order::OuterFirst)?;
    fs_err::remove_dir_all(directory)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    InnerFirst,
    OuterFirst,
}

fn for_directories(directory: &Path, mode: u32, order: Order) -> io::Result<()> {
    let set = |path: &PathBuf| fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode));
    let directory = directory.to_owned();
    if order == Order::OuterFirst {
        set(&directory)?;
    }
    for entry in fs_err::read_dir(&directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            for_directories(&entry.path(), mode, order)?;
        }
    }
    if order == Order::InnerFirst {
        set(&directory)?;
    }
    Ok(())
}

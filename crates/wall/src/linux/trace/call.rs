//! What a system call is about: a file, and what is to be done with it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::listener::Call;
use super::process::{link, text};
use crate::trace::Action;

/// Where the path of a call begins.
enum From {
    Here,
    Directory(u64),
}

/// The path that a call names, made absolute, and the action. Nothing if it cannot be read.
pub fn read(call: &Call) -> Option<(Action, PathBuf)> {
    let [first, second, third, ..] = call.arguments;
    let (action, from, address) = match call.number {
        libc::SYS_execve => (Action::Run, From::Here, first),
        libc::SYS_execveat => (Action::Run, From::Directory(first), second),
        libc::SYS_openat => (by_flags(third), From::Directory(first), second),
        // The flags are the first member of a structure in memory. Few programs open files this way.
        libc::SYS_openat2 => (Action::Read, From::Directory(first), second),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open => (by_flags(second), From::Here, first),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_creat => (Action::Write, From::Here, first),
        _ => return None,
    };
    let name = PathBuf::from(OsString::from_vec(text(call.thread, address)?));
    absolute(call.thread, &from, &name).map(|path| (action, path))
}

fn by_flags(flags: u64) -> Action {
    let writes = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC).unsigned_abs();
    if flags & u64::from(writes) == 0 { Action::Read } else { Action::Write }
}

fn absolute(thread: u32, from: &From, name: &Path) -> Option<PathBuf> {
    if name == Path::new("/proc/self/exe") {
        return link(thread, "exe");
    }
    if name.is_absolute() {
        return Some(name.to_owned());
    }
    // The lower half counts.
    let descriptor = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or(0).cast_signed();
    let directory = match from {
        From::Directory(number) if descriptor(*number) != libc::AT_FDCWD => {
            link(thread, &format!("fd/{}", descriptor(*number)))?
        }
        _ => link(thread, "cwd")?,
    };
    // With an empty name, the descriptor itself is meant.
    if name.as_os_str().is_empty() { Some(directory) } else { Some(directory.join(name)) }
}

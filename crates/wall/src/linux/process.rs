//! What `/proc` says of other processes, and the end of this one with its parent.

use std::{fs, io};

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

/// From now on, this process is killed when the *thread* that started it ends. It is an error if its parent has ended already.
/// It may be called between fork(2) and execve(2).
pub fn end_with(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
}

/// All that there are in this process's namespace, and that it may see.
pub fn all() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// The process that started it, or that it went to.
pub fn parent(process: Pid) -> Option<Pid> {
    // proc(5): the parent is the second field after the name, which is in parentheses and may hold some.
    Pid::from_raw(stat(process)?.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?)
}

/// The name of its program, or the beginning of it.
pub fn name(process: Pid) -> Option<String> {
    let stat = stat(process)?;
    let (_, rest) = stat.split_once('(')?;
    Some(rest.rsplit_once(')')?.0.to_owned())
}

/// Whether it has ended, and only its parent has not waited for it yet.
pub fn has_ended(process: Pid) -> bool {
    // proc(5): the state is the first field after the name.
    let is_over = |stat: String| Some(stat.rsplit_once(')')?.1.trim_start().starts_with(['Z', 'X']));
    stat(process).and_then(is_over).unwrap_or(true)
}

fn stat(process: Pid) -> Option<String> {
    let stat = fs::read(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    Some(String::from_utf8_lossy(&stat).into_owned())
}

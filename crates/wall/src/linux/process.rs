//! What `/proc` says of other processes.

use std::fs;

use rustix::process::Pid;

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

fn stat(process: Pid) -> Option<String> {
    let stat = fs::read(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    Some(String::from_utf8_lossy(&stat).into_owned())
}

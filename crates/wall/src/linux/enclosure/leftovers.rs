//! What is left of a command that has ended, and of an enclosure of which several processes were killed at once.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::iter::successors;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

use super::super::process::{all, has_ended, parent};
use super::super::readable::readable_within;
use crate::enclosure::MARK;

/// How long to wait for processes that were killed.
const LIMIT: Duration = Duration::from_secs(5);

/// The processes that [`lead`](crate::lead) has given this mark, or one below it (`MARK/…`), and their descendants. This
/// process, and those that it descends from, are none of them.
pub fn leftovers(mark: &str) -> Vec<Pid> {
    let parents: HashMap<Pid, Pid> = all().filter_map(|process| Some((process, parent(process)?))).collect();
    // A number may have become another process's meanwhile, which could make a circle.
    let above = |process| successors(Some(process), |process| parents.get(process).copied()).take(parents.len());
    let own: HashSet<Pid> = above(getpid()).collect();
    let marked: HashSet<Pid> = all().filter(|process| !own.contains(process) && has(*process, mark)).collect();
    let is_left = |process: &Pid| !own.contains(process) && above(*process).any(|above| marked.contains(&above));
    all().filter(is_left).filter(|process| !has_ended(*process)).collect()
}

/// Kills them, and waits until they have ended, for up to five seconds.
pub fn end_leftovers(mark: &str) {
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        let found: Vec<(Pid, OwnedFd)> = leftovers(mark).into_iter().filter_map(handle).collect();
        if found.is_empty() {
            return;
        }
        // Between the two, a number may have become another process's. A handle has not.
        let still: HashSet<Pid> = leftovers(mark).into_iter().collect();
        let wanted: Vec<_> = found.iter().filter(|(process, _)| still.contains(process)).collect();
        let killed: Vec<_> = wanted.iter().filter(|(_, handle)| kill(handle)).collect();
        if killed.is_empty() && !wanted.is_empty() {
            // They are other users' by now.
            return;
        }
        for (_, handle) in killed {
            let left = deadline.saturating_duration_since(Instant::now());
            let _ = readable_within([handle.as_fd()], Some(left));
        }
    }
}

fn handle(process: Pid) -> Option<(Pid, OwnedFd)> {
    Some((process, pidfd_open(process, PidfdFlags::empty()).ok()?))
}

fn kill(handle: &OwnedFd) -> bool {
    pidfd_send_signal(handle, Signal::KILL).is_ok()
}

/// Whether the process was started with this mark, or one below it.
fn has(process: Pid, mark: &str) -> bool {
    let variables = fs::read(format!("/proc/{}/environ", process.as_raw_nonzero())).unwrap_or_default();
    let is_it = |variable: &[u8]| {
        let value = variable.strip_prefix(MARK.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
        let below = value.and_then(|value| value.strip_prefix(mark.as_bytes()));
        below.is_some_and(|below| below.is_empty() || below.starts_with(b"/"))
    };
    variables.split(|byte| *byte == 0).any(is_it)
}

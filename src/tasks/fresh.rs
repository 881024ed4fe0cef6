//! Whether a task can be skipped: whether its last success was with the same inputs in the same circumstances, and what
//! it made is still there.

use std::sync::atomic::AtomicBool;

use super::outputs::Made;
use super::record::{Record, Records};
use super::{Reason, Snapshot, Task};

/// What there is to do for a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can be skipped.
    Fresh(Snapshot),
    /// It has to run. Its inputs, as they are now, belong into the record of its success.
    Stale(Reason, Snapshot),
}

/// Decides about a task that may start now; `None` once it is stopped.
///
/// Only its own inputs decide: a need that has just run, and has made the same files as before, is no reason to run it. A
/// file counts as the same by its content, so touching it or checking it out again changes nothing. Without `inputs`, it
/// is enough that its outputs are there, also if something else has changed them.
pub fn check(task: &Task, records: &Records, is_stopped: &AtomicBool) -> Option<Verdict> {
    if !task.is_skippable() {
        return Some(Verdict::Stale(Reason::NothingNamed, Snapshot::default()));
    }
    let last = records.read(&task.name);
    let known = last.as_ref().map_or(&[][..], |last| &last.inputs);
    let snapshot = Snapshot::take(task, &records.state, known, is_stopped)?;
    let Some(last) = last else { return Some(Verdict::Stale(Reason::NoRecord, snapshot)) };
    let unusable = || {
        let unreadable = snapshot.unreadable().map(|input| Reason::InputUnreadable(input.path()));
        unreadable.or_else(|| snapshot.unmatched.clone().map(Reason::NoInput))
    };
    if let Some(reason) = unusable() {
        return Some(Verdict::Stale(reason, snapshot));
    }
    let now = Record::of(task, snapshot, last.outputs.clone());
    let reason = last.difference(&now).or_else(|| last.outputs.difference(task, &records.state));
    match reason {
        Some(reason) => Some(Verdict::Stale(reason, Snapshot { inputs: now.inputs, unmatched: None })),
        None => {
            if now != last {
                // Stamps are new, and next time no content has to be read.
                records.write(&task.name, &now);
            }
            Some(Verdict::Fresh(Snapshot { inputs: now.inputs, unmatched: None }))
        }
    }
}

/// Notes that a task has succeeded, which had these inputs before it ran.
pub(super) fn note_success(task: &Task, records: &Records, before: Snapshot) {
    if task.is_skippable() {
        let made = Made::by(task, &records.state);
        records.write(&task.name, &Record::of(task, before, made));
    }
}

//! What became of a lock, line by line.

use std::collections::BTreeSet;

use super::python;
use crate::lock::LockedTool;
use crate::manifest::listed;
use crate::platform::Platform;
use crate::road::Road;
use crate::source::{Change, Sources, Updated};

impl Road<'_> {
    /// Notes what became of the lock, a line for each change, and what is to be known of what is new.
    pub fn note_changes(self, updated: &Updated, sources: &Sources) {
        let note = |text: &str| self.audience.note(text);
        if let Some((before, after)) = &updated.python {
            for line in python::changes(before.as_ref(), after.as_ref()) {
                note(&line);
            }
        }
        let mut changed = BTreeSet::new();
        for change in &updated.changes {
            note(&line(change));
            let Some(new) = &change.after else { continue };
            let Some(label) = new.source() else { continue };
            let source = sources.of(label);
            let lacks = |locked: &LockedTool| {
                locked
                    .lacking()
                    .filter(|platform| source.is_made_for(*platform))
                    .map(Platform::name)
                    .collect::<Vec<_>>()
            };
            let lacking = lacks(new);
            if !lacking.is_empty() && change.before.as_ref().is_none_or(|old| lacks(old) != lacking) {
                note(&format!("  {} is not published for {}", named(new), lacking.join(", ")));
            }
            source.notes(new).iter().for_each(|text| note(&format!("  {text}")));
            changed.insert(label);
        }
        // Once for a project: when it gets its first tool of a source.
        let is_new = |tool: &LockedTool| {
            let mut added = updated.changes.iter().filter(|change| change.before.is_none());
            added.any(|change| change.after.as_ref().is_some_and(|after| after.tool == tool.tool))
        };
        changed.retain(|label| updated.lock.tools.iter().filter(|tool| tool.source() == Some(*label)).all(is_new));
        for text in changed.into_iter().flat_map(|label| sources.of(label).closing_notes()) {
            note(&format!("  {text}"));
        }
    }
}

/// A change in one line: what is gone, new or moved.
pub fn line(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Some(old), None) => format!("- {}", named(old)),
        (None, Some(new)) => format!("+ {}", named(new)),
        (Some(old), Some(new)) => format!("~ {}{}", named(old), moved(old, new)),
        (None, None) => String::new(),
    }
}

fn named(locked: &LockedTool) -> String {
    format!("{} {}", locked.tool, version(locked))
}

fn version(locked: &LockedTool) -> &str {
    locked.version.as_deref().unwrap_or("(the host's)")
}

/// How an entry differs from what it was.
fn moved(old: &LockedTool, new: &LockedTool) -> String {
    let version = if old.version == new.version { String::new() } else { format!(" -> {}", version(new)) };
    if old.requirement != new.requirement {
        return format!("{version}, for `{}` instead of `{}`", new.requirement, old.requirement);
    }
    // The same version, and yet another entry: a platform came or went, or a package was
    // published again under its number.
    if old.with != new.with {
        let with = if new.with.is_empty() { "nothing else".to_owned() } else { listed(&new.with) };
        return format!("{version}, with {with}");
    }
    if old.toolchain != new.toolchain {
        return format!("{version}, with other components");
    }
    if version.is_empty() { ", with other artifacts".to_owned() } else { version }
}

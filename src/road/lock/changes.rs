//! What became of a lock, line by line.

use std::collections::BTreeSet;

use super::python;
use crate::lock::LockedTool;
use crate::manifest::listed;
use crate::platform::Platforms;
use crate::road::Road;
use crate::source::{Change, Source, Sources, Updated};

impl Road<'_> {
    /// Notes what became of the lock, a line for each change, and what is to be known of what is new.
    pub fn note_changes(self, updated: &Updated, sources: &Sources) {
        let note = |text: &str| self.audience.note(text);
        if let Some((before, after)) = &updated.python {
            for line in python::changes(before.as_ref(), after.as_ref()) {
                note(&line);
            }
        }
        if let Some((before, after)) = updated.platforms {
            note(&format!("~ platforms: {after}"));
            self.note_unchanged(updated, after.without(before), sources);
        }
        let mut changed = BTreeSet::new();
        for change in &updated.changes {
            note(&line(change));
            let Some(new) = &change.after else { continue };
            let Some(label) = new.source() else { continue };
            let source = sources.of(label);
            let lacks = |locked: &LockedTool| lacking(locked, updated.lock.platforms, source);
            let lacking = lacks(new);
            if !lacking.is_empty() && change.before.as_ref().is_none_or(|old| lacks(old) != lacking) {
                note(&not_published(new, lacking));
            }
            let passed = updated.passed.iter().filter(|one| one.is_about(new)).map(|one| one.line.as_str());
            passed.collect::<BTreeSet<_>>().into_iter().for_each(|line| note(&format!("  {line}")));
            let was = change.before.as_ref().and_then(|old| old.provenance.as_ref());
            match (was, &new.provenance) {
                (Some(was), None) => note(&format!("  without an attestation; before, it was {was}")),
                (Some(was), Some(provenance)) if provenance != was => {
                    note(&format!("  {provenance}; before, it was {was}"));
                }
                (None, Some(provenance)) => note(&format!("  {provenance}")),
                _ => {}
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

impl Road<'_> {
    /// Notes which tools stay as they are although platforms were added, since they are not published for those.
    fn note_unchanged(self, updated: &Updated, added: Platforms, sources: &Sources) {
        let is_new = |tool: &LockedTool| updated.changes.iter().any(|change| change.after.as_ref() == Some(tool));
        for tool in updated.lock.tools.iter().filter(|tool| !is_new(tool)) {
            let Some(label) = tool.source() else { continue };
            let lacking = lacking(tool, added, sources.of(label));
            if !lacking.is_empty() {
                self.audience.note(&not_published(tool, lacking));
            }
        }
    }
}

/// Those of some platforms that a tool is not published for, although that could be expected.
fn lacking(locked: &LockedTool, wanted: Platforms, source: &dyn Source) -> Platforms {
    wanted.without(locked.platforms()).iter().filter(|platform| source.is_made_for(*platform)).collect()
}

fn not_published(locked: &LockedTool, lacking: Platforms) -> String {
    format!("  {} is not published for {lacking}", named(locked))
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
    match (version.is_empty(), old.platforms() == new.platforms()) {
        (false, _) => version,
        (true, false) => format!(", for {}", new.platforms()),
        (true, true) if old.artifacts == new.artifacts => ", with another attestation".to_owned(),
        (true, true) => ", with other artifacts".to_owned(),
    }
}

//! The lock as the verbs meet it: current, stale, missing, or in conflict.

pub mod fit;
pub mod python;

use std::collections::BTreeSet;

use super::Context;
use super::failure::{Failure, code};
use crate::lock::{self, Lock, LockedTool};
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::project::Project;
use crate::source::{self, Change, Moves, Sources, Updated};

/// How many tools a message names.
const MOST_TOLD: usize = 20;

/// What to do about a lock that is missing or stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Say what to type, and stop.
    Refuse,
    /// Say so, and bring it up to date.
    Update,
}

/// The lock as it stands; an empty one when there is none, and both sides of a conflict.
pub fn read(project: &mut Project) -> Result<Lock, Failure> {
    let name = project.lock_name();
    match text_of(project)? {
        None => Ok(Lock::default()),
        Some(text) => {
            let read = if lock::has_conflict(text).is_some() { lock::mend } else { lock::parse };
            read(name, text).map_err(|error| Failure::new(code::MANIFEST, &error))
        }
    }
}

/// The lock's text; `None` when there is none.
pub fn text_of(project: &mut Project) -> Result<Option<&str>, Failure> {
    project.lock_text().map_err(|error| Failure::new(code::MANIFEST, &error))
}

/// What to type so that a lock is written.
pub fn way_to_write(project: &Project) -> String {
    let way = if project.is_personal {
        "type `devshell lock --personal`"
    } else {
        "type `devshell lock`, and commit the file"
    };
    way.to_owned()
}

/// Brings a lock up to date with a manifest, and keeps what still satisfies it.
pub fn update(manifest: &Manifest, previous: &Lock, sources: &Sources) -> Result<Updated, Failure> {
    update_moving(manifest, previous, &Moves::NOTHING, sources)
}

/// The same, but looks anew for what is to move.
pub fn update_moving(
    manifest: &Manifest,
    previous: &Lock,
    moves: &Moves,
    sources: &Sources,
) -> Result<Updated, Failure> {
    source::bring_up_to_date(manifest, previous, moves, sources).map_err(|errors| Failure::several(code::TOOL, &errors))
}

/// Says what became of the lock, a line for each change, and what is to be known of what is new.
pub fn tell_changes(cx: &Context, updated: &Updated, sources: &Sources) {
    if let Some((before, after)) = &updated.python {
        for line in python::changes(before.as_ref(), after.as_ref()) {
            cx.ui.note(&line);
        }
    }
    let mut changed = BTreeSet::new();
    for change in &updated.changes {
        cx.ui.note(&line(change));
        let Some(new) = &change.after else { continue };
        let Ok(label) = sources.label_of(&new.tool) else { continue };
        let source = sources.of(label);
        let lacks = |locked: &LockedTool| {
            locked.lacking().filter(|platform| source.is_made_for(*platform)).map(Platform::name).collect::<Vec<_>>()
        };
        let lacking = lacks(new);
        if !lacking.is_empty() && change.before.as_ref().is_none_or(|old| lacks(old) != lacking) {
            cx.ui.note(&format!("  {} is not published for {}", named(new), lacking.join(", ")));
        }
        source.notes(new).iter().for_each(|note| cx.ui.note(&format!("  {note}")));
        changed.insert(label);
    }
    for note in changed.into_iter().flat_map(|label| sources.of(label).closing_notes()) {
        cx.ui.note(&format!("  {note}"));
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
    if version.is_empty() { ", with other artifacts".to_owned() } else { version }
}

/// The lock if it satisfies the manifest; else what `stale` says.
pub fn current(
    cx: &Context,
    project: &mut Project,
    manifest: &Manifest,
    sources: &Sources,
    stale: Stale,
) -> Result<Lock, Failure> {
    let (name, hint) = (project.lock_name(), way_to_write(project));
    let text = text_of(project)?;
    let fault = if text.is_some() { "stale" } else { "missing" };
    let previous = match text {
        Some(text) => lock::parse(name, text).map_err(|error| Failure::new(code::MANIFEST, &error))?,
        None => Lock::default(),
    };
    fit::check(project, manifest, &previous, sources)?;
    // A manifest without tools needs no lock, and differs from none.
    let differences = previous.differences(manifest);
    if differences.is_empty() {
        return Ok(previous);
    }
    if stale == Stale::Refuse {
        let list = |wishes: &[lock::Wish]| {
            let shown = wishes.iter().take(MOST_TOLD).map(|(tool, requirement)| format!("{tool} {requirement}"));
            let further = wishes.len().saturating_sub(MOST_TOLD);
            shown.chain((further > 0).then(|| format!("and {further} more"))).collect::<Vec<_>>().join(", ")
        };
        let lacks = match (differences.missing.as_slice(), differences.surplus.as_slice()) {
            ([], []) => python::fault(&previous, manifest),
            ([], surplus) => format!("it has {}, which nothing asks for", list(surplus)),
            (missing, _) => format!("it lacks {}", list(missing)),
        };
        return Err(Failure::said(code::LOCK, format!("{name} is {fault}: {lacks}"), hint));
    }
    cx.ui.note(&format!("{name} is {fault}; writing it"));
    let updated = update(manifest, &previous, sources)?;
    project.write_lock(lock::write(&updated.lock))?;
    tell_changes(cx, &updated, sources);
    Ok(updated.lock)
}

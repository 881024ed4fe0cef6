//! The lock as the verbs meet it: current, stale, missing, or in conflict.

use super::Context;
use super::failure::{Failure, code};
use crate::lock::{self, Lock, LockedTool};
use crate::manifest::{Download, Manifest};
use crate::platform::Platform;
use crate::project::Project;
use crate::source::{self, Change, Sources, Updated};

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
    match text_of(project)? {
        None => Ok(Lock::default()),
        Some(text) if lock::has_conflict(text).is_some() => Ok(lock::mend(text)),
        Some(text) => lock::parse(lock::FILE_NAME, text).map_err(|error| Failure::new(code::MANIFEST, &error)),
    }
}

/// The lock's text; `None` when there is none.
pub fn text_of(project: &mut Project) -> Result<Option<&str>, Failure> {
    project.lock_text().map_err(|error| Failure::new(code::MANIFEST, &error))
}

/// Brings a lock up to date with a manifest.
pub fn update(manifest: &Manifest, previous: &Lock, sources: &Sources) -> Result<Updated, Failure> {
    source::bring_up_to_date(manifest, previous, sources).map_err(|errors| Failure::several(code::TOOL, &errors))
}

/// Says what became of the lock, a line for each change.
pub fn tell_changes(cx: &Context, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Removed(locked) => cx.ui.note(&format!("- {}", named(locked))),
            Change::Added(locked) => {
                cx.ui.note(&format!("+ {}", named(locked)));
                let lacking: Vec<&str> = locked.lacking().map(Platform::name).collect();
                if !lacking.is_empty() {
                    cx.ui.note(&format!("  {} is not published for {}", named(locked), lacking.join(", ")));
                }
                let scripted: Vec<&str> =
                    locked.artifacts.iter().filter(|a| a.install_script).map(|a| a.package.as_str()).collect();
                if !scripted.is_empty() {
                    let list = scripted.join(", ");
                    cx.ui.note(&format!("  install scripts are never run, and these packages have one: {list}"));
                }
            }
        }
    }
}

/// Says of which tools nobody but the first download says what their bytes should be.
pub fn tell_trust(cx: &Context, manifest: &Manifest, changes: &[Change]) {
    for change in changes {
        if let Change::Added(locked) = change
            && manifest.download(&locked.tool, &locked.requirement).is_some_and(Download::trusts_first_use)
        {
            let text =
                "was hashed as it came: compare the hashes with the publisher's, or give `sha256` or `checksums`";
            cx.ui.note(&format!("  {} {text}", named(locked)));
        }
    }
}

fn named(locked: &LockedTool) -> String {
    format!("{} {}", locked.tool, locked.version.as_deref().unwrap_or("(the host's)"))
}

/// The lock if it satisfies the manifest; else what `stale` says.
pub fn current(
    cx: &Context,
    project: &mut Project,
    manifest: &Manifest,
    sources: &Sources,
    stale: Stale,
) -> Result<Lock, Failure> {
    let text = text_of(project)?;
    let fault = if text.is_some() { "stale" } else { "missing" };
    let previous = match text {
        Some(text) => lock::parse(lock::FILE_NAME, text).map_err(|error| Failure::new(code::MANIFEST, &error))?,
        None => Lock::default(),
    };
    // A manifest without tools needs no lock, and differs from none.
    let differences = previous.differences(manifest);
    if differences.is_empty() {
        return Ok(previous);
    }
    if stale == Stale::Refuse {
        let list =
            |wishes: &[lock::Wish]| wishes.iter().map(|(t, r)| format!("{t} {r}")).collect::<Vec<_>>().join(", ");
        let lacks = match (differences.missing.as_slice(), differences.surplus.as_slice()) {
            ([], surplus) => format!("it holds {} that nobody asks for", list(surplus)),
            (missing, _) => format!("it lacks {}", list(missing)),
        };
        let text = format!("{} is {fault}: {lacks}", lock::FILE_NAME);
        return Err(Failure::said(code::LOCK, text, "type `devshell lock`, and commit the file".to_owned()));
    }
    cx.ui.note(&format!("{} is {fault}; writing it", lock::FILE_NAME));
    let updated = update(manifest, &previous, sources)?;
    project.write_lock(lock::write(&updated.lock))?;
    tell_changes(cx, &updated.changes);
    tell_trust(cx, manifest, &updated.changes);
    Ok(updated.lock)
}

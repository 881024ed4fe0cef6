//! Brings a lock up to date with a manifest: keeps what still satisfies it, resolves the rest,
//! drops what nobody asks for.

use super::{ResolveError, Sources};
use crate::catalog;
use crate::lock::{Lock, LockedTool, Wish, wishes};
use crate::manifest::{Manifest, Tool};

/// What became of one requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Added(LockedTool),
    Removed(LockedTool),
}

/// A lock that satisfies the manifest, and how it differs from the one before.
#[derive(Debug)]
pub struct Updated {
    pub lock: Lock,
    pub changes: Vec<Change>,
}

/// Resolves what the previous lock lacks. The outcome depends on nothing but the manifest, the
/// previous lock and what the registries say.
///
/// # Errors
/// Every requirement that cannot be resolved.
pub fn bring_up_to_date(manifest: &Manifest, previous: &Lock, sources: &Sources) -> Result<Updated, Vec<ResolveError>> {
    let mut lock = previous.clone();
    lock.tools.retain(|locked| !locked.contradicts(manifest));
    loop {
        // What runs a tool is known once that tool is locked, so there may be a second round.
        let missing: Vec<Wish> = wishes(manifest, &lock)
            .into_iter()
            .filter(|(tool, requirement)| lock.find(tool, requirement).is_none())
            .collect();
        if missing.is_empty() {
            break;
        }
        lock.tools.extend(resolve_all(manifest, &missing, sources)?);
    }
    let wished = wishes(manifest, &lock);
    lock.tools.retain(|locked| wished.contains(&(locked.tool.clone(), locked.requirement.clone())));
    lock.tools.sort();
    let added = lock.tools.iter().filter(|new| !previous.tools.contains(new)).cloned().map(Change::Added);
    let removed = previous.tools.iter().filter(|old| !lock.tools.contains(old)).cloned().map(Change::Removed);
    let changes = removed.chain(added).collect();
    Ok(Updated { lock, changes })
}

fn resolve_all(manifest: &Manifest, wishes: &[Wish], sources: &Sources) -> Result<Vec<LockedTool>, Vec<ResolveError>> {
    let answers: Vec<Result<LockedTool, ResolveError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = wishes
            .iter()
            .map(|(tool, requirement)| {
                scope.spawn(move || {
                    let source = sources.of(catalog::find(tool)?.source);
                    source.resolve(tool, requirement).map_err(|error| placed(error, manifest))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("resolving does not panic")).collect()
    });
    let (mut resolved, mut failed) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(locked) => resolved.push(locked),
            Err(error) => failed.push(error),
        }
    }
    if failed.is_empty() { Ok(resolved) } else { Err(failed) }
}

/// The error with the line of the manifest that it is about.
fn placed(error: ResolveError, manifest: &Manifest) -> ResolveError {
    match error {
        ResolveError::NoVersion { tool, requirement, newest, .. } => {
            let is_it = |wish: &&Tool| wish.name == tool && wish.requirement == requirement;
            let line = manifest.all_tools().find(is_it).map(|wish| wish.line);
            ResolveError::NoVersion { tool, requirement, newest, line }
        }
        other => other,
    }
}

//! A lock that does not fit: an entry that is not what its tool means is refused wherever a lock is
//! relied on, with the line that it is at.

use crate::lock::{self, Entry, Lock};
use crate::manifest::Manifest;
use crate::project::Project;
use crate::road::RoadError;
use crate::source::{Misfit, Sources};

/// How many entries are shown.
const SHOWN: usize = 10;

/// Refuses a lock with entries that do not fit, of those that the manifest asks for.
pub fn check(project: &Project, manifest: &Manifest, lock: &Lock, sources: &Sources) -> Result<(), RoadError> {
    let misfits = misfits(manifest, lock, sources);
    if misfits.is_empty() { Ok(()) } else { Err(refusal(project, &misfits)) }
}

/// The refusal, with the place of each entry.
pub fn refusal(project: &Project, misfits: &[Misfit]) -> RoadError {
    let text = project.lock_text().ok().flatten().unwrap_or_default();
    let lines = misfits.iter().take(SHOWN).map(|misfit| line(project.lock_name(), text, misfit));
    let lock = if project.is_personal { "devshell lock --personal" } else { "devshell lock" };
    let hint = format!("find out how that line got into the file; `{lock}` resolves the entry again");
    RoadError::Misfits { lines: lines.collect(), hint }
}

/// The entries that do not fit. Those that nothing asks for are dropped unread when the lock is
/// written.
pub fn misfits(manifest: &Manifest, lock: &Lock, sources: &Sources) -> Vec<Misfit> {
    let wished = lock::wishes(manifest, lock);
    let mut misfits = sources.misfits(lock);
    misfits.retain(|misfit| !matches!(&misfit.entry, Entry::Tool(wish) if !wished.contains(wish)));
    misfits
}

/// One of them, with its place: `devshell.lock:7: …`.
pub fn line(name: &str, text: &str, Misfit { entry, unfit }: &Misfit) -> String {
    let line = lock::line_of(text, entry, unfit.artifact);
    let subject = match entry {
        Entry::Tool((tool, _)) => format!("`{tool}`"),
        Entry::Configuring(_) => "an entry of `configuring`".to_owned(),
        Entry::Python => "the Python".to_owned(),
    };
    format!("{name}:{line} does not fit: {subject} {}", unfit.text)
}

//! A lock that does not fit: an entry that is not what its tool means is refused wherever a lock is
//! relied on, with the line that it is at.

use super::super::failure::{Failure, Report, code};
use crate::lock::{self, Lock};
use crate::manifest::Manifest;
use crate::project::Project;
use crate::source::{Misfit, Sources};

/// How many entries are shown.
const SHOWN: usize = 10;

/// Refuses a lock with entries that do not fit, of those that the manifest asks for.
pub fn check(project: &mut Project, manifest: &Manifest, lock: &Lock, sources: &Sources) -> Result<(), Failure> {
    let misfits = misfits(manifest, lock, sources);
    if misfits.is_empty() {
        return Ok(());
    }
    let name = project.lock_name();
    let text = super::text_of(project)?.unwrap_or_default();
    let lines: Vec<String> = misfits.iter().map(|misfit| line(name, text, misfit)).collect();
    let lock = if project.is_personal { "devshell lock --personal" } else { "devshell lock" };
    let hint = format!("find out how that line got into the file; `{lock}` resolves the entry again");
    let reports = lines.into_iter().take(SHOWN).map(|text| Report::Message {
        text,
        causes: Vec::new(),
        hint: Some(hint.clone()),
    });
    Err(Failure { code: code::MANIFEST, reports: reports.collect() })
}

/// The entries that do not fit. Those that nothing asks for are dropped unread when the lock is
/// written.
pub fn misfits(manifest: &Manifest, lock: &Lock, sources: &Sources) -> Vec<Misfit> {
    let wished = lock::wishes(manifest, lock);
    let mut misfits = sources.misfits(lock);
    misfits.retain(|misfit| misfit.tool.as_ref().is_none_or(|wish| wished.contains(wish)));
    misfits
}

/// One of them, with its place: `devshell.lock:7: …`.
pub fn line(name: &str, text: &str, Misfit { tool, unfit }: &Misfit) -> String {
    let line = lock::line_of(text, tool.as_ref(), unfit.artifact);
    let subject = tool.as_ref().map_or_else(|| "the Python".to_owned(), |(tool, _)| format!("`{tool}`"));
    format!("{name}:{line} does not fit: {subject} {}", unfit.text)
}

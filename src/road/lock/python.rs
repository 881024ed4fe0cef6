//! The messages about a lock's Python.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::lock::{Artifact, Lock, LockedPython};
use crate::manifest::Manifest;

/// How an interpreter and its packages changed, line by line.
pub fn changes(before: Option<&LockedPython>, after: Option<&LockedPython>) -> Vec<String> {
    let (old, new) = (before.map(packages).unwrap_or_default(), after.map(packages).unwrap_or_default());
    let mut lines = Vec::new();
    match (before, after) {
        (None, Some(after)) => lines.push(format!("+ python {}{}", interpreter(after), with(&new))),
        (Some(before), None) => return vec![format!("- python {}", interpreter(before))],
        (Some(before), Some(after)) if interpreter(before) != interpreter(after) => {
            lines.push(format!("~ python {} -> {}", interpreter(before), interpreter(after)));
        }
        _ => {}
    }
    if let Some(below) = after.and_then(|after| after.below.as_deref())
        && before.is_none_or(|before| before.below.as_deref() != Some(below))
    {
        lines.push(format!("  its packages have wheels for Python below {below}"));
    }
    if before.is_none() {
        return lines;
    }
    for (name, versions) in &new {
        match old.get(name) {
            None => lines.push(format!("  + {name} {versions}")),
            Some(old) if old != versions => lines.push(format!("  ~ {name} {old} -> {versions}")),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    lines.extend(gone.map(|(name, versions)| format!("  - {name} {versions}")));
    lines
}

/// A lock's Python as JSON shows it.
#[derive(Serialize)]
pub struct PythonSummary<'l> {
    interpreter: String,
    packages: BTreeMap<&'l str, String>,
}

pub fn summary(python: &LockedPython) -> PythonSummary<'_> {
    PythonSummary { interpreter: interpreter(python), packages: packages(python) }
}

fn interpreter(python: &LockedPython) -> String {
    match &python.version {
        Some(version) => version.to_string(),
        None => format!("{} (the host's)", python.wish.requirement),
    }
}

fn with(packages: &BTreeMap<&str, String>) -> String {
    match packages.len() {
        0 => String::new(),
        1 => ", with 1 package".to_owned(),
        count => format!(", with {count} packages"),
    }
}

/// The versions of each package: there may be several, for several Pythons.
fn packages(python: &LockedPython) -> BTreeMap<&str, String> {
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Artifact { package, version, .. } in &python.artifacts {
        let versions = packages.entry(package).or_default();
        if !versions.contains(&version.as_str()) {
            versions.push(version);
        }
    }
    packages.into_iter().map(|(name, versions)| (name, versions.join(", "))).collect()
}

/// What about a lock's Python is not what the manifest asks for.
pub fn fault(lock: &Lock, manifest: &Manifest) -> String {
    let (Some(locked), Some(wish)) = (&lock.python, lock.python_wish(manifest)) else {
        return if lock.python.is_some() { "it has a Python, which nothing asks for" } else { "it lacks Python" }
            .to_owned();
    };
    let files =
        wish.files.iter().filter(|(file, hash)| locked.wish.files.get(*file) != Some(hash)).map(|(file, _)| file);
    let gone = locked.wish.files.keys().filter(|file| !wish.files.contains_key(*file));
    let changed: Vec<String> = files.chain(gone).map(|file| format!("`{file}`")).collect();
    if changed.is_empty() {
        return format!(
            "it was made for Python {} from {}; the manifest's `python` block has changed since",
            locked.wish.requirement,
            locked.wish.origin.name()
        );
    }
    format!("{} changed since it was written", changed.join(", "))
}

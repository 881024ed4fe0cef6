//! The messages about a lock's Python.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::lock::{Artifact, Lock, LockedPython};
use crate::manifest::Manifest;
use crate::version::Scheme;

/// How an interpreter and its packages changed, line by line.
pub fn changes(before: Option<&LockedPython>, after: Option<&LockedPython>) -> Vec<String> {
    let (old, new) = (before.map(packages).unwrap_or_default(), after.map(packages).unwrap_or_default());
    let mut lines = Vec::new();
    match (before, after) {
        (None, Some(after)) => lines.push(format!("+ python {}", with_packages(after))),
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

/// An interpreter, and how many packages it has.
pub fn with_packages(python: &LockedPython) -> String {
    let packages = match packages(python).len() {
        0 => String::new(),
        1 => " with 1 package".to_owned(),
        count => format!(" with {count} packages"),
    };
    format!("{}{packages}", interpreter(python))
}

/// The versions of each package: there may be several, for several Pythons. The newest one comes first, and the
/// others say what they are for.
pub fn packages(python: &LockedPython) -> BTreeMap<&str, String> {
    let mut packages: BTreeMap<&str, BTreeMap<&str, Option<&str>>> = BTreeMap::new();
    for Artifact { package, version, marker, .. } in &python.artifacts {
        packages.entry(package).or_default().entry(version).or_insert(marker.as_deref());
    }
    let shown = |versions: BTreeMap<&str, Option<&str>>| {
        let mut versions: Vec<_> = versions.into_iter().collect();
        versions.sort_by(|(a, _), (b, _)| Scheme::Pep440.compare(b, a));
        let mut versions = versions.into_iter();
        let newest = versions.next().map(|(version, _)| version.to_owned());
        let others = versions.map(|(version, marker)| format!("{version}{}", marker.map(for_what).unwrap_or_default()));
        newest.into_iter().chain(others).collect::<Vec<_>>().join("; ")
    };
    packages.into_iter().map(|(name, versions)| (name, shown(versions))).collect()
}

/// A marker in words: `python_full_version < '3.11'` is "for Python < 3.11".
fn for_what(marker: &str) -> String {
    let words = marker.replace("python_full_version", "Python").replace("sys_platform == ", "").replace('\'', "");
    format!(" for {}", words.replace("== 3", "3").replace("Python >= ", "Python >=").replace("Python < ", "Python <"))
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

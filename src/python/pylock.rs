//! The packages of a lock for others to install: a `pylock.toml` (PEP 751).

use std::fmt::Write as _;

use super::packages::{File, Package, file_name};
use super::toml_text;
use crate::lock::{Artifact, LockedPython};
use crate::net::without_credentials;
use crate::source::{PythonError, Sources};

/// With addresses and without credentials.
pub fn exported(python: &LockedPython, sources: &Sources) -> Result<String, PythonError> {
    let artifacts: Vec<&Artifact> = python.artifacts.iter().collect();
    let below = python.below.as_ref().map(|below| format!(",<{below}")).unwrap_or_default();
    let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"devshell\"\n");
    let _ = writeln!(text, "requires-python = \"{}{below}\"", python.wish.requirement.to_pep440());
    for Package { name, version, marker, index, wheels, source } in Package::located(&artifacts, sources)? {
        let _ = writeln!(text, "[[packages]]\nname = {}\nversion = {}", toml_text(name), toml_text(version));
        let _ = writeln!(text, "index = {}", toml_text(without_credentials(&index).as_str()));
        if let Some(marker) = marker {
            let _ = writeln!(text, "marker = {}", toml_text(marker));
        }
        if let Some(file) = source {
            let _ = writeln!(text, "sdist = {}", entry(&file));
        }
        if !wheels.is_empty() {
            let wheels: Vec<String> = wheels.iter().map(entry).collect();
            let _ = writeln!(text, "wheels = [{}]", wheels.join(", "));
        }
    }
    Ok(text)
}

fn entry(file: &File) -> String {
    let (name, url) = (toml_text(file_name(file.artifact)), toml_text(without_credentials(&file.url).as_str()));
    let (algorithm, hex) = file.artifact.integrity.to_hex();
    format!("{{ name = {name}, url = {url}, hashes = {{ {algorithm} = \"{hex}\" }} }}")
}

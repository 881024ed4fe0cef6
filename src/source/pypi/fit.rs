//! What an entry of a lock for Python packages may be.

use std::collections::BTreeSet;

use super::wheel::Wheel;
use super::{meaning, package_of};
use crate::archive::Format;
use crate::catalog::PypiEntry;
use crate::lock::{Artifact, LockedPython, LockedTool};
use crate::manifest::{Python, PythonOrigin};
use crate::name::{SourceLabel, normalized};
use crate::source::fit::{self, Keys, Traits, Unfit};
use crate::version::Scheme;

/// Expects that a tool's entry is what `resolve` could have written.
pub fn check(locked: &LockedTool, python: &Python) -> Result<(), Unfit> {
    let entry = meaning(&locked.tool).map_err(|error| Unfit::new(error.to_string()))?;
    let version = fit::version(locked, Scheme::Pep440)?;
    fit::traits(locked, Traits { python: true, with: true, provenance: true, ..Traits::default() })?;
    match entry.filter(|entry| entry.is_native()) {
        Some(entry) => native(locked, entry, version),
        None => program(locked, &package_of(entry, &locked.tool), version, python),
    }
}

/// Expects that a project's packages are what `python` could have written.
pub fn check_python(locked: &LockedPython, python: &Python) -> Result<(), Unfit> {
    let has_interpreter = (locked.version.is_some(), locked.build.is_some());
    let expected = match locked.wish.origin {
        PythonOrigin::Host => (false, false),
        PythonOrigin::Deb => (true, false),
        PythonOrigin::Uv => (true, true),
    };
    if has_interpreter != expected {
        let origin = locked.wish.origin.name();
        return Err(Unfit::new(format!("is from `{origin}`, which its `version` and `build` do not fit")));
    }
    if let Some(version) =
        locked.version.as_deref().filter(|version| !locked.wish.requirement.accepts(version, Scheme::Pep440))
    {
        return Err(Unfit::new(format!("{version} does not satisfy `{}`", locked.wish.requirement)));
    }
    packages(&locked.artifacts, python)
}

/// An executable in a wheel for each platform.
fn native(locked: &LockedTool, entry: &PypiEntry, version: &str) -> Result<(), Unfit> {
    fit::traits(locked, Traits { provenance: true, ..Traits::default() })?;
    fit::one_for_each_platform(&locked.artifacts)?;
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        fit::keys(place, artifact, SourceLabel::Pypi, Keys { file: true, ..Keys::default() })?;
        fit::same(place, artifact, &entry.package, version)?;
        if artifact.unpack != Some(Format::Zip) || !is_wheel_of(artifact) {
            return Err(Unfit::of(place, format!("is a wheel of `{}` {version}", entry.package)));
        }
    }
    match locked.commands.keys().find(|command| !entry.commands.contains_key(*command)) {
        Some(command) => Err(Unfit::new(format!("has no command `{command}`"))),
        None => Ok(()),
    }
}

/// A program in Python with all packages it needs.
fn program(locked: &LockedTool, package: &str, version: &str, python: &Python) -> Result<(), Unfit> {
    if locked.python.is_none() || !locked.commands.is_empty() {
        return Err(Unfit::new("is a program in Python, and the lock says otherwise"));
    }
    fit::additions(locked, Scheme::Pep440, |addition, artifact| normalized(&addition.package) == *artifact.package)?;
    packages(&locked.artifacts, python)?;
    let is_own = |artifact: &Artifact| *artifact.package == *package && *artifact.version == *version;
    if locked.artifacts.iter().any(is_own) {
        return Ok(());
    }
    Err(Unfit::new(format!("has no package `{package}` {version}")))
}

/// Files that make an environment: wheels, and sources of what may be built.
fn packages(artifacts: &[Artifact], python: &Python) -> Result<(), Unfit> {
    let allowed: BTreeSet<String> = python.allow_build.iter().map(|name| normalized(name)).collect();
    for (place, artifact) in artifacts.iter().enumerate() {
        fit::keys(place, artifact, SourceLabel::Pypi, Keys { file: true, marker: true, ..Keys::default() })?;
        let name = artifact.package.as_str();
        if artifact.unpack.is_some() {
            return Err(Unfit::of(place, "is installed by uv, and not unpacked"));
        }
        if name != normalized(name) {
            return Err(Unfit::of(place, format!("has `{name}`, which is spelled `{}`", normalized(name))));
        }
        if is_wheel_of(artifact) {
            continue;
        }
        if !is_source_of(artifact) {
            let file = artifact.file.as_deref().unwrap_or_default();
            return Err(Unfit::of(
                place,
                format!("has `{file}`, which is not a file of `{name}` {}", artifact.version),
            ));
        }
        if !allowed.contains(name) {
            return Err(Unfit::of(
                place,
                format!("would build `{name}`, which is not in the manifest's `allow-build`"),
            ));
        }
    }
    Ok(())
}

fn is_wheel_of(artifact: &Artifact) -> bool {
    let wheel = artifact.file.as_deref().and_then(Wheel::parse);
    wheel.is_some_and(|wheel| normalized(wheel.name) == *artifact.package && is_version(wheel.version, artifact))
}

/// Whether a file is a source distribution of the package ("Source distribution format" of the
/// Python Packaging User Guide). Old ones have names with hyphens.
fn is_source_of(artifact: &Artifact) -> bool {
    let file = artifact.file.as_deref().unwrap_or_default();
    let stem = [".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().find_map(|end| file.strip_suffix(end));
    let parts = stem.and_then(|stem| stem.rsplit_once('-'));
    parts.is_some_and(|(name, version)| normalized(name) == *artifact.package && is_version(version, artifact))
}

/// Whether a file's name has the artifact's version, in whichever spelling.
fn is_version(text: &str, artifact: &Artifact) -> bool {
    let text = text.replace('_', "-");
    *text == *artifact.version || Scheme::Pep440.compare(&text, &artifact.version).is_eq()
}

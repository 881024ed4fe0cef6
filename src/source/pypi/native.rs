//! Native executables in wheels: which version, and which wheel for each platform.

use std::collections::BTreeMap;

use super::super::{ResolveError, named};
use super::page::File;
use super::wheel;
use crate::archive::Format;
use crate::catalog::PypiEntry;
use crate::lock::{Artifact, LockedTool};
use crate::name::SourceLabel;
use crate::platform::{Platform, Platforms};
use crate::version::{Requirement, Scheme};

/// An executable for each platform that has a wheel in this version.
pub fn native(
    entry: &PypiEntry,
    version: &str,
    files: &[&File],
    platforms: Platforms,
    mut locked: LockedTool,
) -> Result<LockedTool, ResolveError> {
    let mut chosen: BTreeMap<&str, (&File, Vec<Platform>)> = BTreeMap::new();
    for platform in platforms.iter() {
        let fitting = files.iter().filter_map(|file| {
            let wheel = file.wheel().filter(wheel::Wheel::is_for_any_python)?;
            let with_glibc = || platform.with_glibc().filter(|_| entry.is_static);
            let rank = wheel.rank(platform).or_else(|| wheel.rank(with_glibc()?))?;
            Some((rank, *file))
        });
        if let Some((_, file)) = fitting.min_by_key(|(rank, file)| (*rank, &file.name)) {
            chosen.entry(&file.name).or_insert((file, Vec::new())).1.push(platform);
        }
    }
    for (name, (file, platforms)) in chosen {
        let package = entry.package.clone();
        let no_hash = || ResolveError::NoHash { package: package.clone(), version: version.to_owned() };
        let integrity = file.integrity.clone().ok_or_else(no_hash)?;
        locked.artifacts.push(Artifact {
            platforms,
            file: Some(named(&package, name)?),
            unpack: Some(Format::Zip),
            ..Artifact::new(SourceLabel::Pypi, named(&package, &package)?, named(&package, version)?, integrity)
        });
    }
    for (command, path) in &entry.commands {
        // What an index calls a version may make it no path.
        let path = path.replace("{version}", version).parse();
        let no_command = |_| ResolveError::NoCommand { tool: locked.tool.clone(), version: version.to_owned() };
        locked.commands.insert(command.clone(), path.map_err(no_command)?);
    }
    Ok(locked)
}

/// The wheels of each version.
pub fn releases<'f>(files: impl IntoIterator<Item = &'f File>) -> BTreeMap<&'f str, Vec<&'f File>> {
    let mut releases: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in files {
        if let Some(wheel) = file.wheel() {
            releases.entry(wheel.version).or_default().push(file);
        }
    }
    releases
}

/// The highest version that satisfies a requirement. Yanked ones are passed over unless the
/// requirement names just that one (PEP 592), and pre-releases unless it names one; both also
/// when there is nothing else.
pub fn choose<'f>(releases: &BTreeMap<&'f str, Vec<&File>>, requirement: &Requirement) -> Option<&'f str> {
    let accepted = releases.keys().copied().filter(|version| requirement.accepts(version, Scheme::Pep440));
    let mut accepted: Vec<&str> = accepted.collect();
    accepted.sort_by(|a, b| Scheme::Pep440.compare(b, a));
    let is_current = |version: &&&str| !releases[**version].iter().all(|file| file.is_yanked);
    let is_release =
        |version: &&&str| requirement.wants_prerelease(Scheme::Pep440) || !Scheme::Pep440.is_prerelease(version);
    let current = || accepted.iter().filter(is_current);
    let names_one = || requirement.as_str().starts_with('=').then(|| accepted.first()).flatten();
    current().find(is_release).or_else(|| current().next()).or_else(names_one).copied()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn the_highest_version_that_stands_is_chosen() {
        let files: Vec<File> = [("1.9", false), ("1.10", false), ("2.0", true), ("3.0rc1", false)]
            .map(|(version, is_yanked)| File {
                name: format!("a-{version}-py3-none-any.whl"),
                url: Url::parse("http://a.example/").unwrap(),
                integrity: None,
                is_yanked,
                uploaded: None,
                provenance: None,
            })
            .to_vec();
        let releases = releases(&files);
        for (requirement, expected) in [
            ("*", Some("1.10")),
            ("1.9", Some("1.9")),
            ("2", None),
            ("=2.0", Some("2.0")),
            ("3", Some("3.0rc1")),
            ("=3.0rc1", Some("3.0rc1")),
            (">=4", None),
        ] {
            assert_eq!(choose(&releases, &requirement.parse().unwrap()), expected, "{requirement}");
        }
    }
}

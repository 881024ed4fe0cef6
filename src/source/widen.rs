//! Adds platforms to a lock: looks up what these lack, at the versions that are locked.

use super::provenance::attest;
use super::{Asked, ResolveError, Sources, all, at_once};
use crate::lock::{Artifact, Form, Lock, LockedTool};
use crate::manifest::Manifest;
use crate::platform::{Platform, Platforms};

/// Adds platforms to the tools of a lock. One whose version is not there any more is taken out, and resolved again.
///
/// # Errors
/// Every tool that cannot be looked up.
pub fn widen(
    lock: &mut Lock,
    (manifest, previous): (&Manifest, &Lock),
    added: Platforms,
    sources: &Sources,
) -> Result<(), Vec<ResolveError>> {
    let tools = std::mem::take(&mut lock.tools);
    let found = all(at_once(tools, |locked| {
        let mut found = widened(locked, manifest.platforms, added, sources)?;
        found.as_mut().map_or(Ok(()), |tool| attest(tool, manifest, previous, sources))?;
        Ok(found)
    }))?;
    lock.tools = found.into_iter().flatten().collect();
    sources.agree(&mut lock.tools, &previous.tools).map_err(|error| vec![error])
}

fn widened(
    locked: LockedTool,
    wanted: Platforms,
    added: Platforms,
    sources: &Sources,
) -> Result<Option<LockedTool>, ResolveError> {
    let (is_object, platforms) = match locked.form() {
        Form::Asserted => return Ok(Some(locked)),
        Form::Object(_) if locked.artifacts.iter().all(|artifact| artifact.platforms.is_empty()) => {
            return Ok(Some(locked));
        }
        // Each platform has its own artifact, and those that are there stay.
        Form::Object(_) => (true, added),
        Form::Tree | Form::Venv { .. } | Form::Prefix { .. } | Form::Sysroot => (false, wanted),
    };
    let version = locked.version.as_ref();
    let asked = Asked { version, locked: Some(&locked), ..Asked::best(&locked.tool, &locked.requirement, platforms) };
    let Some(label) = locked.source() else { return Ok(None) };
    let mut found = match sources.of(label).resolve(&asked) {
        Err(ResolveError::NoVersion { .. } | ResolveError::NoPlatform { .. }) => return Ok(None),
        found => found?,
    };
    if found.version != locked.version {
        return Ok(None);
    }
    found.keep_for(platforms);
    Ok(Some(if is_object { united(locked, found.artifacts) } else { found }))
}

/// A tool with further artifacts. One that it has already serves further platforms.
fn united(mut locked: LockedTool, further: Vec<Artifact>) -> LockedTool {
    for artifact in further {
        let bare = |artifact: &Artifact| Artifact { platforms: Vec::new(), hash_from: None, ..artifact.clone() };
        let same = locked.artifacts.iter_mut().find(|own| bare(own) == bare(&artifact));
        let Some(same) = same else {
            locked.artifacts.push(artifact);
            continue;
        };
        same.platforms.extend(artifact.platforms);
        same.platforms.sort_unstable();
        if same.platforms.len() == Platform::ALL.len() {
            same.platforms.clear();
        }
    }
    locked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::SourceLabel;

    #[test]
    fn an_artifact_serves_further_platforms() {
        let artifact = |name: &str, platforms: &[&str]| {
            let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
            let platforms = platforms.iter().map(|name| name.parse().unwrap()).collect();
            let artifact = Artifact::new(SourceLabel::Npm, name.parse().unwrap(), "1".parse().unwrap(), integrity);
            Artifact { platforms, ..artifact }
        };
        let mut locked = LockedTool::new("npm:a".parse().unwrap(), "1".parse().unwrap());
        locked.artifacts = vec![artifact("linux", &["x86_64-linux"])];
        let further = vec![artifact("linux", &["aarch64-linux"]), artifact("mac", &["aarch64-darwin"])];
        let expected = [artifact("linux", &["aarch64-linux", "x86_64-linux"]), artifact("mac", &["aarch64-darwin"])];
        assert_eq!(united(locked, further).artifacts, expected);
    }
}

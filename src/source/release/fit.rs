//! Whether a lock's entry is one that could come from a repository's releases.

use super::super::fit::{self, Keys, Traits, Unfit};
use crate::lock::LockedTool;
use crate::name::{SourceLabel, last_part};
use crate::version::Scheme;

/// Expects the files of one release of a repository, one for each platform at most.
pub fn check(locked: &LockedTool, label: SourceLabel, repository: &str) -> Result<(), Unfit> {
    let version = fit::version(locked, Scheme::Loose)?;
    fit::traits(locked, Traits::default())?;
    fit::one_for_each_platform(&locked.artifacts)?;
    // A file that is no archive has one name in the store; its command may have another one.
    let own = last_part(repository);
    if locked.commands.values().any(|path| path.as_str() != own) {
        return Err(Unfit::new("is a file of a release, whose commands are found in it"));
    }
    let tag = locked.artifacts.first().and_then(|artifact| artifact.tag.as_ref());
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        fit::keys(place, artifact, label, Keys { file: true, tag: true, ..Keys::default() })?;
        fit::same(place, artifact, repository, version)?;
        if artifact.file.is_none() || artifact.unpack.is_none() {
            return Err(Unfit::of(place, "is a file of a release, and the artifact names none"));
        }
        // The tag is what is fetched, so it has to be that of the version.
        if artifact.tag.as_ref() != tag || !tag.is_some_and(|tag| tag.contains(version)) {
            return Err(Unfit::of(place, format!("is {version}, and the artifact's tag is another one")));
        }
    }
    Ok(())
}

//! Whether a lock's entry is one that could come from a repository's releases.

use super::super::fit::{self, Keys, Traits, Unfit};
use crate::lock::LockedTool;
use crate::name::SourceLabel;
use crate::version::Scheme;

/// Expects the files of one release of a repository, one for each platform at most.
pub fn check(
    locked: &LockedTool,
    label: SourceLabel,
    repository: &str,
    around: Option<(&str, &str)>,
) -> Result<(), Unfit> {
    let version = fit::version(locked, Scheme::Loose)?;
    fit::traits(locked, Traits { provenance: label == SourceLabel::Github, ..Traits::default() })?;
    if let Some(provenance) = &locked.provenance
        && !provenance.is_from(label, repository)
    {
        return Err(Unfit::new(format!("is from `{repository}`, and was made in `{}`", provenance.repository)));
    }
    fit::one_for_each_platform(&locked.artifacts)?;
    let tag = locked.artifacts.first().and_then(|artifact| artifact.tag.as_ref());
    for (place, artifact) in locked.artifacts.iter().enumerate() {
        fit::keys(place, artifact, label, Keys { file: true, tag: true, ..Keys::default() })?;
        fit::same(place, artifact, repository, version)?;
        if artifact.file.is_none() || artifact.unpack.is_none() {
            return Err(Unfit::of(place, "is a file of a release, and the artifact names none"));
        }
        // The tag is what is fetched, so it has to be that of the version.
        if artifact.tag.as_ref() != tag || !tag.is_some_and(|tag| is_of(tag, version, around)) {
            return Err(Unfit::of(place, format!("is {version}, and the artifact's tag is another one")));
        }
    }
    Ok(())
}

/// Whether a tag is that of a version: with just what is known to be around it, or else at the end of the tag, and not
/// as a part of a longer version.
fn is_of(tag: &str, version: &str, around: Option<(&str, &str)>) -> bool {
    if let Some((before, after)) = around
        && tag.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) == Some(version)
    {
        return true;
    }
    tag.strip_suffix(version).is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_digit() || ".+".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_tag_is_that_of_its_version_alone() {
        for (tag, version, around, expected) in [
            ("v1.4.0", "1.4.0", None, true),
            ("1.4.0", "1.4.0", None, true),
            ("kustomize/v5.6.0", "5.6.0", None, true),
            ("jq-1.8.1", "1.8.1", Some(("jq-", "")), true),
            ("jq-1.8.1", "8.1", None, false),
            ("jq-1.8.1", "1", None, false),
            ("v1.4.0-rc.1", "1.4.0", None, false),
            ("v21.4.0", "1.4.0", None, false),
            ("1.4.0-release", "1.4.0", Some(("", "-release")), true),
            ("1.4.0-release", "1.4.0", None, false),
            ("b6123", "6123", None, true),
        ] {
            assert_eq!(is_of(tag, version, around), expected, "{tag} {version}");
        }
    }
}

//! Which releases of a repository satisfy a requirement.

use super::super::ResolveError;
use super::super::age::Cutoff;
use super::super::preferred::{Accepted, Offered, takes};
use super::ReleaseError;
use super::error::{Words, line};
use super::list::Release;
use super::listing::Listing;
use crate::assets::tag;
use crate::name::{ToolName, last_part};
use crate::version::Requirement;

/// A release and the version that its tag has.
pub struct Candidate {
    pub version: String,
    pub release: Release,
}

impl Offered for Candidate {
    fn version(&self) -> &str {
        &self.version
    }

    fn is_marked(&self) -> bool {
        self.release.is_prerelease
    }

    fn published(&self) -> Option<i64> {
        self.release.published
    }
}

/// A repository whose tags are versions.
pub struct Tagged<'t> {
    pub tool: &'t ToolName,
    pub repository: &'t str,
    /// What is before the version and after it in the tags; found out where it is not known.
    pub around: Option<(&'t str, &'t str)>,
    /// The time up to which a release has to have been published.
    pub cutoff: Option<Cutoff>,
}

impl Tagged<'_> {
    /// Asks a forge which releases satisfy a requirement.
    pub fn candidates(
        &self,
        requirement: &Requirement,
        listing: &Listing,
    ) -> Result<Accepted<Candidate>, ResolveError> {
        let is_enough = |releases: &[Release]| {
            let Ok(around) = self.around(releases, requirement) else { return false };
            let is_old = |release: &Release| match (self.cutoff, release.published) {
                (Some(cutoff), Some(published)) => cutoff.accepts(published),
                _ => true,
            };
            let is_taken = |release: &Release| {
                is_old(release)
                    && version(release, around).is_some_and(|it| takes(requirement, it, release.is_prerelease))
            };
            releases.iter().any(is_taken)
        };
        let mut releases = listing.releases(self.repository, &is_enough)?;
        if releases.is_empty() {
            return Err(ReleaseError::None { tool: self.tool.clone() }.into());
        }
        let (before, after) = self.around(&releases, requirement)?;
        let (before, after) = (before.to_owned(), after.to_owned());
        if let (false, Some(version)) = (is_enough(&releases), requirement.named_version()) {
            releases.extend(self.tagged(version, (&before, &after), listing)?);
        }
        let found = releases.into_iter().filter_map(|release| {
            let version = version(&release, (&before, &after))?.to_owned();
            Some(Candidate { version, release })
        });
        Ok(Accepted::of(found.collect(), requirement))
    }

    /// The release of a version, by its tag: with the `v` of the newest tags or without, since repositories have begun to
    /// write it, and given it up.
    fn tagged(
        &self,
        version: &str,
        (before, after): (&str, &str),
        listing: &Listing,
    ) -> Result<Option<Release>, ResolveError> {
        let other = match before {
            "" => Some("v"),
            "v" => Some(""),
            _ => None,
        };
        for before in std::iter::once(before).chain(other) {
            let found = listing.release(self.repository, &format!("{before}{version}{after}"))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// What is before the version and after it in the tags.
    fn around<'r>(
        &'r self,
        releases: &'r [Release],
        requirement: &Requirement,
    ) -> Result<(&'r str, &'r str), ResolveError> {
        if let Some(around) = self.around {
            return Ok(around);
        }
        let tags: Vec<&str> = releases.iter().map(|release| release.tag.as_str()).collect();
        let unclear = |unclear: tag::Unclear| {
            let (tool, prefixes) = (self.tool.clone(), unclear.prefixes);
            let line =
                |before: &str| line(self.tool, requirement, ("tag", &format!("{before}{{version}}")), &Words::new());
            match prefixes.first().map(|first| line(first)) {
                Some(line) => ReleaseError::Tags { tool, prefixes, line },
                None => {
                    let (tags, line) =
                        (tags.iter().map(|tag| (*tag).to_owned()).collect(), line(&format!("{}-", tool.short())));
                    ReleaseError::NoVersions { tool, tags, line }
                }
            }
        };
        Ok((tag::prefix(&tags, last_part(self.repository)).map_err(unclear)?, ""))
    }
}

/// The version that a release's tag has, if it is one of the tool's.
fn version<'r>(release: &'r Release, (before, after): (&str, &str)) -> Option<&'r str> {
    tag::version_of(release.tag.strip_suffix(after)?, before)
}

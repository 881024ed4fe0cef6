//! Which releases satisfy a requirement, and which of them to take.

use std::collections::BTreeSet;

use super::super::ResolveError;
use super::ReleaseError;
use super::list::Release;
use super::listing::Listing;
use super::wish::Wish;
use crate::assets::tag;
use crate::name::last_part;
use crate::platform::Platform;
use crate::version::{Requirement, Scheme};

/// How many of the newest versions are looked at for the one that has the most platforms.
const COMPARED: usize = 4;

/// A release and the version that its tag has.
pub struct Candidate {
    pub version: String,
    pub release: Release,
}

/// The releases that satisfy a requirement, the newest version first, and the newest of all.
pub struct Candidates {
    pub accepted: Vec<Candidate>,
    pub newest: Option<String>,
}

impl Candidates {
    /// Asks a forge.
    pub fn of(wish: &Wish, requirement: &Requirement, listing: &Listing) -> Result<Self, ResolveError> {
        let taken = Taken::by(requirement);
        let is_enough = |releases: &[Release]| {
            let Ok(around) = around(wish, releases) else { return false };
            releases.iter().any(|release| version(release, around).is_some_and(|version| taken.takes(version, release)))
        };
        let mut releases = listing.releases(wish.repository, &is_enough)?;
        if releases.is_empty() {
            return Err(ReleaseError::None { tool: wish.name.clone() }.into());
        }
        let (before, after) = around(wish, &releases)?;
        let around = (before.to_owned(), after.to_owned());
        if let (false, Some(version)) = (is_enough(&releases), requirement.named_version()) {
            releases.extend(tagged(wish, version, (&around.0, &around.1), listing)?);
        }
        let found = releases.into_iter().filter_map(|release| {
            Some(Candidate { version: version(&release, (&around.0, &around.1))?.to_owned(), release })
        });
        let mut found: Vec<Candidate> = found.collect();
        found.sort_by(|a, b| Scheme::Loose.compare(&b.version, &a.version));
        let stable = found.iter().find(|candidate| is_stable(&candidate.version, &candidate.release));
        let newest = stable.or(found.first()).map(|candidate| candidate.version.clone());
        // A repository that has made nothing but pre-releases so far is taken at its word where any version will do.
        let any = requirement.is_any() && stable.is_none();
        let accepted = found.into_iter().filter(|candidate| any || taken.takes(&candidate.version, &candidate.release));
        Ok(Self { accepted: accepted.collect(), newest })
    }
}

/// The release of a version, by its tag: with the `v` of the newest tags or without, since repositories have begun to
/// write it, and given it up.
fn tagged(
    wish: &Wish,
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
        let found = listing.release(wish.repository, &format!("{before}{version}{after}"))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Which releases a requirement takes.
struct Taken<'r> {
    requirement: &'r Requirement,
    prereleases: bool,
}

impl<'r> Taken<'r> {
    fn by(requirement: &'r Requirement) -> Self {
        Self { requirement, prereleases: requirement.wants_prerelease(Scheme::Loose) }
    }

    fn takes(&self, version: &str, release: &Release) -> bool {
        self.requirement.accepts(version, Scheme::Loose) && (self.prereleases || is_stable(version, release))
    }
}

fn is_stable(version: &str, release: &Release) -> bool {
    !release.is_prerelease && !Scheme::Loose.is_prerelease(version)
}

/// What is before the version and after it in the tags of a tool.
fn around<'r>(wish: &'r Wish, releases: &'r [Release]) -> Result<(&'r str, &'r str), ResolveError> {
    if let Some(around) = wish.around_version() {
        return Ok(around);
    }
    let tags: Vec<&str> = releases.iter().map(|release| release.tag.as_str()).collect();
    let unclear = |unclear: tag::Unclear| {
        let tool = wish.name.clone();
        if unclear.prefixes.is_empty() {
            return ReleaseError::NoVersions { tool, tags: tags.iter().map(|tag| (*tag).to_owned()).collect() };
        }
        ReleaseError::Tags { tool, prefixes: unclear.prefixes }
    };
    Ok((tag::prefix(&tags, last_part(wish.repository)).map_err(unclear)?, ""))
}

/// The version that a release's tag has, if it is one of the tool's.
fn version<'r>(release: &'r Release, (before, after): (&str, &str)) -> Option<&'r str> {
    tag::version_of(release.tag.strip_suffix(after)?, before)
}

/// The candidate to take: the newest of those whose platforms no other of the newest ones has more of. A release may
/// lack a platform because its files are still on their way, and a lock of it would leave teammates out.
pub fn best(wish: &Wish, candidates: Vec<Candidate>) -> Result<Option<Candidate>, ResolveError> {
    let mut first_error = None;
    let mut found: Vec<(BTreeSet<Platform>, Candidate)> = Vec::new();
    for candidate in candidates.into_iter().take(COMPARED) {
        match wish.files(&candidate.release, &candidate.version) {
            Ok(files) => found.push((files.into_keys().collect(), candidate)),
            // The newest release says what is wrong, unless an earlier one is right.
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    let all: Vec<BTreeSet<Platform>> = found.iter().map(|(platforms, _)| platforms.clone()).collect();
    let has_most = |(platforms, _): &(BTreeSet<Platform>, Candidate)| {
        !all.iter().any(|other| other.is_superset(platforms) && other != platforms)
    };
    match (found.into_iter().find(has_most), first_error) {
        (Some((_, candidate)), _) => Ok(Some(candidate)),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(None),
    }
}

//! Which version of a package is taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::passed::{lacks, most_complete};
use super::super::{Asked, ResolveError, at_once};
use super::metadata::{Packument, Release};
use super::words::WORDS;
use super::{NpmSource, is_native};
use crate::catalog::NpmEntry;
use crate::platform::{Platform, Platforms};
use crate::version::{Requirement, Scheme};

/// How many versions are compared by their platforms. When so many in a row lack one, its publisher dropped it.
const COMPARED: usize = 16;

impl NpmSource<'_> {
    /// The version to take of those that satisfy the requirement.
    pub fn choose<'p>(
        &self,
        entry: Option<&NpmEntry>,
        packument: &'p Packument,
        asked: &Asked,
    ) -> Result<Option<&'p str>, ResolveError> {
        let candidates = self.old_enough(packument, packument.candidates(&asked.accepted()), asked)?;
        let is_native = |entry: &&NpmEntry, version: &str| is_native(entry, &packument.versions[version]);
        let Some(best) = candidates.first() else { return Ok(None) };
        let Some(entry) = entry.filter(|entry| is_native(entry, best)) else { return Ok(Some(best)) };
        let compared = candidates.iter().copied().filter(|version| is_native(&entry, version)).take(COMPARED);
        let compared: Vec<&str> = compared.collect();
        let there = self.platform_packages(entry, asked.platforms)?;
        let served = |version: &&str| served(entry, &there, &packument.versions[*version], version, asked.platforms);
        let platforms: Vec<Platforms> = compared.iter().map(served).collect();
        let place = most_complete(&platforms).unwrap_or_default();
        if place > 0 {
            let why = lacks(platforms[0], platforms[place]);
            self.passed.keep(asked, best, &why, compared[place]);
        }
        Ok(Some(compared[place]))
    }

    /// The versions that were published long enough ago. The best one is taken or passed over.
    fn old_enough<'p>(
        &self,
        packument: &Packument,
        candidates: Vec<&'p str>,
        asked: &Asked,
    ) -> Result<Vec<&'p str>, ResolveError> {
        let (Some(cutoff), Some(best)) = (self.ages.cutoff(asked)?, candidates.first().copied()) else {
            return Ok(candidates);
        };
        if !candidates.iter().any(|version| packument.published(version).is_some()) {
            return Err(cutoff.no_times(asked, WORDS.asks));
        }
        let is_old = |version: &&str| packument.published(version).is_some_and(|published| cutoff.accepts(published));
        let old: Vec<&str> = candidates.into_iter().filter(is_old).collect();
        let published = packument.published(best);
        match old.first() {
            None => return Err(cutoff.too_young(asked, best, published)),
            Some(first) if *first != best => {
                let why = published.map_or_else(|| "has no date".to_owned(), |published| cutoff.young(published));
                self.passed.keep(asked, best, &why, first);
            }
            Some(_) => {}
        }
        Ok(old)
    }

    /// The versions of a package, with their times if these count.
    pub fn versions(&self, package: &str, asked: &Asked) -> Result<Arc<Packument>, ResolveError> {
        let is_dated = self.ages.of_tool(asked.name, asked.requirement)?.is_some();
        if is_dated { self.metadata.dated(package) } else { self.metadata.packument(package) }
    }

    /// The packages that have the executables for some platforms, as far as there are such packages.
    fn platform_packages<'e>(
        &self,
        entry: &'e NpmEntry,
        platforms: Platforms,
    ) -> Result<BTreeMap<&'e str, Arc<Packument>>, ResolveError> {
        let wanted: BTreeMap<&str, Platform> = wanted(entry, platforms).map(|(a, b)| (b, a)).collect();
        let found = at_once(wanted.into_keys(), |package| match self.metadata.packument(package) {
            Err(ResolveError::NoPackage { .. }) => Ok(None),
            other => other.map(|packument| Some((package, packument))),
        });
        Ok(found.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}

/// The packages for some platforms.
pub fn wanted(entry: &NpmEntry, platforms: Platforms) -> impl Iterator<Item = (Platform, &str)> {
    let wanted = entry.platforms.iter().filter(move |(platform, _)| platforms.contains(**platform));
    wanted.map(|(platform, package)| (*platform, package.as_str()))
}

/// The platforms that a version has executables for. A lead that declares no packages, as node's, has them under its
/// own version.
fn served(
    entry: &NpmEntry,
    there: &BTreeMap<&str, Arc<Packument>>,
    lead: &Release,
    version: &str,
    platforms: Platforms,
) -> Platforms {
    let declares = !lead.optional_dependencies.is_empty();
    let is_there = |package: &str| {
        let listed = lead.optional_dependencies.get(package);
        let is_declared = !declares || listed.is_some() || *package == *entry.package;
        let version = listed.map_or(version, String::as_str);
        is_declared && there.get(package).is_some_and(|packument| packument.versions.contains_key(version))
    };
    wanted(entry, platforms).filter(|(_, package)| is_there(package)).map(|(platform, _)| platform).collect()
}

impl Packument {
    /// The versions that satisfy a requirement, the one to take first. As npm does, that is the
    /// one tagged `latest` if it satisfies the requirement, else the highest. Deprecated ones
    /// and pre-releases are passed over while there are others.
    pub fn candidates(&self, requirement: &Requirement) -> Vec<&str> {
        let accepted = |version: &&str| requirement.accepts(version, Scheme::Semver);
        let mut accepted: Vec<&str> = self.versions.keys().map(String::as_str).filter(accepted).collect();
        accepted.sort_by(|a, b| Scheme::Semver.compare(b, a));
        let is_current = |version: &str| self.versions[version].deprecated.is_none();
        let is_release =
            |version: &str| requirement.wants_prerelease(Scheme::Semver) || !Scheme::Semver.is_prerelease(version);
        for wanted in [&|v: &str| is_current(v) && is_release(v), &is_current as &dyn Fn(&str) -> bool] {
            let mut chosen: Vec<&str> = accepted.iter().copied().filter(|version| wanted(version)).collect();
            if let Some(latest) = self.dist_tags.get("latest")
                && let Some(index) = chosen.iter().position(|version| version == latest)
            {
                chosen[..=index].rotate_right(1);
            }
            if !chosen.is_empty() {
                return chosen;
            }
        }
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_come_in_npm_s_order() {
        let packument: Packument = serde_json::from_str(
            r#"{ "dist-tags": { "latest": "2.1.0" }, "versions": {
                "1.0.0": {}, "1.1.0": { "deprecated": "broken" }, "2.0.0": { "deprecated": false }, "2.1.0": {},
                "2.2.0": {}, "3.0.0-rc.1": {}, "4.0.0": { "deprecated": "no" } } }"#,
        )
        .unwrap();
        let candidates = |requirement: &str| packument.candidates(&requirement.parse().unwrap());
        assert_eq!(candidates("*"), ["2.1.0", "2.2.0", "2.0.0", "1.0.0"]);
        assert_eq!(candidates("1"), ["1.0.0"]);
        assert_eq!(candidates("=1.1.0"), ["1.1.0"], "nothing else satisfies it");
        assert_eq!(candidates("3"), ["3.0.0-rc.1"]);
        assert_eq!(candidates("4"), ["4.0.0"]);
        assert!(candidates("5").is_empty());
    }
}

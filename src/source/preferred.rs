//! Which of several versions is taken: the newest that satisfies a requirement, unless an older one has platforms that
//! it lacks.

use std::collections::BTreeMap;

use super::age::Cutoff;
use super::passed::{PassedOver, lacks, most_complete};
use super::{Asked, ResolveError};
use crate::platform::{Platform, Platforms};
use crate::version::{Requirement, Scheme};

/// How many of the newest versions are looked at for the one that has the most platforms.
const COMPARED: usize = 4;

/// What there is of a version on each platform.
pub type ByPlatform<T> = BTreeMap<Platform, T>;

/// A version that could be taken.
pub trait Offered {
    fn version(&self) -> &str;

    /// Whether its publisher says that it is a pre-release.
    fn is_marked(&self) -> bool;

    /// When it was published, in seconds since 1970, if that is known.
    fn published(&self) -> Option<i64>;

    fn is_stable(&self) -> bool {
        is_stable(self.version(), self.is_marked())
    }
}

/// The versions that satisfy a requirement, the newest first, and the newest of all.
pub struct Accepted<O> {
    pub accepted: Vec<O>,
    pub newest: Option<String>,
}

impl<O: Offered> Accepted<O> {
    pub fn of(mut offered: Vec<O>, requirement: &Requirement) -> Self {
        offered.sort_by(|a, b| Scheme::Loose.compare(b.version(), a.version()));
        let stable = offered.iter().find(|offer| offer.is_stable());
        let newest = stable.or(offered.first()).map(|offer| offer.version().to_owned());
        // What has had nothing but pre-releases so far is taken as it is where any version will do.
        let any = requirement.is_any() && stable.is_none();
        offered.retain(|offer| any || takes(requirement, offer.version(), offer.is_marked()));
        Self { accepted: offered, newest }
    }
}

/// Whether a requirement takes a version: a pre-release only if it names one.
pub fn takes(requirement: &Requirement, version: &str, is_marked: bool) -> bool {
    requirement.accepts(version, Scheme::Loose)
        && (is_stable(version, is_marked) || requirement.wants_prerelease(Scheme::Loose))
}

fn is_stable(version: &str, is_marked: bool) -> bool {
    !is_marked && !Scheme::Loose.is_prerelease(version)
}

/// What decides which version is taken.
pub struct Choosing<'c> {
    pub asked: &'c Asked<'c>,
    /// The time up to which it has to have been published.
    pub cutoff: Option<Cutoff>,
    /// Where a version that is passed over is kept.
    pub passed: &'c PassedOver,
    /// What is asked, as messages call it.
    pub from: &'static str,
}

impl Choosing<'_> {
    /// The versions that were published long enough ago.
    pub fn old_enough<O: Offered>(&self, accepted: Vec<O>) -> Result<Vec<O>, ResolveError> {
        let (Some(cutoff), Some(best)) = (self.cutoff, accepted.first()) else { return Ok(accepted) };
        if accepted.iter().all(|offer| offer.published().is_none()) {
            return Err(cutoff.no_times(self.asked, self.from));
        }
        let (version, published) = (best.version().to_owned(), best.published());
        let is_old = |offer: &O| offer.published().is_some_and(|published| cutoff.accepts(published));
        let old: Vec<O> = accepted.into_iter().filter(is_old).collect();
        match old.first() {
            None => return Err(cutoff.too_young(self.asked, &version, published)),
            Some(taken) if taken.version() != version => {
                let why = published.map_or_else(|| "has no date".to_owned(), |published| cutoff.young(published));
                self.passed.keep(self.asked, &version, &why, taken.version());
            }
            Some(_) => {}
        }
        Ok(old)
    }

    /// The one to take, with what there is of it on each platform: the newest of those whose platforms no other of the
    /// newest ones has more of. None after one with `most` platforms is looked at.
    pub fn best<O: Offered, T, E>(
        &self,
        accepted: Vec<O>,
        most: usize,
        look: impl Fn(&O) -> Result<ByPlatform<T>, E>,
    ) -> Result<Option<(O, ByPlatform<T>)>, E> {
        let mut first_error = None;
        let mut found: Vec<(O, ByPlatform<T>)> = Vec::new();
        for offer in accepted.into_iter().take(COMPARED) {
            match look(&offer) {
                Ok(looked) => {
                    let is_complete = looked.len() == most;
                    found.push((offer, looked));
                    if is_complete {
                        break;
                    }
                }
                // The newest one says what is wrong, unless an earlier one is right.
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        let platforms: Vec<Platforms> = found.iter().map(|(_, looked)| looked.keys().copied().collect()).collect();
        let Some(place) = most_complete(&platforms) else { return first_error.map_or(Ok(None), Err) };
        if place > 0 {
            let why = lacks(platforms[0], platforms[place]);
            self.passed.keep(self.asked, found[0].0.version(), &why, found[place].0.version());
        }
        Ok(Some(found.swap_remove(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(&'static str);

    impl Offered for One {
        fn version(&self) -> &str {
            self.0
        }

        fn is_marked(&self) -> bool {
            false
        }

        fn published(&self) -> Option<i64> {
            None
        }
    }

    fn check(requirement: &str, versions: &[(&'static str, usize)], expected: Option<&str>) {
        let requirement = requirement.parse().unwrap();
        let offered = versions.iter().map(|(version, _)| One(version)).collect();
        let accepted = Accepted::of(offered, &requirement).accepted;
        let look = |offer: &One| {
            let count = versions.iter().find(|(version, _)| *version == offer.0).unwrap().1;
            if count == 0 { Err(()) } else { Ok(Platform::ALL.into_iter().take(count).map(|it| (it, ())).collect()) }
        };
        let (name, passed) = ("github:a/b".parse().unwrap(), PassedOver::default());
        let asked = &Asked::best(&name, &requirement, Platforms::ALL);
        let choosing = Choosing { asked, cutoff: None, passed: &passed, from: "" };
        let found = choosing.best(accepted, 6, look).unwrap_or_default();
        assert_eq!(found.map(|(offer, _)| offer.0), expected, "{requirement} {versions:?}");
    }

    #[test]
    fn the_newest_with_the_most_platforms_is_taken() {
        check("*", &[("1.9", 4), ("1.10", 4)], Some("1.10"));
        check("*", &[("1.9", 4), ("1.10", 3)], Some("1.9"));
        check("*", &[("1.9", 6), ("1.10", 0)], Some("1.9"));
        check("*", &[("1.9", 6), ("1.10", 5), ("1.11", 4)], Some("1.9"));
        // A fifth is too old to be compared.
        check("*", &[("1", 6), ("2", 4), ("3", 4), ("4", 4), ("5", 4)], Some("5"));
        check("1", &[("1.9", 4), ("2.0", 4), ("1.10-rc1", 4)], Some("1.9"));
        check("=1.10-rc1", &[("1.9", 4), ("1.10-rc1", 4)], Some("1.10-rc1"));
        check("*", &[("1.10-rc1", 4), ("1.10-rc2", 4)], Some("1.10-rc2"));
        check("2", &[("1.9", 4)], None);
        check("*", &[("1.10", 0)], None);
    }
}

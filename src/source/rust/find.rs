//! Which release a requirement leads to: the newest one, or one before it that is old enough, or has all that is wanted.

use std::sync::{Arc, PoisonError};

use super::super::age::Cutoff;
use super::super::{Asked, ResolveError, Source as _};
use super::RustSource;
use super::channels::ReleaseName;
use super::choice::{Lack, choose};
use super::release::Release;
use super::words::WORDS;
use crate::date::Date;
use crate::manifest::ToolchainParts;
use crate::platform::Platform;
use crate::version::Requirement;

/// How many days before the newest nightly are looked at, for one that has all that is wanted. As rustup does.
const MOST_DAYS: i64 = 21;

/// How many days are looked at for a beta: a new one comes at least with each stable release.
const MOST_DAYS_OF_BETAS: i64 = 42;

/// How many stable releases before the newest one are looked at: more than two years of them.
const MOST_RELEASES: usize = 20;

impl RustSource<'_> {
    /// The newest release that a requirement accepts, if it is old enough; else one before it that is.
    pub fn find(&self, asked: &Asked, parts: &ToolchainParts) -> Result<Option<Arc<Release>>, ResolveError> {
        let requirement = &*asked.accepted();
        let name = ReleaseName::of(requirement);
        let found = match self.ages.cutoff(asked)? {
            Some(cutoff) => self.old_enough(&name, asked, cutoff)?,
            None => self.channels.release(&name)?,
        };
        let Some(newest) = found else { return Ok(None) };
        let found = if name.is_newest("nightly") { self.complete(newest, parts)? } else { newest };
        let is_accepted = requirement.accepts(&found.version(), self.scheme());
        // Where no pre-release is asked for, a stable release is what there is.
        Ok(Some(found).filter(|_| is_accepted))
    }

    /// The newest release that is old enough. Releases have a day and no time, so a day counts from its end.
    fn old_enough(
        &self,
        name: &ReleaseName,
        asked: &Asked,
        cutoff: Cutoff,
    ) -> Result<Option<Arc<Release>>, ResolveError> {
        let last = Date::of_seconds(cutoff.at()).days_before(1);
        if name.is_newest("nightly") {
            return self.of_last_days("nightly", last, MOST_DAYS);
        }
        let Some(newest) = self.channels.release(name)? else { return Ok(None) };
        let day = Date::of_day(&newest.date).ok_or_else(|| cutoff.no_times(asked, WORDS.asks))?;
        let made = day.a_day_later().seconds();
        if cutoff.accepts(made) || !asked.requirement.accepts(&newest.version(), self.scheme()) {
            return Ok(Some(newest));
        }
        let older = if name.is_newest("beta") {
            self.of_last_days("beta", last, MOST_DAYS_OF_BETAS)?
        } else if name.has_day() {
            None
        } else {
            self.stable_before(&newest.version(), asked.requirement, cutoff)?
        };
        let Some(older) = older else { return Err(cutoff.too_young(asked, &newest.version(), Some(made))) };
        self.passed.keep(asked, &newest.version(), &cutoff.young(made), &older.version());
        Ok(Some(older))
    }

    /// The newest release of a channel up to a day: there is not one each day.
    fn of_last_days(&self, channel: &str, last: Date, days: i64) -> Result<Option<Arc<Release>>, ResolveError> {
        for before in 0..=days {
            let day = last.days_before(before).day();
            let found = self.channels.release(&ReleaseName::new(channel, Some(&day)))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The newest stable release before a version that is old enough, if the requirement accepts it. No list of them is
    /// asked for, which mirrors may lack: each is found by its number.
    fn stable_before(
        &self,
        version: &str,
        requirement: &Requirement,
        cutoff: Cutoff,
    ) -> Result<Option<Arc<Release>>, ResolveError> {
        let mut last = version.to_owned();
        for _ in 0..MOST_RELEASES {
            let Some(name) = before(&last) else { break };
            if requirement.channel().is_none() && !requirement.reaches(&name) {
                break;
            }
            let found = self.channels.release(&ReleaseName::new(&name, None))?;
            let is_old = |release: &Arc<Release>| {
                Date::of_day(&release.date).is_some_and(|day| cutoff.accepts(day.a_day_later().seconds()))
            };
            if let Some(release) = found.as_ref().filter(|release| is_old(release)) {
                let is_accepted = requirement.accepts(&release.version(), self.scheme());
                return Ok(Some(Arc::clone(release)).filter(|_| is_accepted));
            }
            // The newest of its series, or one that does not exist.
            last = found.map_or_else(|| name.clone(), |release| release.version());
        }
        Ok(None)
    }

    /// The newest nightly that has all that is wanted: not every night all of it can be built. The newest one, if none
    /// has, or if there is no such thing. What a stable release lacks as well was not lacking for one night.
    fn complete(&self, newest: Arc<Release>, parts: &ToolchainParts) -> Result<Arc<Release>, ResolveError> {
        match choose(&newest, parts) {
            Ok(choice) if choice.holes.is_empty() => return Ok(newest),
            Err(Lack::Unknown { .. }) => return Ok(newest),
            Ok(_) | Err(Lack::Unavailable { .. }) => {}
        }
        let stable = self.channels.release(&ReleaseName::new("stable", None))?;
        let usual = stable.as_ref().and_then(|stable| choose(stable, parts).ok()).unwrap_or_default().holes;
        let Some(lacking) = lacks(&newest, parts, &usual) else { return Ok(newest) };
        let Some(date) = Date::of_day(&newest.date) else { return Ok(newest) };
        for days in 1..=MOST_DAYS {
            let day = date.days_before(days).day();
            let Some(earlier) = self.channels.release(&ReleaseName::new("nightly", Some(&day)))? else { continue };
            if lacks(&earlier, parts, &usual).is_none() {
                let text = format!("the nightly of {} lacks {lacking}, so this is the one of {day}", newest.date);
                let mut steps_back = self.steps_back.lock().unwrap_or_else(PoisonError::into_inner);
                steps_back.insert(earlier.version(), text);
                drop(steps_back);
                return Ok(earlier);
            }
        }
        Ok(newest)
    }
}

/// The first thing that a nightly lacks for a night, as a text.
fn lacks(release: &Release, parts: &ToolchainParts, usual: &[(&str, Platform)]) -> Option<String> {
    match choose(release, parts) {
        Err(Lack::Unknown { name, .. } | Lack::Unavailable { name, .. }) => Some(format!("`{name}`")),
        Ok(choice) => {
            let hole = choice.holes.into_iter().find(|hole| !usual.contains(hole));
            hole.map(|(component, platform)| format!("`{component}` for {platform}"))
        }
    }
}

/// The release before a stable one, by name: `1.95.0` before `1.95.1`, and the newest `1.94` before `1.95.0`.
fn before(version: &str) -> Option<String> {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let (major, minor, patch) = (numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0));
    match (minor, patch) {
        (0, 0) => None,
        (minor, 0) => Some(format!("{major}.{}", minor - 1)),
        (minor, patch) => Some(format!("{major}.{minor}.{}", patch - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_found_by_number() {
        for (version, expected) in
            [("1.95.2", Some("1.95.1")), ("1.95.0", Some("1.94")), ("1.94", Some("1.93")), ("1.0.0", None), ("x", None)]
        {
            assert_eq!(before(version).as_deref(), expected, "{version}");
        }
    }
}

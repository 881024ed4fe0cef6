//! The age that versions have to have before they are locked: the manifest's `min-age`, a tool's own, and the user's.

use std::sync::OnceLock;

use super::{Asked, ResolveError};
use crate::age::Age;
use crate::date::Date;
use crate::host::{Host, now};
use crate::manifest::Manifest;
use crate::name::ToolName;
use crate::registry;
use crate::version::Requirement;

/// What the settings say about the age of versions.
pub struct Ages<'a> {
    host: &'a Host,
    manifest: Manifest,
    /// What applies in general, and the time of this run.
    general: OnceLock<(Age, i64)>,
}

/// The time up to which something has to have been published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoff {
    now: i64,
    age: Age,
}

impl<'a> Ages<'a> {
    pub fn new(host: &'a Host, manifest: &Manifest) -> Self {
        Self { host, manifest: manifest.clone(), general: OnceLock::new() }
    }

    /// What applies to a tool. What is locked stays, so that nothing does where the version is given.
    pub fn cutoff(&self, asked: &Asked) -> Result<Option<Cutoff>, ResolveError> {
        if asked.version.is_some() { Ok(None) } else { self.of_tool(asked.name, asked.requirement) }
    }

    /// What applies to a tool, its own `min-age` first.
    pub fn of_tool(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<Cutoff>, ResolveError> {
        self.or_own(self.own(name, requirement))
    }

    /// The `min-age` of a tool's own entry.
    pub fn own(&self, name: &ToolName, requirement: &Requirement) -> Option<Age> {
        self.manifest.tool_or_other(name, requirement)?.min_age
    }

    /// What applies to the packages of the manifest's `python` block.
    pub fn of_block(&self) -> Result<Option<Cutoff>, ResolveError> {
        let own = self.manifest.python.as_ref().and_then(|python| python.min_age);
        self.or_own(own)
    }

    fn or_own(&self, own: Option<Age>) -> Result<Option<Cutoff>, ResolveError> {
        let (general, now) = self.general()?;
        let age = own.unwrap_or(general);
        Ok(Some(Cutoff::new(now, age)).filter(|_| !age.is_none()))
    }

    /// What applies to everything without a `min-age` of its own: the longer of the manifest's and the user's.
    fn general(&self) -> Result<(Age, i64), ResolveError> {
        if let Some(general) = self.general.get() {
            return Ok(*general);
        }
        let age = registry::min_age_of_user(self.host)?.max(self.manifest.min_age).unwrap_or_default();
        Ok(*self.general.get_or_init(|| (age, now())))
    }
}

impl Cutoff {
    /// `now` is in seconds since 1970.
    pub const fn new(now: i64, age: Age) -> Self {
        Self { now, age }
    }

    /// In seconds since 1970.
    pub const fn at(self) -> i64 {
        self.now.saturating_sub(self.age.seconds())
    }

    pub const fn accepts(self, published: i64) -> bool {
        published <= self.at()
    }

    pub const fn age(self) -> Age {
        self.age
    }

    /// Why a version is passed over, after its number.
    pub fn young(self, published: i64) -> String {
        format!("is {} old", Age::of_seconds((self.now - published).max(0)).rounded())
    }

    /// As programs take it (RFC 3339), moved to just after what was published later and is locked already: registries
    /// have parts of a second.
    pub fn text(self, locked: Option<i64>) -> String {
        Date::of_seconds(self.at().max(locked.map_or(i64::MIN, |published| published + 1))).rfc3339()
    }

    /// The error when nothing says when versions were published.
    pub fn no_times(self, asked: &Asked, from: &'static str) -> ResolveError {
        ResolveError::NoTimes { tool: asked.name.clone(), from, age: self.age }
    }

    /// The error when all versions that would do are too young.
    pub fn too_young(self, asked: &Asked, version: &str, published: Option<i64>) -> ResolveError {
        let (tool, requirement, version) = (asked.name.clone(), asked.requirement.clone(), version.to_owned());
        let old = published.map(|published| self.young(published));
        ResolveError::TooYoung { tool, requirement, version, old, age: self.age }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_young_is_told() {
        let cutoff = Cutoff::new(1_000_000, "3 days".parse().unwrap());
        assert!(cutoff.accepts(740_800) && !cutoff.accepts(740_801));
        assert_eq!(cutoff.young(900_000), "is 1 day old");
        assert_eq!(cutoff.young(2_000_000), "is 0 minutes old");
        assert_eq!(cutoff.text(None), "1970-01-09T13:46:40Z");
        assert_eq!(cutoff.text(Some(900_000)), "1970-01-11T10:00:01Z");
    }
}

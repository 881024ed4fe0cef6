//! The tree of packages that a tool needs, by what was published early enough.

use std::collections::BTreeMap;

use url::Url;

use super::super::age::Cutoff;
use super::super::{Asked, ResolveError, Wanted, at_once};
use super::words::WORDS;
use super::{NpmSource, TreeError, package_lock};
use crate::digest::Integrity;
use crate::lock::{Artifact, LockedTool};
use crate::version::Scheme;

impl NpmSource<'_> {
    /// The packages of a tool's tree. A dependency that is locked already stays, however young it is, while the tool
    /// itself stays.
    pub fn tree(&self, package: &str, tool: &LockedTool, asked: &Asked) -> Result<Vec<Artifact>, ResolveError> {
        let version = tool.version.as_deref().unwrap_or_default();
        let Some(cutoff) = self.ages.of_tool(asked.name, asked.requirement)? else {
            return self.solved(package, tool, None);
        };
        // The tool itself may be locked already, and younger.
        let mut latest = self.metadata.dated(package)?.published(version);
        let locked = asked.locked.filter(|locked| locked.version == tool.version);
        loop {
            let found = self.solved(package, tool, Some(cutoff.text(latest)))?;
            self.check_dated(&found, cutoff, asked)?;
            let Some(locked) = locked else { return Ok(found) };
            let younger = self.youngest_that_moved_down(&locked.artifacts, &found, cutoff)?;
            match younger.filter(|younger| latest.is_none_or(|latest| latest < *younger)) {
                None => return Ok(found),
                Some(_) if asked.stays => return Ok(locked.artifacts.clone()),
                Some(younger) => latest = Some(younger),
            }
        }
    }

    /// The tree that npm finds among the packages that were published before a time.
    fn solved(&self, package: &str, tool: &LockedTool, before: Option<String>) -> Result<Vec<Artifact>, ResolveError> {
        let version = tool.version.as_deref().unwrap_or_default();
        let settings = self.metadata.registry()?.npm_settings();
        let wanted = Wanted { package, version, with: &tool.with, settings: &settings, before };
        let solver = self.solver.as_deref().expect("locking needs a solver");
        let text =
            solver.package_lock(&wanted).map_err(|source| ResolveError::Solve { tool: tool.tool.clone(), source })?;
        let in_tree = |source| ResolveError::Tree { tool: tool.tool.clone(), version: version.to_owned(), source };
        let artifacts = package_lock::artifacts(&text).map_err(in_tree)?;
        for artifact in &artifacts {
            if !self.is_from_its_registry(artifact)? {
                let from = "another registry than the one that its name is bound to".to_owned();
                return Err(in_tree(TreeError::Foreign { package: artifact.package.to_string(), from }));
            }
        }
        Ok(artifacts)
    }

    /// npm can be given a registry for a scope, but not a single package. So what it
    /// found for a bound name is compared with what the right registry has.
    fn is_from_its_registry(&self, artifact: &Artifact) -> Result<bool, ResolveError> {
        if !self.metadata.registry()?.is_bound(&artifact.package) {
            return Ok(true);
        }
        let packument = self.metadata.packument(&artifact.package)?;
        let release = packument.versions.get(artifact.version.as_str());
        Ok(release.and_then(|release| Integrity::strongest(&release.dist.integrity)).as_ref()
            == Some(&artifact.integrity))
    }

    /// Expects that each registry of a tree gives times: npm takes what has none for old enough.
    fn check_dated(&self, artifacts: &[Artifact], cutoff: Cutoff, asked: &Asked) -> Result<(), ResolveError> {
        let registry = self.metadata.registry()?;
        let one_of_each: BTreeMap<&Url, &Artifact> =
            artifacts.iter().rev().map(|artifact| (registry.base(&artifact.package), artifact)).collect();
        for artifact in one_of_each.into_values() {
            if self.metadata.dated(&artifact.package)?.published(&artifact.version).is_none() {
                return Err(cutoff.no_times(asked, WORDS.asks));
            }
        }
        Ok(())
    }

    /// When the youngest of the locked packages was published that are too young, and that a new tree has in a lower
    /// version at the same place.
    fn youngest_that_moved_down(
        &self,
        locked: &[Artifact],
        found: &[Artifact],
        cutoff: Cutoff,
    ) -> Result<Option<i64>, ResolveError> {
        let found: BTreeMap<_, _> = found.iter().map(|artifact| (&artifact.path, artifact)).collect();
        let is_lower = |new: &Artifact, old: &Artifact| {
            new.package == old.package && Scheme::Semver.compare(&new.version, &old.version).is_lt()
        };
        let moved = locked.iter().filter(|old| found.get(&old.path).is_some_and(|new| is_lower(new, old)));
        let times = at_once(moved, |old| Ok(self.metadata.dated(&old.package)?.published(&old.version)));
        let times: Vec<Option<i64>> = times.into_iter().collect::<Result<_, ResolveError>>()?;
        Ok(times.into_iter().flatten().filter(|published| !cutoff.accepts(*published)).max())
    }
}

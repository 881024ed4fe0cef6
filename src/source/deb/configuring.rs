//! The packages with which the packages of a release are configured.

use std::collections::BTreeMap;

use super::closure::{Knowledge, closure};
use super::relation::Relation;
use super::{DebSource, add};
use crate::catalog::recipe;
use crate::lock::{LockedTool, configurer};
use crate::name::Suite;
use crate::source::{Asked, ResolveError, named};
use crate::version::Requirement;

impl DebSource<'_> {
    /// Those of a release, with all they need. A release without dpkg has none.
    pub(super) fn configuring_of(&self, suite: &Suite) -> Result<Option<LockedTool>, ResolveError> {
        let (name, any) = (configurer(), Requirement::any());
        let asked = Asked::best(&name, &any, self.manifest.platforms);
        let index = self.index(suite, self.ages.cutoff(&asked)?)?;
        let (mut artifacts, mut version) = (BTreeMap::new(), None);
        for (architecture, packages) in &index.packages {
            let best = |name: &str| packages.best(&Relation::any(name));
            let Some(dpkg) = best(name.package()) else { continue };
            version = Some(named(name.package(), dpkg.version)?);
            // Releases divide them differently, so not every one has all.
            let roots = recipe::configuring().iter().filter_map(|name| best(name));
            let Ok(found) = closure(roots, packages, &Whole) else { continue };
            add(&mut artifacts, found, *architecture, &index)?;
        }
        let mut locked = LockedTool {
            version,
            suite: Some(suite.clone()),
            artifacts: artifacts.into_values().collect(),
            ..asked.unlocked()
        };
        locked.keep_for(self.manifest.platforms);
        Ok(Some(locked).filter(|locked| !locked.artifacts.is_empty()))
    }
}

/// Nothing is left out but what merges the directories of an older system.
struct Whole;

impl Knowledge for Whole {
    fn needless(&self, _package: &str) -> Box<dyn Fn(&str) -> bool> {
        Box::new(|dependency| dependency == "usrmerge")
    }

    fn beside(&self, _package: &str) -> Vec<String> {
        Vec::new()
    }
}

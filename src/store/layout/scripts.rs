//! What became of the scripts of Debian packages.

use std::collections::BTreeSet;

use super::LayoutError;
use super::prefix::by_suite;
use crate::lock::Chosen;
use crate::platform::Platform;
use crate::store::Store;
use crate::store::prefix::{Failure, failures};

/// Those of an environment's packages of one suite that would have done something.
pub struct Scripts {
    /// The packages whose scripts did not run.
    pub not_run: BTreeSet<String>,
    /// Those whose scripts failed.
    pub failed: Vec<Failure>,
    /// Whether the lock has what runs them.
    pub is_locked: bool,
}

impl Store {
    /// What became of the scripts of an environment's packages whose prefix is there.
    pub fn scripts(&self, chosen: &[Chosen], platform: Platform) -> Result<Vec<Scripts>, LayoutError> {
        let mut found = Vec::new();
        for (suite, of_suite) in by_suite(chosen, platform)? {
            let content = of_suite.content(suite, platform);
            let artifacts = content.artifacts.iter().copied();
            let not_run = if self.is_configured(&content) { BTreeSet::new() } else { self.unconfigured(artifacts) };
            found.push(Scripts {
                not_run: not_run.into_iter().map(str::to_owned).collect(),
                failed: failures(&self.place_of_configured(&content)),
                is_locked: !content.configuring.is_empty(),
            });
        }
        Ok(found)
    }
}

//! An index that is older than a lock: signed and not expired, it may still be from before a
//! security update that the lock has.

use super::index::SuiteIndex;
use crate::lock::{Artifact, LockedTool};
use crate::version::debian;

/// A package was locked at a version that the index does not know yet.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is older than the lock: it has `{package}` {offered}, and the lock {locked}")]
pub struct Behind {
    package: String,
    offered: String,
    locked: String,
}

/// Expects that whatever a previous lock has of a tool's packages, the index has, or something newer.
pub fn check(index: &SuiteIndex, tool: &LockedTool, previous: &[LockedTool]) -> Result<(), Behind> {
    let of_suite = previous.iter().filter(|old| old.suite == tool.suite);
    let locked: Vec<&Artifact> = of_suite.flat_map(|old| &old.artifacts).collect();
    for (architecture, packages) in &index.packages {
        let is_for = |artifact: &Artifact| architecture.platforms().iter().any(|one| artifact.platforms.contains(one));
        for new in tool.artifacts.iter().filter(|new| is_for(new)) {
            let Some(highest) = packages.versions(&new.package).into_iter().next() else { continue };
            let mut old = locked.iter().filter(|old| old.package == new.package && is_for(old));
            if let Some(old) = old.find(|old| debian::compare(highest.version, &old.version).is_lt()) {
                let (package, offered) = (new.package.to_string(), highest.version.to_owned());
                return Err(Behind { package, offered, locked: old.version.to_string() });
            }
        }
    }
    Ok(())
}

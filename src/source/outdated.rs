//! What newer versions of the locked tools the registries have today.

use super::{ResolveError, Source, Sources, all, at_once};
use crate::lock::{Lock, LockedTool};
use crate::name::ToolName;
use crate::version::{Requirement, Scheme};

/// A locked tool, and the versions it could have.
#[derive(Debug)]
pub struct Newer<'l> {
    pub locked: &'l LockedTool,
    /// How its versions compare.
    pub scheme: Scheme,
    /// What updating it within its requirement would lock; `None` when nothing satisfies that
    /// any more.
    pub within: Option<String>,
    /// What it would be without the requirement.
    pub newest: Option<String>,
}

impl Newer<'_> {
    /// Whether an update would move it.
    pub fn can_move(&self) -> bool {
        self.within.is_some() && self.within.as_deref() != self.locked.version.as_deref()
    }

    /// Whether there is something newer beyond the requirement.
    pub fn is_held_back(&self) -> bool {
        let reachable = self.within.as_deref().or(self.locked.version.as_deref());
        let (Some(newest), Some(reachable)) = (&self.newest, reachable) else { return false };
        self.scheme.compare(newest, reachable).is_gt()
    }
}

/// The newest version of each tool, whatever the manifest asks for; `None` where there is none to
/// choose.
///
/// # Errors
/// Every tool that cannot be looked up.
pub fn newest(tools: &[&ToolName], sources: &Sources) -> Result<Vec<Option<String>>, Vec<ResolveError>> {
    all(at_once(tools, |tool| reachable(sources.of_tool(tool)?, tool, &Requirement::any())))
}

/// The newest version that is old enough, if there is one.
fn reachable(source: &dyn Source, tool: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
    match source.newest(tool, requirement) {
        Err(ResolveError::TooYoung { .. }) => Ok(None),
        newest => newest,
    }
}

/// The newer versions of every tool that has versions to choose from.
///
/// # Errors
/// Every tool that cannot be looked up.
pub fn newer<'l>(lock: &'l Lock, sources: &Sources) -> Result<Vec<Newer<'l>>, Vec<ResolveError>> {
    let versions_of = |locked: &'l LockedTool| -> Result<Newer<'l>, ResolveError> {
        let source = sources.of_tool(&locked.tool)?;
        let mut within = reachable(source, &locked.tool, &locked.requirement)?;
        let is_lower = |version: &str| {
            locked.version.as_deref().is_some_and(|locked| source.scheme().compare(version, locked).is_lt())
        };
        if within.as_deref().is_none_or(is_lower) && sources.keeps_young(locked) {
            within = locked.version.as_ref().map(ToString::to_string);
        }
        let newest = reachable(source, &locked.tool, &Requirement::any())?;
        Ok(Newer { locked, scheme: source.scheme(), within, newest })
    };
    let versioned = lock.tools.iter().filter(|locked| locked.version.is_some());
    all(at_once(versioned, versions_of))
}

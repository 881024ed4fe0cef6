//! What newer versions of the locked tools the registries have today.

use super::{ResolveError, Sources, all, at_once};
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
    all(at_once(tools, |tool| sources.of_tool(tool)?.newest(tool, &Requirement::any())))
}

/// The newer versions of every tool that has versions to choose from.
///
/// # Errors
/// Every tool that cannot be looked up.
pub fn newer<'l>(lock: &'l Lock, sources: &Sources) -> Result<Vec<Newer<'l>>, Vec<ResolveError>> {
    let versions_of = |locked: &'l LockedTool| -> Result<Newer<'l>, ResolveError> {
        let source = sources.of_tool(&locked.tool)?;
        let within = source.newest(&locked.tool, &locked.requirement)?;
        let newest = source.newest(&locked.tool, &Requirement::any())?;
        Ok(Newer { locked, scheme: source.scheme(), within, newest })
    };
    let versioned = lock.tools.iter().filter(|locked| locked.version.is_some());
    all(at_once(versioned, versions_of))
}

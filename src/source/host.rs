//! The source `host`: a tool the machine already has. Only the requirement is locked; entering
//! asserts it. The one source that is not reproducible.

use super::fit::{self, Traits, Unfit};
use super::{Location, ResolveError, Source};
use crate::lock::{Artifact, LockedTool};
use crate::name::ToolName;
use crate::version::Requirement;

pub struct HostSource;

impl Source for HostSource {
    fn resolve(&self, name: &ToolName, requirement: &Requirement) -> Result<LockedTool, ResolveError> {
        Ok(LockedTool::new(name.clone(), requirement.clone()))
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        fit::traits(locked, Traits::default())?;
        if locked.version.is_none() && locked.artifacts.is_empty() && locked.commands.is_empty() {
            return Ok(());
        }
        Err(Unfit::new("is the host's, so that only its requirement is locked"))
    }

    fn locate(&self, _artifact: &Artifact, _attempt: usize) -> Result<Option<Location>, ResolveError> {
        Ok(None)
    }
}

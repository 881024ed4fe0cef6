//! The source `host`: a tool the machine already has. Only the requirement is locked; entering
//! asserts it. The one source that is not reproducible.

use std::collections::BTreeMap;

use super::{Location, ResolveError, Source};
use crate::lock::{Artifact, LockedTool};
use crate::name::ToolName;
use crate::version::Requirement;

pub struct HostSource;

impl Source for HostSource {
    fn resolve(&self, name: &ToolName, requirement: &Requirement) -> Result<LockedTool, ResolveError> {
        Ok(LockedTool {
            tool: name.clone(),
            requirement: requirement.clone(),
            version: None,
            runtime: None,
            commands: BTreeMap::new(),
            artifacts: Vec::new(),
        })
    }

    fn locate(&self, _artifact: &Artifact, _attempt: usize) -> Result<Option<Location>, ResolveError> {
        Ok(None)
    }
}

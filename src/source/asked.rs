//! What is asked of a source: a tool within a requirement, for some platforms.

use std::borrow::Cow;

use super::ResolveError;
use crate::lock::LockedTool;
use crate::name::{PackageVersion, ToolName};
use crate::platform::Platforms;
use crate::version::Requirement;

/// What is to be locked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub name: &'a ToolName,
    pub requirement: &'a Requirement,
    /// The version that is locked already, where only other platforms are missing.
    pub version: Option<&'a PackageVersion>,
    /// The entry that is locked already.
    pub locked: Option<&'a LockedTool>,
    /// Whether that entry would do as it is, were it not for its age.
    pub stays: bool,
    /// The platforms that need artifacts.
    pub platforms: Platforms,
}

impl<'a> Asked<'a> {
    /// The best version, for these platforms.
    pub const fn best(name: &'a ToolName, requirement: &'a Requirement, platforms: Platforms) -> Self {
        Self { name, requirement, version: None, locked: None, stays: false, platforms }
    }

    /// The versions that will do.
    pub fn accepted(&self) -> Cow<'a, Requirement> {
        let exactly = self.version.and_then(|version| format!("={version}").parse().ok());
        exactly.map_or(Cow::Borrowed(self.requirement), Cow::Owned)
    }

    /// An entry of a lock without a version.
    pub fn unlocked(&self) -> LockedTool {
        LockedTool::new(self.name.clone(), self.requirement.clone())
    }

    /// The error when no version will do.
    pub fn no_version(&self, newest: Option<String>) -> ResolveError {
        let (tool, requirement) = (self.name.clone(), self.requirement.clone());
        ResolveError::NoVersion { tool, requirement, newest, line: None }
    }
}

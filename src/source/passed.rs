//! Versions that are passed over although they satisfy a requirement, and why.

use std::sync::{Mutex, PoisonError};

use super::asked::Asked;
use crate::lock::LockedTool;
use crate::name::ToolName;
use crate::platform::Platforms;
use crate::version::Requirement;

/// What was passed over in this run.
#[derive(Debug, Default)]
pub struct PassedOver(Mutex<Vec<Passed>>);

/// A version that was passed over for another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    tool: ToolName,
    requirement: Requirement,
    taken: String,
    /// Which, and why.
    pub line: String,
}

impl Passed {
    /// Something else to know of a tool that was just locked.
    pub fn about(locked: &LockedTool, line: String) -> Self {
        let taken = locked.version.as_deref().unwrap_or_default().to_owned();
        Self { tool: locked.tool.clone(), requirement: locked.requirement.clone(), taken, line }
    }

    /// Whether it is about a tool that was just locked. `add` asks for any version before it writes the requirement.
    pub fn is_about(&self, locked: &LockedTool) -> bool {
        self.tool == locked.tool
            && Some(self.taken.as_str()) == locked.version.as_deref()
            && (self.requirement == locked.requirement || self.requirement.is_any())
    }
}

impl PassedOver {
    /// Keeps why a version was passed over for another one, such as `is not published for x86_64-darwin`.
    pub fn keep(&self, asked: &Asked, version: &str, why: &str, taken: &str) {
        let line = format!("{} {version} {why}; locking {taken}", asked.name);
        let (tool, requirement, taken) = (asked.name.clone(), asked.requirement.clone(), taken.to_owned());
        let passed = Passed { tool, requirement, taken, line };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(&passed) {
            all.push(passed);
        }
    }

    pub fn all(&self) -> Vec<Passed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The first of some versions, by their platforms, that no other one has more platforms than. A version may lack a
/// platform because its files are still on their way, and a lock of it would leave teammates out.
pub fn most_complete(versions: &[Platforms]) -> Option<usize> {
    let has_more = |other: &Platforms, own: Platforms| *other != own && own.without(*other).is_empty();
    versions.iter().position(|own| !versions.iter().any(|other| has_more(other, *own)))
}

/// Why a version that lacks platforms is passed over for one that has them.
pub fn lacks(passed: Platforms, taken: Platforms) -> String {
    format!("is not published for {}", taken.without(passed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_lacks_platforms_is_passed_over() {
        let set = |names: &[&str]| -> Platforms { names.iter().map(|name| name.parse().unwrap()).collect() };
        let (mac, linux) = ("aarch64-darwin", "x86_64-linux");
        for (versions, expected) in [
            (vec![], None),
            (vec![set(&[])], Some(0)),
            (vec![set(&[linux]), set(&[linux, mac])], Some(1)),
            (vec![set(&[linux]), set(&[mac])], Some(0)),
            (vec![set(&[linux]), set(&[]), set(&[linux])], Some(0)),
            (vec![set(&[]), set(&[linux]), set(&[linux, mac]), set(&[linux, mac])], Some(2)),
        ] {
            assert_eq!(most_complete(&versions), expected, "{versions:?}");
        }
        assert_eq!(lacks(set(&[linux]), set(&[linux, mac])), "is not published for aarch64-darwin");
    }
}

//! The packages with which Debian packages are configured: dpkg, and what maintainer scripts rely on. They are locked once for
//! each release, and no command of theirs is a tool's.

use std::collections::BTreeSet;

use super::{Form, Lock, LockedTool};
use crate::name::{Suite, ToolName};

/// The package that runs all scripts, and by which the lock calls all of them.
pub fn configurer() -> ToolName {
    "deb:dpkg".parse().expect("it is a tool name")
}

impl Lock {
    /// The releases of Debian that tools are of.
    pub fn suites(&self) -> BTreeSet<&Suite> {
        let forms = self.tools.iter().map(LockedTool::form);
        forms.filter_map(|form| if let Form::Prefix { suite } = form { Some(suite) } else { None }).collect()
    }

    /// What configures the packages of a release.
    pub fn configuring(&self, suite: &Suite) -> Option<&LockedTool> {
        self.configuring.iter().find(|tool| tool.suite.as_ref() == Some(suite))
    }

    /// What configures the packages of a tool.
    pub(super) fn configuring_of(&self, locked: &LockedTool) -> Option<&LockedTool> {
        match locked.form() {
            Form::Prefix { suite } => self.configuring(suite),
            _ => None,
        }
    }
}

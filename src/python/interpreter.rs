//! The interpreter of an environment: the host's, or a build that uv brings.

use std::path::PathBuf;

use super::resolve::build_words;
use super::{Uv, checked};
use crate::lock::LockedPython;
use crate::manifest::{Origin, Tool};
use crate::probe::{self, ProbeError};
use crate::source::PythonError;
use crate::version::Requirement;

/// An interpreter of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub program: PathBuf,
    pub version: String,
}

impl Uv<'_> {
    /// The interpreter of a lock, brought if it is not there.
    pub(super) fn interpreter_of(&self, locked: &LockedPython) -> Result<Found, PythonError> {
        match (locked.wish.origin, &locked.version) {
            (Origin::Uv, Some(version)) => self.brought(version, locked.build.as_deref().unwrap_or_default()),
            _ => self.host_interpreter(&locked.wish.requirement),
        }
    }

    /// The host's Python, if it satisfies a requirement.
    pub(super) fn host_interpreter(&self, requirement: &Requirement) -> Result<Found, PythonError> {
        let tool = Tool {
            name: "host:python".parse().expect("it is a tool name"),
            requirement: requirement.clone(),
            commands: None,
            download: None,
            range: 0..0,
            line: 0,
        };
        let lacking = |found| PythonError::NoHostPython { requirement: requirement.clone(), found };
        let found = probe::assert(self.host, &tool).map_err(|error| match error {
            ProbeError::Version { found, .. } => lacking(Some(found)),
            ProbeError::NotFound { .. } | ProbeError::Silent { .. } => lacking(None),
        })?;
        let version = found.version.ok_or_else(|| lacking(None))?;
        let program = found.commands.into_values().next().ok_or_else(|| lacking(None))?;
        Ok(Found { program, version })
    }

    /// uv's build of a version, in the store.
    fn brought(&self, version: &str, build: &str) -> Result<Found, PythonError> {
        let (os, arch, libc) = build_words(self.host.platform);
        let key = format!("cpython-{version}-{os}-{arch}-{libc}");
        let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
        // One directory for each build, since uv tells only versions apart.
        let directory = self.store().pythons().join(format!("{version}+{build}"));
        let found = || Found { program: directory.join(&key).join(format!("bin/python{minor}")), version: version.to_owned() };
        if found().program.is_file() {
            return Ok(found());
        }
        let scratch = self.scratch()?;
        let _access = self.store().share();
        self.progress.start(0, &format!("python {version}"), None);
        let mut command = self.command(scratch.path())?;
        command.args(["python", "install", "--quiet", "--no-bin", "--install-dir"]).arg(&directory).arg(&key);
        let outcome = command.output().map_err(PythonError::from).and_then(checked);
        self.progress.finish(0);
        outcome?;
        if found().program.is_file() {
            return Ok(found());
        }
        Err(PythonError::Uv { text: format!("nothing, and yet `{key}` is not there"), hint: None })
    }
}

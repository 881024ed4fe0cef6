//! The interpreter of an environment: the host's, or a build that uv brings.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use url::Url;

use super::resolve::build_words;
use super::{Uv, checked};
use crate::files::remove_tree;
use crate::hint::Hint as _;
use crate::lock::{Artifact, Lock, LockedPython};
use crate::manifest::{Detail, PythonOrigin, Tool};
use crate::name::Suite;
use crate::probe::{self, ProbeError};
use crate::source::PythonError;
use crate::store::{self, PrefixError, prepare_bytecode};
use crate::version::Requirement;

/// An interpreter of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub program: PathBuf,
    /// The directory of the store that it is in; none of the host's own.
    pub home: Option<PathBuf>,
    pub version: String,
}

impl Uv<'_> {
    /// The interpreter of a lock, brought if it is not there.
    pub(super) fn interpreter_of(&self, lock: &Lock, locked: &LockedPython) -> Result<Found, PythonError> {
        if locked.wish.origin == PythonOrigin::Deb {
            return self
                .debian(lock, locked, |suite, packages| self.store().prefix(suite, packages, self.host.platform));
        }
        match (locked.wish.origin, &locked.version) {
            (PythonOrigin::Uv, Some(version)) => self.brought(version, locked.build.as_deref().unwrap_or_default()),
            _ => self.host_interpreter(&locked.wish.requirement),
        }
    }

    /// The interpreter of a lock, if it is there.
    pub(super) fn interpreter_there(&self, lock: &Lock, locked: &LockedPython) -> Option<Found> {
        if locked.wish.origin == PythonOrigin::Deb {
            let place = |suite: &Suite, packages: &[&Artifact]| {
                Ok(self.store().place_of_prefix(suite, packages, self.host.platform))
            };
            return self.debian(lock, locked, place).ok().filter(|found| found.program.is_file());
        }
        match (locked.wish.origin, &locked.version) {
            (PythonOrigin::Uv, Some(version)) => {
                let found = self.place(version, locked.build.as_deref().unwrap_or_default());
                Some(found).filter(|found| found.program.is_file())
            }
            _ => self.host_interpreter(&locked.wish.requirement).ok(),
        }
    }

    /// Debian's, whose packages are in the store, in the prefix that is made of them.
    fn debian(
        &self,
        lock: &Lock,
        locked: &LockedPython,
        prefix: impl FnOnce(&Suite, &[&Artifact]) -> Result<PathBuf, PrefixError>,
    ) -> Result<Found, PythonError> {
        let (tool, version) = lock.interpreter().zip(locked.version.as_deref()).ok_or(PythonError::NotLocked)?;
        let packages: Vec<&Artifact> = tool.artifacts_on(self.host.platform).collect();
        let suite = tool.suite.as_ref().filter(|_| !packages.is_empty()).ok_or(PythonError::NoDebian)?;
        let prefix = prefix(suite, &packages)
            .map_err(|error| PythonError::Debian { hint: error.hint(), source: Box::new(error) })?;
        Ok(Found { program: prefix.join("usr/bin/python3"), home: Some(prefix), version: version.to_owned() })
    }

    /// The version of the host's Python, if it satisfies a requirement.
    pub fn host_version(&self, requirement: &Requirement) -> Option<String> {
        self.host_interpreter(requirement).ok().map(|found| found.version)
    }

    /// The host's Python, if it satisfies a requirement.
    pub(super) fn host_interpreter(&self, requirement: &Requirement) -> Result<Found, PythonError> {
        let tool = Tool {
            min_age: None,
            name: "host:python".parse().expect("it is a tool name"),
            requirement: requirement.clone(),
            commands: None,
            detail: Detail::Plain,
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
        Ok(Found { program, home: None, version })
    }

    /// Any interpreter for what is built while packages are resolved: the host's, or the one that uv starts from.
    pub(super) fn interpreter_for_builds(&self, requirement: &Requirement) -> Result<Found, PythonError> {
        if let Ok(found) = self.host_interpreter(requirement) {
            return Ok(found);
        }
        let scratch = self.scratch()?;
        let found = checked(self.command(&scratch)?.args(["python", "find"]).output()?)?;
        let program = PathBuf::from(String::from_utf8_lossy(&found).trim());
        Ok(Found { program, home: None, version: String::new() })
    }

    /// uv's build of a version, in the store.
    fn brought(&self, version: &str, build: &str) -> Result<Found, PythonError> {
        let found = self.place(version, build);
        if found.program.is_file() && self.loader_is_gone(&found.program) {
            remove_tree(&self.directory(version, build))?;
        }
        if found.program.is_file() {
            // It may have been brought to another host.
            let missing = self.host.missing_loader().map(|missing| missing.path);
            if missing.is_some() && store::interpreter(&found.program) == missing {
                self.store().relink_in_place(&self.directory(version, build))?;
            }
            return Ok(found);
        }
        let scratch = self.scratch()?;
        let _access = self.store().share();
        self.progress.start(0, &format!("python {version}"), None);
        let mut command = self.command(&scratch)?;
        // Quiet, it would not say what went wrong.
        command.args(["python", "install", "--no-bin", "--install-dir"]);
        command.arg(self.directory(version, build)).arg(self.build_key(version));
        let outcome = command.output().map_err(PythonError::from).and_then(checked);
        self.progress.finish(0);
        outcome.map_err(|error| self.not_brought(version, error))?;
        if found.program.is_file() {
            self.store().relink_in_place(&self.directory(version, build))?;
            Self::keep_to_ourselves(&self.directory(version, build))?;
            return Ok(found);
        }
        let text = format!("nothing, but `{}` does not exist", found.program.display());
        Err(PythonError::Uv { text, hint: None })
    }

    /// What to say when a build cannot be fetched.
    fn not_brought(&self, version: &str, error: PythonError) -> PythonError {
        let text = match error {
            PythonError::Uv { text, .. } if text.contains("://") => text,
            error => return error,
        };
        let host = self.host_version(&Requirement::any());
        let (version, text) = (version.to_owned(), without_addresses(&text));
        PythonError::NotBrought { version, text, host, is_linux: self.host.platform.os() == "linux" }
    }

    /// Whether an interpreter uses a C library of the store that was deleted.
    fn loader_is_gone(&self, program: &Path) -> bool {
        let loader = || store::interpreter(program).filter(|loader| self.store().holder(loader).is_some());
        self.c_library.is_some() && loader().is_some_and(|loader| !loader.exists())
    }

    /// Lets no other user write what uv and the interpreter leave in its directory.
    fn keep_to_ourselves(directory: &Path) -> std::io::Result<()> {
        // Everyone could hold uv's lock, for whose file no umask counts.
        for entry in fs_err::read_dir(directory)? {
            let path = entry?.path();
            if path.is_file() && !path.is_symlink() {
                fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
            }
        }
        prepare_bytecode(directory)
    }

    /// Where uv's build of a version is, or will be.
    fn place(&self, version: &str, build: &str) -> Found {
        let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
        let home = self.directory(version, build);
        let program = home.join(self.build_key(version)).join(format!("bin/python{minor}"));
        Found { program, home: Some(home), version: version.to_owned() }
    }

    /// One directory for each build, since uv tells only versions apart.
    fn directory(&self, version: &str, build: &str) -> PathBuf {
        self.store().pythons().join(format!("{version}+{build}"))
    }

    /// What uv calls its build of a version for this machine.
    fn build_key(&self, version: &str) -> String {
        let (os, arch, libc) = build_words(self.host.platform);
        format!("cpython-{version}-{os}-{arch}-{libc}")
    }
}

/// uv's chain of reasons from the last address on, which it repeats; and where it is.
fn without_addresses(text: &str) -> String {
    let is_address = |word: &str| word.contains("://");
    let host = text.split_whitespace().find(|word| is_address(word)).and_then(|word| {
        Url::parse(word.trim_matches(|c: char| !c.is_ascii_alphanumeric())).ok()?.host_str().map(str::to_owned)
    });
    let words: Vec<&str> = text.split_whitespace().collect();
    let parts: Vec<&[&str]> = words.split(|word| is_address(word)).collect();
    // What comes before the first address names the step alone.
    let last = parts.iter().skip(usize::from(host.is_some())).rev().find(|part| !part.is_empty());
    let rest = last.map(|part| part.join(" ")).unwrap_or_default();
    let rest = rest.strip_suffix(" for url").unwrap_or(&rest);
    match host {
        Some(host) if !rest.is_empty() => format!("{host}: {rest}"),
        Some(host) => host,
        None => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn reasons_are_short() {
        let text = "Failed to install x Failed to download `https://a.example/x.tar.gz` error sending request for url \
                    (https://a.example/x.tar.gz) client error (Connect) dns error";
        assert_eq!(without_addresses(text), "a.example: client error (Connect) dns error");
        let text =
            "Failed to download `https://a.example/x` HTTP status client error (403) for url (https://a.example/x)";
        assert_eq!(without_addresses(text), "a.example: HTTP status client error (403)");
        assert_eq!(without_addresses("no space left"), "no space left");
        assert_eq!(without_addresses("Failed to download `https://a.example/x`"), "a.example");
    }
}

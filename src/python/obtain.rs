//! Where uv itself comes from: the store, the host if its uv is new enough, uv's own release, or
//! a Python package index; what is fetched is pinned by hash.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::Uv;
use crate::child::{Child, Place};
use crate::files::Scratch;
use crate::hint::causes;
use crate::lock::{self, Artifact, Lock};
use crate::manifest;
use crate::name::{PackageVersion, SourceLabel};
use crate::registry::PypiIndex;
use crate::source::{PythonError, Sources};
use crate::store::Store;
use crate::version::{Requirement, Scheme, find_in_output};

/// Where uv is released, as a manifest says it.
const MANIFEST: &str = include_str!("uv.json");

/// The archives and wheels of one version of uv, as a lock says it.
const LOCK: &str = include_str!("uv.lock");

static PINNED: LazyLock<Lock> =
    LazyLock::new(|| lock::parse("uv.lock", LOCK).expect("a unit test parses the constant"));

/// The oldest uv whose options and words are understood here.
const OLDEST: &str = ">=0.9.10";

impl Uv<'_> {
    /// uv's executable, fetched when there is none.
    pub(super) fn obtain(&self) -> Result<PathBuf, PythonError> {
        let store = self.store();
        if let Some(there) = self.pinned().find_map(|artifact| program(&store, artifact)) {
            return Ok(there);
        }
        if let Some(host) = self.of_host() {
            return Ok(host);
        }
        if self.http.is_offline() {
            let text = "--offline forbids fetching it".to_owned();
            let hint = Some("run it once without `--offline`, while there is a network".to_owned());
            return Err(PythonError::NoUv { text, hint });
        }
        let mut tried = Vec::new();
        for artifact in self.pinned() {
            let fetched = match artifact.registry {
                SourceLabel::Url => self.fetch_itself(&store, artifact),
                _ => self.fetch_wheel(&store, artifact),
            };
            match fetched {
                Ok(()) => match program(&store, artifact) {
                    Some(program) => return Ok(program),
                    None => tried.push(format!("`{}` contains no uv", artifact.package)),
                },
                Err(text) => tried.push(text),
            }
        }
        let hint = "say which Python package index is reached, which has uv: UV_DEFAULT_INDEX=https://…/simple; or \
                    install uv on this machine";
        let hint = Some(hint.to_owned());
        Err(PythonError::NoUv { text: tried.join("; "), hint })
    }

    /// The directory of the store that uv is in, if it is there.
    pub(super) fn object(&self) -> Option<PathBuf> {
        let store = self.store();
        self.pinned().map(|artifact| store.object(artifact)).find(|object| object.is_dir())
    }

    /// The version of the pinned uv, if that is the one in use.
    pub(super) fn pinned_version(&self) -> Option<PackageVersion> {
        let (object, program) = (self.object()?, self.program().ok()?);
        program.starts_with(object).then(|| self.pinned().next().map(|artifact| artifact.version.clone()))?
    }

    /// The host's, when it is new enough.
    fn of_host(&self) -> Option<PathBuf> {
        let program = self.host.find("uv")?;
        let mut ask = Child::new(&program, Place::Root).ok()?;
        let output = ask.callers(self.host, super::is_order).arg("--version").output().ok()?;
        let wanted: Requirement = OLDEST.parse().expect("the constant is a requirement");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        find_in_output(&text).is_some_and(|version| wanted.accepts(version, Scheme::Numbers)).then_some(program)
    }

    /// The pinned artifacts for this machine: of uv's own release, and the wheel.
    fn pinned(&self) -> impl Iterator<Item = &'static Artifact> {
        let platform = self.host.platform_of_uv();
        let of = |from| PINNED.tools.iter().find(move |tool| tool.tool.source() == Some(from));
        let tools = [SourceLabel::Url, SourceLabel::Pypi].into_iter().filter_map(of);
        tools.filter_map(move |tool| tool.artifacts_on(platform).next())
    }

    fn fetch_itself(&self, store: &Store, artifact: &Artifact) -> Result<(), String> {
        let mut manifest = manifest::parse("uv.json", MANIFEST).expect("a unit test parses the constant");
        manifest.registries = self.registries.clone();
        let sources = Sources::without_npmrc(self.host, self.http, Path::new("/"), &manifest);
        let _access = store.share();
        let fetched = store.install(&[artifact], &sources, self.http, self.progress.as_ref());
        fetched.map_err(|errors| errors.iter().map(|error| chain(error)).collect::<Vec<_>>().join("; "))
    }

    /// From the active index; through the host's pip where only that knows which one it is.
    fn fetch_wheel(&self, store: &Store, wheel: &Artifact) -> Result<(), String> {
        let index = PypiIndex::in_force(self.host, &self.registries).map_err(|error| chain(&error))?;
        if index.of(&wheel.package).is_some() {
            return self.fetch_itself(store, wheel);
        }
        let scratch = Scratch::new(&self.host.directories.cache, "pip").map_err(|error| error.to_string())?;
        let python = self
            .host
            .find("python3")
            .ok_or("no Python package index is named, and the host has no pip that knows one")?;
        // Isolated: a `pip.py` in the current directory, or on PYTHONPATH, is not the host's pip. Its
        // own settings still count, as they say which index to ask.
        let mut pip = Child::python(&python, Place::Scratch(&scratch)).map_err(|error| error.to_string())?;
        pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--only-binary=:all:", "--dest"]).arg(scratch.path()).arg(format!("uv=={}", wheel.version));
        pip.callers(self.host, |name| name.as_encoded_bytes().starts_with(b"PYTHON"));
        let output = pip.output().map_err(|error| format!("pip cannot be started: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let error = said.lines().rev().find_map(|line| line.strip_prefix("ERROR: "));
            return Err(format!("pip says: {}", error.unwrap_or_else(|| said.trim())));
        }
        let file = scratch.path().join(wheel.file.as_deref().unwrap_or_default());
        let _access = store.share();
        store.adopt(wheel, &file, self.progress.as_ref()).map_err(|error| chain(&error))
    }
}

/// uv's executable in an artifact of it, if that is there.
fn program(store: &Store, artifact: &Artifact) -> Option<PathBuf> {
    let object = store.object(artifact);
    let in_wheel = object.join(format!("uv-{}.data/scripts/uv", artifact.version));
    // A release is one directory named after the machine it is for.
    let in_release = || fs_err::read_dir(&object).ok()?.next()?.ok().map(|entry| entry.path().join("uv"));
    Some(in_wheel).filter(|path| path.is_file()).or_else(in_release).filter(|path| path.is_file())
}

/// An error with its causes, on one line.
fn chain(error: &dyn Error) -> String {
    std::iter::once(error.to_string()).chain(causes(error)).collect::<Vec<_>>().join(", because ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;

    #[test]
    fn uv_is_pinned_for_every_platform() {
        let lock = lock::parse("uv.lock", LOCK).unwrap();
        assert_eq!(lock::write(&lock), LOCK);
        let manifest = manifest::parse("uv.json", MANIFEST).unwrap();
        let download = manifest.default.tools[0].download().unwrap();
        for tool in &lock.tools {
            assert_eq!(tool.version, lock.tools[0].version);
            assert!(tool.platforms().is_all());
        }
        assert_eq!(manifest.default.tools[0].requirement.as_str(), lock.tools[0].version.as_deref().unwrap());
        assert!(Platform::ALL.iter().all(|platform| download.files.contains_key(platform)));
    }
}

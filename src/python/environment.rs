//! Environments of Python packages: one for the project, and one for each tool that is written in
//! Python, so that no two tools fight over a package. uv makes them, from nothing but what the
//! lock holds; they are shared by all projects that lock the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::build::BuiltWheel;
use super::filled::{finish, programs};
use super::packages::{Package, file_name};
use super::{Found, Uv, checked, uv_lock};
use crate::digest;
use crate::env::Op;
use crate::files::Scratch;
use crate::lock::{Artifact, Chosen, Lock, LockedPython, LockedTool};
use crate::manifest::PythonOrigin;
use crate::name::{ToolName, normalized};
use crate::platform::Platform;
use crate::source::{PythonError, Sources};
use crate::store::{self, Programs, refresh, surroundings};
use crate::version::Scheme;

/// What a dev shell has of Python.
#[derive(Debug, Default)]
pub struct Built {
    /// The commands of each tool that is written in Python.
    pub tools: BTreeMap<ToolName, Programs>,
    /// The project's environment, and its interpreter's version.
    pub project: Option<(PathBuf, String)>,
    /// The directory of the commands of the project itself, if it has any.
    pub commands: Option<PathBuf>,
    /// The files that say what the project itself is, or would if they were there.
    pub own_files: Vec<PathBuf>,
    /// What the project's interpreter does to variables.
    pub variables: Vec<Op>,
    /// What it uses of the host.
    pub host_files: Vec<PathBuf>,
    /// How many environments were not there yet.
    pub made: usize,
    /// What it uses of the store.
    pub contents: BTreeSet<PathBuf>,
}

/// The name of a project's environment.
const PROJECT: &str = "python";

/// An environment that is wanted.
struct Wanted<'l> {
    name: &'l str,
    artifacts: Vec<&'l Artifact>,
    /// From this Python on some package has nothing that could be installed.
    below: Option<&'l str>,
}

impl<'l> Wanted<'l> {
    fn of(tool: &'l LockedTool, platform: Platform) -> Self {
        let artifacts = tool.artifacts_on(platform).collect();
        Self { name: tool.tool.package(), artifacts, below: tool.python_below.as_deref() }
    }
}

/// What all environments of a lock have in common.
#[derive(Clone, Copy)]
struct Base<'l> {
    python: &'l LockedPython,
    interpreter: &'l Found,
}

impl Uv<'_> {
    /// Makes the environments that tools need and that are not there.
    pub fn environments(
        &self,
        lock: &Lock,
        chosen: &[Chosen],
        has_project: bool,
        sources: &Sources,
    ) -> Result<Built, PythonError> {
        let mut built = Built::default();
        let Some(python) = &lock.python else { return Ok(built) };
        let tools: Vec<&LockedTool> = venvs(chosen).collect();
        if tools.is_empty() && !has_project {
            return Ok(built);
        }
        let interpreter = self.interpreter_of(lock, python)?;
        match &interpreter.home {
            Some(home) => {
                built.contents.insert(home.clone());
            }
            None => built.host_files.push(interpreter.program.clone()),
        }
        if let Some(library) = &self.c_library {
            // An interpreter that uv brought may use that of another project.
            let loader = interpreter.home.as_ref().and_then(|_| store::interpreter(&interpreter.program));
            built.contents.extend(loader.and_then(|loader| self.store().holder(&loader)));
            built.contents.insert(library.prefix.clone());
        }
        if python.wish.origin == PythonOrigin::Deb {
            built.variables = interpreter.home.iter().flat_map(|prefix| surroundings(prefix)).collect();
        }
        let platform = python.platform(self.host.platform);
        let base = Base { python, interpreter: &interpreter };
        for tool in tools {
            let wanted = Wanted::of(tool, platform);
            let directory = self.environment(&wanted, base, sources, &mut built.made)?;
            built.tools.insert(tool.tool.clone(), programs(&directory, &tool.tool)?);
            built.contents.insert(directory);
        }
        if has_project {
            let directory = self.environment(&self.of_project(python), base, sources, &mut built.made)?;
            // What replaces pip there asks uv.
            built.contents.extend(self.object());
            built.contents.insert(directory.clone());
            built.project = Some((directory, interpreter.version));
        }
        built.contents.iter().for_each(|directory| refresh(directory));
        Ok(built)
    }

    /// The commands of those tools that are in Python environments which are there already.
    pub fn programs_there(&self, lock: &Lock, chosen: &[Chosen]) -> BTreeMap<ToolName, Programs> {
        let Some(python) = lock.python.as_ref().filter(|_| venvs(chosen).next().is_some()) else {
            return BTreeMap::new();
        };
        let Some(interpreter) = self.interpreter_there(lock, python) else { return BTreeMap::new() };
        let base = Base { python, interpreter: &interpreter };
        let there = venvs(chosen).filter_map(|locked| {
            let directory = self.place_of(&Wanted::of(locked, python.platform(self.host.platform)), base);
            Some((locked.tool.clone(), programs(&directory, &locked.tool).ok()?))
        });
        there.collect()
    }

    /// The directories of the store that the Python of a lock needs: the interpreter and uv, if they are there, and the
    /// environments that were made for it, or will be.
    pub fn directories_of(&self, lock: &Lock, has_project: bool) -> BTreeSet<PathBuf> {
        let Some(python) = &lock.python else { return BTreeSet::new() };
        let Some(interpreter) = self.interpreter_there(lock, python) else { return BTreeSet::new() };
        let base = Base { python, interpreter: &interpreter };
        let platform = python.platform(self.host.platform);
        let tools = lock.tools.iter().filter(|tool| tool.is_venv());
        let tools = tools.map(|tool| self.place_of(&Wanted::of(tool, platform), base));
        let project = has_project.then(|| self.place_of(&self.of_project(python), base));
        tools.chain(project).chain(interpreter.home.clone()).chain(self.object()).collect()
    }

    /// What the project's own environment consists of.
    fn of_project<'l>(&self, python: &'l LockedPython) -> Wanted<'l> {
        let artifacts = python.artifacts_on(self.host.platform).collect();
        Wanted { name: PROJECT, artifacts, below: python.below.as_deref() }
    }

    /// Whether the environment of the project is there.
    pub fn has_project(&self, lock: &Lock) -> bool {
        let Some(python) = &lock.python else { return false };
        let Some(interpreter) = self.interpreter_there(lock, python) else { return false };
        self.place_of(&self.of_project(python), Base { python, interpreter: &interpreter }).is_dir()
    }

    /// Where an environment is, or will be.
    fn place_of(&self, wanted: &Wanted, base: Base) -> PathBuf {
        let key = key(wanted, base);
        // Its programs have the path of that in them.
        let library = self.c_library.as_ref().map(|library| library.prefix.as_os_str().as_encoded_bytes());
        let key = library.map_or_else(|| key.clone(), |prefix| digest::key(&[key.as_bytes(), prefix]));
        self.store().environment(&key, wanted.name)
    }

    /// An environment, made if it is not there.
    fn environment(
        &self,
        wanted: &Wanted,
        base: Base,
        sources: &Sources,
        made: &mut usize,
    ) -> Result<PathBuf, PythonError> {
        let version = &base.interpreter.version;
        if let Some(below) = wanted.below.filter(|below| Scheme::Pep440.compare(version, below).is_ge()) {
            let (name, version, below) = (wanted.name.to_owned(), version.clone(), below.to_owned());
            return Err(PythonError::TooNew { name, version, below });
        }
        let directory = self.place_of(wanted, base);
        log::debug!("{} packages of Python are the environment {}", wanted.artifacts.len(), directory.display());
        if directory.is_dir() {
            return Ok(directory);
        }
        let store = self.store();
        let (_access, _turn) = (store.share(), store.lock_build(&directory)?);
        if directory.is_dir() {
            return Ok(directory);
        }
        *made += 1;
        store.publish_environment(&directory, |staging| -> Result<(), PythonError> {
            self.fill(staging, wanted, base, sources)?;
            store.relink_in_place(staging)?;
            finish(staging, &directory, wanted.name == PROJECT, self.program()?)?;
            Ok(())
        })?;
        Ok(directory)
    }

    /// Makes an environment and installs the packages: from uv's cache alone when it has them all,
    /// else by addresses that are looked up. uv gets wheels only, and says which package has none for this interpreter;
    /// that one is built.
    fn fill(&self, staging: &Path, wanted: &Wanted, base: Base, sources: &Sources) -> Result<(), PythonError> {
        check_sources(wanted, base)?;
        let scratch = self.scratch()?;
        let mut built: Vec<BuiltWheel> = Vec::new();
        loop {
            let outcome = self.fill_with(&built, &scratch, (staging, wanted), base, sources);
            let lacking = outcome.as_ref().err().and_then(|error| without_wheel(error, wanted, &built));
            let Some(sdist) = lacking else { return outcome };
            built.push(self.wheel(sdist, base.interpreter, sources)?);
        }
    }

    fn fill_with(
        &self,
        built: &[BuiltWheel],
        scratch: &Scratch,
        (staging, wanted): (&Path, &Wanted),
        base: Base,
        sources: &Sources,
    ) -> Result<(), PythonError> {
        let install = |packages: Vec<Package>, is_offline: bool| {
            let packages: Vec<Package> = packages.into_iter().map(|package| package.with_wheels(built)).collect();
            uv_lock::write(scratch, &packages)?;
            let mut command = self.command(scratch)?;
            command.env("UV_PROJECT_ENVIRONMENT", staging);
            command.args(["sync", "--quiet", "--frozen", "--no-build", "--python"]).arg(&base.interpreter.program);
            if is_offline {
                command.arg("--offline");
            }
            checked(command.output()?).map(|_| ())
        };
        let from_cache = install(Package::unlocated(&wanted.artifacts, sources)?, true);
        let is_answer = |error: &PythonError| without_wheel(error, wanted, built).is_some();
        if from_cache.is_ok() || self.http.is_offline() || from_cache.as_ref().is_err_and(is_answer) {
            return from_cache;
        }
        let packages: BTreeSet<&str> = wanted.artifacts.iter().map(|artifact| artifact.package.as_str()).collect();
        let count = packages.len();
        let name = if count == 1 { "1 Python package".to_owned() } else { format!("{count} Python packages") };
        self.progress.start(0, &name, None);
        let outcome = Package::located(&wanted.artifacts, sources).and_then(|packages| install(packages, false));
        self.progress.finish(0);
        outcome
    }
}

/// A source that is to be built, where uv says that its package has no wheel for the interpreter.
fn without_wheel<'l>(error: &PythonError, wanted: &Wanted<'l>, built: &[BuiltWheel]) -> Option<&'l Artifact> {
    let PythonError::Uv { text, .. } = error else { return None };
    let (_, rest) = text.split_once("Distribution `")?;
    let (identity, reason) = rest.split_once('`')?;
    let (name, rest) = identity.split_once("==")?;
    let version = rest.split(' ').next()?;
    let is_it = |artifact: &&&Artifact| {
        is_source(artifact)
            && *artifact.package == *normalized(name)
            && Scheme::Pep440.compare(&artifact.version, version).is_eq()
            && !built.iter().any(|one| one.is_of(artifact))
    };
    reason.trim_start().starts_with("can't be installed").then(|| wanted.artifacts.iter().find(is_it).copied())?
}

fn is_source(artifact: &Artifact) -> bool {
    file_name(artifact).strip_suffix(".whl").is_none()
}

/// A lock that has the source of a package is refused, unless the manifest lets that package be built.
fn check_sources(wanted: &Wanted, base: Base) -> Result<(), PythonError> {
    let allowed: BTreeSet<String> = base.python.wish.allow_build.iter().map(|name| normalized(name)).collect();
    let mut sources = wanted.artifacts.iter().filter(|artifact| is_source(artifact));
    match sources.find(|artifact| !allowed.contains(&normalized(&artifact.package))) {
        Some(artifact) => Err(PythonError::Build { package: artifact.package.to_string() }),
        None => Ok(()),
    }
}

/// Those of the tools that are in Python environments.
fn venvs<'l>(chosen: &[Chosen<'l>]) -> impl Iterator<Item = &'l LockedTool> {
    chosen.iter().map(|chosen| chosen.locked).filter(|locked| locked.is_venv())
}

/// What an environment is known by: everything that goes into it.
fn key(wanted: &Wanted, base: Base) -> String {
    let mut parts: Vec<String> = vec!["1".to_owned(), wanted.name.to_owned(), base.interpreter.version.clone()];
    parts.push(base.interpreter.program.to_string_lossy().into_owned());
    parts.extend(base.python.wish.allow_build.iter().cloned());
    for artifact in &wanted.artifacts {
        let marker = artifact.marker.as_deref().unwrap_or_default();
        let file = artifact.file.as_deref().unwrap_or_default();
        parts.push(format!("{} {file} {} {marker}", artifact.package, artifact.integrity));
    }
    digest::key(&parts.iter().map(String::as_bytes).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::PythonWish;
    use crate::manifest::Python;
    use crate::name::SourceLabel;

    #[test]
    fn keys_are_those_of_stores_that_are_there() {
        let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
        let artifact = Artifact::new(SourceLabel::Pypi, "black".parse().unwrap(), "1.0".parse().unwrap(), integrity);
        let artifact = Artifact { file: Some("black-1.0-py3-none-any.whl".parse().unwrap()), ..artifact };
        let wish = PythonWish::of(&Python::bare("3.13".parse().unwrap(), PythonOrigin::Uv));
        let python = LockedPython {
            wish,
            version: None,
            build: None,
            below: None,
            uv: "0.9.0".parse().unwrap(),
            artifacts: vec![],
        };
        let interpreter = Found { program: "/store/bin/python3".into(), home: None, version: "3.13.1".to_owned() };
        let base = Base { python: &python, interpreter: &interpreter };
        let wanted = Wanted { name: "black", artifacts: vec![&artifact], below: None };
        assert_eq!(key(&wanted, base), "310d0fe7b21e3cf5c97cf90a1711fa4a");
    }
}

//! The steps of one build: the packages that it needs are installed outside, as wheels, without running any of them; its
//! code runs inside a builder's wall. Once it has been asked what else it needs, that is all.

use std::path::{Path, PathBuf};

use super::backend::{Backend, from_indexes, wanted};
use super::failed::failed;
use super::source_tree::{copy, not_buildable, text};
use crate::builder::{self, Rights};
use crate::files::{Scratch, bounded, most};
use crate::lock::Artifact;
use crate::name::normalized;
use crate::python::indexes::{self, index_of};
use crate::python::interpreter::Found;
use crate::python::{Uv, checked, is_order, toml_text};
use crate::sandbox::installed;
use crate::source::{PythonError, Sources};

/// The script that asks the backend.
const HOOKS: &str = include_str!("hooks.py");

/// A build that is under way.
pub struct Build<'b> {
    pub uv: &'b Uv<'b>,
    pub sdist: &'b Artifact,
    pub interpreter: &'b Found,
    pub sources: &'b Sources<'b>,
}

/// Where one works.
pub struct Site {
    scratch: Scratch,
    backend: Backend,
    /// The copy of the source, in a directory that is called as the archive has it.
    source: PathBuf,
}

impl Site {
    /// Where the answers of the backend are.
    pub fn out(&self) -> PathBuf {
        self.at("out")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }
}

impl Build<'_> {
    /// Has the backend do a task, whose result is then in `Site::out`.
    pub fn run(&self, source: &Path, task: &str) -> Result<Site, PythonError> {
        let backend = Backend::of(text(source, "pyproject.toml")?.as_deref());
        let backend = backend.map_err(|text| not_buildable(self.sdist, text))?;
        let scratch = self.uv.scratch()?;
        let copied = scratch.path().join("source").join(source.file_name().unwrap_or_default());
        let site = Site { scratch, backend, source: copied };
        for name in ["source", "out", "tmp"] {
            fs_err::create_dir(site.at(name))?;
        }
        copy(source, &site.source)?;
        site.scratch.write("hooks.py", HOOKS)?;
        builder::tell(self.uv.host, &format!("`{}`", self.sdist.package));
        let environment = self.environment(&site, "environment", &[])?;
        self.ask(&site, &environment, "requires")?;
        let further: Vec<String> = serde_json::from_slice(&answer(&site.out(), "requires.json", most::DESCRIPTION)?)
            .map_err(|error| not_buildable(self.sdist, format!("its backend asks for {error}")))?;
        from_indexes(&further).map_err(|text| not_buildable(self.sdist, text))?;
        let is_known = further.iter().all(|one| site.backend.requires.contains(one));
        // What was installed first never runs outside: its interpreter would run the start files of packages.
        let environment = if is_known { environment } else { self.environment(&site, "whole-environment", &further)? };
        self.ask(&site, &environment, task)?;
        Ok(site)
    }

    /// An environment with what the backend needs, and this.
    fn environment(&self, site: &Site, name: &str, further: &[String]) -> Result<PathBuf, PythonError> {
        let place = site.at(name);
        let mut command = self.uv.command(&site.scratch)?;
        command.args(["venv", "--quiet", "--no-project", "--python"]).arg(&self.interpreter.program).arg(&place);
        checked(command.output()?)?;
        let requires: Vec<&str> = site.backend.requires.iter().chain(further).map(String::as_str).collect();
        if requires.is_empty() {
            return Ok(place);
        }
        site.scratch.write("pyproject.toml", self.project(&requires)?)?;
        let mut command = self.uv.command(&site.scratch)?;
        command.args(["pip", "install", "--quiet", "--only-binary=:all:", "--python"]).arg(place.join("bin/python"));
        command.args(["-r", "pyproject.toml"]);
        command.env("UV_DEFAULT_INDEX", index_of("", self.sources)?.as_str());
        let package = || self.sdist.package.to_string();
        checked(command.output()?)
            .map_err(|error| PythonError::BuildNeeds { package: package(), source: Box::new(error) })?;
        Ok(place)
    }

    /// A project that wants some packages, each from the index that its name is bound to. Its addresses may have logins.
    fn project(&self, requires: &[&str]) -> Result<String, PythonError> {
        let others = index_of("", self.sources)?;
        let mut of_their_own = Vec::new();
        for requirement in requires {
            let name = normalized(wanted(requirement));
            let index = index_of(&name, self.sources)?;
            if index != others && !of_their_own.iter().any(|(known, _)| *known == name) {
                of_their_own.push((name, index));
            }
        }
        let list: Vec<String> = requires.iter().map(|requirement| toml_text(requirement)).collect();
        let start = "[project]\nname = \"devshell-build\"\nversion = \"0\"\nrequires-python = \">=3\"\n";
        let dependencies = format!("dependencies = [{}]\n[tool.uv.workspace]\n", list.join(", "));
        Ok(format!("{start}{dependencies}{}", indexes::tables(&of_their_own)))
    }

    /// Runs the backend inside the wall. It can change its source and nothing of what is used again outside.
    fn ask(&self, site: &Site, environment: &Path, task: &str) -> Result<(), PythonError> {
        let (host, scratch) = (self.uv.host, &site.scratch);
        let [source, out, temporary] = ["source", "out", "tmp"].map(|name| site.at(name));
        let hooks = site.at("hooks.py");
        let mut read = vec![environment.to_owned(), hooks.clone()];
        read.extend(self.interpreter.home.clone());
        let program = environment.join("bin/python");
        let linked = fs_err::read_link(&program).unwrap_or_else(|_| program.clone());
        let programs = [linked, fs_err::canonicalize(&program)?];
        read.extend(installed(&programs.into(), host.home.as_deref()));
        let rights = Rights { read, write: vec![source, out.clone(), temporary.clone()] };
        let mut child = builder::child(host, scratch, &program, &rights, is_order)?;
        child.arg(hooks).arg(task).arg(&site.source).arg(out).arg(&site.backend.name).args(&site.backend.paths);
        let commands = std::iter::once(environment.join("bin")).chain(std::env::split_paths(host.search_path()));
        child.env("PATH", std::env::join_paths(commands).unwrap_or_default());
        child.env("VIRTUAL_ENV", environment).env("TMPDIR", temporary);
        child.env("PYTHONIOENCODING", "utf-8:backslashreplace");
        let output = child.output()?;
        if output.status.success() {
            return Ok(());
        }
        let printed = String::from_utf8_lossy(&output.stderr);
        let is_walled = builder::refusal(host).is_none();
        Err(failed(&self.sdist.package, &self.sdist.version, &printed, is_walled))
    }
}

/// A file that a build left. A link may lead anywhere, and is none.
pub fn answer(out: &Path, name: &str, most: u64) -> std::io::Result<Vec<u8>> {
    let path = out.join(name);
    if fs_err::symlink_metadata(&path)?.is_file() {
        return bounded::read(&path, most);
    }
    Err(std::io::Error::new(std::io::ErrorKind::InvalidData, format!("the build left no file `{name}`")))
}

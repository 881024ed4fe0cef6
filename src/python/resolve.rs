//! What uv is asked when packages are locked.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use url::Url;

use super::{Uv, checked};
use crate::lock::Artifact;
use crate::manifest::{Kind, Origin, Python};
use crate::platform::Platform;
use crate::source::{Interpreter, PackageResolver, Pylock, PythonError, WantedPackages, lowest};
use crate::version::{Requirement, Scheme, find_in_output};

impl PackageResolver for Uv<'_> {
    fn default_index(&self) -> Result<Url, PythonError> {
        // Its help is the one place where uv names its default without being given a Python.
        let scratch = self.scratch()?;
        let help = checked(self.command(scratch.path())?.args(["pip", "compile", "--help"]).output()?)?;
        let help = String::from_utf8_lossy(&help);
        let named = help.split("by default: <").nth(1).and_then(|rest| rest.split('>').next());
        named.and_then(|text| Url::parse(text).ok()).ok_or_else(|| PythonError::Uv {
            text: "nothing about its default index".to_owned(),
            hint: Some("name the index: \"registries\": { \"pypi\": \"https://…/simple\" }".to_owned()),
        })
    }

    fn version(&self) -> Result<String, PythonError> {
        let scratch = self.scratch()?;
        let said = checked(self.command(scratch.path())?.arg("--version").output()?)?;
        Ok(find_in_output(&String::from_utf8_lossy(&said)).unwrap_or_default().to_owned())
    }

    fn pylock(&self, wanted: &WantedPackages) -> Result<Pylock, PythonError> {
        // A lock that is there already rules.
        if let Some(file) = wanted.files.iter().find(|file| Kind::of(&file.to_string_lossy()).is_lock()) {
            return Ok(Pylock { text: self.taken_over(file, wanted.python)?, below: None });
        }
        let mut below = None;
        loop {
            match self.compiled(wanted, below.as_deref()) {
                Err(PythonError::Uv { text, hint }) => {
                    // Of the newest Pythons, packages may have no wheels yet. Then the lock is for
                    // the others, as long as the interpreter is one of them.
                    let next = split_above(&text).filter(|next| self.is_of_use_below(next, wanted, below.as_deref()));
                    let Some(next) = next else { return Err(PythonError::Uv { text: abridged(&text), hint }) };
                    below = Some(next);
                }
                outcome => return outcome.map(|pylock| Pylock { text: pylock, below }),
            }
        }
    }

    fn interpreter(&self, requirement: &Requirement) -> Result<Interpreter, PythonError> {
        #[derive(Deserialize)]
        struct Build {
            version: String,
            url: Option<String>,
            variant: Option<String>,
            implementation: String,
        }
        let scratch = self.scratch()?;
        let mut command = self.command(scratch.path())?;
        command.args(["python", "list", "--only-downloads", "--all-versions", "--output-format=json"]);
        let listed = checked(command.output()?)?;
        let builds: Vec<Build> = serde_json::from_slice(&listed).unwrap_or_default();
        let fits = |build: &&Build| {
            build.implementation == "cpython"
                && build.variant.as_deref().is_none_or(|variant| variant == "default")
                && requirement.accepts(&build.version, Scheme::Pep440)
                && (requirement.wants_prerelease(Scheme::Pep440) || !Scheme::Pep440.is_prerelease(&build.version))
        };
        let newest = builds.iter().filter(fits).max_by(|a, b| Scheme::Pep440.compare(&a.version, &b.version));
        let found = newest.map(|build| Interpreter {
            version: build.version.clone(),
            build: build.url.as_deref().and_then(date_of).unwrap_or_default(),
        });
        found.ok_or_else(|| PythonError::NoBuild { requirement: requirement.clone() })
    }
}

/// The date in the address of a build: eight digits that are a component of their own.
fn date_of(url: &str) -> Option<String> {
    let is_date = |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    url.split(['/', '+', '-']).flat_map(|part| part.split("%2B")).find(is_date).map(str::to_owned)
}

impl Uv<'_> {
    /// One resolution, for the Pythons below a version.
    fn compiled(&self, wanted: &WantedPackages, below: Option<&str>) -> Result<String, PythonError> {
        let scratch = self.scratch()?;
        let directory = scratch.path();
        fs_err::write(directory.join("pyproject.toml"), project(wanted, below))?;
        fs_err::write(directory.join("requirements.txt"), wanted.requirements.join("\n"))?;
        if !wanted.previous.is_empty() {
            fs_err::write(directory.join("pylock.toml"), preferences(wanted.previous))?;
        }
        let mut command = self.command(directory)?;
        command.args(["pip", "compile", "--quiet", "--universal", "--no-header", "--format=pylock.toml"]);
        command.arg("--output-file=pylock.toml");
        if let Some(lowest) = lowest(&wanted.python.version) {
            command.arg(format!("--python-version={lowest}"));
        }
        if let Some(program) = self.any_interpreter(wanted.python) {
            command.arg("--python").arg(program);
        }
        if let Some(index) = wanted.index.others() {
            command.arg("--default-index").arg(index.as_str());
        }
        command.arg("--fork-strategy").arg(if wanted.fewest { "fewest" } else { "requires-python" });
        command.arg("--only-binary=:all:");
        for name in &wanted.python.allow_build {
            command.arg(format!("--no-binary={name}"));
        }
        if let Some(date) = &wanted.python.exclude_newer {
            command.arg(format!("--exclude-newer={date}"));
        }
        for extra in &wanted.python.extras {
            command.arg(format!("--extra={extra}"));
        }
        let projects = wanted.files.iter().filter(|file| Kind::of(&file.to_string_lossy()) == Kind::Pyproject);
        for group in &wanted.python.groups {
            for project in projects.clone() {
                command.arg(format!("--group={}:{group}", project.display()));
            }
        }
        command.args(["pyproject.toml", "requirements.txt"]).args(&wanted.files);
        checked(command.output()?)?;
        Ok(fs_err::read_to_string(directory.join("pylock.toml"))?)
    }

    /// Whether a lock for the Pythons below a version would serve the interpreter at hand, and
    /// is for fewer than the one that was just tried.
    fn is_of_use_below(&self, version: &str, wanted: &WantedPackages, tried: Option<&str>) -> bool {
        let is_less = tried.is_none_or(|tried| Scheme::Pep440.compare(version, tried).is_lt());
        let at_hand = match wanted.interpreter {
            Some(version) => Some(version.to_owned()),
            None => self.host_interpreter(&wanted.python.version).ok().map(|found| found.version),
        };
        is_less && at_hand.is_some_and(|at_hand| Scheme::Pep440.compare(&at_hand, version).is_lt())
    }

    /// What a lock of uv's, or a `pylock.toml`, holds already.
    fn taken_over(&self, file: &Path, python: &Python) -> Result<String, PythonError> {
        if Kind::of(&file.to_string_lossy()) == Kind::Pylock {
            return Ok(fs_err::read_to_string(file)?);
        }
        let scratch = self.scratch()?;
        let mut command = self.command(scratch.path())?;
        command.args(["export", "--quiet", "--frozen", "--format=pylock.toml", "--no-emit-project", "--no-header"]);
        command.arg("--project").arg(file.parent().unwrap_or(Path::new("/")));
        command.arg("--no-default-groups");
        for extra in &python.extras {
            command.arg(format!("--extra={extra}"));
        }
        for group in &python.groups {
            command.arg(format!("--group={group}"));
        }
        if let Some(program) = self.any_interpreter(python) {
            command.arg("--python").arg(program);
        }
        Ok(String::from_utf8_lossy(&checked(command.output()?)?).into_owned())
    }

    /// Some Python for uv to start from: the project's own, or whatever the host has. Without any,
    /// uv brings one.
    fn any_interpreter(&self, python: &Python) -> Option<std::path::PathBuf> {
        let host = |requirement| self.host_interpreter(requirement).ok().map(|found| found.program);
        match python.origin {
            Origin::Host => host(&python.version),
            Origin::Uv => host(&Requirement::any()),
        }
    }
}

/// The Python from which on there is no solution, if uv names one: it tells for which part of all
/// Pythons it failed.
fn split_above(text: &str) -> Option<String> {
    let markers = text.split_once("for split (markers: ")?.1;
    let lowest = markers.split_once("python_full_version >= '")?.1;
    let (version, rest) = lowest.split_once('\'')?;
    // Bounded above as well, it says nothing about the newest.
    let is_open = !rest.split(')').next().unwrap_or_default().contains("python_full_version <");
    is_open.then(|| version.to_owned())
}

/// How long a message may get.
const LONGEST: usize = 700;

/// A long chain of reasons without its middle: where it starts, and what it comes to.
fn abridged(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let sentences: Vec<&str> = text.split_inclusive(". ").collect();
    let (mut start, mut end) = (String::new(), String::new());
    for sentence in &sentences {
        if start.len() + sentence.len() > LONGEST / 2 {
            break;
        }
        start.push_str(sentence);
    }
    for sentence in sentences.iter().rev() {
        if end.len() + sentence.len() > LONGEST / 2 && !end.is_empty() {
            break;
        }
        end.insert_str(0, sentence);
    }
    format!("{start}… {end}")
}

/// A project that says what command-line options cannot: that only our systems count, and which
/// names are asked of which index.
fn project(wanted: &WantedPackages, below: Option<&str>) -> String {
    let mut text = String::from("[project]\nname = \"manifest\"\nversion = \"0\"\n");
    // A name that is bound must be, also where it is only needed by another package. uv heeds an
    // index for direct dependencies alone; this condition never holds, and uv does not know it.
    let bound = || wanted.index.bound().iter();
    let names: Vec<String> = bound().map(|(name, _)| format!("\"{name}; sys_platform == 'never'\"")).collect();
    let _ = writeln!(text, "dependencies = [{}]", names.join(", "));
    let lowest = lowest(&wanted.python.version).unwrap_or_else(|| "3.8".to_owned());
    let _ = writeln!(text, "requires-python = \">={lowest}\"");
    let bound_above = below.map(|version| format!(" and python_full_version < '{version}'")).unwrap_or_default();
    let systems = ["linux", "darwin"].map(|system| format!("\"sys_platform == '{system}'{bound_above}\""));
    let _ = writeln!(text, "[tool.uv]\nenvironments = [{}]", systems.join(", "));
    for (index, (_, url)) in bound().enumerate() {
        let _ = writeln!(text, "[[tool.uv.index]]\nname = \"bound-{index}\"\nurl = \"{url}\"\nexplicit = true");
    }
    if wanted.index.bound().is_empty() {
        return text;
    }
    let _ = writeln!(text, "[tool.uv.sources]");
    for (index, (name, _)) in bound().enumerate() {
        let _ = writeln!(text, "{name} = {{ index = \"bound-{index}\" }}");
    }
    text
}

/// A `pylock.toml` from which uv takes the versions to keep.
fn preferences(previous: &[Artifact]) -> String {
    let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"devshell\"\n");
    let mut packages: Vec<(&str, &str, Option<&str>)> =
        previous.iter().map(|one| (one.package.as_str(), one.version.as_str(), one.marker.as_deref())).collect();
    packages.sort_unstable();
    packages.dedup();
    for (name, version, marker) in packages {
        let _ = writeln!(text, "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"");
        if let Some(marker) = marker {
            let _ = writeln!(text, "marker = \"{marker}\"");
        }
    }
    text
}

/// What a platform is called in the names of uv's builds.
pub(super) const fn build_words(platform: Platform) -> (&'static str, &'static str, &'static str) {
    match platform {
        Platform::Aarch64Darwin => ("macos", "aarch64", "none"),
        Platform::Aarch64Linux => ("linux", "aarch64", "gnu"),
        Platform::Aarch64LinuxMusl => ("linux", "aarch64", "musl"),
        Platform::X8664Darwin => ("macos", "x86_64", "none"),
        Platform::X8664Linux => ("linux", "x86_64", "gnu"),
        Platform::X8664LinuxMusl => ("linux", "x86_64", "musl"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pythons_without_a_solution_are_named() {
        for (text, expected) in [
            (
                "No solution found for split (markers: python_full_version >= '3.15' and sys_platform == 'linux') Because",
                Some("3.15"),
            ),
            (
                "No solution for split (markers: python_full_version >= '3.11' and python_full_version < '3.13') x < y",
                None,
            ),
            ("No solution found when resolving dependencies", None),
        ] {
            assert_eq!(split_above(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn long_reasons_lose_their_middle() {
        let text = format!("Because a. {}And because manifest depends on b, it ends.", "And because c. ".repeat(200));
        let short = abridged(&text);
        assert!(
            short.len() < 800 && short.starts_with("Because a. And") && short.ends_with("depends on b, it ends."),
            "{short}"
        );
        assert_eq!(abridged("short"), "short");
    }

    #[test]
    fn builds_are_dated() {
        for (url, expected) in [
            ("https://a.example/download/20261110/cpython-3.13.18%2B20261110-x86_64.tar.gz", Some("20261110")),
            ("https://a.example/cpython-3.13.18+20261110-x86_64.tar.gz", Some("20261110")),
            ("https://a.example/cpython.tar.gz", None),
        ] {
            assert_eq!(date_of(url).as_deref(), expected, "{url}");
        }
    }
}

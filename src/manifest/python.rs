//! The manifest's `python` block: which interpreter a project uses, and which packages.

use std::collections::BTreeMap;
use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use serde::{Deserialize, Serialize};

use super::shape::Decoder;
use super::{Manifest, Tool};
use crate::age::Age;
use crate::name::{Suite, ToolName, is_python_package};
use crate::platform::{Platform, Platforms};
use crate::version::Requirement;

pub(super) const PYTHON_KEYS: &[&str] =
    &["version", "from", "suite", "requirements", "extras", "groups", "allow-build", "exclude-newer", "min-age"];

/// Where the interpreter comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PythonOrigin {
    /// A standalone build of CPython that uv pins and checks.
    #[default]
    Uv,
    /// The machine's own.
    Host,
    /// Debian's, as the tool `deb:python3` has it.
    Deb,
}

impl PythonOrigin {
    pub const ALL: [Self; 3] = [Self::Uv, Self::Host, Self::Deb];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Host => "host",
            Self::Deb => "deb",
        }
    }

    /// The platform that such an interpreter is of on a machine: Debian's brings its own C library.
    pub fn platform(self, machine: Platform) -> Platform {
        if self == Self::Deb { machine.with_glibc().unwrap_or(machine) } else { machine }
    }

    /// The platforms that such interpreters are of on some machines.
    pub fn platforms(self, machines: Platforms) -> Platforms {
        machines.iter().map(|machine| self.platform(machine)).collect()
    }
}

impl std::str::FromStr for PythonOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|origin| origin.name() == text).ok_or_else(|| format!("`{text}` is none of them"))
    }
}

/// The tool that Debian's Python is.
pub fn debian_python() -> ToolName {
    "deb:python3".parse().expect("it is a tool name")
}

/// Which Python a project uses, and with which packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    pub version: Requirement,
    pub origin: PythonOrigin,
    /// The release that it is of, when it is Debian's.
    pub suite: Option<Suite>,
    /// The files that say which packages, by their paths from the manifest's directory.
    pub requirements: Vec<RequirementsFile>,
    /// The extras of the project that are wanted.
    pub extras: Vec<String>,
    /// The dependency groups (PEP 735) that are wanted.
    pub groups: Vec<String>,
    /// The packages that may be built from their source.
    pub allow_build: Vec<String>,
    /// Nothing that was uploaded later counts: a date, or how long ago.
    pub exclude_newer: Option<String>,
    /// How long ago the packages have to have been published, in place of what the manifest says for all.
    pub min_age: Option<Age>,
    /// The texts of `requirements` and of the files that those refer to. The module that reads files
    /// fills it in.
    pub texts: BTreeMap<String, String>,
}

/// A file of requirements, and where the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementsFile {
    pub path: String,
    pub range: Range<usize>,
}

impl Python {
    /// An interpreter, and no packages.
    pub const fn bare(version: Requirement, origin: PythonOrigin) -> Self {
        Self {
            version,
            origin,
            suite: None,
            requirements: Vec::new(),
            extras: Vec::new(),
            groups: Vec::new(),
            allow_build: Vec::new(),
            exclude_newer: None,
            min_age: None,
            texts: BTreeMap::new(),
        }
    }
}

impl Decoder<'_> {
    pub(super) fn python(&mut self, value: &Value) -> Option<Python> {
        let object = self.object(value, "`python`", PYTHON_KEYS)?;
        let mut python = Python::bare(Requirement::any(), PythonOrigin::default());
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "version" => python.version = self.requirement(value)?,
                "from" => {
                    python.origin = self.word(value, &PythonOrigin::ALL.map(PythonOrigin::name)).unwrap_or_default();
                }
                "suite" => python.suite = self.suite(value),
                "requirements" => python.requirements = self.requirements_files(value),
                "extras" => python.extras = self.package_names(value, "an extra"),
                "groups" => python.groups = self.package_names(value, "a dependency group"),
                "allow-build" => python.allow_build = self.package_names(value, "a package"),
                "min-age" => python.min_age = self.min_age(value),
                "exclude-newer" => python.exclude_newer = self.string(value, "a date or a duration"),
                _ => {}
            }
        }
        if python.version.is_any() {
            let help = "such as \"version\": \">=3.10\"".to_owned();
            self.at(value, "`python` has no version", help);
        }
        if let Some(property) = object.get("suite").filter(|_| python.origin != PythonOrigin::Deb) {
            let help = "add \"from\": \"deb\", or take `suite` out".to_owned();
            self.at(&property.name, "`suite` is for Debian's Python", help);
        }
        let has_project = python.requirements.iter().any(|file| {
            let name = file.path.rsplit('/').next();
            matches!(name, Some("pyproject.toml" | "uv.lock"))
        });
        for key in ["extras", "groups"] {
            if let Some(property) = object.get(key).filter(|_| !has_project) {
                let help = "name it: \"requirements\": [\"pyproject.toml\"]".to_owned();
                self.at(&property.name, format!("`{key}` is for a pyproject.toml"), help);
            }
        }
        Some(python)
    }

    /// Expects that the tools and the block do not speak of two Pythons.
    pub(super) fn check_python(&mut self, manifest: &Manifest) {
        if let Some(python) = manifest.python.as_ref().filter(|python| python.origin == PythonOrigin::Deb) {
            let name = debian_python();
            let other = |tool: &&Tool| {
                tool.name == name && tool.requirement == python.version && tool.suite() != python.suite.as_ref()
            };
            if let Some(tool) = manifest.all_tools().find(other) {
                let message = format!("`{name}` {} has another suite in the `python` block", tool.requirement);
                self.problem(tool.range.clone(), message, Some("write the same in both places".to_owned()));
            }
        }
        let runs_python = |tool: &&Tool| matches!(tool.name.as_str(), "python" | "host:python");
        if manifest.python.is_some()
            && let Some(tool) = manifest.all_tools().find(runs_python)
        {
            let help = "keep only the `python` block; \"from\": \"host\" takes the host's".to_owned();
            let message = "`python` is given twice: as a tool, and as a block of its own";
            self.problem(tool.range.clone(), message, Some(help));
        }
    }

    fn requirements_files(&mut self, value: &Value) -> Vec<RequirementsFile> {
        let Some(elements) = self.array(value, "a list of files") else { return Vec::new() };
        let mut files = Vec::new();
        for element in elements {
            let Some(path) = self.string(element, "a path") else { continue };
            let is_inside = !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | ".."));
            if is_inside {
                let path = path.trim_start_matches("./").to_owned();
                files.push(RequirementsFile { path, range: element.start()..element.end() });
            } else {
                let help = "write a path from the manifest's directory, such as \"requirements.txt\"".to_owned();
                self.at(element, format!("`{path}` leads out of the project"), help);
            }
        }
        files
    }

    fn package_names(&mut self, value: &Value, what: &str) -> Vec<String> {
        let names = self.strings(value, what);
        for name in &names {
            if !is_python_package(name) {
                self.at(value, format!("`{name}` is not the name of {what}"), None);
            }
        }
        names
    }
}

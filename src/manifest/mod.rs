//! The manifest, `devshell.json`: what a repository wishes for. JSON with comments and trailing
//! commas. Nothing in it is code: reading it runs nothing.

pub mod config;
mod addition;
mod address;
mod base;
mod deb_archive;
mod decode;
mod download;
mod edit;
mod expansion;
mod filled;
mod hook;
mod in_place;
mod isolation;
mod modules;
mod needs;
mod network;
mod nix;
mod own_project;
mod pattern;
mod place;
mod problem;
mod profile;
mod provenance;
mod python;
mod registries;
mod release;
mod release_tool;
mod requirement_line;
mod requirements;
mod sandbox;
mod schema;
mod scope;
mod script;
mod service;
mod setup_files;
mod shape;
mod tool;
mod wished_tool;
mod toolchain;
mod toolchain_file;
mod unknown;
mod url_tool;
mod variables;
mod wanted_project;

use std::collections::BTreeMap;
use std::ops::Range;

pub use addition::{Addition, BadAddition, listed, split_requirement};
pub use address::{Address, NamedBy, shown_text};
pub use base::base_utilities;
pub use deb_archive::DebArchive;
pub use decode::{parse, wanted_devshell};
pub use download::{BadTemplate, Download, Published, Voucher, fill};
pub use edit::{EditError, Said, add_tool, remove_key, remove_tool, set_deb_archive, set_python};
pub use expansion::{Expansion, Piece};
pub use hook::{Followed, Named, ScriptFile, follow, inline};
pub use in_place::in_place;
pub use isolation::Isolation;
pub use modules::Modules;
pub use network::{Destination, Hosts, Network, NotADestination};
pub use nix::{IMPLIED, NIX_FILES, Nix, NixPlace, nix_shell_file};
pub use own_project::OwnProject;
pub use pattern::{Meanings, Pattern, PublisherWords};
pub use place::line_of;
pub use problem::{MOST_SHOWN, Problem, Problems, Shown, position};
pub use profile::Profile;
pub use python::{Python, PythonOrigin, RequirementsFile, debian_python};
pub use registries::Registries;
pub use release::Release;
pub use requirement_line::{Line, Placed, Refused, lines as requirement_lines};
pub use requirements::{Kind, hashes, places, references, referred, substance};
pub use sandbox::{GPU, SSH_AGENT, Sandbox, WeakerWall};
pub use schema::json_schema;
pub use script::{OwnVariables, Script};
pub use service::{Port, Preset, Readiness, Restart, Service, StopSignal};
pub use setup_files::Identity;
pub use tool::Takes;
pub use toolchain::{Toolchain, ToolchainParts};
pub use toolchain_file::{BadToolchainFile, TOOLCHAIN_FILES, ToolchainFile, parse_toolchain_file};
pub use unknown::UnknownEnvironment;
pub use wanted_project::{Choice, members_of_lock, project_of_lock, reduced};
pub use wished_tool::{Detail, Tool};

use crate::age::Age;
use crate::name::{Suite, ToolName, VarName};
use crate::platform::Platforms;
use crate::version::Requirement;

/// The two names a manifest may have, in the order in which they are looked for.
pub const FILE_NAMES: [&str; 2] = ["devshell.json", "devshell.jsonc"];

/// The Python that runs the Python tools of a manifest that has no `python` of its own.
const PRIVATE_PYTHON: &str = "3.13";

/// A whole manifest, every value checked.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// What the prompt shows; the directory's name when absent.
    pub name: Option<String>,
    /// The versions of devshell the file needs.
    pub devshell: Option<Requirement>,
    /// The default environment.
    pub default: Layer,
    /// The base utilities, if an environment has none of the host.
    pub base: Option<Tool>,
    /// What the project gets if its commands run inside a wall.
    pub sandbox: Sandbox,
    pub hooks: Hooks,
    /// What `-e NAME` adds to the default environment.
    pub environments: BTreeMap<String, Layer>,
    /// Registry base URLs in place of the ecosystem's own settings.
    pub registries: Registries,
    /// The Python of all environments.
    pub python: Option<Python>,
    /// How long ago versions have to have been published.
    pub min_age: Option<Age>,
    /// The tools that are only locked if it is attested where their files were made.
    pub require_provenance: Vec<ToolName>,
    /// The platforms to lock for.
    pub platforms: Platforms,
    /// The line that names these, counted from 1.
    pub platforms_line: Option<usize>,
}

/// One environment's share of a manifest. A later layer adds to an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub tools: Vec<Tool>,
    pub variables: Vec<Variable>,
    /// The tools whose directories the variables refer to, each with its place in the manifest, in bytes.
    pub directories: Vec<(ToolName, Range<usize>)>,
    pub env_files: Vec<String>,
    pub scripts: BTreeMap<String, Script>,
    pub services: BTreeMap<String, Service>,
    pub keep: Vec<String>,
    /// How much of the host it hides, if it says so.
    pub isolation: Option<Isolation>,
    /// The dev shell of Nix that it begins with.
    pub nix: Option<Nix>,
}

/// A variable the manifest has a rule for.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: VarName,
    pub rule: Rule,
    /// Where it is in the manifest, counted from 1.
    pub line: usize,
}

/// What becomes of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// This value, whatever the caller has.
    Set(Expansion),
    /// This value, unless the caller or an env file has one.
    Default(Expansion),
    /// Before the caller's value, separated by `:`.
    Prepend(Expansion),
    /// After the caller's value, separated by `:`.
    Append(Expansion),
    Unset,
    /// The caller or an env file must have one; the text says how to get it.
    Required(String),
}

/// What runs beside the shell.
#[derive(Clone, Debug, Default)]
pub struct Hooks {
    /// A command line for `sh -c`, a child process before the first interactive prompt.
    pub enter: Option<String>,
}

/// What the environment without a name is called beside those that have one.
pub const DEFAULT: &str = "default";

impl Manifest {
    /// The manifest's Python; in one without, what runs the tools that are written in Python.
    pub fn interpreter(&self) -> Python {
        let private = || PRIVATE_PYTHON.parse().expect("the constant is a requirement");
        self.python.clone().unwrap_or_else(|| Python::bare(private(), PythonOrigin::Uv))
    }

    /// The default environment with the named ones added, in the order given. A tool, variable
    /// or script that is named again replaces the earlier one in its place. `default` adds nothing, unless the
    /// manifest calls one so.
    pub fn select(&self, names: &[String]) -> Result<Layer, UnknownEnvironment> {
        let mut whole = self.default.clone();
        let is_default = |name: &&String| name.as_str() == DEFAULT && !self.environments.contains_key(*name);
        for name in names.iter().filter(|name| !is_default(name)) {
            let layer = self.environments.get(name).ok_or_else(|| UnknownEnvironment {
                name: name.clone(),
                known: self.environments.keys().cloned().collect(),
            })?;
            whole.add(layer);
        }
        Ok(whole)
    }

    /// The default environment by itself, and with each of the others.
    pub fn selections(&self) -> impl Iterator<Item = Layer> {
        let others = self.environments.keys().filter_map(|name| self.select(std::slice::from_ref(name)).ok());
        std::iter::once(self.default.clone()).chain(others)
    }

    /// The environment that has the tool whose name is in this place; `None` for one of the default environment.
    pub fn environment_of(&self, range: &Range<usize>) -> Option<&str> {
        let has = |layer: &Layer| layer.tools.iter().any(|tool| tool.range == *range);
        self.environments.iter().find(|(_, layer)| has(layer)).map(|(name, _)| name.as_str())
    }

    /// What the default environment and each of the others says by itself, the default one first.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        std::iter::once(&self.default).chain(self.environments.values())
    }

    /// The same, to be filled in.
    pub fn layers_mut(&mut self) -> impl Iterator<Item = &mut Layer> {
        std::iter::once(&mut self.default).chain(self.environments.values_mut())
    }

    /// Every tool of every environment: what a lock must satisfy.
    pub fn all_tools(&self) -> impl Iterator<Item = &Tool> {
        self.layers().flat_map(|layer| &layer.tools).chain(&self.base)
    }

    /// Whether it has to be attested where the files of a tool were made.
    pub fn requires_provenance(&self, name: &ToolName) -> bool {
        self.require_provenance.contains(name)
    }

    /// The release that a Debian package is asked of.
    pub fn suite(&self, name: &ToolName, requirement: &Requirement) -> Option<&Suite> {
        let tools = self.all_tools().filter(|tool| tool.name == *name).map(|tool| (&tool.requirement, tool.suite()));
        let python =
            self.python.as_ref().filter(|python| python.origin == PythonOrigin::Deb && *name == debian_python());
        let wishes: Vec<_> = tools.chain(python.map(|python| (&python.version, python.suite.as_ref()))).collect();
        // A question about what else there is has another requirement than the manifest.
        let wish = wishes.iter().find(|(own, _)| *own == requirement).or_else(|| wishes.first());
        wish.and_then(|(_, suite)| *suite).or(self.registries.deb().suite.as_ref())
    }

    /// The files that say which Rust is wanted, whether they are there or not.
    pub fn toolchain_files(&self) -> impl Iterator<Item = String> {
        self.all_tools().filter_map(Tool::toolchain).flat_map(Toolchain::files)
    }

    /// Every tool of every environment, to be filled in.
    pub fn all_tools_mut(&mut self) -> impl Iterator<Item = &mut Tool> {
        self.layers_mut().flat_map(|layer| &mut layer.tools)
    }

    /// What the manifest says about a tool with this requirement.
    pub fn tool(&self, name: &ToolName, requirement: &Requirement) -> Option<&Tool> {
        self.all_tools().find(|tool| tool.name == *name && tool.requirement == *requirement)
    }

    /// The same, or else what the manifest says about the tool with another requirement: that is so where it is asked
    /// what other versions there are.
    pub fn tool_or_other(&self, name: &ToolName, requirement: &Requirement) -> Option<&Tool> {
        self.tool(name, requirement).or_else(|| self.all_tools().find(|tool| tool.name == *name))
    }

    /// What the manifest says about a tool of the source `url` in this version.
    pub fn download(&self, name: &ToolName, requirement: &Requirement) -> Option<&Download> {
        self.tool(name, requirement)?.download()
    }
}

impl Layer {
    /// The ports of all services.
    pub fn ports(&self) -> impl Iterator<Item = &Port> {
        self.services.values().flat_map(|service| &service.ports)
    }

    fn add(&mut self, other: &Self) {
        for tool in &other.tools {
            match self.tools.iter_mut().find(|mine| mine.name == tool.name) {
                Some(mine) => *mine = tool.clone(),
                None => self.tools.push(tool.clone()),
            }
        }
        for variable in &other.variables {
            // The earlier rule stays, since what is between may refer to its value; only a
            // demand that the later one meets is dropped.
            let is_met = |mine: &Variable| mine.name == variable.name && matches!(mine.rule, Rule::Required(_));
            self.variables.retain(|mine| !is_met(mine));
            self.variables.push(variable.clone());
        }
        self.env_files.extend(other.env_files.iter().cloned());
        self.scripts.extend(other.scripts.clone());
        self.services.extend(other.services.clone());
        self.keep.extend(other.keep.iter().cloned());
        self.isolation = other.isolation.or(self.isolation);
        if other.nix.is_some() {
            self.nix.clone_from(&other.nix);
        }
    }
}

//! What put something into the dev shell, and where the manifest asks for it.

use std::path::Path;

use serde::Serialize;

use super::Question;
use crate::catalog;
use crate::env::Origin;
use crate::lock::{Lock, LockedTool};
use crate::manifest::{Tool, base_utilities, line_of};
use crate::name::ToolName;
use crate::version::Requirement;

/// Where something is asked for.
#[derive(Serialize)]
pub struct Place {
    /// From the manifest's directory, or absolute.
    pub file: String,
    pub line: usize,
}

/// Who put something there.
#[derive(Serialize)]
pub struct Provider {
    pub kind: Kind,
    /// The same for people.
    pub text: String,
    /// Where the manifest or an env file asks for it.
    pub place: Option<Place>,
    pub tool: Option<LockedVersion>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Tool,
    Python,
    Nix,
    Manifest,
    EnvFile,
    Companions,
    Devshell,
    BaseUtilities,
    SessionCommands,
    /// The user's own settings.
    Personal,
    Isolation,
    Host,
}

/// A tool, and what it was locked to.
#[derive(Serialize)]
pub struct LockedVersion {
    pub name: String,
    pub requirement: Option<String>,
    /// Of a tool of the host, the one that was found.
    pub version: Option<String>,
    pub source: &'static str,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl LockedVersion {
    /// A tool of the manifest as its lock has it, or as its name means it where it is not locked.
    pub fn new(name: &ToolName, requirement: &Requirement, version: Option<&str>, lock: &Lock) -> Self {
        let locked = lock.find(name, requirement).and_then(LockedTool::source);
        let source = locked.or_else(|| Some(catalog::find(name).ok()?.source));
        Self {
            name: name.to_string(),
            requirement: Some(requirement.to_string()),
            version: version.map(str::to_owned),
            source: source.map_or("", |source| source.name()),
        }
    }
}

impl Question<'_> {
    /// The provider of an origin. `command` is the command that it is asked about, if it is one.
    pub fn provider(&self, origin: &Origin, command: Option<&str>) -> Provider {
        let plain = |kind, text: &str| Provider { kind, text: text.to_owned(), place: None, tool: None };
        match origin {
            Origin::Tool(label) => self.tool_of(label),
            Origin::Nix(_) | Origin::NixHook(_) => {
                let place = self.layer.nix.as_ref().filter(|_| self.project.implied.is_none());
                let place = place.map(|nix| self.in_manifest(nix.line));
                Provider { place, ..plain(Kind::Nix, &origin.to_string()) }
            }
            Origin::Manifest(line) => {
                Provider { place: Some(self.in_manifest(*line)), ..plain(Kind::Manifest, "the manifest") }
            }
            Origin::EnvFile(path, line) => {
                let place = Place { file: self.short(path), line: *line };
                Provider { place: Some(place), ..plain(Kind::EnvFile, "an env file") }
            }
            Origin::Companions => self.companion(command),
            Origin::Devshell => plain(Kind::Devshell, "devshell itself"),
            Origin::BaseUtilities => {
                plain(Kind::BaseUtilities, "base utilities: the host's, which any script may rely on")
            }
            Origin::SessionCommands => plain(Kind::SessionCommands, SESSION_COMMAND),
            Origin::Personal(_) => plain(Kind::Personal, &origin.to_string()),
            Origin::Host => plain(Kind::Host, "the host's PATH"),
            Origin::Isolation => plain(Kind::Isolation, "isolation"),
        }
    }

    /// A tool of the manifest, by its name and its version as origins have them, or the project's
    /// Python.
    fn tool_of(&self, label: &str) -> Provider {
        let (name, version) = label.split_once(' ').map_or((label, None), |(name, version)| (name, Some(version)));
        let tool = self.layer.tools.iter().find(|tool| tool.name.as_str() == name);
        let Some(tool) = tool else {
            let python = self.manifest.python.as_ref();
            let locked = LockedVersion {
                name: name.to_owned(),
                requirement: python.map(|python| python.version.to_string()),
                version: version.map(str::to_owned),
                source: python.map_or("", |python| python.origin.name()),
            };
            let text = format!("{label}, the project's, with its packages");
            return Provider { kind: Kind::Python, text, place: self.key(&["python"]), tool: Some(locked) };
        };
        let locked = LockedVersion::new(&tool.name, &tool.requirement, version, self.lock);
        let kind = if tool.name == base_utilities() { "base utilities: " } else { "" };
        let text = format!("{kind}{label}, {}", from(locked.source));
        Provider { kind: Kind::Tool, text, place: Some(self.in_manifest(tool.line)), tool: Some(locked) }
    }

    /// A command of the host that one of its tools cannot work without.
    fn companion(&self, command: Option<&str>) -> Provider {
        let needs_it = |tool: &&Tool| {
            let entry = catalog::find(&tool.name).ok().and_then(|meaning| meaning.entry);
            entry.is_some_and(|entry| entry.companions().iter().any(|own| Some(own.as_str()) == command))
        };
        let tool = self.layer.tools.iter().find(needs_it);
        let text = match tool {
            Some(tool) => format!("companions: the host's, without which {} cannot work", tool.name),
            None => "companions of the host's tools".to_owned(),
        };
        let place = tool.map(|tool| self.in_manifest(tool.line));
        Provider {
            kind: Kind::Companions,
            text,
            place,
            tool: tool.map(|tool| LockedVersion::new(&tool.name, &tool.requirement, None, self.lock)),
        }
    }

    pub fn in_manifest(&self, line: usize) -> Place {
        Place { file: self.project.manifest_name(), line }
    }

    /// The place of a key of the manifest.
    pub fn key(&self, way: &[&str]) -> Option<Place> {
        line_of(&self.project.manifest_text, way).map(|line| self.in_manifest(line))
    }

    fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.project.root).unwrap_or(path).display().to_string()
    }
}

/// What a session command is.
pub const SESSION_COMMAND: &str = "session commands: the host's, for interactive use, last on PATH";

/// Where a tool comes from.
pub fn from(source: &str) -> String {
    if source == "host" { "the host's".to_owned() } else { format!("from {source}") }
}

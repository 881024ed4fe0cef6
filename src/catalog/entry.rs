//! An entry of the catalog: what is known of a tool, by its source.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::vendor::{self, VendorEntry};
use crate::name::{CommandName, InsidePath, SourceLabel, TOOLCHAIN, ToolName, VarName, normalized};
use crate::platform::Platform;

/// One entry, by source.
#[derive(Debug, Deserialize)]
#[serde(tag = "source", rename_all = "lowercase")]
pub enum Entry {
    Codeberg(ReleaseEntry),
    Github(ReleaseEntry),
    Gitlab(ReleaseEntry),
    Host(HostEntry),
    Npm(NpmEntry),
    Pypi(PypiEntry),
    Rust(RustEntry),
    /// A row of the vendors; the catalog has its name, as `row`.
    #[serde(deserialize_with = "vendor::named")]
    Vendor(&'static VendorEntry),
}

/// The Rust toolchain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RustEntry {
    pub about: String,
    pub publisher: String,
    pub commands: Vec<CommandName>,
    /// Commands of the host it cannot work without; linked when they are there.
    pub companions: Vec<CommandName>,
    pub unset: Vec<String>,
}

/// A repository of a forge.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseEntry {
    pub about: String,
    pub publisher: String,
    /// `OWNER/NAME`.
    pub repository: String,
    pub commands: Vec<CommandName>,
    /// Whether the executables for Linux need no C library, and so run with any.
    #[serde(default, rename = "static")]
    pub is_static: bool,
    #[serde(default)]
    pub unset: Vec<String>,
    /// Variables that it gets unless the manifest says otherwise.
    #[serde(default)]
    pub defaults: BTreeMap<VarName, String>,
}

/// A command of the host.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostEntry {
    #[serde(default)]
    pub about: String,
    #[serde(default)]
    pub publisher: String,
    /// The arguments that make it print its version, on either stream.
    pub version: Vec<String>,
    /// The arguments that make it print the path of the real executable, for programs that
    /// version managers hide in a script.
    #[serde(default)]
    pub real: Vec<String>,
    /// The commands it is known by, the one to look for first.
    pub commands: Vec<CommandName>,
    /// Commands of the host it cannot work without; linked when they are there.
    #[serde(default)]
    pub companions: Vec<CommandName>,
    /// Variables of the host that would bend it (patterns).
    #[serde(default)]
    pub unset: Vec<String>,
}

/// A package of the npm registry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpmEntry {
    pub about: String,
    pub publisher: String,
    /// The package whose versions and dist-tags rule.
    pub package: String,
    /// The packages that hold the native executable; none for a tool in JavaScript.
    #[serde(default)]
    pub platforms: BTreeMap<Platform, String>,
    /// Command -> path inside the package.
    pub commands: BTreeMap<CommandName, InsidePath>,
    /// The tool that runs it; absent for a native one.
    #[serde(default)]
    pub runtime: Option<ToolName>,
    #[serde(default)]
    pub unset: Vec<String>,
    /// Variables that it gets unless the manifest says otherwise.
    #[serde(default)]
    pub defaults: BTreeMap<VarName, String>,
    /// Tools that `devshell add` adds along with it, each with the requirement for a major version of this one.
    #[serde(default)]
    pub along: BTreeMap<ToolName, BTreeMap<String, String>>,
}

/// A package of a Python package index.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PypiEntry {
    pub about: String,
    pub publisher: String,
    pub package: String,
    /// Command -> path inside the wheel, with `{version}`, for a native tool; none for a program
    /// in Python, whose commands its packages say.
    #[serde(default)]
    pub commands: BTreeMap<CommandName, String>,
    /// Whether the executables for Linux need no C library, and so run with any.
    #[serde(default, rename = "static")]
    pub is_static: bool,
    /// The other packages among its dependencies whose commands are also the tool's.
    #[serde(default)]
    pub also: Vec<String>,
    #[serde(default)]
    pub unset: Vec<String>,
    /// Variables that it gets unless the manifest says otherwise.
    #[serde(default)]
    pub defaults: BTreeMap<VarName, String>,
}

impl PypiEntry {
    /// Whether its wheels hold executables that need no Python.
    pub fn is_native(&self) -> bool {
        !self.commands.is_empty()
    }
}

impl Entry {
    pub const fn source(&self) -> SourceLabel {
        match self {
            Self::Codeberg(_) => SourceLabel::Codeberg,
            Self::Github(_) => SourceLabel::Github,
            Self::Gitlab(_) => SourceLabel::Gitlab,
            Self::Host(_) => SourceLabel::Host,
            Self::Npm(_) => SourceLabel::Npm,
            Self::Pypi(_) => SourceLabel::Pypi,
            Self::Rust(_) => SourceLabel::Rust,
            Self::Vendor(_) => SourceLabel::Vendor,
        }
    }

    /// The repository, of one from the releases of a forge.
    pub const fn release(&self) -> Option<&ReleaseEntry> {
        match self {
            Self::Codeberg(entry) | Self::Github(entry) | Self::Gitlab(entry) => Some(entry),
            Self::Host(_) | Self::Npm(_) | Self::Pypi(_) | Self::Rust(_) | Self::Vendor(_) => None,
        }
    }

    /// The row of a vendor.
    pub fn vendor(&self) -> Option<&VendorEntry> {
        match self {
            Self::Vendor(entry) => Some(entry),
            _ => None,
        }
    }

    /// What its source calls it: the package, the repository, or the host's tool, which has the catalog's name.
    pub fn package<'e>(&'e self, name: &'e str) -> &'e str {
        match self {
            Self::Codeberg(entry) | Self::Github(entry) | Self::Gitlab(entry) => &entry.repository,
            Self::Host(_) => name,
            Self::Npm(entry) => &entry.package,
            Self::Pypi(entry) => &entry.package,
            Self::Rust(_) => TOOLCHAIN,
            Self::Vendor(entry) => &entry.name,
        }
    }

    /// Whether its source calls it so, where `name` is the catalog's; each source compares in its own way.
    pub fn is_called(&self, name: &str, package: &str) -> bool {
        let own = self.package(name);
        match self.source() {
            SourceLabel::Pypi => own == normalized(package),
            source if source.is_forge() => own.eq_ignore_ascii_case(package),
            _ => own == package,
        }
    }

    pub fn unset(&self) -> &[String] {
        match self {
            Self::Codeberg(entry) | Self::Github(entry) | Self::Gitlab(entry) => &entry.unset,
            Self::Host(entry) => &entry.unset,
            Self::Npm(entry) => &entry.unset,
            Self::Pypi(entry) => &entry.unset,
            Self::Rust(entry) => &entry.unset,
            Self::Vendor(entry) => &entry.unset,
        }
    }

    /// The commands of the host that it cannot work without.
    pub fn companions(&self) -> &[CommandName] {
        match self {
            Self::Host(entry) => &entry.companions,
            Self::Rust(entry) => &entry.companions,
            Self::Codeberg(_) | Self::Github(_) | Self::Gitlab(_) | Self::Npm(_) | Self::Pypi(_) | Self::Vendor(_) => {
                &[]
            }
        }
    }

    /// Variables that it gets unless the manifest says otherwise. A tool of the host is left as it is.
    pub fn defaults(&self) -> impl Iterator<Item = (&VarName, &String)> {
        let defaults = match self {
            Self::Codeberg(entry) | Self::Github(entry) | Self::Gitlab(entry) => Some(&entry.defaults),
            Self::Host(_) | Self::Rust(_) => None,
            Self::Npm(entry) => Some(&entry.defaults),
            Self::Pypi(entry) => Some(&entry.defaults),
            Self::Vendor(entry) => Some(&entry.defaults),
        };
        defaults.into_iter().flatten()
    }

    pub fn publisher(&self) -> &str {
        match self {
            Self::Codeberg(entry) | Self::Github(entry) | Self::Gitlab(entry) => &entry.publisher,
            Self::Host(entry) => &entry.publisher,
            Self::Npm(entry) => &entry.publisher,
            Self::Pypi(entry) => &entry.publisher,
            Self::Rust(entry) => &entry.publisher,
            Self::Vendor(entry) => &entry.publisher,
        }
    }

    /// The commands it is known by.
    pub fn commands(&self) -> Vec<&CommandName> {
        match self {
            Self::Codeberg(entry) | Self::Github(entry) | Self::Gitlab(entry) => entry.commands.iter().collect(),
            Self::Host(entry) => entry.commands.iter().collect(),
            Self::Npm(entry) => entry.commands.keys().collect(),
            Self::Pypi(entry) => entry.commands.keys().collect(),
            Self::Rust(entry) => entry.commands.iter().collect(),
            Self::Vendor(entry) => entry.commands.iter().collect(),
        }
    }

    /// Whether it has a command of that name.
    pub fn provides(&self, command: &str) -> bool {
        self.commands().iter().any(|name| name.as_str() == command)
    }

    pub fn about(&self) -> &str {
        match self {
            Self::Codeberg(entry) | Self::Github(entry) | Self::Gitlab(entry) => &entry.about,
            Self::Host(entry) => &entry.about,
            Self::Npm(entry) => &entry.about,
            Self::Pypi(entry) => &entry.about,
            Self::Rust(entry) => &entry.about,
            Self::Vendor(entry) => &entry.about,
        }
    }
}

//! Presets of services (`services.json`): which tools a service such as `postgres` needs in which version, and how it is
//! prepared, started, asked and stopped. They are data in the notation of the manifest; this module only reads them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::name::{Suite, ToolName, VarName};

/// In texts of a preset: the name of the service, so that two services of one preset have two directories.
pub const SERVICE_NAME: &str = "{name}";

static PRESETS: LazyLock<BTreeMap<String, Preset>> =
    LazyLock::new(|| serde_json::from_str(include_str!("services.json")).expect("a unit test parses services.json"));

/// How a well-known service is run. The keys are those of a service in the manifest, and `versions` and `provides`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub about: String,
    /// The newest first.
    pub versions: Vec<PresetVersion>,
    /// A command line before each start, which changes nothing if all is prepared.
    pub prepare: Option<String>,
    /// A command line that becomes the service.
    pub run: String,
    pub ready: Ready,
    /// The signal that ends it in order, without `SIG`.
    pub stop: String,
    /// Variables with the numbers of its ports, and the numbers it would like to have. Services that can do without TCP
    /// have none, and listen on TCP as well if the manifest gives them one.
    #[serde(default)]
    pub ports: BTreeMap<VarName, u16>,
    /// Variables of the service alone.
    #[serde(default)]
    pub env: BTreeMap<VarName, String>,
    /// Variables of the whole dev shell, by which clients find the service. One that is also a port is the port's.
    #[serde(default)]
    pub provides: BTreeMap<VarName, Provided>,
}

/// What one version of a service needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetVersion {
    /// As the manifest asks for it, such as `17`.
    pub version: String,
    /// The tools that it adds to the manifest's.
    pub tools: BTreeMap<ToolName, PresetTool>,
    /// Variables of the service alone, in this version.
    #[serde(default)]
    pub env: BTreeMap<VarName, String>,
}

/// A tool as the manifest's `tools` has it: its requirement, and the Debian release that it comes from.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "ToolText")]
pub struct PresetTool {
    pub version: String,
    pub suite: Option<Suite>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum ToolText {
    Version(String),
    Detailed { version: String, suite: Suite },
}

impl From<ToolText> for PresetTool {
    fn from(text: ToolText) -> Self {
        match text {
            ToolText::Version(version) => Self { version, suite: None },
            ToolText::Detailed { version, suite } => Self { version, suite: Some(suite) },
        }
    }
}

/// How it shows that a service answers.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Ready {
    /// A command line that succeeds.
    Command(String),
    /// A variable of `ports`, whose port takes connections.
    Port { port: VarName },
}

/// The value of a variable, as the manifest's `env` has it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Provided {
    Value(String),
    /// Where neither the caller nor an env file has a value.
    Default {
        default: String,
    },
    /// The caller's value would lead clients to another server.
    Unset {
        unset: bool,
    },
}

impl Preset {
    /// What a version needs, as the manifest asks for it.
    pub fn version(&self, wanted: &str) -> Option<&PresetVersion> {
        self.versions.iter().find(|version| version.version == wanted)
    }
}

/// The preset of that name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.get(name)
}

/// The names of all presets, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.keys().map(String::as_str)
}

/// A text of a preset, for the service of that name.
pub fn filled(text: &str, service: &str) -> String {
    text.replace(SERVICE_NAME, service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::name::SourceLabel;

    const SIGNALS: [&str; 4] = ["HUP", "INT", "QUIT", "TERM"];

    /// The variables that a text of the manifest's notation refers to.
    fn references(text: &str) -> Vec<&str> {
        text.split("${").skip(1).map(|rest| rest.split_once('}').expect("a reference ends").0).collect()
    }

    fn text(provided: &Provided) -> Option<&str> {
        match provided {
            Provided::Value(text) | Provided::Default { default: text } => Some(text),
            Provided::Unset { unset } => {
                assert!(unset);
                None
            }
        }
    }

    fn number(version: &str) -> Vec<u32> {
        version.split('.').map(|part| part.parse().expect("a version is made of numbers")).collect()
    }

    #[test]
    fn every_preset_is_usable() {
        assert!(names().eq(["maildev", "mariadb", "memcached", "mosquitto", "nats", "postgres", "redis", "valkey"]
            .into_iter()));
        for (name, preset) in PRESETS.iter() {
            assert!(!preset.about.is_empty() && !preset.about.ends_with('.'), "{name}");
            assert!(preset.run.contains("exec "), "{name}: signals are for the service, not for a shell around it");
            assert!(preset.prepare.as_ref().is_none_or(|line| !line.trim().is_empty()), "{name}");
            assert!(SIGNALS.contains(&preset.stop.as_str()), "{name}");
            match &preset.ready {
                Ready::Command(line) => assert!(!line.trim().is_empty(), "{name}"),
                Ready::Port { port } => assert!(preset.ports.contains_key(port), "{name}"),
            }
            let known = |variable: &str| {
                ["DEVSHELL_STATE"].contains(&variable)
                    || preset.ports.keys().any(|port| port.as_str() == variable)
                    || preset.provides.keys().any(|provided| provided.as_str() == variable)
            };
            let own = preset.env.values().chain(preset.versions.iter().flat_map(|version| version.env.values()));
            for value in own.map(String::as_str).chain(preset.provides.values().filter_map(text)) {
                assert!(references(value).into_iter().all(known), "{name}: {value}");
            }
            for port in preset.ports.keys() {
                assert!(preset.run.contains(port.as_str()) || preset.prepare.as_ref().unwrap().contains(port.as_str()));
            }
            // Two services of one preset must not share what they keep.
            let whole = format!("{preset:?}");
            assert!(preset.ports.len() + whole.matches(SERVICE_NAME).count() > 0, "{name}");
        }
    }

    #[test]
    fn every_version_has_its_tools_and_the_newest_is_first() {
        for (name, preset) in PRESETS.iter() {
            let versions: Vec<Vec<u32>> = preset.versions.iter().map(|version| number(&version.version)).collect();
            assert!(!versions.is_empty() && versions.windows(2).all(|pair| pair[0] > pair[1]), "{name}: {versions:?}");
            for version in &preset.versions {
                assert!(!version.tools.is_empty(), "{name}");
                assert_eq!(preset.version(&version.version).unwrap().tools, version.tools, "{name}");
                for (tool, wanted) in &version.tools {
                    let is_of_debian = tool.source() == Some(SourceLabel::Deb);
                    assert_eq!(wanted.suite.is_some(), is_of_debian, "{name}: {tool}");
                    assert!(wanted.version.starts_with(&version.version), "{name}: {tool} {}", wanted.version);
                    assert!(catalog::find(tool).is_ok(), "{name}: {tool}");
                }
            }
            assert!(preset.version("0").is_none());
        }
    }

    #[test]
    fn presets_and_the_keys_of_one_are_sorted() {
        let text = include_str!("services.json");
        let keys = |indent: &str| -> Vec<&str> {
            let start = format!("{indent}\"");
            text.lines().filter_map(|line| line.strip_prefix(&start)?.split('"').next()).collect()
        };
        let names: Vec<&str> = super::names().collect();
        assert_eq!(keys("  "), names);
        let order = ["about", "versions", "prepare", "run", "ready", "stop", "ports", "env", "provides"];
        let mut last = order.len();
        for key in keys("    ") {
            let place = order.iter().position(|known| *known == key).expect(key);
            assert!(place > last || place == 0, "{key} is out of order");
            last = place;
        }
    }

    #[test]
    fn a_service_is_found_by_its_own_name() {
        let postgres = preset("postgres").unwrap();
        assert_eq!(postgres.version("17").unwrap().tools.keys().next().unwrap().as_str(), "deb:postgresql-17");
        let host = text(&postgres.provides[&"PGHOST".parse::<VarName>().unwrap()]).unwrap();
        assert_eq!(filled(host, "db"), "${DEVSHELL_STATE}/db");
        assert!(preset("postgresql").is_none());
    }
}

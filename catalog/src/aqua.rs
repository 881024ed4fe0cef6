//! aqua's registry: packages, each with settings that differ by version, system and processor. Only the newest version
//! counts here.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::template::{self, Variables};

/// The systems and processors that aqua has names for, with the C library where that matters.
pub const MACHINES: [Machine; 8] = [
    Machine { os: "linux", arch: "amd64", libc: "glibc" },
    Machine { os: "linux", arch: "amd64", libc: "musl" },
    Machine { os: "linux", arch: "arm64", libc: "glibc" },
    Machine { os: "linux", arch: "arm64", libc: "musl" },
    Machine { os: "darwin", arch: "amd64", libc: "" },
    Machine { os: "darwin", arch: "arm64", libc: "" },
    Machine { os: "windows", arch: "amd64", libc: "" },
    Machine { os: "windows", arch: "arm64", libc: "" },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    pub os: &'static str,
    pub arch: &'static str,
    pub libc: &'static str,
}

/// A package of the type `github_release`, with the settings for its newest version.
#[derive(Debug)]
pub struct Package {
    pub repository: String,
    /// The name of this tool, if the repository has several.
    pub name: String,
    pub about: String,
    settings: Map<String, Value>,
}

/// What is known for one machine.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Settings {
    #[serde(default, rename = "type")]
    pub kind: String,
    pub asset: Option<String>,
    #[serde(default = "raw")]
    pub format: String,
    #[serde(default)]
    pub replacements: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub files: Vec<File>,
    #[serde(default)]
    pub rosetta2: bool,
    #[serde(default)]
    pub windows_arm_emulation: bool,
    #[serde(default)]
    pub supported_envs: Vec<String>,
    #[serde(default)]
    pub no_asset: bool,
    #[serde(default)]
    pub error_message: Option<String>,
    #[serde(default)]
    version_prefix: String,
    #[serde(default)]
    version_filter: String,
    #[serde(default)]
    pub checksum: Option<Checksum>,
    #[serde(default)]
    pub github_artifact_attestations: Option<Attestations>,
}

fn raw() -> String {
    "raw".to_owned()
}

#[derive(Clone, Debug, Deserialize)]
pub struct File {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Checksum {
    #[serde(default, rename = "type")]
    pub kind: String,
    pub asset: Option<String>,
    #[serde(default)]
    pub algorithm: String,
    pub enabled: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Attestations {
    #[serde(default)]
    pub signer_workflow: String,
    pub enabled: Option<bool>,
}

/// A file for one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub name: String,
    /// Whether it is for another processor, which the machine imitates.
    pub is_emulated: bool,
}

impl Settings {
    /// What the tags of its versions begin with, apart from a `v`.
    pub fn tag_prefix(&self) -> &str {
        let filtered = || self.version_filter.strip_prefix("Version startsWith \"")?.strip_suffix('"');
        match self.version_prefix.as_str() {
            "" => filtered().filter(|prefix| *prefix != "v" && !prefix.contains('"')).unwrap_or_default(),
            prefix => prefix,
        }
    }
}

/// The packages of a registry that are releases of a forge.
#[derive(Debug, Default)]
pub struct Registry {
    pub newest: Vec<Package>,
    /// The same packages as they were before, once for each time that their settings changed.
    pub older: Vec<Package>,
}

impl Registry {
    pub fn parse(text: &str) -> Result<Self, String> {
        let options = serde_saphyr::options! { budget: None };
        let root: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
        let mut registry = Self::default();
        for all in root["packages"].as_array().ok_or("no list of packages")?.iter().filter_map(Value::as_object) {
            let newest = newest(all);
            registry.newest.extend(newest.clone().and_then(Package::new));
            let older = versions(all).filter(|settings| newest.as_ref() != Some(settings));
            registry.older.extend(older.filter_map(Package::new));
        }
        Ok(registry)
    }
}

/// The settings of each range of versions, those at the top first.
fn versions(all: &Map<String, Value>) -> impl Iterator<Item = Map<String, Value>> {
    let overrides = all.get("version_overrides").and_then(Value::as_array);
    let overrides = overrides.into_iter().flatten().filter_map(Value::as_object).map(|one| {
        let mut settings = all.clone();
        settings.extend(one.clone());
        settings
    });
    [all.clone()].into_iter().chain(overrides)
}

/// The settings of the newest version.
fn newest(all: &Map<String, Value>) -> Option<Map<String, Value>> {
    versions(all).find(|settings| match settings.get("version_constraint") {
        None => true,
        Some(Value::String(condition)) => holds_for_newest(condition),
        Some(other) => other.as_bool().unwrap_or_default(),
    })
}

/// Whether a condition holds for a version that is higher than all that it names.
fn holds_for_newest(condition: &str) -> bool {
    let atom = |atom: &str| {
        let atom = atom.trim();
        atom == "true"
            || atom.starts_with("semver(\">")
            || atom.starts_with("semverWithVersion(\">")
            || atom.contains("!=")
    };
    let all = |part: &str| part.replace("&&", " and ").split(" and ").all(atom);
    condition.replace("||", " or ").split(" or ").any(all)
}

impl Package {
    fn new(settings: Map<String, Value>) -> Option<Self> {
        let text = |key: &str| settings.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let repository = format!("{}/{}", text("repo_owner"), text("repo_name"));
        let name = if text("name").is_empty() { repository.clone() } else { text("name") };
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        let (about, kind) = (text("description"), text("type"));
        (kind == "github_release").then_some(Self { repository, name, about, settings })
    }

    /// The settings without those of single machines.
    pub fn settings(&self) -> Option<Settings> {
        serde_json::from_value(Value::Object(self.settings.clone())).ok()
    }

    /// The settings for a machine, if it is supported.
    pub fn settings_for(&self, machine: Machine) -> Option<Settings> {
        let general = self.settings()?;
        let envs = &general.supported_envs;
        if general.no_asset || general.error_message.is_some() || !(envs.is_empty() || supports(envs, machine)) {
            return None;
        }
        let mut all = self.settings.clone();
        let overrides = all.get("overrides").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(chosen) = overrides.iter().filter_map(Value::as_object).find(|one| fits(one, machine)) {
            let mut replacements = all.get("replacements").and_then(Value::as_object).cloned().unwrap_or_default();
            replacements.extend(chosen.get("replacements").and_then(Value::as_object).cloned().unwrap_or_default());
            all.extend(chosen.clone());
            all.insert("replacements".to_owned(), Value::Object(replacements));
        }
        let settings: Settings = serde_json::from_value(Value::Object(all)).ok()?;
        (settings.kind == "github_release").then_some(settings)
    }

    /// The file for a machine; `version` is a tag without its prefix.
    pub fn asset(&self, machine: Machine, version: &str) -> Option<Asset> {
        let settings = self.settings_for(machine)?;
        let (variables, is_emulated) = variables(&settings, machine, version);
        let name = template::expand(settings.asset.as_deref()?, &variables)?;
        Some(Asset { name: with_ending(name, &settings.format, machine), is_emulated })
    }
}

/// What the templates for a machine can name.
pub fn variables(settings: &Settings, machine: Machine, version: &str) -> (Variables, bool) {
    let is_emulated = machine.arch == "arm64"
        && (machine.os == "darwin" && settings.rosetta2 || machine.os == "windows" && settings.windows_arm_emulation);
    let arch = if is_emulated { "amd64" } else { machine.arch };
    let replaced = |word: &str| settings.replacements.get(word).cloned().unwrap_or_else(|| word.to_owned());
    let variables = Variables {
        os: replaced(machine.os),
        arch: replaced(arch),
        format: replaced(&settings.format),
        goos: machine.os.to_owned(),
        goarch: arch.to_owned(),
        version: format!("{}{version}", settings.tag_prefix()),
        semver: version.to_owned(),
        asset: String::new(),
    };
    (variables, is_emulated)
}

/// aqua adds an ending that a template leaves out.
fn with_ending(name: String, format: &str, machine: Machine) -> String {
    let has_ending =
        [format, "tgz", "txz", "tbz2", "tbz", "gz", "zip"].iter().any(|end| name.ends_with(&format!(".{end}")));
    match format {
        "raw" if machine.os == "windows" && !name.ends_with(".exe") => format!("{name}.exe"),
        "raw" => name,
        _ if has_ending => name,
        _ => format!("{name}.{format}"),
    }
}

fn supports(envs: &[String], machine: Machine) -> bool {
    let Machine { os, arch, .. } = machine;
    envs.iter().any(|env| [os, arch, "all"].contains(&env.as_str()) || *env == format!("{os}/{arch}"))
}

/// Whether a setting for single machines is for this one.
fn fits(one: &Map<String, Value>, machine: Machine) -> bool {
    let is = |key: &str, word: &str| one.get(key).and_then(Value::as_str).is_none_or(|wanted| wanted == word);
    let envs: Vec<String> =
        one.get("envs").and_then(|envs| serde_json::from_value(envs.clone()).ok()).unwrap_or_default();
    let variants = one.get("variants").and_then(Value::as_array).cloned().unwrap_or_default();
    is("goos", machine.os)
        && is("goarch", machine.arch)
        && (envs.is_empty() || supports(&envs, machine))
        && variants.iter().all(|variant| variant["key"] != "libc" || variant["value"] == machine.libc)
}

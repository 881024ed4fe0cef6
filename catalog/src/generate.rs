//! Makes the catalog of releases: for each tool, what its commands are, which tags are its versions, the names of its
//! files with placeholders, and who vouches for them. One tool a line, in the order of names.

use std::collections::{BTreeMap, BTreeSet};

use devshell::archive::Format;
use devshell::assets::{Preference, Subject, choose};
use devshell::name::CommandName;
use devshell::platform::Platform;
use serde::Serialize;

use crate::aqua::{MACHINES, Machine, Package, Settings, variables};
use crate::measure::{Expected, expected, runs_anywhere};
use crate::template;

/// Tags and versions with which the names of files are tried.
const EXAMPLES: [(&str, &str); 4] =
    [("v1.9.4", "1.9.4"), ("1.9.4", "1.9.4"), ("v12.0", "12.0"), ("2024-01-05", "2024-01-05")];

/// Stands for the version while a template is expanded: what becomes of it shows which placeholder is meant.
const VERSION: &str = "v\u{1}";

/// Stands for the name of a file.
const FILE: &str = "\u{2}";

/// What the catalog has for a tool.
#[derive(Debug, Serialize)]
struct Entry {
    #[serde(skip_serializing_if = "String::is_empty")]
    about: String,
    /// None if its only command is called like the tool, which is the last word of its key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<String>,
    /// What the tags of its versions begin with, apart from a `v`.
    #[serde(skip_serializing_if = "String::is_empty")]
    tag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Files>,
    /// `gnu` if the files for musl are for Linuxes with musl only.
    #[serde(skip_serializing_if = "Option::is_none")]
    libc: Option<&'static str>,
    /// The file with the hashes of the others; with `{file}`, the one for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    sums: Option<String>,
    /// The workflow that signs the attestations of its files.
    #[serde(skip_serializing_if = "String::is_empty")]
    signer: String,
}

/// The names of files, with `{version}`, with `{tag}`, or with `{semver}`: the tag without what `tag` says.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Files {
    /// They say themselves which is for which platform.
    Named(BTreeSet<String>),
    Listed(BTreeMap<Platform, String>),
}

/// The catalog, and what is in it.
pub fn generate(packages: &[Package]) -> (String, String) {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for package in packages {
        let is_only = packages.iter().filter(|other| other.repository == package.repository).count() == 1;
        let key = if is_only { package.repository.clone() } else { format!("{}/{}", package.repository, package.name) };
        let name = key.rsplit('/').next().unwrap_or_default();
        if let Some(entry) = entry(package, name) {
            entries.insert(key, entry);
        }
    }
    let many = |is: fn(&Entry) -> bool| entries.values().filter(|entry| is(entry)).count();
    let about = format!(
        "{} tools: {} with names that say their platforms, {} with a list of platforms, {} without names; {} with sums, \
         {} with a signer",
        entries.len(),
        many(|entry| matches!(entry.files, Some(Files::Named(_)))),
        many(|entry| matches!(entry.files, Some(Files::Listed(_)))),
        many(|entry| entry.files.is_none()),
        many(|entry| entry.sums.is_some()),
        many(|entry| !entry.signer.is_empty()),
    );
    let line = |(key, entry)| format!("{}:{}", serde_json::json!(key), serde_json::to_string(entry).unwrap());
    let lines: Vec<String> = entries.iter().map(line).collect();
    (format!("{{\n{}\n}}\n", lines.join(",\n")), about)
}

/// The entry of a tool; nothing if it has no file for devshell's platforms.
fn entry(tool: &Package, name: &str) -> Option<Entry> {
    let settings = tool.settings()?;
    let prefix = settings.tag_prefix();
    let mut wanted = expected(tool, VERSION);
    for names in wanted.values_mut() {
        *names = names.iter().filter(|name| can_unpack(name)).map(|name| placeholders(name, prefix)).collect();
    }
    wanted.retain(|_, names| !names.is_empty());
    if wanted.is_empty() {
        return None;
    }
    let commands = commands(tool, name);
    let libc = tells_libcs_apart(tool).then_some("gnu");
    let preference = if libc.is_some() { Preference::Gnu } else { Preference::Any };
    Some(Entry {
        about: tool.about.lines().next().unwrap_or_default().trim().to_owned(),
        files: if is_expressible(tool) { Some(files(tool, name, wanted, &commands, preference)) } else { None },
        libc,
        sums: sums(tool, prefix),
        signer: signer(settings.clone()),
        tag: prefix.to_owned(),
        commands: if commands == [name] { Vec::new() } else { commands },
    })
}

/// The names alone if devshell chooses from them what aqua has; else each with its platform.
fn files(tool: &Package, name: &str, wanted: Expected, commands: &[String], preference: Preference) -> Files {
    let all: BTreeSet<String> = wanted.values().flatten().cloned().collect();
    let commands: Vec<&str> = [name].into_iter().chain(commands.iter().map(String::as_str)).collect();
    let repository = tool.repository.rsplit('/').next().unwrap_or_default();
    let is_right = |(tag, version): (&str, &str)| {
        let filled = |name: &str| name.replace("{version}", version).replace("{tag}", tag).replace("{semver}", tag);
        let names: Vec<String> = all.iter().map(|name| filled(name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let subject = Subject { repository, commands: &commands, version, tag, is_static: false };
        choose(&names, &subject, preference).is_ok_and(|picks| {
            picks.keys().eq(wanted.keys())
                && picks.iter().all(|(platform, pick)| wanted[platform].iter().any(|name| filled(name) == pick.file))
        })
    };
    if EXAMPLES.into_iter().all(is_right) {
        return Files::Named(all);
    }
    let first = |platform: Platform, names: BTreeSet<String>| {
        let names: BTreeSet<String> = names.into_iter().filter(|name| !is_for_another(name, platform)).collect();
        let takes_musl = platform.libc() == Some("musl") || preference == Preference::Any;
        names.iter().find(|name| runs_anywhere(name) == takes_musl).or(names.first()).cloned()
    };
    let listed = wanted.into_iter().filter_map(|(platform, names)| Some((platform, first(platform, names)?)));
    Files::Listed(listed.collect())
}

/// Whether a name says another processor than the platform's, which its machines may imitate, or an older one.
fn is_for_another(name: &str, platform: Platform) -> bool {
    const OTHERS: [&str; 8] = ["amd64", "x86_64", "x86-64", "386", "armv6", "armv7", "armhf", "eabihf"];
    let name = name.to_lowercase();
    platform.arch() == "aarch64" && OTHERS.iter().any(|word| name.contains(word)) && !name.contains("arm64")
}

/// Whether aqua has one file for glibc and another one for musl.
fn tells_libcs_apart(tool: &Package) -> bool {
    ["amd64", "arm64"].iter().any(|arch| {
        let [gnu, musl] = ["glibc", "musl"].map(|libc| tool.asset(Machine { os: "linux", arch, libc }, VERSION));
        gnu.is_some() && musl.is_some() && gnu != musl
    })
}

/// Whether the templates of its files can be written with devshell's placeholders.
fn is_expressible(tool: &Package) -> bool {
    let templates = MACHINES.iter().filter_map(|machine| tool.settings_for(*machine)?.asset);
    templates.into_iter().all(|template| {
        !["replace ", "regexFind", "splitList", "semver "].iter().any(|function| template.contains(function))
    })
}

/// Whether devshell can unpack it, or start it as it is. A `.jar` needs Java, and an AppImage another kernel module.
fn can_unpack(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    Format::of(name).is_ok_and(|format| format != Format::Deb)
        && !["jar", "war", "phar", "appimage"].contains(&ending.as_str())
}

/// The names of its commands.
fn commands(tool: &Package, name: &str) -> Vec<String> {
    let settings = MACHINES.iter().find_map(|machine| tool.settings_for(*machine)).unwrap_or_default();
    let names = settings.files.into_iter().map(|file| file.name).filter(|name| name.parse::<CommandName>().is_ok());
    let names: BTreeSet<String> = names.collect();
    if names.is_empty() { vec![name.to_owned()] } else { names.into_iter().collect() }
}

/// The file with the hashes, if its hashes are strong and its name is the same for all machines.
fn sums(tool: &Package, prefix: &str) -> Option<String> {
    let mut names = BTreeSet::new();
    for machine in MACHINES.iter().filter(|machine| machine.os != "windows") {
        let Some(settings) = tool.settings_for(*machine) else { continue };
        let checksum = settings.checksum.clone()?;
        let is_strong = ["sha256", "sha512"].contains(&checksum.algorithm.as_str());
        if checksum.kind != "github_release" || checksum.enabled == Some(false) || !is_strong {
            return None;
        }
        let (mut variables, _) = variables(&settings, *machine, VERSION);
        FILE.clone_into(&mut variables.asset);
        let template =
            checksum.asset.filter(|template| !template.contains("WithoutExt") && !template.contains("replace "))?;
        names.insert(placeholders(&template::expand(&template, &variables)?, prefix));
    }
    if names.len() == 1 { names.pop_first() } else { None }
}

fn signer(settings: Settings) -> String {
    let attestations = settings.github_artifact_attestations.filter(|attestations| attestations.enabled != Some(false));
    attestations.map(|attestations| attestations.signer_workflow).unwrap_or_default()
}

/// An expanded text with devshell's placeholders in it.
fn placeholders(text: &str, prefix: &str) -> String {
    let semver = if prefix.is_empty() { "{tag}" } else { "{semver}" };
    let tagged = if prefix.is_empty() { text.to_owned() } else { text.replace(&format!("{prefix}{VERSION}"), "{tag}") };
    tagged.replace(VERSION, semver).replace(&VERSION[1..], "{version}").replace(FILE, "{file}")
}

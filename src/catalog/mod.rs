//! The catalog: what a friendly tool name means. It is data (`catalog.json`), so that a tool is
//! added without touching code; this module only reads and looks up. A name has one provider or several, in order: in a
//! manifest it means the first, so that no lock depends on what was reachable. The rows of vendors (`vendors.json`)
//! belong to it, by their whole names.

mod entry;
pub mod pinned;
mod providers;
pub mod recipe;
pub mod releases;
pub mod services;
mod vendor;
pub mod ways;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use self::entry::{Entry, HostEntry, NpmEntry, PypiEntry, ReleaseEntry, RustEntry};
use self::providers::Providers;
pub use self::vendor::{FileRule, JsonList, Libc, LineList, Listed, VendorEntry, VersionList};
use crate::hint::{Hint, nearest};
use crate::name::{SourceLabel, ToolName};

/// The node that runs a JS tool in a project that declares no `node` of its own.
pub const PRIVATE_NODE: &str = "22";

/// The source of tools that are asserted and not fetched.
pub const OF_HOST: SourceLabel = SourceLabel::Host;

/// In `defaults`: the directory of the store that the tool is in, without the directories of its archive that its
/// commands are not below.
pub const OWN_DIRECTORY: &str = "{directory}";

static ENTRIES: LazyLock<BTreeMap<String, Providers>> =
    LazyLock::new(|| serde_json::from_str(include_str!("catalog.json")).expect("a unit test parses catalog.json"));

/// The rows of vendors, by their whole names, such as `vendor:go`.
static VENDORS: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    vendor::rows().map(|row| (format!("{}:{}", SourceLabel::Vendor, row.name), Entry::Vendor(row))).collect()
});

/// What a tool name means: its source, and what the catalog knows of it.
#[derive(Debug)]
pub struct Meaning {
    pub source: SourceLabel,
    pub entry: Option<&'static Entry>,
}

/// A bare name that is not in the catalog, or a vendor that is not.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is not in the catalog")]
pub struct UnknownTool {
    pub name: ToolName,
}

impl Hint for UnknownTool {
    fn hint(&self) -> Option<String> {
        let word = self.name.as_str();
        if self.name.source() == Some(SourceLabel::Vendor) {
            let names: Vec<&str> = vendors().map(|(name, _)| name).collect();
            let near = nearest(word, names.iter().copied()).map(|near| format!("did you mean `{near}`? "));
            let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            return Some(format!("{}there are {}", near.unwrap_or_default(), known.join(", ")));
        }
        if let Some(lead) = ways::lead(word) {
            return Some(lead.sentence(word, None));
        }
        if let Some(near) = ways::meant(word) {
            return Some(format!("did you mean `{near}`? otherwise `devshell search {word}` looks for it"));
        }
        Some(format!(
            "`devshell search {word}` looks for it; what is not in the catalog is named with its source, one of {}",
            SourceLabel::listed()
        ))
    }
}

/// Looks a name up. A package named with its source finds its entry too (`npm:@biomejs/biome`
/// is `biome`), so that both spellings mean the same.
pub fn find(name: &ToolName) -> Result<Meaning, UnknownTool> {
    let Some(source) = name.source() else {
        return match ENTRIES.get(name.as_str()) {
            Some(providers) => Ok(Meaning { source: providers.first().source(), entry: Some(providers.first()) }),
            None => Err(UnknownTool { name: name.clone() }),
        };
    };
    if source == SourceLabel::Vendor {
        let entry = Some(VENDORS.get(name.as_str()).ok_or_else(|| UnknownTool { name: name.clone() })?);
        return Ok(Meaning { source, entry });
    }
    let entry = ENTRIES
        .iter()
        .find_map(|(key, providers)| providers.of(source).filter(|entry| entry.is_called(key, name.package())));
    Ok(Meaning { source, entry })
}

/// What the catalog knows of a tool as one source has it: one of the name's providers, of a friendly name.
pub fn of_source(name: &ToolName, source: SourceLabel) -> Option<&'static Entry> {
    match name.source() {
        None => ENTRIES.get(name.as_str())?.of(source),
        Some(own) => find(name).ok()?.entry.filter(|_| own == source),
    }
}

/// What the catalog knows of a tool as the host has it.
pub fn host_entry(name: &ToolName) -> Option<&'static HostEntry> {
    match of_source(name, SourceLabel::Host) {
        Some(Entry::Host(entry)) => Some(entry),
        _ => None,
    }
}

/// What the catalog knows of a tool as a package of npm.
pub fn npm_entry(name: &ToolName) -> Option<&'static NpmEntry> {
    match of_source(name, SourceLabel::Npm) {
        Some(Entry::Npm(entry)) => Some(entry),
        _ => None,
    }
}

/// What the catalog knows of a tool as a package of a Python package index.
pub fn pypi_entry(name: &ToolName) -> Option<&'static PypiEntry> {
    match of_source(name, SourceLabel::Pypi) {
        Some(Entry::Pypi(entry)) => Some(entry),
        _ => None,
    }
}

/// The providers of a name, in order; none for one with its source.
pub fn providers(name: &ToolName) -> &'static [Entry] {
    ENTRIES.get(name.as_str()).map_or(&[], Providers::all)
}

/// The full name of a tool as one of its providers has it: what a manifest says that does not mean the first one.
pub fn full_name(name: &ToolName, provider: &Entry) -> Option<ToolName> {
    format!("{}:{}", provider.source(), provider.package(name.as_str())).parse().ok()
}

/// Whether a name means a tool of the host.
pub fn is_of_host(name: &ToolName) -> bool {
    find(name).is_ok_and(|meaning| meaning.source == SourceLabel::Host)
}

/// Whether a name may mean a tool of the host: in a lock from before it had another provider, it does.
pub fn may_be_of_host(name: &ToolName) -> bool {
    is_of_host(name) || host_entry(name).is_some()
}

/// The entry with a command of that name; that of the same name, if there is one.
pub fn provider(command: &str) -> Option<(&'static str, &'static Entry)> {
    let own = ENTRIES.get_key_value(command).map(|(name, providers)| (name.as_str(), providers.first()));
    own.or_else(|| entries().find(|(_, entry)| entry.provides(command)))
}

/// The variables of the host that would bend a tool of the catalog (patterns).
pub fn unset(tool: &str) -> Vec<String> {
    ENTRIES.get(tool).map(|providers| providers.first().unset().to_vec()).unwrap_or_default()
}

/// Whether a package of the npm registry is the part of a catalog's tool for some platform, and no
/// tool by itself.
pub fn is_platform_package(package: &str) -> bool {
    let is_part = |entry: &NpmEntry| entry.platforms.values().any(|part| part == package);
    let mut all = ENTRIES.values().flat_map(Providers::all);
    all.any(|entry| matches!(entry, Entry::Npm(npm) if is_part(npm)))
}

/// Every name with what it means, sorted by name.
pub fn entries() -> impl Iterator<Item = (&'static str, &'static Entry)> {
    ENTRIES.iter().map(|(name, providers)| (name.as_str(), providers.first()))
}

/// Every name with each of its providers.
pub fn all_entries() -> impl Iterator<Item = (&'static str, &'static Entry)> {
    ENTRIES.iter().flat_map(|(name, providers)| providers.all().iter().map(|entry| (name.as_str(), entry)))
}

/// Every row of a vendor, sorted by name.
pub fn vendors() -> impl Iterator<Item = (&'static str, &'static Entry)> {
    VENDORS.iter().map(|(name, entry)| (name.as_str(), entry))
}

/// The entries in which every word occurs, in whatever case, the likeliest first: whose name or
/// command it is, whose name begins with it, who has it in a name or command, who is about it.
pub fn search(words: &[String]) -> Vec<(&'static str, &'static Entry)> {
    let rank = |name: &str, entry: &Entry, word: &str| {
        let commands: Vec<String> = entry.commands().iter().map(|command| command.as_str().to_lowercase()).collect();
        [
            name == word || commands.iter().any(|command| command == word),
            name.starts_with(word),
            name.contains(word) || commands.iter().any(|command| command.contains(word)),
            entry.about().to_lowercase().contains(word) || entry.publisher().to_lowercase().contains(word),
        ]
        .into_iter()
        .position(|matches| matches)
    };
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let ranks = |name: &str, entry: &Entry| words.iter().map(|word| rank(name, entry, word)).collect();
    let ranked = entries().chain(vendors()).filter_map(|(name, entry)| {
        let ranks: Option<Vec<usize>> = ranks(name, entry);
        Some((ranks?.into_iter().max()?, name, entry))
    });
    let mut found: Vec<_> = ranked.collect();
    found.sort_by_key(|(rank, name, _)| (*rank, *name));
    found.into_iter().map(|(_, name, entry)| (name, entry)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{InsidePath, normalized};
    use crate::platform::Platform;

    #[test]
    fn every_entry_is_usable() {
        assert!(ENTRIES.len() > 20);
        for (name, entry) in all_entries() {
            name.parse::<ToolName>().unwrap();
            assert!(!entry.about().is_empty(), "{name}");
            match entry {
                Entry::Codeberg(release) | Entry::Github(release) | Entry::Gitlab(release) => {
                    format!("{}:{}", entry.source(), release.repository).parse::<ToolName>().unwrap();
                    assert!(!release.commands.is_empty(), "{name}");
                }
                Entry::Npm(npm) => {
                    assert!(!npm.commands.is_empty(), "{name}");
                    let native = !npm.platforms.is_empty();
                    assert_ne!(native, npm.runtime.is_some(), "{name} is native or has a runtime");
                    if let Some(runtime) = &npm.runtime {
                        assert!(find(runtime).is_ok(), "{name}");
                    }
                }
                Entry::Pypi(pypi) => {
                    assert_eq!(pypi.package, normalized(&pypi.package), "{name}");
                    for path in pypi.commands.values() {
                        path.replace("{version}", "1.0").parse::<InsidePath>().unwrap();
                    }
                }
                Entry::Rust(rust) => assert!(!rust.commands.is_empty() && name == "rust"),
                // Its row was found.
                Entry::Vendor(_) => {}
                Entry::Host(host) => assert!(!host.version.is_empty() && !host.commands.is_empty(), "{name}"),
            }
        }
    }

    #[test]
    fn every_row_is_usable() {
        assert!(vendors().count() > 12);
        for (name, entry) in vendors() {
            let row = entry.vendor().unwrap();
            assert_eq!(find(&name.parse().unwrap()).unwrap().source, SourceLabel::Vendor);
            assert!(!row.about.is_empty() && !row.publisher.is_empty() && !row.commands.is_empty(), "{name}");
            let listed = row.file.listed.as_ref();
            assert!(row.file.name.is_some() || listed.is_some_and(|listed| listed.name.is_some()), "{name}");
            assert!(row.file.checksums.is_none() || listed.is_none_or(|listed| listed.hash.is_none()), "{name}");
            for word in row.words.values().flat_map(BTreeMap::keys) {
                let known = ["darwin", "linux", "aarch64", "x86_64", "gnu", "musl"];
                assert!(known.contains(&word.as_str()) || word.parse::<Platform>().is_ok(), "{name}: {word}");
            }
        }
    }

    #[test]
    fn the_likeliest_entry_is_found_first() {
        let found = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            search(&words).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(found(&["tsc"])[0], "typescript");
        assert_eq!(found(&["NODE"])[0], "node");
        assert_eq!(found(&["type"])[..2], ["typescript", "typescript-language-server"]);
        assert_eq!(found(&["language", "typescript"])[0], "typescript-language-server");
        assert!(found(&["markdown"]).contains(&"marked"));
        assert!(found(&["node", "no-such-word"]).is_empty());
    }

    #[test]
    fn a_command_leads_to_its_tool() {
        for (command, tool) in [
            ("tsc", Some("typescript")),
            ("python3", Some("python")),
            ("node", Some("node")),
            ("no-such-command", None),
        ] {
            assert_eq!(provider(command).map(|(tool, _)| tool), tool, "{command}");
        }
    }

    #[test]
    fn names_are_found_in_both_spellings() {
        let find = |name: &str| find(&name.parse().unwrap());
        assert_eq!(find("node").unwrap().source, SourceLabel::Npm);
        assert!(find("npm:@biomejs/biome").unwrap().entry.is_some());
        assert!(find("npm:left-pad").unwrap().entry.is_none());
        assert!(find("host:git").unwrap().entry.is_some());
        for (word, expected) in [
            ("nodee", "did you mean `node`?"),
            ("tsc", "`devshell add typescript` adds it"),
            (
                "frobnicate",
                "`devshell search frobnicate` looks for it; what is not in the catalog is named with its source",
            ),
        ] {
            let hint = find(word).unwrap_err().hint().unwrap();
            assert!(hint.starts_with(expected), "{hint}");
        }
    }
}

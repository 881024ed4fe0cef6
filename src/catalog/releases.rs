//! What is known of the files of repositories' releases: a table of some two thousand tools (`releases.json`), made
//! from aqua's registry by `catalog/run`. It is read only when such a tool is looked up.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::name::{SourceLabel, last_part};
use crate::packed::packed;

/// What is known of a tool in the releases of a repository.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    #[serde(default)]
    pub about: String,
    /// Its commands; that of the repository's name alone when empty.
    #[serde(default)]
    pub commands: Vec<String>,
    /// What is before the version in a tag; absent if the tags show it.
    #[serde(default)]
    pub tag: Option<String>,
    /// The names of its files: patterns that the names of other files don't have.
    #[serde(default)]
    pub files: Files,
    /// `gnu`, where the files for musl need a musl that is installed.
    #[serde(default)]
    pub libc: Option<String>,
    /// The pattern of the name of the file with checksums.
    #[serde(default)]
    pub sums: Option<String>,
    /// The workflow that signs its files.
    #[serde(default)]
    pub signer: Option<String>,
}

/// The names of a tool's files, with `{tag}`, `{version}` and `{semver}`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Files {
    /// Which is for which platform follows from the names.
    Named(Vec<String>),
    ByPlatform(BTreeMap<String, String>),
}

impl Default for Files {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

static KNOWN: LazyLock<BTreeMap<String, Known>> = LazyLock::new(|| {
    serde_json::from_str(&packed!("src/catalog/releases.json").text()).expect("a unit test parses releases.json")
});

impl Files {
    /// The names of the files of a release.
    pub fn of(&self, tag: &str, version: &str) -> Vec<String> {
        let filled =
            |pattern: &String| pattern.replace("{tag}", tag).replace("{version}", version).replace("{semver}", version);
        match self {
            Self::Named(patterns) => patterns.iter().map(filled).collect(),
            Self::ByPlatform(patterns) => patterns.values().map(filled).collect(),
        }
    }
}

fn filled(pattern: &str, tag: &str, version: &str) -> String {
    pattern.replace("{tag}", tag).replace("{version}", version).replace("{semver}", version)
}

impl Known {
    /// Whether it has a command of that name, in the repository that is its key.
    fn has(&self, key: &str, command: &str) -> bool {
        if self.commands.is_empty() {
            last_part(key) == command
        } else {
            self.commands.iter().any(|own| own == command)
        }
    }

    /// The name of the file with checksums for one of a release's files.
    pub fn sums(&self, tag: &str, version: &str, file: &str) -> Option<String> {
        Some(filled(self.sums.as_ref()?, tag, version).replace("{file}", file))
    }
}

/// What is known of a repository that has one tool, in whatever capitals.
pub fn of_repository(repository: &str) -> Option<&'static Known> {
    let other = || KNOWN.iter().find(|(key, _)| key.eq_ignore_ascii_case(repository)).map(|(_, known)| known);
    KNOWN.get(repository).or_else(other)
}

/// The repositories on GitHub whose tool has a command of exactly that name, each with what is known of it. A tool that
/// is one of several in a repository is not among them: which of the files are its own is not known by the repository
/// alone.
pub fn named(word: &str) -> Vec<(&'static str, &'static Known)> {
    let alone = all().filter(|(key, _)| key.split('/').count() == 2);
    alone.filter(|(key, known)| known.has(key, word)).collect()
}

/// The full name of a repository's tool.
pub fn full_name(repository: &str) -> String {
    format!("{}:{repository}", SourceLabel::Github)
}

/// How many repositories a search finds at most.
const MOST_FOUND: usize = 20;

/// The repositories that each word begins a part of the name or of a command of: those first that are called so. Where
/// there is none, and that is wanted, those that are about it.
pub fn search(words: &[String], also_about: bool) -> Vec<(&'static str, &'static Known)> {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let begin = |text: &str| {
        let text = text.to_lowercase();
        let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        words.iter().all(|word| text.starts_with(word.as_str()) || parts.iter().any(|part| part.starts_with(word)))
    };
    let names = |key: &'static str, known: &'static Known| {
        [last_part(key)].into_iter().chain(known.commands.iter().map(String::as_str))
    };
    let alone = || all().filter(|(key, _)| key.split('/').count() == 2);
    let mut found: Vec<_> = alone().filter(|(key, known)| names(key, known).any(begin)).collect();
    found.sort_by_key(|(key, known)| (!names(key, known).any(|name| words.iter().all(|word| name == word)), *key));
    if found.is_empty() && also_about {
        found = alone().filter(|(_, known)| begin(&known.about)).collect();
    }
    found.truncate(MOST_FOUND);
    found
}

/// Every tool, with its repository.
fn all() -> impl Iterator<Item = (&'static str, &'static Known)> {
    KNOWN.iter().map(|(key, known)| (key.as_str(), known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ToolName;
    use crate::platform::Platform;

    #[test]
    fn every_tool_is_usable() {
        assert!(KNOWN.len() > 2000);
        for (key, known) in KNOWN.iter() {
            let repository = key.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
            format!("github:{repository}").parse::<ToolName>().unwrap();
            assert!(!known.about.contains('\n'), "{key}");
            if let Files::ByPlatform(files) = &known.files {
                for platform in files.keys() {
                    platform.parse::<Platform>().unwrap();
                }
            }
            assert!(known.libc.as_ref().is_none_or(|libc| libc == "gnu"), "{key}");
            let filled = known.files.of("v1.2.3", "1.2.3");
            assert!(filled.iter().all(|name| !name.contains(['{', '}', '/'])), "{key}: {filled:?}");
        }
    }

    #[test]
    fn a_word_leads_to_its_repository() {
        for (word, expected) in [
            ("gh", &["cli/cli"][..]),
            ("lazygit", &["jesseduffield/lazygit"]),
            ("shfmt", &["mvdan/sh"]),
            // A command has other letters than its repository.
            ("sh", &[]),
            ("nushell", &[]),
            ("Lazygit", &[]),
            ("no-such-tool", &[]),
        ] {
            let found: Vec<&str> = named(word).into_iter().map(|(repository, _)| repository).collect();
            assert_eq!(found, expected, "{word}");
        }
    }
}

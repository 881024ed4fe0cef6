//! The user's own settings, `config.json`: registries, and what one person likes to have in every
//! dev shell, or in those of some projects. The notation is the manifest's, and so are the tools
//! and variables; the rest is preferences.

mod decode;
mod schema;

use std::collections::BTreeMap;

use glob::{MatchOptions, Pattern};

pub use decode::{limits, min_age, parse, registries};
pub use schema::json_schema;

use super::{Expansion, Layer, Manifest, Network};
use crate::name::{CommandName, VarName};

/// The name of the file, in the user's directory for such.
pub const FILE_NAME: &str = "config.json";

/// The name of its lock, beside it.
pub const LOCK_NAME: &str = "config.lock";

/// What the prompt begins with, unless the user changes it.
const MARKER: &str = "({name}) ";

/// A whole `config.json`, less its registries.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The tools and variables, as the manifest of which `config.lock` is the lock. The projects
    /// are its environments.
    pub manifest: Manifest,
    /// What holds in every project.
    default: Preferences,
    /// What holds in some, in the order of the file.
    projects: Vec<Projects>,
}

/// The projects that one pattern is about.
#[derive(Clone, Debug)]
struct Projects {
    /// As the file writes it.
    key: String,
    preferences: Preferences,
}

/// How the user likes a shell, besides tools and variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// In the words of the user's shell. No control characters, so that a line holds one.
    pub aliases: BTreeMap<String, String>,
    /// What the prompt begins with; `{name}` is the project's name.
    prompt: Option<String>,
    pub wraps: BTreeMap<CommandName, Wrap>,
    /// The host's commands that an interactive shell shall have, or shall not.
    pub session: BTreeMap<CommandName, bool>,
}

/// What a command is always started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrap {
    /// Before those that are typed.
    pub arguments: Vec<Expansion>,
    pub variables: Vec<(VarName, Expansion)>,
}

/// What walls keep from every project, whatever it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What can be neither read nor written, as in a manifest.
    pub deny: Vec<String>,
    /// What of the network can be reached at most.
    pub net: Network,
    /// Whether what is obeyed later is read-only.
    pub protect: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deny: Vec::new(), net: Network::All, protect: false }
    }
}

impl Config {
    /// What holds in the project of this directory. A later pattern wins. The home directory is
    /// what `~` means.
    pub fn select(&self, root: &str, home: &str) -> (Layer, Preferences) {
        let meant: Vec<&Projects> =
            self.projects.iter().filter(|projects| is_meant(&projects.key, root, home)).collect();
        let keys: Vec<String> = meant.iter().map(|projects| projects.key.clone()).collect();
        let layer = self.manifest.select(&keys).unwrap_or_default();
        let mut preferences = self.default.clone();
        for projects in &meant {
            preferences.add(&projects.preferences);
        }
        (layer, preferences)
    }

    /// The preferences, for all projects and for some.
    pub fn preferences_of_all(&self) -> impl Iterator<Item = &Preferences> {
        std::iter::once(&self.default).chain(self.projects.iter().map(|projects| &projects.preferences))
    }
}

impl Preferences {
    fn add(&mut self, other: &Self) {
        self.aliases.extend(other.aliases.clone());
        self.wraps.extend(other.wraps.clone());
        self.session.extend(other.session.clone());
        self.prompt = other.prompt.clone().or(self.prompt.take());
    }

    /// What the prompt begins with in a project of this name; nothing when that is wished.
    pub fn marker(&self, name: &str) -> String {
        self.prompt.as_deref().unwrap_or(MARKER).replace("{name}", name)
    }
}

/// Whether a key names a directory: it is its path, or a glob of it.
fn is_meant(key: &str, root: &str, home: &str) -> bool {
    // `*` stays within a directory's name, and hidden ones are projects like others.
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
    pattern(key, home).is_ok_and(|pattern| pattern.matches_with(root, options))
}

/// The pattern of a key, whose `~` is the home directory, literally.
fn pattern(key: &str, home: &str) -> Result<Pattern, glob::PatternError> {
    let key = if key == "/" { key } else { key.trim_end_matches('/') };
    Pattern::new(&match key.strip_prefix('~') {
        Some(rest) => Pattern::escape(home.trim_end_matches('/')) + rest,
        None => key.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_paths_and_globs() {
        for (key, root, expected) in [
            ("~/code/shop", "/home/ada/code/shop", true),
            ("~/code/shop/", "/home/ada/code/shop", true),
            ("~/code/shop", "/home/ada/code/shop/api", false),
            ("~/code/*", "/home/ada/code/shop", true),
            ("~/code/*", "/home/ada/code/.hidden", true),
            ("~/code/*", "/home/ada/code/shop/api", false),
            ("~/code/**", "/home/ada/code/shop/api", true),
            ("/srv/*/api", "/srv/shop/api", true),
            ("/srv/[ab]*", "/srv/blog", true),
            ("~", "/home/ada", true),
            ("/", "/", true),
        ] {
            assert_eq!(is_meant(key, root, "/home/ada"), expected, "{key} {root}");
        }
        assert!(is_meant("~/x", "/home/a[d]a/x", "/home/a[d]a/"), "a home directory is no pattern");
    }

    #[test]
    fn the_later_pattern_wins() {
        let text = r#"{
            "tools": { "node": "22", "ripgrep": "*" }, "env": { "A": "all" },
            "aliases": { "gs": "git status", "l": "ls" }, "session": { "add": ["htop"], "remove": ["emacs"] },
            "projects": {
                "~/code/*": { "tools": { "node": "24" }, "aliases": { "gs": "git status -s" }, "prompt": "[{name}] " },
                "~/code/shop": { "prompt": false, "session": { "add": ["emacs"] }, "env": { "A": "${HOME}" } }
            }
        }"#;
        let config = parse("config.json", text).unwrap();
        let of = |root| {
            let (layer, preferences) = config.select(root, "/h");
            let tools: Vec<String> = layer.tools.iter().map(|t| format!("{} {}", t.name, t.requirement)).collect();
            (
                tools.join(","),
                preferences.aliases["gs"].clone(),
                preferences.marker("x"),
                preferences.session.values().copied().collect(),
            )
        };
        let expected = |tools: &str, alias: &str, marker: &str, session: [bool; 2]| {
            (tools.to_owned(), alias.to_owned(), marker.to_owned(), session.to_vec())
        };
        assert_eq!(of("/h/a"), expected("node 22,ripgrep *", "git status", "(x) ", [false, true]));
        assert_eq!(of("/h/code/a"), expected("node 24,ripgrep *", "git status -s", "[x] ", [false, true]));
        assert_eq!(of("/h/code/shop"), expected("node 24,ripgrep *", "git status -s", "", [true, true]));
        assert_eq!(config.manifest.all_tools().count(), 3, "the lock is for all of them");
    }
}

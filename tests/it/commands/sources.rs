//! The exit codes and the environment variables of the sources, and those that the reference has.

use std::collections::BTreeSet;

use super::{code, read, section};
use crate::support::sources::{Source, sources_in};

/// Variables that the sources name and the page does not, and why.
const OWN: &[(&str, &str)] = &[
    ("DEVSHELL_RELEASES", "read by the launcher's script; docs/install.md has it"),
    ("LOCPATH", "set for programs of Debian packages that devshell fetched"),
    ("PWD", "how the shell calls the directory, if it is that directory"),
    ("TERMINFO_DIRS", "set for programs of Debian packages that devshell fetched"),
    ("XDG_DATA_DIRS", "where fish looks for its start files"),
    ("ZDOTDIR", "where zsh looks for its rc files"),
];

/// Variables of the page that a library reads.
const OF_LIBRARIES: &[&str] = &["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "NPM_CONFIG_REGISTRY", "UV_…"];

/// The names in texts like `variable("NAME")`, after each of these beginnings.
const BEGINNINGS: [&str; 6] = ["variable(\"", "OsStr::new(\"", "set(\"", "name: \"", "servers: &[\"", "\"DEVSHELL_"];

fn is_name(text: &str) -> bool {
    text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The sources of all that devshell reads and sets variables with.
fn sources() -> impl Iterator<Item = Source> {
    ["src", "crates/wall/src"].into_iter().flat_map(sources_in)
}

/// The variables that the sources read or set by name.
fn named() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources() {
        for beginning in BEGINNINGS {
            let prefix = beginning.strip_prefix('"').unwrap_or_default();
            for (start, _) in source.text.match_indices(beginning) {
                let name = source.text[start + beginning.len()..].split('"').next().unwrap_or_default();
                let name = format!("{prefix}{name}");
                if is_name(&name) && !name.ends_with('_') {
                    found.insert(name);
                }
            }
        }
    }
    found
}

/// The names in the first column of the tables of a text.
fn listed(text: &str) -> BTreeSet<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells.flat_map(code).map(str::to_owned).collect()
}

#[test]
fn the_reference_has_the_variables_that_are_read_and_set() {
    let page = read("docs/cli.md");
    let listed = listed(section(&page, "Environment variables"));
    let named = named();
    assert!(named.len() > 25 && named.contains("GH_TOKEN") && named.contains("DEVSHELL_LOG"), "{named:?}");
    let own: BTreeSet<&str> = OWN.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> = named.iter().filter(|name| !listed.contains(*name) && !own.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "docs/cli.md has no line about {missing:?}");
    let texts: String = sources().map(|source| source.text).collect();
    let unknown: Vec<_> = listed
        .iter()
        .filter(|name| !OF_LIBRARIES.contains(&name.as_str()) && !texts.contains(&format!("\"{name}\"")))
        .collect();
    assert!(unknown.is_empty(), "docs/cli.md describes {unknown:?}, which devshell does not read or set");
    let idle: Vec<_> = own.iter().filter(|name| listed.contains(**name) || !named.contains(**name)).collect();
    assert!(idle.is_empty(), "take them out of the list: {idle:?}");
}

#[test]
fn the_reference_has_the_exit_codes() {
    let failure = read("src/cli/failure.rs");
    let numbers = failure.lines().filter_map(|line| line.trim().strip_prefix("pub const ")?.split_once(": u8 = "));
    let mut codes: BTreeSet<String> = numbers.map(|(_, number)| number.trim_end_matches(';').to_owned()).collect();
    codes.insert("0".to_owned());
    assert!(codes.len() > 8, "{codes:?}");
    let page = read("docs/cli.md");
    let rows = section(&page, "Exit codes").lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let listed: BTreeSet<String> =
        rows.filter(|cell| cell.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned).collect();
    assert_eq!(listed, codes, "docs/cli.md, `Exit codes`, and src/cli/failure.rs");
}

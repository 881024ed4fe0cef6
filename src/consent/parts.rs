//! The keys of a file and digests of their values: enough to say later what has changed, and too
//! little to tell a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::Value;

use crate::digest;
use crate::env::parse_env_file;
use crate::project::{Input, Role};

/// Keys by file, with digests.
type Parts = BTreeMap<String, BTreeMap<String, String>>;

/// The name of what a file is as a whole.
const WHOLE: &str = "";

/// The parts of one file; none when it is not there.
pub fn of(file: &Input) -> BTreeMap<String, String> {
    // Where only a part of a file counts, that is a text of its own.
    let is_whole = file.substance().is_none();
    file.counts().map(|counts| of_bytes(file.role, &counts, is_whole)).unwrap_or_default()
}

fn of_bytes(role: Role, bytes: &[u8], is_whole: bool) -> BTreeMap<String, String> {
    let whole = || BTreeMap::from([(WHOLE.to_owned(), digest::key(&[bytes]))]);
    let text = String::from_utf8_lossy(bytes);
    let mut parts = BTreeMap::new();
    match role {
        Role::Manifest => match parse_to_serde_value::<Value>(&text, &ParseOptions::default()) {
            Ok(value) => flatten(&mut parts, String::new(), &value),
            Err(_) => return whole(),
        },
        Role::Lock => match serde_json::from_str::<Value>(&text) {
            Ok(value) => lock(&mut parts, &value),
            Err(_) => return whole(),
        },
        Role::EnvFile if !is_whole => return whole(),
        Role::EnvFile => match parse_env_file(&text) {
            Ok(read) => {
                parts.extend(
                    read.variables
                        .iter()
                        .map(|variable| (variable.name.to_string(), digest_of(variable.value.as_bytes()))),
                );
            }
            Err(_) => return whole(),
        },
        Role::Pyproject | Role::Requirements if is_whole => return whole(),
        Role::Pyproject => match serde_json::from_str::<Value>(&text) {
            Ok(value) => flatten(&mut parts, String::new(), &value),
            Err(_) => return whole(),
        },
        Role::Requirements => lines(&mut parts, text.lines(), |line| {
            let end = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
            line[..line.find(end).unwrap_or(line.len())].to_owned()
        }),
        Role::Npmrc => lines(&mut parts, text.lines().map(str::trim).filter(|line| !line.is_empty()), |line| {
            line.split('=').next().unwrap_or_default().trim().to_owned()
        }),
        Role::Toolchain | Role::Startup | Role::Hook | Role::Nix => return whole(),
    }
    parts
}

/// Lines by what each of them is about.
fn lines<'t>(
    parts: &mut BTreeMap<String, String>,
    lines: impl Iterator<Item = &'t str>,
    about: impl Fn(&str) -> String,
) {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for line in lines {
        let text = texts.entry(about(line)).or_default();
        text.push_str(line);
        text.push('\n');
    }
    parts.extend(texts.into_iter().map(|(name, text)| (name, digest_of(text.as_bytes()))));
}

/// Every value that is no object, by the names that lead to it.
fn flatten(parts: &mut BTreeMap<String, String>, name: String, value: &Value) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(parts, name, value);
            }
        }
        _ => drop(parts.insert(name, digest_of(value.to_string().as_bytes()))),
    }
}

/// Each tool of a lock, and whatever else it has at its top.
fn lock(parts: &mut BTreeMap<String, String>, value: &Value) {
    for (key, value) in value.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("tools", Value::Array(tools)) => {
                for tool in tools {
                    let name = tool["tool"].as_str().unwrap_or_default().to_owned();
                    // One tool may be locked for several requirements.
                    let text = parts.get(&name).cloned().unwrap_or_default() + &tool.to_string();
                    parts.insert(name, digest_of(text.as_bytes()));
                }
            }
            ("format", _) => {}
            _ => drop(parts.insert(key.clone(), digest_of(value.to_string().as_bytes()))),
        }
    }
}

fn digest_of(bytes: &[u8]) -> String {
    digest::key(&[bytes])
}

/// One key that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub file: String,
    /// Empty for the file as a whole.
    pub key: String,
    pub change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    New,
    Changed,
    Gone,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.change {
            Change::New => '+',
            Change::Changed => '~',
            Change::Gone => '-',
        };
        // A name may hold whatever its file holds; a terminal need not obey it.
        let shown = |text: &str| text.escape_default().to_string();
        write!(f, "{sign} {}", shown(&self.file))?;
        if self.key.is_empty() { Ok(()) } else { write!(f, ": {}", shown(&self.key)) }
    }
}

/// What differs, file by file.
pub fn compare(before: &Parts, after: &Parts) -> Vec<Difference> {
    let mut differences = Vec::new();
    let none = BTreeMap::new();
    for file in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (before.get(file).unwrap_or(&none), after.get(file).unwrap_or(&none));
        for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let change = match (before.get(key), after.get(key)) {
                (None, _) => Change::New,
                (_, None) => Change::Gone,
                (old, new) if old != new => Change::Changed,
                _ => continue,
            };
            differences.push(Difference { file: file.clone(), key: key.clone(), change });
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(role: Role, before: &str, after: &str) -> Vec<String> {
        let parts = |text: &str| BTreeMap::from([("F".to_owned(), of_bytes(role, text.as_bytes(), false))]);
        compare(&parts(before), &parts(after)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn changes_are_told_by_key() {
        let before = r#"{ "tools": { "node": "22", "gone": "1" }, "env": { "A": "x" } }"#;
        let after = r#"{ "tools": { "node": "24", /* new */ "rg": "1", }, "env": { "A": "x" } }"#;
        assert_eq!(told(Role::Manifest, before, after), ["- F: tools.gone", "~ F: tools.node", "+ F: tools.rg"]);
        let lock =
            |version: &str| format!(r#"{{ "format": 1, "tools": [{{ "tool": "node", "version": "{version}" }}] }}"#);
        assert_eq!(told(Role::Lock, &lock("1"), &lock("2")), ["~ F: node"]);
        assert_eq!(told(Role::EnvFile, "a pipe", "another"), ["~ F"]);
        assert_eq!(told(Role::Hook, "a", "b"), ["~ F"]);
        assert_eq!(told(Role::Startup, "a", "b"), ["~ F"]);
        assert_eq!(told(Role::Toolchain, "1.95", "1.96"), ["~ F"]);
        let pyproject = |scripts: &str| format!(r#"{{ "project.name": "a", "project.scripts": {scripts} }}"#);
        let (before, after) = (pyproject(r#"{ "a": "b" }"#), pyproject(r#"{ "a": "c", "ls": "d" }"#));
        assert_eq!(told(Role::Pyproject, &before, &after), ["~ F: project.scripts.a", "+ F: project.scripts.ls"]);
        assert_eq!(told(Role::Requirements, "a==1\nb==1\n", "a==1\nb==2\n-r c\n"), ["+ F: -r", "~ F: b"]);
        let npmrc = ["registry=https://a.example/\n//a.example/:_authToken=${A}\n", "//a.example/:_authToken=${B}\n"];
        assert_eq!(told(Role::Npmrc, npmrc[0], npmrc[1]), ["~ F: //a.example/:_authToken", "- F: registry"]);
        assert_eq!(told(Role::Manifest, "{", "{ \"\\u001b[2J\": 1 }"), ["- F", "+ F: \\u{1b}[2J"]);
    }

    #[test]
    fn no_value_is_kept() {
        let parts = of_bytes(Role::EnvFile, b"TOKEN=hunter2\nOTHER=1\n", true);
        assert_eq!(parts.keys().collect::<Vec<_>>(), ["OTHER", "TOKEN"]);
        assert!(parts.values().all(|digest| !digest.contains("hunter2")));
    }
}

//! What the manifest says about a Rust toolchain: its release, what belongs to it, and the file that says so.

use std::collections::BTreeSet;

use jsonc_parser::ast::{ObjectProp, Value};
use serde::{Deserialize, Serialize};

use super::profile::Profile;
use super::shape::Decoder;
use super::toolchain_file::{self, ToolchainFile};
use crate::name::{BadName, RustPart};
use crate::version::Requirement;

pub(super) const TOOLCHAIN_KEYS: &[&str] =
    &["version", "from", "profile", "components", "targets", "commands", "min-age"];

/// What is asked for besides a release. A lock has it too, and is stale when it differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolchainParts {
    pub profile: Profile,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub components: BTreeSet<RustPart>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub targets: BTreeSet<RustPart>,
}

/// A Rust toolchain in a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toolchain {
    /// The file that says which release, by its path from the manifest's directory. What it says is in the
    /// requirement and in the other fields once the module that reads files has filled it in.
    pub file: Option<String>,
    pub profile: Option<Profile>,
    pub components: BTreeSet<RustPart>,
    pub targets: BTreeSet<RustPart>,
}

impl Toolchain {
    /// What is asked for besides a release.
    pub fn parts(&self) -> ToolchainParts {
        let (components, targets) = (self.components.clone(), self.targets.clone());
        ToolchainParts { profile: self.profile.unwrap_or_default(), components, targets }
    }

    /// The files that may say which release, the one that counts first.
    pub fn files(&self) -> Vec<String> {
        self.file.as_deref().map(toolchain_file::candidates).unwrap_or_default()
    }

    /// Adds what the file says: the manifest's profile counts before the file's, and what belongs to it by either
    /// does.
    pub fn fill(&mut self, file: ToolchainFile) {
        self.profile = self.profile.or(file.profile);
        self.components.extend(file.components);
        self.targets.extend(file.targets);
    }
}

impl Decoder<'_> {
    pub(super) fn toolchain_tool(&mut self, value: &Value) -> Option<(Requirement, Toolchain)> {
        let Value::Object(_) = value else { return Some((self.toolchain_requirement(value)?, Toolchain::default())) };
        let object = self.object(value, "the tool `rust`", TOOLCHAIN_KEYS)?;
        let toolchain = Toolchain {
            file: object.get("from").and_then(|property| self.toolchain_file(&property.value)),
            profile: object.get("profile").and_then(|p| self.word(&p.value, &Profile::ALL.map(Profile::name))),
            components: self.toolchain_parts(object.get("components"), "a component"),
            targets: self.toolchain_parts(object.get("targets"), "a target"),
        };
        let requirement = match object.get("version") {
            Some(property) if object.get("from").is_some() => {
                let help = "take one of the two out".to_owned();
                self.at(&property.name, "`version` is in the file that `from` names", help);
                return None;
            }
            Some(property) => self.toolchain_requirement(&property.value)?,
            None => Requirement::any(),
        };
        Some((requirement, toolchain))
    }

    fn toolchain_requirement(&mut self, value: &Value) -> Option<Requirement> {
        // A number has its own message.
        let Value::StringLit(literal) = value else { return self.requirement(value) };
        match Requirement::of_toolchain(&literal.value) {
            Ok(requirement) => Some(requirement),
            Err(error) => {
                self.at(value, error.to_string(), None);
                None
            }
        }
    }

    fn toolchain_file(&mut self, value: &Value) -> Option<String> {
        let path = self.string(value, "a path")?;
        let is_inside = !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | ".."));
        let help = "write a path from the manifest's directory, such as \"rust-toolchain.toml\"".to_owned();
        if !is_inside {
            self.at(value, format!("`{path}` leads out of the project"), help);
            return None;
        }
        if !toolchain_file::is_one(&path) {
            self.at(value, format!("`{path}` is not a `rust-toolchain.toml` or a `rust-toolchain`"), help);
            return None;
        }
        Some(path.trim_start_matches("./").to_owned())
    }

    fn toolchain_parts(&mut self, property: Option<&ObjectProp>, what: &str) -> BTreeSet<RustPart> {
        let elements = property.and_then(|property| self.array(&property.value, "a list"));
        let mut parts = BTreeSet::new();
        for element in elements.into_iter().flatten() {
            let Some(text) = self.string(element, what) else { continue };
            match text.parse() {
                Ok(part) => drop(parts.insert(part)),
                Err(error) => self.at(element, BadName::to_string(&error), None),
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Detail, parse, position};

    #[test]
    fn a_toolchain_has_a_release_and_parts() {
        for (text, requirement, parts, files) in [
            (r#""1.95""#, "1.95", r#"{"profile":"default"}"#, vec![]),
            (r#""nightly-2026-04-16""#, "nightly-2026-04-16", r#"{"profile":"default"}"#, vec![]),
            (
                r#"{ "version": "stable", "profile": "minimal", "components": ["rust-src", "clippy"], "targets": ["wasm32-unknown-unknown"] }"#,
                "stable",
                r#"{"profile":"minimal","components":["clippy","rust-src"],"targets":["wasm32-unknown-unknown"]}"#,
                vec![],
            ),
            (
                r#"{ "from": "./sub/rust-toolchain.toml" }"#,
                "*",
                r#"{"profile":"default"}"#,
                vec!["sub/rust-toolchain", "sub/rust-toolchain.toml"],
            ),
        ] {
            let manifest = parse("devshell.json", &format!(r#"{{ "tools": {{ "rust": {text} }} }}"#)).unwrap();
            let tool = &manifest.default.tools[0];
            let Detail::Toolchain(toolchain) = &tool.detail else { panic!("{text}") };
            assert_eq!(tool.requirement.as_str(), requirement);
            assert_eq!(serde_json::to_string(&toolchain.parts()).unwrap(), parts);
            assert_eq!(toolchain.files(), files);
        }
    }

    #[test]
    fn mistakes_have_places() {
        for (text, expected) in [
            (r#""latest""#, "1:22 `latest` is not a release of Rust: write `1.95`"),
            ("1.95", "1:22 `1.95` is a number"),
            (r#"{ "channel": "stable" }"#, "1:24 unknown key `channel`"),
            (r#"{ "profile": "complete" }"#, "1:35 `complete` is not one of \"minimal\", \"default\""),
            (r#"{ "components": ["a b"] }"#, "1:39 `a b` is not the name of a component"),
            (r#"{ "from": "../rust-toolchain" }"#, "1:32 `../rust-toolchain` leads out of the project"),
            (r#"{ "from": "Cargo.toml" }"#, "1:32 `Cargo.toml` is not a `rust-toolchain.toml`"),
            (r#"{ "version": "1.95", "from": "rust-toolchain" }"#, "1:24 `version` is in the file"),
        ] {
            let text = format!(r#"{{ "tools": {{ "rust": {text} }} }}"#);
            let problems = parse("devshell.json", &text).unwrap_err();
            let (line, column) = position(&text, problems.list[0].range.start);
            let shown = format!("{line}:{column} {}", problems.list[0].message);
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}

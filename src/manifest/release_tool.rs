//! Decodes a tool from the releases of a repository.

use std::collections::BTreeMap;

use jsonc_parser::ast::{ObjectProp, Value};

use super::pattern::Pattern;
use super::release::Release;
use super::shape::Decoder;
use crate::archive::Format;
use crate::name::{CommandName, InsidePath, ToolName};
use crate::platform::{Platform, Platforms};
use crate::version::Requirement;

pub(super) const RELEASE_TOOL_KEYS: &[&str] = &[
    "version",
    "asset",
    "tag",
    "checksums",
    "platforms",
    "os",
    "arch",
    "libc",
    "format",
    "strip",
    "commands",
    "min-age",
];

impl Decoder<'_> {
    pub(super) fn release_tool(&mut self, name: &ToolName, value: &Value) -> Option<(Requirement, Release)> {
        if !matches!(value, Value::Object(_)) {
            return Some((self.requirement(value)?, Release::default()));
        }
        let object = self.object(value, "a tool from the releases of a repository", RELEASE_TOOL_KEYS)?;
        let requirement = match object.get("version") {
            Some(property) => self.requirement(&property.value)?,
            None => Requirement::any(),
        };
        let (renames, prefers_gnu) = match object.get("libc").map(|property| &property.value) {
            Some(value @ Value::StringLit(_)) => (None, self.word::<Libc>(value, &["gnu", "musl"]) == Some(Libc::Gnu)),
            _ => (Some("libc"), false),
        };
        let kinds: Vec<&str> = ["os", "arch"].into_iter().chain(renames).collect();
        let release = Release {
            asset: object.get("asset").and_then(|property| self.pattern(property, Some("tag"))),
            tag: object.get("tag").and_then(|property| self.tag(property)),
            checksums: object.get("checksums").and_then(|property| self.pattern(property, Some("asset"))),
            platforms: object
                .get("platforms")
                .and_then(|property| self.platforms(&format!("`{name}`"), &property.value)),
            prefers_gnu,
            format: object.get("format").and_then(|p| self.word::<Format>(&p.value, &Format::ALL.map(Format::name))),
            strip: object.get("strip").and_then(|property| self.strip(&property.value)),
            commands: object.get("commands").map(|property| self.placed(&property.value)).unwrap_or_default(),
            words: self.words(object, &kinds),
        };
        Some((requirement, release))
    }

    /// A text with placeholders, of which `own` is one that only this text has.
    fn pattern(&mut self, property: &ObjectProp, own: Option<&str>) -> Option<Pattern> {
        let text = self.string(&property.value, "a name")?;
        match Pattern::new(&text, own) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let known: Vec<&str> = ["version", "os", "arch", "libc", "target"].into_iter().chain(own).collect();
                self.bad_template(&property.value, &error, &known);
                None
            }
        }
    }

    fn tag(&mut self, property: &ObjectProp) -> Option<Pattern> {
        let pattern = self.pattern(property, None)?;
        if pattern.around_version().is_none() {
            let help = "write the tag with `{version}` in place of the version, such as \"v{version}\"".to_owned();
            self.at(&property.value, "`tag` needs `{version}` once, and no other placeholder", help);
            return None;
        }
        Some(pattern)
    }

    /// The platforms that something is wanted for.
    pub(super) fn platforms(&mut self, subject: &str, value: &Value) -> Option<Platforms> {
        let elements = self.array(value, "a list of platforms")?;
        let told = self.problems.len();
        let platforms: Platforms =
            elements.iter().filter_map(|one| self.word(one, &Platform::ALL.map(Platform::name))).collect();
        if platforms.is_empty() && self.problems.len() == told {
            let help = "name one, or leave `platforms` out".to_owned();
            self.at(value, format!("{subject} is wanted for no platform"), help);
        }
        Some(platforms)
    }

    /// Commands with their paths; a list has names alone, which the tool's entry keeps by itself.
    fn placed(&mut self, value: &Value) -> BTreeMap<CommandName, Pattern> {
        let Value::Object(_) = value else { return BTreeMap::new() };
        let Some(map) = self.map(value, "`commands`") else { return BTreeMap::new() };
        let mut placed = BTreeMap::new();
        for property in &map.properties {
            let Some(pattern) = self.pattern(property, None) else { continue };
            if let Err(error) = pattern.sample().parse::<InsidePath>() {
                let help = "a path below the archive's root, such as `bin/tool`".to_owned();
                self.at(&property.value, error.to_string(), help);
                continue;
            }
            match property.name.as_str().parse() {
                Ok(command) => {
                    placed.insert(command, pattern);
                }
                Err(error) => self.at(&property.name, format!("{error}"), None),
            }
        }
        placed
    }
}

/// The C library that a release's file is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Libc {
    Gnu,
    Musl,
}

impl std::str::FromStr for Libc {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "gnu" => Ok(Self::Gnu),
            "musl" => Ok(Self::Musl),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Detail, parse, position};

    #[test]
    fn mistakes_have_places() {
        for (text, expected) in [
            (r#""github:a": "1""#, "1:14 `github:a` is not a repository: write `github:OWNER/NAME`"),
            (r#""github:a/b/c": "1""#, "1:14 `github:a/b/c` is not a repository"),
            (r#""github:a/b": { "asset": "{verison}" }"#, "1:39 `{verison}` has no meaning here"),
            (r#""github:a/b": { "asset": "{version" }"#, "1:39 `{` without its `}`"),
            (r#""github:a/b": { "tag": "v" }"#, "1:37 `tag` needs `{version}` once"),
            (r#""github:a/b": { "platforms": [] }"#, "1:43 `github:a/b` is wanted for no platform"),
            (r#""github:a/b": { "libc": "bionic" }"#, "1:38 `bionic` is not one of \"gnu\", \"musl\""),
            (r#""github:a/b": { "url": "https://a.example" }"#, "1:30 unknown key `url`"),
            (r#""github:a/b": { "commands": { "x": "../x" } }"#, "1:49 `../x` leads out of the package"),
            (r#""github:a/b": { "asset": "b-{}" }"#, "1:39 `{}` has no meaning here"),
            (r#""github:a/b": { "commands": { "x y": "bin/x" } }"#, "1:44 `x y` is not a command name"),
        ] {
            let text = format!(r#"{{ "tools": {{ {text} }} }}"#);
            let problems = parse("devshell.json", &text).unwrap_err();
            let (line, column) = position(&text, problems.list[0].range.start);
            let shown = format!("{line}:{column} {}", problems.list[0].message);
            assert!(shown.starts_with(expected), "{shown}");
        }
    }

    #[test]
    fn what_a_manifest_says_of_a_release_is_read() {
        let text = r#"{ "tools": { "github:a/b": { "version": "^2", "asset": "b_{version}_{os}_{arch}.zip",
            "os": { "darwin": "macOS" }, "arch": { "x86_64": "amd64" }, "tag": "b-{version}", "checksums": "{asset}.sha256",
            "platforms": ["x86_64-linux", "x86_64-darwin"], "commands": { "b": "b-{version}/b" } }, "gitlab:a/b/c": "1" } }"#;
        let manifest = parse("devshell.json", text).unwrap();
        let Detail::Release(release) = &manifest.default.tools[0].detail else { panic!() };
        let platform = "x86_64-darwin".parse().unwrap();
        assert_eq!(release.asset("2.1.0", "b-2.1.0", platform).unwrap(), "b_2.1.0_macOS_amd64.zip");
        assert_eq!(release.checksums("2.1.0", "b.zip", platform).unwrap(), "b.zip.sha256");
        assert_eq!(release.tag.as_ref().unwrap().around_version(), Some(("b-", "")));
        assert_eq!(release.paths("2.1.0", platform)[&"b".parse().unwrap()].as_str(), "b-2.1.0/b");
        assert!(release.wants(platform) && !release.wants("aarch64-linux".parse().unwrap()));
    }
}

//! Decodes the tools of a layer.

use std::collections::HashMap;

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::Ranged as _;

use super::shape::Decoder;
use super::url_tool::URL_TOOL_KEYS;
use super::{Addition, Detail, Manifest, Tool};
use crate::name::{BadName, CommandName, SourceLabel, Suite, ToolName};
use crate::version::Requirement;

pub(super) const TOOL_KEYS: &[&str] = &["version", "commands", "suite", "with", "min-age"];

/// What a tool's entry may say beyond its requirement and its commands, by the source that its name begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Nothing,
    /// Packages beside it.
    Additions,
    /// A Debian release.
    Suite,
    /// An address, which it needs.
    Address,
    /// Which file of a release it is.
    Asset,
    /// A release of Rust, and what belongs to it.
    Toolchain,
}

impl Takes {
    pub fn of(name: &ToolName) -> Self {
        if name.is_toolchain() {
            return Self::Toolchain;
        }
        match name.source() {
            Some(SourceLabel::Deb) => Self::Suite,
            Some(SourceLabel::Url) => Self::Address,
            Some(SourceLabel::Codeberg | SourceLabel::Github | SourceLabel::Gitlab) => Self::Asset,
            None | Some(SourceLabel::Npm | SourceLabel::Pypi) => Self::Additions,
            Some(SourceLabel::Host | SourceLabel::Rust | SourceLabel::Vendor) => Self::Nothing,
        }
    }

    /// Whether its commands may have paths.
    const fn has_paths(self) -> bool {
        matches!(self, Self::Address | Self::Asset)
    }
}

impl Decoder<'_> {
    /// One tool is locked once: where two environments ask for the same version, they must mean the same files.
    pub(super) fn compare_details(&mut self, manifest: &Manifest) {
        // Which version it is and what belongs to it may be in a file.
        let is_whole = |tool: &&Tool| tool.toolchain().is_none_or(|toolchain| toolchain.file.is_none());
        let has_detail = |tool: &&Tool| tool.detail != Detail::Plain || Takes::of(&tool.name) == Takes::Additions;
        let mut seen: HashMap<(&ToolName, &str), &Tool> = HashMap::new();
        for tool in manifest.all_tools().filter(has_detail).filter(is_whole) {
            let first: &Tool = seen.entry((&tool.name, tool.requirement.as_str())).or_insert(tool);
            if first.detail != tool.detail {
                let message =
                    format!("`{}` {} is described differently at line {}", tool.name, tool.requirement, first.line);
                self.problem(tool.range.clone(), message, Some("write the same in both places".to_owned()));
            }
        }
    }

    pub(super) fn tools(&mut self, value: &Value) -> Vec<Tool> {
        let mut tools: Vec<Tool> = Vec::new();
        let mut seen: HashMap<ToolName, usize> = HashMap::new();
        let Some(object) = self.map(value, "`tools`") else { return tools };
        for property in &object.properties {
            let name = match property.name.as_str().parse::<ToolName>() {
                Ok(name) => name,
                Err(error) => {
                    self.at(&property.name, error.to_string(), None);
                    continue;
                }
            };
            let (range, line) = (property.name.start()..property.name.end(), self.line(&property.name));
            let first = *seen.entry(name.clone()).or_insert(line);
            let spelled =
                seen.get_key_value(&name).map(|(first, _)| first).filter(|first| first.as_str() != name.as_str());
            // The very same name is a mistake of every object.
            if let Some(spelled) = spelled {
                let message = format!("`{name}` is the repository of `{spelled}`, at line {first}");
                self.at(&property.name, message, "capitals make no difference there; keep one of them".to_owned());
                continue;
            }
            let value = &property.value;
            let takes = Takes::of(&name);
            let Some((requirement, detail)) = self.requirement_and_detail(&name, takes, value) else { continue };
            let commands = value.as_object().and_then(|object| object.get("commands"));
            let commands = commands.map(|property| self.commands(&property.value, takes.has_paths()));
            let min_age = value.as_object().and_then(|object| object.get("min-age"));
            let min_age = min_age.and_then(|property| self.min_age(&property.value));
            tools.push(Tool { name, requirement, commands, min_age, detail, range, line });
        }
        tools
    }

    fn requirement_and_detail(
        &mut self,
        name: &ToolName,
        takes: Takes,
        value: &Value,
    ) -> Option<(Requirement, Detail)> {
        if takes == Takes::Address {
            let (requirement, download) = self.url_tool(name, value)?;
            return Some((requirement, Detail::Download(download)));
        }
        if takes == Takes::Asset {
            let (requirement, release) = self.release_tool(name, value)?;
            return Some((requirement, Detail::Release(release)));
        }
        if takes == Takes::Toolchain {
            let (requirement, toolchain) = self.toolchain_tool(value)?;
            return Some((requirement, Detail::Toolchain(toolchain)));
        }
        let requirement = self.plain_tool(value)?;
        let property = |key| value.as_object().and_then(|object| object.get(key));
        let suite = property("suite").and_then(|property| self.suite_of(takes, property));
        let with = property("with").and_then(|property| self.additions(name, takes, property));
        Some((requirement, suite.map(Detail::Suite).or(with).unwrap_or(Detail::Plain)))
    }

    /// A tool that a registry or the host knows: its requirement, alone or in an object.
    fn plain_tool(&mut self, value: &Value) -> Option<Requirement> {
        let Value::Object(object) = value else { return self.requirement(value) };
        let foreign = |key: &str| URL_TOOL_KEYS.contains(&key) && !TOOL_KEYS.contains(&key);
        if let Some(property) = object.properties.iter().find(|property| foreign(property.name.as_str())) {
            let message = format!("`{}` is for tools of the source `url`", property.name.as_str());
            self.at(&property.name, message, "such a tool is named \"url:NAME\"".to_owned());
            return None;
        }
        let object = self.object(value, "a tool", TOOL_KEYS)?;
        match object.get("version") {
            Some(property) => self.requirement(&property.value),
            None => Some(Requirement::any()),
        }
    }

    /// The packages beside a tool.
    fn additions(&mut self, name: &ToolName, takes: Takes, property: &ObjectProp) -> Option<Detail> {
        if takes != Takes::Additions {
            let help = "take it out, or add the packages as tools of their own".to_owned();
            self.at(&property.name, "`with` is for tools of npm and of Python package indexes", help);
            return None;
        }
        let (mut source, mut additions) = (name.source(), Vec::<Addition>::new());
        for element in self.array(&property.value, "a list of packages")? {
            let Some(text) = self.string(element, "a package") else { continue };
            match Addition::parse(&text, source) {
                Ok((found, addition)) => {
                    source = found;
                    if additions.iter().any(|other| other.package == addition.package) {
                        self.at(element, format!("`{}` appears twice", addition.package), None);
                    }
                    additions.push(addition);
                }
                Err(error) => self.at(element, error.to_string(), None),
            }
        }
        additions.sort();
        if additions.is_empty() { None } else { Some(Detail::With(source, additions)) }
    }

    /// The release that a Debian package is of.
    fn suite_of(&mut self, takes: Takes, property: &ObjectProp) -> Option<Suite> {
        if takes != Takes::Suite {
            let help = "such a tool is named \"deb:NAME\"".to_owned();
            self.at(&property.name, "`suite` is for Debian packages", help);
            return None;
        }
        self.suite(&property.value)
    }

    pub(super) fn suite(&mut self, value: &Value) -> Option<Suite> {
        let text = self.string(value, "a codename")?;
        text.parse().map_err(|error: BadName| self.at(value, error.to_string(), None)).ok()
    }

    /// The names of commands, in a list; where there is a map to their paths, its keys.
    fn commands(&mut self, value: &Value, may_be_map: bool) -> Vec<CommandName> {
        if let (Value::Object(map), true) = (value, may_be_map) {
            // What is wrong with a name is reported where the paths are read.
            return map.properties.iter().filter_map(|property| property.name.as_str().parse().ok()).collect();
        }
        let Some(elements) = self.array(value, "a list of commands") else { return Vec::new() };
        let mut commands = Vec::new();
        for element in elements {
            let Some(text) = self.string(element, "a command") else { continue };
            match text.parse() {
                Ok(command) => commands.push(command),
                Err(error) => self.at(element, format!("{error}"), None),
            }
        }
        commands
    }
}

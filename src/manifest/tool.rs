//! Decodes the tools of a layer.

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::Ranged as _;

use super::Tool;
use super::shape::Decoder;
use super::url_tool::URL_TOOL_KEYS;
use crate::name::{BadName, CommandName, SourceLabel, Suite, ToolName};
use crate::version::Requirement;

pub(super) const TOOL_KEYS: &[&str] = &["version", "commands", "suite"];

impl Decoder<'_> {
    pub(super) fn tools(&mut self, value: &Value) -> Vec<Tool> {
        let mut tools: Vec<Tool> = Vec::new();
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
            let value = &property.value;
            let (requirement, download) = if name.source() == Some(SourceLabel::Url) {
                let Some((requirement, download)) = self.url_tool(&name, value) else { continue };
                (requirement, Some(download))
            } else {
                let Some(requirement) = self.plain_tool(value) else { continue };
                (requirement, None)
            };
            let commands = value.as_object().and_then(|object| object.get("commands"));
            let commands = commands.map(|property| self.commands(&property.value, download.is_some()));
            let suite = value.as_object().and_then(|object| object.get("suite"));
            let suite = suite.and_then(|property| self.suite_of(&name, property));
            tools.push(Tool { name, requirement, suite, commands, download, range, line });
        }
        tools
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

    /// The release that a Debian package is of.
    fn suite_of(&mut self, name: &ToolName, property: &ObjectProp) -> Option<Suite> {
        if name.source() != Some(SourceLabel::Deb) {
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
            // What is wrong with a name is told where the paths are read.
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

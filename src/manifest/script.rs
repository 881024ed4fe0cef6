//! `scripts` in the manifest: command lines by name, alone or with what they need and what they make.

use std::collections::BTreeMap;

use jsonc_parser::ast::Value;
use serde::{Deserialize, Serialize};

use super::Expansion;
use super::scope::Scope;
use super::shape::{Decoder, range};
use crate::name::VarName;
use crate::text::is_plain;

pub(super) const SCRIPT_KEYS: &[&str] = &["run", "needs", "about", "inputs", "outputs", "env", "cwd"];

/// Variables of one script or service, with values that may refer to those of the environment and to those before them.
pub type OwnVariables = Vec<(VarName, Expansion)>;

/// A script, for `devshell run`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// A command line for `sh -c`.
    pub command: String,
    /// Where it is in the manifest, counted from 1.
    pub line: usize,
    /// What it is for.
    pub about: Option<String>,
    /// The scripts that have to have ended well before it, and the services that have to be ready.
    pub needs: Vec<String>,
    /// The files that it reads, as patterns.
    pub inputs: Vec<String>,
    /// The files that it makes, as patterns.
    pub outputs: Vec<String>,
    pub variables: OwnVariables,
    /// Where it runs, below the project's directory.
    pub directory: Option<String>,
}

/// The command of a script that only names what it needs.
const NOTHING: &str = ":";

impl Script {
    /// What it is for, as a list shows it.
    pub fn shown(&self) -> String {
        match &self.about {
            Some(about) => about.clone(),
            None if self.command == NOTHING => self.needs.join(", "),
            None => self.command.clone(),
        }
    }

    /// Whether it is a command line in the project's directory and nothing more, so that a process can become it.
    pub fn is_plain(&self) -> bool {
        self.needs.is_empty()
            && self.inputs.is_empty()
            && self.outputs.is_empty()
            && self.variables.is_empty()
            && self.directory.is_none()
    }
}

impl Decoder<'_> {
    /// `scope` has the variables of the environment.
    pub(super) fn scripts(&mut self, value: &Value, scope: &Scope) -> BTreeMap<String, Script> {
        let mut scripts = BTreeMap::new();
        let Some(object) = self.map(value, "`scripts`") else { return scripts };
        for property in &object.properties {
            let name = property.name.as_str();
            if name.is_empty() || name.starts_with('-') || name.chars().any(|c| c.is_whitespace() || !is_plain(c)) {
                self.at(&property.name, format!("`{name}` is not a script name: no spaces, no leading `-`"), None);
            }
            let line = self.line(&property.name);
            if let Some(script) = self.script(&property.value, scope) {
                scripts.insert(name.to_owned(), Script { line, ..script });
            }
        }
        scripts
    }

    fn script(&mut self, value: &Value, scope: &Scope) -> Option<Script> {
        let mut script = Script::default();
        if !matches!(value, Value::Object(_)) {
            script.command = self.string(value, "a command line")?;
            return Some(script);
        }
        let object = self.object(value, "a script", SCRIPT_KEYS)?;
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "run" => script.command = self.string(value, "a command line").unwrap_or_default(),
                "about" => script.about = self.string(value, "a text"),
                "needs" => script.needs = self.needs(value),
                "inputs" => script.inputs = self.globs(value),
                "outputs" => script.outputs = self.globs(value),
                "env" => script.variables = self.own_variables(value, scope),
                "cwd" => script.directory = self.directory_below(value),
                _ => {}
            }
        }
        if object.get("run").is_none() {
            // One that only names what it needs is good: `"check": { "needs": ["lint", "test"] }`.
            if script.needs.is_empty() {
                self.at(value, "a script needs `run`, a command line, or `needs`", None);
            }
            NOTHING.clone_into(&mut script.command);
        }
        Some(script)
    }

    /// Names of scripts and services. Which there are is checked when all are known.
    pub(super) fn needs(&mut self, value: &Value) -> Vec<String> {
        let Some(elements) = self.array(value, "a list of scripts and services") else { return Vec::new() };
        let mut needs = Vec::new();
        for element in elements {
            let Some(name) = self.string(element, "the name of a script or a service") else { continue };
            if needs.contains(&name) {
                self.at(element, format!("`{name}` is there twice"), None);
            }
            self.needed.push((name.clone(), range(element)));
            needs.push(name);
        }
        needs
    }

    /// Patterns of paths below the project's directory.
    fn globs(&mut self, value: &Value) -> Vec<String> {
        let patterns = self.places(value);
        if let Some(pattern) = patterns.iter().find(|pattern| pattern.starts_with(['/', '~', '!'])) {
            let help = "write a path below the project's directory; `*` and `?` match within a name, `**` directories";
            self.at(value, format!("`{pattern}` is not a path below the project"), help.to_owned());
        }
        patterns
    }

    /// A directory below the project's.
    pub(super) fn directory_below(&mut self, value: &Value) -> Option<String> {
        let path = self.string(value, "a path")?;
        if path.is_empty() || path.starts_with(['/', '~']) || path.split('/').any(|part| part == "..") {
            let help = "write a path below the project's directory, such as \"web\"".to_owned();
            self.at(value, format!("`{path}` is not a directory below the project's"), help);
            return None;
        }
        Some(path)
    }

    /// `env` of a script or a service: texts only, since nothing else could have set them.
    pub(super) fn own_variables(&mut self, value: &Value, above: &Scope) -> OwnVariables {
        let mut variables = Vec::new();
        let mut scope = Scope::new(Some(above), &[]);
        let Some(object) = self.map(value, "`env`") else { return variables };
        for property in &object.properties {
            let Some(name) = self.variable_name(&property.name) else { continue };
            let Some(expansion) = self.expansion(&property.value, Some(&name), &scope) else { continue };
            scope.add(&name, &super::Rule::Set(expansion.clone()));
            variables.push((name, expansion));
        }
        variables
    }
}

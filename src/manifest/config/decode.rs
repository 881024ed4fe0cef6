//! From the text of `config.json` to `Config`, collecting every mistake.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, parse_to_ast};

use super::super::decode::SYNTAX;
use super::super::problem::Problems;
use super::super::scope::Scope;
use super::super::shape::Decoder;
use super::super::{Network, Registries};
use super::{Config, Limits, Preferences, Projects, Wrap, pattern};
use crate::age::Age;
use crate::name::CommandName;
use crate::text::is_plain;

/// The keys of each kind of object; a test holds them against the JSON schema.
pub(super) const CONFIG_KEYS: &[&str] = &[
    "$schema",
    "registries",
    "min-age",
    "sandbox",
    "tools",
    "aliases",
    "env",
    "prompt",
    "wrap",
    "session",
    "projects",
];
pub(super) const PROJECT_KEYS: &[&str] = &["tools", "aliases", "env", "prompt", "wrap", "session"];
pub(super) const LIMIT_KEYS: &[&str] = &["deny", "net", "protect"];
pub(super) const WRAP_KEYS: &[&str] = &["arguments", "env"];
pub(super) const SESSION_KEYS: &[&str] = &["add", "remove"];

/// The command that no alias and no wrapper may replace.
const OWN: &str = "devshell";

/// Parses a `config.json`. `file` is how messages call it.
///
/// # Errors
/// Every mistake in the text, with its place.
pub fn parse(file: &str, text: &str) -> Result<Config, Problems> {
    decode(file, text, |decoder, object| {
        if let Some(property) = object.get("registries") {
            decoder.registries(&property.value);
        }
        decoder.config(object)
    })
}

/// Parses the registries of a `config.json`, and no more than that: a mistake elsewhere is not to
/// keep anybody from fetching. What could be a misspelt `registries` is one all the same.
///
/// # Errors
/// Every mistake in what it reads, with its place.
pub fn registries(file: &str, text: &str) -> Result<Registries, Problems> {
    decode(file, text, |decoder, object| {
        let registries = object.get("registries").map(|property| decoder.registries(&property.value));
        registries.unwrap_or_default().named_by_user()
    })
}

/// Parses the `min-age` of a `config.json`, and no more than that.
///
/// # Errors
/// Every mistake in what it reads, with its place.
pub fn min_age(file: &str, text: &str) -> Result<Option<Age>, Problems> {
    decode(file, text, |decoder, object| object.get("min-age").and_then(|property| decoder.min_age(&property.value)))
}

/// Parses the `sandbox` of a `config.json`, and no more than that.
///
/// # Errors
/// Every mistake in what it reads, with its place.
pub fn limits(file: &str, text: &str) -> Result<Limits, Problems> {
    let read =
        |decoder: &mut Decoder, object: &Object| object.get("sandbox").map(|property| decoder.limits(&property.value));
    decode(file, text, |decoder, object| read(decoder, object).unwrap_or_default())
}

fn decode<T: Default>(file: &str, text: &str, read: impl FnOnce(&mut Decoder, &Object) -> T) -> Result<T, Problems> {
    let mut decoder = Decoder::new(text);
    let mut content = T::default();
    match parse_to_ast(text, &CollectOptions::default(), &SYNTAX) {
        // An empty file says nothing, and that is no mistake.
        Ok(parsed) => {
            if let Some(object) = parsed.value.as_ref().and_then(|v| decoder.object(v, "the file", CONFIG_KEYS)) {
                content = read(&mut decoder, object);
            }
        }
        Err(error) => {
            let range = error.range();
            decoder.problem(range.start..range.end, error.kind().to_string(), None);
        }
    }
    decoder.finish(file, content)
}

impl Decoder<'_> {
    fn config(&mut self, object: &Object) -> Config {
        let mut config = Config::default();
        config.manifest.default = self.own_layer(object, None);
        if let Some(property) = object.get("sandbox") {
            self.limits(&property.value);
        }
        config.manifest.min_age = object.get("min-age").and_then(|property| self.min_age(&property.value));
        self.check_directories(&config.manifest.default, &[]);
        let scope = Scope::new(None, &config.manifest.default.variables);
        config.default = self.preferences(object);
        let projects = object.get("projects").and_then(|property| self.map(&property.value, "`projects`"));
        for property in projects.iter().flat_map(|projects| &projects.properties) {
            let key = property.name.as_str().to_owned();
            let is_path = key.starts_with('/') || key == "~" || key.starts_with("~/");
            if !is_path {
                let help = "it begins with `/` or `~/`, and may hold `*`, such as \"~/code/*\"".to_owned();
                self.at(&property.name, format!("`{key}` is not the path of projects"), help);
            } else if let Err(error) = pattern(&key, "/") {
                self.at(&property.name, format!("`{key}` is not a pattern: {}", error.msg), None);
            }
            if let Some(object) = self.object(&property.value, "a project", PROJECT_KEYS) {
                let layer = self.own_layer(object, Some(&scope));
                self.check_directories(&layer, &config.manifest.default.tools);
                config.manifest.environments.insert(key.clone(), layer);
                let preferences = self.preferences(object);
                config.projects.push(Projects { key, preferences });
            }
        }
        config
    }

    fn limits(&mut self, value: &Value) -> Limits {
        let mut limits = Limits::default();
        let Some(object) = self.object(value, "`sandbox`", LIMIT_KEYS) else { return limits };
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "deny" => limits.deny = self.places(value),
                "net" => limits.net = self.network(value).unwrap_or(Network::NOTHING),
                "protect" => limits.protect = self.boolean(value).unwrap_or(true),
                _ => {}
            }
        }
        limits
    }

    /// Tools and variables. A variable that only they demand prevents no one from entering.
    fn own_layer(&mut self, object: &Object, above: Option<&Scope>) -> super::Layer {
        let variables = object.get("env").and_then(|property| property.value.as_object());
        for property in variables.iter().flat_map(|object| &object.properties) {
            let required = property.value.as_object().and_then(|rule| rule.get("required"));
            if let Some(required) = required {
                self.at(&required.name, "`required` is for manifests", "give the variable its value".to_owned());
            }
        }
        self.layer(object, above)
    }

    fn preferences(&mut self, object: &Object) -> Preferences {
        let mut preferences = Preferences::default();
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "aliases" => self.aliases(value, &mut preferences),
                "prompt" => preferences.prompt = self.prompt(value),
                "wrap" => self.wraps(value, &mut preferences),
                "session" => self.session(value, &mut preferences),
                _ => {}
            }
        }
        preferences
    }

    fn aliases(&mut self, value: &Value, preferences: &mut Preferences) {
        let aliases = self.map(value, "`aliases`");
        for property in aliases.iter().flat_map(|aliases| &aliases.properties) {
            let name = property.name.as_str();
            let good = !name.is_empty()
                && !name.starts_with(['-', '+'])
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c));
            if !good {
                self.at(&property.name, format!("`{name}` is not an alias: letters, digits and `._+-`"), None);
            }
            self.refuse_own(&property.name, name);
            let Some(command) = self.string(&property.value, "a command") else { continue };
            if command.trim().is_empty() {
                self.at(&property.value, "an alias needs a command", None);
            }
            if command.chars().any(char::is_control) {
                let help = "write a script, and let the alias call that".to_owned();
                self.at(&property.value, "an alias has one line, and no control characters", help);
            }
            preferences.aliases.insert(name.to_owned(), command);
        }
    }

    fn prompt(&mut self, value: &Value) -> Option<String> {
        if let Value::BooleanLit(literal) = value {
            if literal.value {
                let help = "leave the key out for `(NAME) `, or write `false` for nothing".to_owned();
                self.at(value, "`prompt` is a text, or `false`", help);
            }
            return Some(String::new());
        }
        let prompt = self.string(value, "what the prompt begins with")?;
        if !prompt.chars().all(is_plain) {
            self.at(value, "the beginning of the prompt may have no control characters", None);
        }
        Some(prompt)
    }

    fn wraps(&mut self, value: &Value, preferences: &mut Preferences) {
        let wraps = self.map(value, "`wrap`");
        for property in wraps.iter().flat_map(|wraps| &wraps.properties) {
            self.refuse_own(&property.name, property.name.as_str());
            let name = self.command_name(&property.name, property.name.as_str());
            let wrap = self.wrap(&property.value);
            if let (Some(name), Some(wrap)) = (name, wrap) {
                preferences.wraps.insert(name, wrap);
            }
        }
    }

    fn wrap(&mut self, value: &Value) -> Option<Wrap> {
        let object = self.object(value, "a wrapped command", WRAP_KEYS)?;
        let mut wrap = Wrap::default();
        // A wrapper's variables are set for the command alone, so that none can extend another.
        if let Some(property) = object.get("arguments") {
            let arguments = self.array(&property.value, "a list of arguments").unwrap_or_default();
            wrap.arguments
                .extend(arguments.iter().filter_map(|argument| self.expansion(argument, None, &Scope::default())));
        }
        let variables = object.get("env").and_then(|property| self.map(&property.value, "`env`"));
        for property in variables.iter().flat_map(|variables| &variables.properties) {
            let value = self.expansion(&property.value, None, &Scope::default());
            if self.refuse_reserved(&property.name, property.name.as_str()) {
                continue;
            }
            match (property.name.as_str().parse(), value) {
                (Ok(name), Some(value)) => wrap.variables.push((name, value)),
                (Err(error), _) => self.at(&property.name, format!("{error}"), None),
                _ => {}
            }
        }
        for (_, range) in std::mem::take(&mut self.directories) {
            let help = "a variable of `env` may have it, and the command reads that".to_owned();
            self.problem(range, "the directory of a tool is for the values of `env`", Some(help));
        }
        Some(wrap)
    }

    fn session(&mut self, value: &Value, preferences: &mut Preferences) {
        let Some(object) = self.object(value, "`session`", SESSION_KEYS) else { return };
        for (key, wanted) in [("add", true), ("remove", false)] {
            let Some(property) = object.get(key) else { continue };
            let elements = self.array(&property.value, "a list of commands").unwrap_or_default();
            for element in elements {
                let text = self.string(element, "a command");
                if let Some(name) = text.and_then(|text| self.command_name(element, &text)) {
                    preferences.session.insert(name, wanted);
                }
            }
        }
    }

    fn command_name(&mut self, place: &impl Ranged, text: &str) -> Option<CommandName> {
        text.parse().map_err(|error| self.at(place, format!("{error}"), None)).ok()
    }

    fn refuse_own(&mut self, place: &impl Ranged, name: &str) {
        if name == OWN {
            self.at(place, "the command `devshell` cannot be wrapped", None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::problem::position;
    use super::*;

    #[test]
    fn mistakes_have_places() {
        for (text, expected) in [
            (r#"{"alias": {}}"#, "1:2 unknown key `alias` / did you mean `aliases`?"),
            (r#"{"scripts": {}}"#, "1:2 unknown key `scripts`"),
            (r#"{"tools": {"brew:x": "1"}}"#, "1:12 `brew:x` names the source `brew`"),
            (r#"{"aliases": {"a b": "c"}}"#, "1:14 `a b` is not an alias"),
            (r#"{"aliases": {"a": ""}}"#, "1:19 an alias needs a command"),
            (r#"{"aliases": {"a": "b\nc"}}"#, "1:19 an alias has one line"),
            (r#"{"aliases": {"devshell": "x"}}"#, "1:14 the command `devshell` cannot be wrapped"),
            (r#"{"aliases": ["a"]}"#, "1:13 `aliases` is an object"),
            (r#"{"env": {"PATH": "/x"}}"#, "1:10 `PATH` is devshell's own"),
            (r#"{"env": {"__DEVSHELL_X": "x"}}"#, "1:10 `__DEVSHELL_X` is devshell's own"),
            (r#"{"env": {"A": "${HOEM}"}}"#, "1:15 `${HOEM}` is not known here / did you mean `${HOME}`?"),
            (r#"{"env": {"A": {"required": "x"}}}"#, "1:16 `required` is for manifests"),
            (r#"{"prompt": true}"#, "1:12 `prompt` is a text, or `false`"),
            (r#"{"prompt": "\u001b[1m"}"#, "1:12 the beginning of the prompt may have no control"),
            (r#"{"wrap": {"nvim": {"args": []}}}"#, "1:20 unknown key `args` / a wrapped command has"),
            (r#"{"wrap": {"nvim": {"arguments": ["$HOME/x"]}}}"#, "1:34 `$HOME` without braces"),
            (r#"{"wrap": {"a/b": {}}}"#, "1:11 `a/b` is not a command name"),
            (r#"{"wrap": {"nvim": {"env": {"a-b": ""}}}}"#, "1:28 `a-b` is not a variable name"),
            (r#"{"wrap": {"nvim": {"env": {"__devshell_a": ""}}}}"#, "1:28 `__devshell_a` is devshell's own"),
            (r#"{"session": {"add": "htop"}}"#, "1:21 expected a list of commands"),
            (r#"{"session": {"addd": []}}"#, "1:14 unknown key `addd` / did you mean `add`?"),
            (r#"{"projects": {"work": {}}}"#, "1:15 `work` is not the path of projects"),
            (r#"{"projects": {"~/a***": {}}}"#, "1:15 `~/a***` is not a pattern"),
            (r#"{"projects": {"~/a": {"registries": {}}}}"#, "1:23 unknown key `registries`"),
            (r#"{"min-age": "soon"}"#, "1:13 `soon` is not a duration"),
            (r#"{"registry": {}}"#, "1:2 unknown key `registry` / did you mean `registries`?"),
            (r#"{"registries": {"nmp": "http://x/"}}"#, "1:17 `nmp` names no packages"),
            ("{", "1:1 "),
        ] {
            let problems = parse("config.json", text).unwrap_err();
            let problem = &problems.list[0];
            let (line, column) = position(text, problem.range.start);
            let help = problem.help.as_deref().map(|help| format!(" / {help}")).unwrap_or_default();
            let shown = format!("{line}:{column} {}{help}", problem.message);
            assert!(shown.starts_with(expected), "{text}: {shown}");
        }
        assert!(parse("config.json", "").is_ok());
    }

    /// A mistake in an alias does not prevent fetching; a misspelt
    /// `registries` would ask the wrong one.
    #[test]
    fn registries_are_read_by_themselves() {
        let text = r#"{"aliases": {"a b": 1}, "registries": {"npm": "http://x.example/"}}"#;
        assert_eq!(registries("config.json", text).unwrap(), registries("c", &text.replace("a b", "a")).unwrap());
        assert_ne!(registries("config.json", text).unwrap(), Registries::default());
        assert!(registries("config.json", r#"{"registry": {}}"#).is_err());
        assert_eq!(min_age("config.json", text).unwrap(), None);
        assert_eq!(min_age("config.json", r#"{"min-age": "1 week"}"#).unwrap().unwrap().to_string(), "7 days");
    }
}

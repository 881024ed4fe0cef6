//! From text to `Manifest`, collecting every mistake instead of stopping at the first.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::problem::Problems;
use super::scope::Scope;
use super::service::port_names;
use super::shape::Decoder;
use super::{Hooks, Isolation, Layer, Manifest};
use crate::age::{Age, BadAge};
use crate::name::{VarName, is_project_name};
use crate::version::Requirement;

/// The keys of each kind of object; a test holds them against the JSON schema.
pub(super) const MANIFEST_KEYS: &[&str] = &[
    "$schema",
    "name",
    "devshell",
    "tools",
    "python",
    "nix",
    "env",
    "env_files",
    "scripts",
    "services",
    "hooks",
    "isolation",
    "sandbox",
    "keep",
    "environments",
    "registries",
    "platforms",
    "min-age",
    "require-provenance",
];
pub(super) const LAYER_KEYS: &[&str] =
    &["tools", "nix", "env", "env_files", "scripts", "services", "keep", "isolation"];
pub(super) const HOOK_KEYS: &[&str] = &["enter"];

/// Standard JSON with comments and trailing commas, and nothing looser.
pub(super) const SYNTAX: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses a manifest. `file` is how messages call it.
///
/// # Errors
/// Every mistake in the text, with its place.
pub fn parse(file: &str, text: &str) -> Result<Manifest, Problems> {
    let mut decoder = Decoder::new(text);
    let manifest = match parse_to_ast(text, &CollectOptions::default(), &SYNTAX) {
        Ok(parsed) => match parsed.value {
            Some(value) => decoder.manifest(&value),
            None => {
                decoder.problem(0..0, "the file is empty", Some("the smallest manifest is `{}`".to_owned()));
                Manifest::default()
            }
        },
        Err(error) => {
            let range = error.range();
            match text.lines().position(|line| line.starts_with("<<<<<<< ")) {
                Some(index) => {
                    let start = text.lines().take(index).map(|line| line.len() + 1).sum();
                    let help = "resolve the conflict by hand, then `devshell lock` repairs the lock";
                    decoder.problem(start..start + 7, "a merge left its conflict markers", Some(help.to_owned()));
                }
                None => decoder.problem(range.start..range.end, lower_first(&error.kind().to_string()), None),
            }
            Manifest::default()
        }
    };
    decoder.finish(file, manifest)
}

/// The versions of devshell a manifest needs, even when the rest of it cannot be understood.
pub fn wanted_devshell(text: &str) -> Option<Requirement> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &SYNTAX).ok()?;
    let Some(Value::Object(object)) = parsed.value else { return None };
    object.get_string("devshell")?.value.parse().ok()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

impl Decoder<'_> {
    fn manifest(&mut self, value: &Value) -> Manifest {
        let mut manifest = Manifest::default();
        let Some(object) = self.object(value, "the manifest", MANIFEST_KEYS) else { return manifest };
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "name" => manifest.name = self.name(value),
                "devshell" => manifest.devshell = self.requirement(value),
                "hooks" => manifest.hooks = self.hooks(value),
                "sandbox" => manifest.sandbox = self.sandbox(value),
                "registries" => manifest.registries = self.registries(value),
                "python" => manifest.python = self.python(value),
                "min-age" => manifest.min_age = self.min_age(value),
                "platforms" => {
                    manifest.platforms = self.platforms("the manifest", value).unwrap_or_default();
                    manifest.platforms_line = Some(self.line(&property.name));
                }
                _ => {}
            }
        }
        manifest.default = self.layer(object, None);
        self.check_directories(&manifest.default, &[]);
        let mut scope = Scope::new(None, &manifest.default.variables);
        scope.add_ports(manifest.default.ports().map(|port| port.name.clone()));
        if let Some(property) = object.get("environments")
            && let Some(environments) = self.map(&property.value, "`environments`")
        {
            for property in &environments.properties {
                let name = property.name.as_str();
                if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
                    self.at(
                        &property.name,
                        format!("`{name}` is not an environment name: letters, digits and `._-`"),
                        None,
                    );
                }
                if let Some(object) = self.object(&property.value, "an environment", LAYER_KEYS) {
                    let layer = self.layer(object, Some(&scope));
                    self.check_directories(&layer, &manifest.default.tools);
                    manifest.environments.insert(name.to_owned(), layer);
                }
            }
        }
        if let Some(property) = object.get("require-provenance") {
            manifest.require_provenance = self.require_provenance(&property.value, &manifest);
        }
        self.check_needs(&manifest);
        self.compare_details(&manifest);
        self.check_python(&manifest);
        manifest.base = self.base(object, &manifest);
        manifest
    }

    pub(super) fn layer(&mut self, object: &Object, above: Option<&Scope>) -> Layer {
        let mut layer = Layer::default();
        // All values may refer to the ports of services.
        let mut scope = Scope::new(above, &[]);
        scope.add_ports(object.get("services").map(|services| port_names(&services.value)).unwrap_or_default());
        if let Some(property) = object.get("env") {
            layer.variables = self.variables(&property.value, Some(&scope));
        }
        let scope = Scope::new(Some(&scope), &layer.variables);
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "tools" => layer.tools = self.tools(value),
                "scripts" => layer.scripts = self.scripts(value, &scope),
                "services" => layer.services = self.services(value, &scope),
                "env_files" => layer.env_files = self.strings(value, "a path"),
                "keep" => layer.keep = self.patterns(value),
                "isolation" => layer.isolation = self.word(value, &Isolation::ALL.map(Isolation::name)),
                _ => {}
            }
        }
        layer.nix = self.nix(object);
        layer.directories = std::mem::take(&mut self.directories);
        layer
    }

    /// A duration, such as `3 days`.
    pub(super) fn min_age(&mut self, value: &Value) -> Option<Age> {
        let text = self.string(value, "a duration")?;
        let help = "write a number and `minutes`, `hours`, `days` or `weeks`, such as \"3 days\", or \"0\"".to_owned();
        text.parse().map_err(|error: BadAge| self.at(value, error.to_string(), help)).ok()
    }

    fn name(&mut self, value: &Value) -> Option<String> {
        let name = self.string(value, "a name")?;
        if !is_project_name(&name) {
            self.at(value, "a name has 1 to 64 characters and no control characters", None);
            return None;
        }
        Some(name)
    }

    fn hooks(&mut self, value: &Value) -> Hooks {
        let mut hooks = Hooks::default();
        if let Some(property) = self.object(value, "`hooks`", HOOK_KEYS).and_then(|object| object.get("enter")) {
            hooks.enter = self.string(&property.value, "a command line");
        }
        hooks
    }

    pub(super) fn requirement(&mut self, value: &Value) -> Option<Requirement> {
        if let Value::NumberLit(number) = value {
            let read = number.value.parse::<f64>().map_or_else(|_| number.value.to_owned(), |n| n.to_string());
            let why = if read == number.value { String::new() } else { format!(", and JSON reads it as {read}") };
            let help = format!("write \"{}\"", number.value);
            self.at(value, format!("`{}` is a number{why}", number.value), help);
            return None;
        }
        let text = self.string(value, "a version requirement")?;
        match text.parse() {
            Ok(requirement) => Some(requirement),
            Err(error) => {
                self.at(value, format!("{error}"), None);
                None
            }
        }
    }

    fn patterns(&mut self, value: &Value) -> Vec<String> {
        let Some(elements) = self.array(value, "a list of variable names") else { return Vec::new() };
        let mut patterns = Vec::new();
        for element in elements {
            let Some(text) = self.string(element, "a variable name") else { continue };
            if VarName::is_valid(text.strip_suffix('*').unwrap_or(&text)) {
                if !self.refuse_reserved(element, &text) {
                    patterns.push(text);
                }
            } else {
                self.at(element, format!("`{text}` is not a variable name, nor one that ends in `*`"), None);
            }
        }
        patterns
    }
}

#[cfg(test)]
mod tests {
    use super::super::Script;
    use super::super::problem::{Problem, position};
    use super::*;

    /// Each mistake as `line:column message (help)`.
    fn mistakes(text: &str) -> Vec<String> {
        let problems = parse("devshell.json", text).err().map_or_else(Vec::new, |problems| problems.list);
        let show = |p: &Problem| {
            let (line, column) = position(text, p.range.start);
            let help = p.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
            format!("{line}:{column} {}{help}", p.message)
        };
        problems.iter().map(show).collect()
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"{
          // a comment
          "$schema": "x", "name": "shop", "devshell": ">=0.1",
          "tools": { "node": "22", "npm:prettier": { "version": "^3.3", "commands": ["prettier"], "min-age": "0" }, "host:docker": {} },
          "env": { "A": "1", "B": "${A}${HOME}", "C": { "prepend": "x" }, "D": { "append": "x" },
                   "E": { "default": "" }, "F": { "unset": true }, "G": { "required": "ask" }, "H": { "set": "$$" } },
          "env_files": [".env"], "scripts": { "test": "true" }, "hooks": { "enter": "hi" },
          "isolation": "pure", "keep": ["AWS_*"],
          "environments": { "docs": { "tools": { "node": "20", "npm:x": "*" }, "env": { "A": "${B}" } } },
          "registries": { "npm": "http://127.0.0.1:1/" }, "platforms": ["x86_64-linux", "aarch64-darwin"], "min-age": "3 days",
          "python": { "version": ">=3.10", "from": "host", "requirements": ["./pyproject.toml"], "extras": ["dev"],
                      "groups": ["test"], "allow-build": ["x"], "exclude-newer": "3 days" },
        }"#;
        let manifest = parse("devshell.json", text).unwrap();
        assert_eq!(manifest.name.as_deref(), Some("shop"));
        assert_eq!(manifest.default.isolation, Some(Isolation::Pure));
        assert_eq!(manifest.platforms.to_string(), "aarch64-darwin, x86_64-linux");
        assert_eq!(manifest.min_age.unwrap().to_string(), "3 days");
        assert!(manifest.default.tools[0].min_age.is_none() && manifest.default.tools[1].min_age.unwrap().is_none());
        assert_eq!(manifest.default.variables.len(), 8);
        let python = manifest.python.as_ref().unwrap();
        assert_eq!((python.version.as_str(), python.origin), (">=3.10", super::super::PythonOrigin::Host));
        assert_eq!(python.requirements[0].path, "pyproject.toml");
        assert_eq!((python.groups.len(), python.exclude_newer.as_deref()), (1, Some("3 days")));
        assert_eq!(manifest.default.tools[1].line, 4);
        assert_eq!(
            manifest.default.scripts["test"],
            Script { command: "true".to_owned(), line: 7, ..Script::default() }
        );
        let docs = manifest.select(&["docs".to_owned()]).unwrap();
        let tools: Vec<_> = docs.tools.iter().map(|t| format!("{} {}", t.name, t.requirement)).collect();
        assert_eq!(tools, ["node 20", "npm:prettier ^3.3", "host:docker *", "npm:x *"]);
        assert_eq!(docs.variables.last().unwrap().name.as_str(), "A");
        assert!(manifest.select(&["doc".to_owned()]).is_err());
    }

    #[test]
    fn mistakes_in_what_is_locked_have_places_and_help() {
        let cases: &[(&str, &[&str])] = &[
            (
                r#"{"platforms": ["x86_64-linux", "x86_64-linus"]}"#,
                &[
                    "1:32 `x86_64-linus` is not one of \"aarch64-darwin\", \"aarch64-linux\", \"aarch64-linux-musl\", \"x86_64-darwin\", \"x86_64-linux\", \"x86_64-linux-musl\" (did you mean `x86_64-linux`?)",
                ],
            ),
            (
                r#"{"platforms": []}"#,
                &["1:15 the manifest is wanted for no platform (name one, or leave `platforms` out)"],
            ),
            (
                r#"{"min-age": "3 months", "tools": {"node": {"min-age": 3}, "url:a": {"version": "1", "url": "https://a.example/a", "min-age": "x"}}}"#,
                &[
                    "1:13 `3 months` is not a duration (write a number and `minutes`, `hours`, `days` or `weeks`, such as \"3 days\", or \"0\")",
                    "1:55 expected a duration in quotes, found a number",
                    "1:126 `x` is not a duration (write a number and `minutes`, `hours`, `days` or `weeks`, such as \"3 days\", or \"0\")",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(mistakes(text), *expected, "{text}");
        }
    }

    #[test]
    fn mistakes_have_places_and_help() {
        let cases: &[(&str, &[&str])] = &[
            ("", &["1:1 the file is empty (the smallest manifest is `{}`)"]),
            ("[]", &["1:1 the manifest is an object in `{` and `}`, found a list"]),
            (r#"{"tool": {}}"#, &["1:2 unknown key `tool` (did you mean `tools`?)"]),
            (r#"{"tools": {"node": 3.10}}"#, &["1:20 `3.10` is a number, and JSON reads it as 3.1 (write \"3.10\")"]),
            (r#"{"tools": {"node": 22}}"#, &["1:20 `22` is a number (write \"22\")"]),
            (
                "{\"tools\": {\"node\": \"22\",\n \"node\": \"20\"}}",
                &["2:2 `node` appears twice (the first one is at line 1)"],
            ),
            (
                r#"{"env": {"A": "${B}", "B": "1"}}"#,
                &[
                    "1:15 `${B}` is not known here (a value may use HOME, DEVSHELL_ROOT, DEVSHELL_STATE, DEVSHELL_NAME and the variables above it)",
                ],
            ),
            (
                r#"{"env": {"A": "${A}:x"}}"#,
                &[
                    "1:15 `${A}` is not known here (to extend the caller's value write { \"prepend\": … } or { \"append\": … })",
                ],
            ),
            (
                r#"{"env": {"A": "$HOME"}}"#,
                &[
                    "1:15 `$HOME` without braces is not a reference (write `${HOME}` for the variable, or `$$HOME` for the text)",
                ],
            ),
            (
                r#"{"env": {"__DEVSHELL_ALIASES": "x", "__devshell_stamp": {"unset": true}, "DEVSHELL_X": "x"}}"#,
                &[
                    "1:10 `__DEVSHELL_ALIASES` is devshell's own (choose another prefix)",
                    "1:37 `__devshell_stamp` is devshell's own (choose another prefix)",
                    "1:74 `DEVSHELL_X` is devshell's own (choose another prefix)",
                ],
            ),
            (r#"{"keep": ["__DEVSHELL_*"]}"#, &["1:11 `__DEVSHELL_*` is devshell's own (choose another prefix)"]),
            (r#"{"name": "a\u202eb"}"#, &["1:10 a name has 1 to 64 characters and no control characters"]),
            (r#"{"env": {"PATH": "x"}}"#, &["1:10 `PATH` is devshell's own (add the tools you need to `tools`)"]),
            (
                r#"{"env": {"A": {"set": "1", "unset": true}}}"#,
                &[
                    "1:15 a variable has exactly one rule (one of `set`, `default`, `prepend`, `append`, `unset`, `required`)",
                ],
            ),
            (r#"{"env": {"A": {"unset": false}}}"#, &["1:25 `unset` takes `true` and nothing else"]),
            (
                r#"{"isolation": "paht"}"#,
                &[
                    "1:15 `paht` is not one of \"none\", \"path\", \"pure\", \"sandbox\", \"hermetic\" (did you mean `path`?)",
                ],
            ),
            (
                r#"{"name": 1, "keep": "X", "scripts": {"a b": "x", "c": []}}"#,
                &[
                    "1:10 expected a name in quotes, found a number",
                    "1:21 expected a list of variable names in `[` and `]`, found a text",
                    "1:38 `a b` is not a script name: no spaces, no leading `-`",
                    "1:55 expected a command line in quotes, found a list",
                ],
            ),
            (r#"{"python": {}}"#, &["1:12 `python` has no version (such as \"version\": \">=3.10\")"]),
            (
                r#"{"python": {"version": 3.10, "from": "conda"}}"#,
                &["1:24 `3.10` is a number, and JSON reads it as 3.1 (write \"3.10\")"],
            ),
            (
                r#"{"python": {"version": "3", "from": "conda", "requirements": ["../a"], "allow-build": ["a b"]}}"#,
                &[
                    "1:37 `conda` is not one of \"uv\", \"host\", \"deb\"",
                    "1:63 `../a` leads out of the project (write a path from the manifest's directory, such as \"requirements.txt\")",
                    "1:87 `a b` is not the name of a package",
                ],
            ),
            (
                r#"{"python": {"version": "3", "groups": ["dev"]}}"#,
                &["1:29 `groups` is for a pyproject.toml (name it: \"requirements\": [\"pyproject.toml\"])"],
            ),
            (
                r#"{"python": {"version": "3"}, "tools": {"python": "3"}}"#,
                &[
                    "1:40 `python` is given twice: as a tool, and as a block of its own (keep only the `python` block; \"from\": \"host\" takes the host's)",
                ],
            ),
            (r#"{"registries": {"npm": "ftp://x"}}"#, &["1:24 `ftp://x` is not an http or https URL"]),
            (
                r#"{"tools": {"brew:jq": "1"}}"#,
                &[
                    "1:12 `brew:jq` names the source `brew`, and devshell knows `codeberg:`, `deb:`, `github:`, `gitlab:`, `host:`, `npm:`, `pypi:`, `rust:`, `url:` and `vendor:`",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(mistakes(text), *expected, "{text}");
        }
        assert_eq!(mistakes("{\"tools\": {,}}").len(), 1);
        assert_eq!(mistakes("{\"a\" 1}").len(), 1);
        let conflict = mistakes("{\n<<<<<<< HEAD\n  \"name\": \"a\"\n=======\n>>>>>>> x\n}");
        assert!(conflict[0].starts_with("2:1 a merge left its conflict markers"), "{conflict:?}");
        assert_eq!(wanted_devshell(r#"{"devshell": ">=9", "later": 1}"#).unwrap().as_str(), ">=9");
    }
}

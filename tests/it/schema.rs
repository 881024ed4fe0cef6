//! The JSON Schemas of the manifest and of the user's own settings: current, and honoured by an
//! independent validator.

use std::path::Path;

use boon::{Compiler, Schemas};
use devshell::manifest::{self, config};
use serde_json::Value;

use crate::support::Sandbox;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const MANIFEST: &str = "docs/devshell.schema.json";
const CONFIG: &str = "docs/config.schema.json";

/// A manifest as plain JSON: the validator knows nothing of comments.
fn plain(text: &str) -> Value {
    let options = jsonc_parser::ParseOptions::default();
    jsonc_parser::parse_to_serde_value(text, &options).unwrap()
}

fn is_valid(schema: &str, instance: &Value) -> bool {
    let schema: Value = serde_json::from_str(&fs_err::read_to_string(root().join(schema)).unwrap()).unwrap();
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("schema.json", schema).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    schemas.validate(instance, index).is_ok()
}

/// `DEVSHELL_WRITE_SCHEMA=1 cargo test --test it schema` writes the files anew.
#[test]
fn the_committed_schemas_are_the_generated_ones() {
    for (file, schema) in [(MANIFEST, manifest::json_schema()), (CONFIG, config::json_schema())] {
        let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let file = root().join(file);
        if std::env::var_os("DEVSHELL_WRITE_SCHEMA").is_some() {
            fs_err::write(&file, &generated).unwrap();
        }
        let committed = fs_err::read_to_string(file).unwrap();
        assert_eq!(committed, generated, "run `DEVSHELL_WRITE_SCHEMA=1 cargo test --test it schema`");
    }
}

/// No network and no project is needed for it.
#[test]
fn devshell_prints_the_schemas() {
    let sandbox = Sandbox::new();
    for (words, file) in
        [(&["schema"][..], MANIFEST), (&["schema", "manifest"], MANIFEST), (&["schema", "settings"], CONFIG)]
    {
        let committed = fs_err::read_to_string(root().join(file)).unwrap();
        sandbox.run(words).success().stdout(&committed).stderr("");
    }
    sandbox.run(&["schema", "lock"]).code(2).stdout("").stderr_contains("[possible values: manifest, settings]");
}

#[test]
fn every_template_satisfies_the_schema() {
    for template in devshell::templates::TEMPLATES {
        for text in [template.manifest].into_iter().chain(template.project) {
            assert!(is_valid(MANIFEST, &plain(text)), "shells/{}: {text}", template.name);
        }
    }
}

/// What the schema calls wrong, the parser refuses, and what the parser takes, the schema does.
#[test]
fn the_schema_and_the_parser_agree() {
    let cases = [
        ("{}", true),
        (r#"{"tools": {"node": "22", "npm:x": {"version": "1", "commands": ["x"]}, "host:git": {}}}"#, true),
        (r#"{"env": {"A": "1", "B": {"default": ""}, "C": {"unset": true}, "D": {"required": "ask"}}}"#, true),
        (r#"{"isolation": "pure", "keep": ["AWS_*"], "env_files": [".env"], "hooks": {"enter": "true"}}"#, true),
        (r#"{"environments": {"docs": {"tools": {"node": "22"}}}, "registries": {"npm": "http://127.0.0.1/"}}"#, true),
        (r#"{"python": {"version": ">=3.10", "from": "host", "requirements": ["r.txt"], "allow-build": ["x"]}}"#, true),
        (
            r#"{"tools": {"github:a/b": "1", "gitlab:a/b/c": {"asset": "b-{os}", "libc": "gnu", "tag": "v{version}"}}}"#,
            true,
        ),
        (
            r#"{"tools": {"github:a/b": {"platforms": ["x86_64-linux"], "commands": {"b": "bin/b"}, "libc": {"gnu": ""}}}}"#,
            true,
        ),
        (r#"{"tools": {"github:a/b": {"url": "https://a.example"}}}"#, false),
        (r#"{"tools": {"github:a/b": {"libc": "bionic"}}}"#, false),
        (r#"{"registries": {"github:acme/*": "https://a.example", "gitlab": "https://b.example"}}"#, true),
        (r#"{"python": {"from": "uv"}}"#, false),
        (r#"{"python": {"version": "3", "from": "conda"}}"#, false),
        (r#"{"python": {"version": "3", "package": []}}"#, false),
        (r#"{"registries": {"pypi": "http://127.0.0.1/", "pypi:x": "http://127.0.0.1/"}}"#, true),
        (r#"{"tools": {"url:a": {"version": "1", "url": "https://a.example/{os}", "os": {"darwin": "mac"}}}}"#, true),
        (r#"{"tools": {"url:a": {"version": "1", "platforms": {"x86_64-linux": "https://a.example/a"}}}}"#, true),
        (
            r#"{"tools": {"url:a": {"version": "1", "url": "https://a.example/a", "format": "zip", "strip": 1,
                "platforms": ["x86_64-linux"], "commands": {"a": "b"}, "checksums": "{url}.sha256"}}}"#,
            true,
        ),
        (r#"{"tool": {}}"#, false),
        (r#"{"tools": {"url:a": "1"}}"#, false),
        (r#"{"tools": {"url:a": {"version": "1"}}}"#, false),
        (r#"{"tools": {"url:a": {"version": "1", "platforms": ["x86_64-linux"]}}}"#, false),
        (r#"{"tools": {"url:a": {"url": "https://a.example/a"}}}"#, false),
        (r#"{"tools": {"url:a": {"version": "1", "url": "https://a.example/a", "os": {"linus": "x"}}}}"#, false),
        (r#"{"tools": {"url:a": {"version": "1", "url": "https://a.example/a", "strip": 10}}}"#, false),
        (r#"{"tools": {"url:a": {"version": "1", "url": "https://a.example/a", "format": "rar"}}}"#, false),
        (r#"{"tools": {"node": {"version": "22", "url": "https://a.example/a"}}}"#, false),
        (r#"{"tools": {"node": 22}}"#, false),
        (r#"{"tools": {"node": {"verison": "22"}}}"#, false),
        (r#"{"tools": null}"#, false),
        (r#"{"env": {"A": {"set": "1", "unset": true}}}"#, false),
        (r#"{"env": {"A": {"unset": false}}}"#, false),
        (r#"{"env": {"A": {}}}"#, false),
        (r#"{"env": {"DEVSHELL": "1", "devshell_x": "1", "_": "1", "a_9": "1"}, "keep": ["A", "devshell_*"]}"#, true),
        (r#"{"env": {"DEVSHELL_X": "1"}}"#, false),
        (r#"{"env": {"__DEVSHELL_X": "1"}}"#, false),
        (r#"{"env": {"__devshell_x": {"unset": true}}}"#, false),
        (r#"{"env": {"A B": "1"}}"#, false),
        (r#"{"env": {"9A": "1"}}"#, false),
        (r#"{"environments": {"docs": {"env": {"DEVSHELL_X": "1"}}}}"#, false),
        (r#"{"keep": ["DEVSHELL_*"]}"#, false),
        (r#"{"keep": ["__Devshell_X"]}"#, false),
        (r#"{"keep": ["A*B"]}"#, false),
        (r#"{"keep": ["*"]}"#, false),
        (r#"{"isolation": "paht"}"#, false),
        (r#"{"scripts": {"a": ["b"]}}"#, false),
        (r#"{"environments": {"docs": {"name": "x"}}}"#, false),
        (r#"{"registries": {"brew": "http://127.0.0.1/"}}"#, false),
        (r#"{"registries": {"npm:@a/*": "http://127.0.0.1/", "npm:b": "http://127.0.0.1/"}}"#, true),
    ];
    for (text, expected) in cases {
        assert_eq!(is_valid(MANIFEST, &plain(text)), expected, "the schema on {text}");
        assert_eq!(manifest::parse("devshell.json", text).is_ok(), expected, "the parser on {text}");
    }
}

/// What the page of the user's own settings shows can be copied from it.
#[test]
fn the_examples_of_settings_are_right() {
    let page = fs_err::read_to_string(root().join("docs/personal.md")).unwrap();
    let examples: Vec<&str> = page.split("```jsonc\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() > 3, "{examples:?}");
    for text in examples {
        assert!(is_valid(CONFIG, &plain(text)), "{text}");
        config::parse("docs/personal.md", text).unwrap_or_else(|problems| panic!("{:?}", problems.list));
    }
}

/// The same of the user's own settings.
#[test]
fn the_schema_and_the_parser_of_settings_agree() {
    let cases = [
        ("{}", true),
        (r#"{"$schema": "x", "registries": {"npm": "http://127.0.0.1/"}, "tools": {"node": "22"}}"#, true),
        (r#"{"aliases": {"gs": "git status"}, "env": {"A": "1", "B": {"default": "2"}, "C": {"unset": true}}}"#, true),
        (
            r#"{"prompt": "[{name}] ", "projects": {"~": {"prompt": false}, "/srv/*": {"session": {"add": ["x"]}}}}"#,
            true,
        ),
        (r#"{"wrap": {"nvim": {"arguments": ["-u", "x"], "env": {"A": "${HOME}"}}, "vi": {}}}"#, true),
        (r#"{"session": {"add": ["htop"], "remove": []}}"#, true),
        (r#"{"alias": {}}"#, false),
        (r#"{"scripts": {}}"#, false),
        (r#"{"tools": {"node": 22}}"#, false),
        (r#"{"aliases": {"gs": ["git", "status"]}}"#, false),
        (r#"{"env": {"A": {"required": "x"}}}"#, false),
        (r#"{"env": {"DEVSHELL_X": "1"}}"#, false),
        (r#"{"projects": {"~/work": {"env": {"__DEVSHELL_X": "1"}}}}"#, false),
        (r#"{"wrap": {"vi": {"env": {"__devshell_x": "1"}}}}"#, false),
        (r#"{"env": {"A": {"set": "1", "unset": true}}}"#, false),
        (r#"{"prompt": true}"#, false),
        (r#"{"prompt": 1}"#, false),
        (r#"{"wrap": {"nvim": {"args": []}}}"#, false),
        (r#"{"wrap": {"nvim": "x"}}"#, false),
        (r#"{"session": {"add": "htop"}}"#, false),
        (r#"{"projects": {"work": {}}}"#, false),
        (r#"{"projects": {"~ada/work": {}}}"#, false),
        (r#"{"projects": {"~/work": {"registries": {}}}}"#, false),
    ];
    for (text, expected) in cases {
        assert_eq!(is_valid(CONFIG, &plain(text)), expected, "the schema on {text}");
        assert_eq!(config::parse("config.json", text).is_ok(), expected, "the parser on {text}");
    }
}

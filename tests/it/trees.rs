//! Tools in JavaScript with dependencies: from a lock that names every package and its place to
//! a directory like the one npm would make.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Package, Registry, Sandbox, package, tool};

/// Version 1 of this is wanted by the tool, version 2 by its dependency.
fn shared(version: &str) -> Package {
    package("shared", version).file("index.sh", format!("echo shared {version}\n"))
}

fn top() -> Package {
    let text = "for package in shared middle; do . \"$(dirname \"$0\")/../../$package/index.sh\"; done\n";
    package("top", "1.0.0").bin("top", "./bin/top.js").file("bin/top.js", text).dependency("middle", "1")
}

fn middle() -> Package {
    let description = json!({
        "name": "middle", "version": "1.0.0", "bin": { "mid": "cli.js", "out": "../../out" },
        "scripts": { "preinstall": "touch \"$HOME/ran\"", "postinstall": "touch \"$HOME/ran\"" },
    });
    let inner = "echo middle; . \"$(dirname \"$0\")/../../middle/node_modules/shared/index.sh\"\n";
    package("middle", "1.0.0")
        .file("package.json", description.to_string())
        .file("index.sh", inner)
        .executable("cli.js", "#!/usr/bin/env node\necho mid\n")
}

fn at(path: &str, package: &Package) -> Value {
    json!({
        "path": path, "registry": "npm", "package": package.name, "version": package.version,
        "integrity": package.integrity(),
    })
}

/// A project whose lock holds the tool with its dependencies.
fn project(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    registry.publish([top(), middle(), shared("1.0.0"), shared("2.0.0")]);
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    let mut lock = sandbox.lock();
    let mut mac = at("node_modules/mac", &package("mac", "1.0.0"));
    mac["platforms"] = json!(["aarch64-darwin", "x86_64-darwin"]);
    lock["tools"].as_array_mut().unwrap().push(json!({
        "tool": "npm:top", "requirement": "1", "version": "1.0.0", "runtime": "node",
        "commands": { "top": "node_modules/top/bin/top.js" },
        "artifacts": [
            mac,
            at("node_modules/middle", &middle()),
            at("node_modules/middle/node_modules/shared", &shared("2.0.0")),
            at("node_modules/shared", &shared("1.0.0")),
            at("node_modules/top", &top()),
        ],
    }));
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:top": "1" } }"#);
    sandbox.write("devshell.lock", lock.to_string());
    sandbox
}

fn build(sandbox: &Sandbox) -> PathBuf {
    let builds: Vec<PathBuf> =
        fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(builds.len(), 1, "{builds:?}");
    builds[0].clone()
}

#[test]
fn each_package_lies_where_the_lock_says() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    sandbox.run(&["run", "top"]).success().stdout("shared 1.0.0\nmiddle\nshared 2.0.0\n");
    let modules = build(&sandbox).join("node_modules");
    assert!(modules.join("middle/node_modules/shared/index.sh").is_file());
    assert!(!modules.join("mac").exists(), "it is for another platform");
    let links = [(".bin/mid", "../middle/cli.js"), (".bin/top", "../top/bin/top.js")];
    for (link, target) in links {
        // What the registry knows and the package itself does not say is no matter of `.bin`.
        let found = fs_err::read_link(modules.join(link)).ok();
        assert_eq!(found, (link == ".bin/mid").then(|| target.into()), "{link}");
    }
    assert!(!modules.join(".bin/out").exists(), "a command leads out of its package");
    assert!(!sandbox.home().join("ran").exists(), "an install script ran");
    let mode = fs_err::metadata(modules.join("middle/index.sh")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o444);
    assert_eq!(fs_err::metadata(&modules).unwrap().mode() & 0o777, 0o555);
}

#[test]
fn installing_makes_the_directory_and_needs_no_npm() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    registry.forget_requests();
    sandbox.run(&["install"]).success();
    let asked = registry.requests();
    assert!(asked.iter().all(|request| request.contains(".tgz ")), "{asked:?}");
    assert!(build(&sandbox).join("node_modules/top/bin/top.js").is_file());
    sandbox.run(&["--offline", "run", "top"]).success().stdout_contains("middle");
    // A build costs no room: its files are the objects' own.
    let file = build(&sandbox).join("node_modules/middle/index.sh");
    assert_eq!(fs_err::metadata(file).unwrap().nlink(), 2);
}

#[test]
fn a_tool_with_many_packages_is_one_line() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    let outcome = sandbox.run(&["install"]);
    let lines = outcome.errors();
    assert_eq!(lines.lines().filter(|line| line.contains("fetching")).count(), 2, "{lines}");
    outcome.stderr_contains("devshell: fetching npm:top 1.0.0 (4 packages)\n");
}

#[test]
fn a_build_that_was_removed_is_made_again() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    sandbox.run(&["run", "top"]).success();
    devshell::files::remove_tree(&build(&sandbox)).unwrap();
    sandbox.run(&["--offline", "run", "top"]).success().stdout_contains("middle");
}

#[test]
fn without_an_npm_it_cannot_be_locked() {
    let registry = Registry::with([top(), middle()]);
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:top": "1" } }"#);
    let outcome = sandbox.run(&["lock"]);
    outcome.code(5).stdout("");
    outcome.stderr_contains("devshell: the dependencies of `npm:top` cannot be resolved\n");
    outcome.stderr_contains("because npm, which resolves them, is not available: `");
    outcome.stderr_contains("hint: check the spelling, and the registry in `.npmrc`\n");
    assert!(!sandbox.project().join("devshell.lock").exists());
}

//! `devshell gc --only-here`: of the store stays what one project needs, whenever it was used, and what is in use.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Package, Registry, Sandbox, package, tool, tree, wait_until};

const SHOP: &str = r#"{
  "tools": { "node": "22", "npm:hello": "1" },
  "environments": { "docs": { "tools": { "npm:pages": "1" } } }
}
"#;

fn script(name: &str, version: &str) -> Package {
    let path = format!("{name}.js");
    package(name, version).bin(name, &path).file(&path, format!("echo {name} {version}\n"))
}

fn registry() -> Registry {
    let scripts = ["hello", "pages", "other", "mine"].map(|name| script(name, "1.0.0"));
    Registry::with([scripts.to_vec(), tool("node", "22.3.0")].concat())
}

/// A project with all its tools, next to another one, which is in use as much.
fn shop(registry: &Registry) -> Sandbox {
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(SHOP);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install", "--all"]).success();
    sandbox.run(&["run", "hello"]).success().stdout("hello 1.0.0\n");
    sandbox.write("../other/devshell.json", r#"{ "tools": { "node": "22", "npm:other": "1" } }"#);
    in_other(&sandbox, &["lock"]);
    in_other(&sandbox, &["run", "other"]);
    sandbox
}

fn in_other(sandbox: &Sandbox, words: &[&str]) {
    sandbox.devshell(words).directory("../other").run().success();
}

/// What the objects of the store are: their files at the top, but for what all have.
fn objects(sandbox: &Sandbox) -> BTreeSet<String> {
    let paths = tree(&sandbox.data().join("objects-1")).into_keys();
    let names = paths.filter_map(|path| Some(Path::new(&path).file_name()?.to_str()?.to_owned()));
    names.filter(|name| Path::new(name).extension().is_some_and(|it| it == "js") || name == "node").collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_lock_names_stays_and_everything_else_goes() {
    let registry = registry();
    let sandbox = shop(&registry);
    assert_eq!(objects(&sandbox), names(&["hello.js", "node", "other.js", "pages.js"]));
    // What it has been used for or when does not count.
    sandbox.age(90);
    in_other(&sandbox, &["run", "other"]);
    let before = tree(&sandbox.data());
    let outcome = sandbox.run(&["gc", "--only-here"]);
    outcome.success().stderr_contains(" stays: this project needs it\n");
    outcome.stderr_contains("devshell: `devshell gc --only-here --yes` frees ");
    assert_eq!(tree(&sandbox.data()), before);
    let planned = sandbox.run(&["gc", "--only-here", "--json"]).success().json();
    let done = sandbox.run(&["gc", "--only-here", "--yes", "--json"]).success().json();
    assert_eq!((&planned["items"], &done["deleted"]), (&done["items"], &Value::from(true)));
    assert_eq!(objects(&sandbox), names(&["hello.js", "node", "pages.js"]));
    // All of it works without a network, and the other project fetches again what it needs.
    registry.forget_requests();
    sandbox.run(&["--offline", "run", "hello"]).success().stdout("hello 1.0.0\n");
    sandbox.run(&["--offline", "run", "-e", "docs", "pages"]).success().stdout("pages 1.0.0\n");
    sandbox.run(&["verify"]).success();
    in_other(&sandbox, &["run", "other"]);
    assert_eq!(registry.downloads(), ["/other/-/other-1.0.0.tgz 200"]);
}

#[test]
fn an_environment_that_was_just_used_stays_known() {
    let registry = registry();
    let sandbox = shop(&registry);
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    let composed = "is composed: ";
    sandbox.devshell(&["run", "hello"]).env("DEVSHELL_LOG", "info").run().success().stderr_lacks(composed);
    let again = sandbox.devshell(&["run", "other"]).directory("../other").env("DEVSHELL_LOG", "info").run();
    again.success().stderr_contains(composed);
    // Nothing is left to delete but what that brought back.
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    sandbox.run(&["gc", "--only-here", "--yes"]).success().stderr_contains("there is nothing else to delete\n");
}

/// A tool that is made of several artifacts, locked by hand.
fn as_tree(sandbox: &Sandbox) {
    let mut lock = sandbox.lock();
    let hello = lock["tools"].as_array_mut().unwrap().iter_mut().find(|tool| tool["tool"] == "npm:hello").unwrap();
    hello["commands"] = json!({ "hello": "node_modules/hello/hello.js" });
    hello["artifacts"][0]["path"] = "node_modules/hello".into();
    sandbox.write("devshell.lock", lock.to_string());
}

#[test]
fn of_the_project_itself_goes_what_it_needs_no_more() {
    let registry = registry();
    let sandbox = shop(&registry);
    as_tree(&sandbox);
    sandbox.run(&["run", "hello"]).success();
    let builds = || fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().count();
    let one = builds();
    registry.publish([script("hello", "1.1.0")]);
    sandbox.run(&["update", "npm:hello"]).success();
    as_tree(&sandbox);
    sandbox.run(&["run", "hello"]).success().stdout("hello 1.1.0\n");
    assert!(builds() > one);
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    assert_eq!(builds(), one);
    sandbox.run(&["--offline", "run", "hello"]).success().stdout("hello 1.1.0\n");
}

#[test]
fn without_a_current_lock_nothing_goes() {
    let registry = registry();
    let sandbox = shop(&registry);
    let before = tree(&sandbox.data());
    sandbox.manifest(SHOP.replace("\"22\"", "\"23\""));
    let gc = ["gc", "--only-here", "--yes"];
    let hint = "hint: type `devshell lock`, and commit the file\n";
    sandbox.run(&gc).code(3).stdout("").stderr_contains("devshell.lock is stale").stderr_contains(hint);
    sandbox.manifest(SHOP);
    sandbox.remove("devshell.lock");
    sandbox.run(&gc).code(3).stderr_contains("devshell.lock is missing");
    sandbox.write("../nowhere/file", "");
    sandbox.devshell(&gc).directory("../nowhere").run().code(4).stderr_contains("no devshell.json in");
    sandbox.run(&["gc", "--only-here", "--all"]).code(2);
    sandbox.run(&["gc", "--only-here", "--older-than", "3"]).code(2);
    assert_eq!(tree(&sandbox.data()), before);
}

/// In a CI job they do not apply; elsewhere they are used in every dev shell.
#[test]
fn personal_tools_stay_outside_ci() {
    let registry = registry();
    let sandbox = shop(&registry);
    sandbox.config(r#"{ "tools": { "npm:mine": "1" } }"#);
    sandbox.run(&["lock", "--personal"]).success();
    sandbox.run(&["install", "--personal"]).success();
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    assert_eq!(objects(&sandbox), names(&["hello.js", "mine.js", "node", "pages.js"]));
    let lock = sandbox.config_directory().join("config.lock");
    let text = sandbox.read(&lock);
    // With a lock that cannot be read, it is not known which they are. Without settings, the lock says so.
    sandbox.write(&lock, "{");
    sandbox.run(&["gc", "--only-here", "--yes"]).code(4).stderr_contains("config.lock:1:1");
    sandbox.write(&lock, text);
    sandbox.config("{");
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    assert!(objects(&sandbox).contains("mine.js"));
    sandbox.devshell(&["gc", "--only-here", "--yes"]).env("CI", "true").run().success();
    assert_eq!(objects(&sandbox), names(&["hello.js", "node", "pages.js"]));
}

#[test]
fn what_a_running_process_of_another_project_uses_stays() {
    let registry = registry();
    let sandbox = shop(&registry);
    let script = "touch ready; while [ ! -e go ]; do sleep 0.01; done; other";
    let child = sandbox.devshell(&["run", "--", "sh", "-c", script]).directory("../other").spawn();
    wait_until("the process runs", || sandbox.home().join("other/ready").exists());
    let outcome = sandbox.run(&["gc", "--only-here", "--yes"]);
    outcome.success().stderr_contains(" stays: running processes use it, in `[HOME]/other`\n");
    assert!(objects(&sandbox).contains("other.js"));
    sandbox.write("../other/go", "");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "other 1.0.0\n", "{output:?}");
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    assert!(!objects(&sandbox).contains("other.js"));
}

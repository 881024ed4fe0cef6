//! `devshell cache key`: one key for one lock, platform and choice of environments; and what is kept under it is all that
//! a job needs.

use std::path::Path;

use crate::support::{HERE, Outcome, Package, Registry, Sandbox, package, set_age, tool};

const MANIFEST: &str = r#"{
  "tools": { "node": "22", "npm:hello": "1" },
  "environments": { "docs": { "tools": { "npm:pages": "1" } } }
}
"#;

fn registry() -> Registry {
    let hello = package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n");
    Registry::with([vec![hello, pages("1.0.0")], tool("node", "22.3.0")].concat())
}

fn pages(version: &str) -> Package {
    package("pages", version).bin("pages", "pages.js").file("pages.js", "echo pages\n")
}

fn shop(registry: &Registry) -> Sandbox {
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    sandbox
}

#[track_caller]
fn key(sandbox: &Sandbox, options: &[&str]) -> String {
    printed(&sandbox.run(&[&["cache", "key"], options].concat()))
}

/// The line that a command printed.
#[track_caller]
fn printed(outcome: &Outcome) -> String {
    let text = std::str::from_utf8(outcome.success().stderr("").bytes()).unwrap();
    text.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn a_key_is_one_line_with_the_platform_and_a_hash() {
    let registry = registry();
    let sandbox = shop(&registry);
    registry.forget_requests();
    let data = sandbox.data();
    let was_there = data.exists();
    let key = key(&sandbox, &[]);
    let hash = key.strip_prefix(&format!("devshell-1.1.1.1-{HERE}-")).unwrap();
    assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    let json = sandbox.run(&["cache", "key", "--json"]).success().json();
    assert_eq!(json["key"], key);
    assert_eq!(json["prefix"], key.strip_suffix(hash).unwrap());
    let paths: Vec<_> = ["objects-1", "builds-1", "pythons-1"].map(|name| data.join(name)).into();
    assert_eq!(json["paths"], serde_json::json!(paths));
    // It asks no registry and makes nothing.
    assert_eq!(registry.requests(), [""; 0]);
    assert_eq!(data.exists(), was_there);
}

#[test]
fn a_key_changes_with_what_is_kept_and_with_nothing_else() {
    let registry = registry();
    let sandbox = shop(&registry);
    let first = key(&sandbox, &[]);
    // Comments, variables and line ends.
    sandbox.manifest(MANIFEST.replace("{\n  \"tools\"", "{ // all of it\n  \"env\": { \"A\": \"b\" },\n  \"tools\""));
    let lock = sandbox.read("devshell.lock");
    sandbox.write("devshell.lock", lock.replace('\n', "\r\n"));
    set_age(&sandbox.project().join("devshell.lock"), 3);
    assert_eq!(key(&sandbox, &[]), first);
    // The same in another place.
    let other = Sandbox::new();
    other.manifest(MANIFEST);
    other.write("devshell.lock", &lock);
    assert_eq!(key(&other, &[]), first);
    let with = |variable, value| printed(&sandbox.devshell(&["cache", "key"]).env(variable, value).run());
    assert_eq!(with("CI", "true"), first);
    let elsewhere = with("DEVSHELL_PLATFORM", "x86_64-darwin");
    assert!(elsewhere.starts_with("devshell-1.1.1.1-x86_64-darwin-"), "{elsewhere}");
    assert_ne!(elsewhere.rsplit('-').next(), first.rsplit('-').next());
    assert_ne!(key(&sandbox, &["-e", "docs"]), first);
    // Another version.
    registry.publish([pages("1.0.1")]);
    sandbox.run(&["update"]).success();
    assert_ne!(key(&sandbox, &[]), first);
}

#[test]
fn without_a_current_lock_there_is_no_key() {
    let registry = registry();
    let sandbox = shop(&registry);
    let lock = sandbox.read("devshell.lock");
    sandbox.run(&["cache", "key", "-e", "nowhere"]).code(2).stdout("").stderr_contains("`nowhere`");
    sandbox.manifest(MANIFEST.replace("\"22\"", "\"23\""));
    let write = "hint: type `devshell lock`, and commit the file\n";
    let stale = sandbox.run(&["cache", "key"]);
    stale.code(3).stdout("").stderr(&format!("devshell: devshell.lock is stale: it lacks node 23\n{write}"));
    sandbox.remove("devshell.lock");
    sandbox.run(&["cache", "key", "--json"]).code(3).stdout("").stderr_contains("devshell.lock is missing");
    sandbox.write("devshell.lock", lock.replace("\"format\": 1", "\"format\": 2"));
    sandbox.run(&["cache", "key"]).code(4).stdout("").stderr_contains("newer devshell");
    // A manifest without tools needs none.
    sandbox.remove("devshell.lock");
    sandbox.manifest("{}");
    key(&sandbox, &[]);
    sandbox.manifest(r#"{ "platforms": ["x86_64-darwin"] }"#);
    sandbox.run(&["cache", "key"]).code(4).stdout("").stderr_contains("is not for this platform");
    sandbox.remove("devshell.json");
    sandbox.run(&["cache", "key"]).code(4).stdout("");
}

#[test]
fn what_is_kept_is_all_that_the_next_job_needs() {
    let registry = registry();
    let sandbox = shop(&registry);
    // One of the tools is made of several artifacts.
    let mut lock = sandbox.lock();
    let hello = lock["tools"].as_array_mut().unwrap().iter_mut().find(|tool| tool["tool"] == "npm:hello").unwrap();
    hello["commands"]["hello"] = "node_modules/hello/hello.js".into();
    hello["artifacts"][0]["path"] = "node_modules/hello".into();
    sandbox.write("devshell.lock", lock.to_string());
    sandbox.run(&["install", "--all"]).success();
    let json = sandbox.run(&["cache", "key", "--json"]).json();
    let kept: Vec<&Path> =
        json["paths"].as_array().unwrap().iter().map(|path| Path::new(path.as_str().unwrap())).collect();
    // The next job has those directories and nothing else, as `tar` puts them there.
    let archive = sandbox.root().join("kept.tar");
    let there = kept.iter().filter(|path| path.exists());
    sandbox
        .program("tar", &["-cPf"])
        .arg(&archive)
        .args(&there.map(|path| path.to_str().unwrap()).collect::<Vec<_>>())
        .run()
        .success();
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    sandbox.program("tar", &["-xPf"]).arg(&archive).run().success();
    registry.forget_requests();
    sandbox.run(&["--offline", "run", "hello"]).success().stdout("hello\n");
    sandbox.run(&["--offline", "run", "-e", "docs", "pages"]).success().stdout("pages\n");
    sandbox.run(&["verify"]).success();
    assert_eq!(registry.requests(), [""; 0]);
}

//! `devshell gc`: what goes, what stays, and what happens at the same time.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Fault, Gate, Package, Registry, Sandbox, package, set_age, tool, tree, wait_until};

const BOTH: &str = r#"{ "name": "shop", "tools": { "node": "22", "npm:hello": "1" } }"#;
const NODE: &str = r#"{ "name": "shop", "tools": { "node": "22" } }"#;

fn hello() -> Package {
    package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n").file("more", vec![7; 50_000])
}

/// A project with two tools, both used.
fn shop(registry: &Registry) -> Sandbox {
    registry.publish([vec![hello()], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(BOTH);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    sandbox
}

/// The same, in which `hello` was last used 40 days ago, and `node` just now.
fn shop_without_hello(registry: &Registry) -> Sandbox {
    let sandbox = shop(registry);
    sandbox.manifest(NODE);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "node", "--version"]).success();
    sandbox.age(40);
    // The warm road notes that this environment is in use.
    sandbox.run(&["run", "node", "--version"]).success();
    sandbox
}

fn object(sandbox: &Sandbox, file: &str) -> Option<PathBuf> {
    let entries = fs_err::read_dir(sandbox.data().join("objects-1")).unwrap();
    entries.map(|entry| entry.unwrap().path()).find(|object| object.join(file).exists())
}

/// Everything in the store and the cache but the lock that `gc` itself makes.
fn everything(sandbox: &Sandbox) -> Vec<String> {
    let paths = [sandbox.data(), sandbox.cache()].into_iter().flat_map(|root| tree(&root).into_keys());
    paths.filter(|path| path != ".lock").collect()
}

/// Bytes on disk, each file once however many names it has.
fn disk_usage(sandbox: &Sandbox) -> u64 {
    let mut seen = BTreeSet::new();
    let mut bytes = 0;
    for root in [sandbox.data(), sandbox.cache()] {
        for path in tree(&root).keys() {
            let metadata = fs_err::symlink_metadata(root.join(path)).unwrap();
            if seen.insert((metadata.dev(), metadata.ino())) {
                bytes += metadata.blocks() * 512;
            }
        }
    }
    bytes
}

fn kinds(json: &Value) -> Vec<&str> {
    json["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect()
}

fn paths(json: &Value) -> Vec<&str> {
    json["items"].as_array().unwrap().iter().map(|item| item["path"].as_str().unwrap()).collect()
}

#[test]
fn what_was_used_lately_stays() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let before = everything(&sandbox);
    for arguments in [&["gc"][..], &["gc", "--yes"], &["gc", "--yes", "--older-than", "1"]] {
        let said = if arguments.len() > 2 { "1 days" } else { "30 days" };
        let said = format!("devshell: everything was used within {said}\n");
        sandbox.run(arguments).success().stdout("").stderr(&said);
        assert_eq!(everything(&sandbox), before);
    }
    // 30 days and the day by which a stamp may be late.
    sandbox.age(29);
    sandbox.run(&["gc", "--yes"]).success().stdout("");
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_store_can_be_emptied_of_all_that_nothing_uses() {
    for arguments in [&["gc", "--all", "--yes"][..], &["gc", "--older-than", "0", "--yes"]] {
        let registry = Registry::new();
        let sandbox = shop(&registry);
        let outcome = sandbox.run(arguments);
        outcome.success().stdout_contains("object ").stderr_contains("devshell: freed ").stderr_lacks(" stays: ");
        assert!(fs_err::read_dir(sandbox.data().join("objects-1")).unwrap().next().is_none(), "{outcome}");
        assert!(fs_err::read_dir(sandbox.data().join("links-1")).unwrap().next().is_none(), "{outcome}");
        // Which is no more than a store that is not filled yet.
        sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_running_process_uses_stays_when_all_goes_and_it_is_said() {
    let registry = Registry::new();
    let sandbox = shop_without_hello(&registry);
    sandbox.write("wait", "echo ready; exec sleep 600\n");
    let mut command = sandbox.devshell(&["run", "--", "sh", "wait"]).spawn();
    let mut ready = String::new();
    BufReader::new(command.stdout.as_mut().unwrap()).read_line(&mut ready).unwrap();
    let outcome = sandbox.run(&["gc", "--all", "--yes"]);
    outcome.success().stderr_contains(" stays: running processes use it, in `[PROJECT]`\n");
    assert!(object(&sandbox, "hello.js").is_none(), "{outcome}");
    assert!(object(&sandbox, "bin/node").is_some(), "{outcome}");
    command.kill().unwrap();
    command.wait().unwrap();
    sandbox.run(&["gc", "--all", "--yes"]).success().stderr_lacks(" stays: ");
    assert!(object(&sandbox, "bin/node").is_none());
}

#[test]
fn a_dry_run_says_what_goes_and_touches_nothing() {
    let registry = Registry::new();
    let sandbox = shop_without_hello(&registry);
    let before = tree(&sandbox.data());
    let json = sandbox.run(&["gc", "--json"]).success().json();
    assert_eq!(json["deleted"], false);
    let hello = object(&sandbox, "hello.js").unwrap();
    assert!(paths(&json).contains(&hello.to_str().unwrap()), "{json}");
    assert_eq!(kinds(&json).iter().filter(|kind| **kind == "object").count(), 1, "{json}");
    let outcome = sandbox.run(&["gc"]);
    outcome.success().stdout_contains("object ").stderr_contains("devshell: `devshell gc --yes` frees ");
    assert_eq!(tree(&sandbox.data()), before);
}

#[test]
fn what_it_says_it_frees_is_what_it_frees() {
    let registry = Registry::new();
    let sandbox = shop_without_hello(&registry);
    // A file of the doomed object with a second name in what stays is not freed, and one with two
    // names in what goes is freed once.
    let (hello, node) = (object(&sandbox, "hello.js").unwrap(), object(&sandbox, "bin/node").unwrap());
    let script = "chmod u+w $0 $1 && ln $0/more $1/kept && ln $0/hello.js $0/second && chmod u-w $0 $1";
    sandbox.program("sh", &["-c", script]).arg(&hello).arg(&node).run().success();
    set_age(&hello, 40);
    let planned = sandbox.run(&["gc", "--json"]).success().json();
    let before = disk_usage(&sandbox);
    let done = sandbox.run(&["gc", "--yes", "--json"]).success().json();
    assert_eq!(done["deleted"], true);
    assert_eq!((&done["items"], &done["bytes"]), (&planned["items"], &planned["bytes"]));
    assert_eq!(before - disk_usage(&sandbox), done["bytes"].as_u64().unwrap());
    assert_eq!(done["items"][0]["kind"], "object");
    assert!(done["items"][0]["bytes"].as_u64().unwrap() < 50_000, "{done}");
    assert_eq!(object(&sandbox, "hello.js"), None);
    let gone = hello.file_name().unwrap().to_str().unwrap();
    assert!(!everything(&sandbox).iter().any(|path| path.contains(gone)), "{:?}", everything(&sandbox));
    // What stays works as before, and what went comes back when it is wanted.
    registry.forget_requests();
    sandbox.run(&["run", "node", "--version"]).success().stdout("v22.3.0\n").stderr("");
    assert_eq!(registry.requests(), [""; 0]);
    sandbox.manifest(BOTH);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
}

#[test]
fn what_a_running_process_uses_stays() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let script = "touch ready; while [ ! -e go ]; do sleep 0.01; done; hello";
    let child = sandbox.devshell(&["run", "--", "sh", "-c", script]).spawn();
    wait_until("the process runs", || sandbox.project().join("ready").exists());
    sandbox.age(40);
    let before = everything(&sandbox);
    sandbox.run(&["gc", "--yes"]).success();
    assert!(object(&sandbox, "hello.js").is_some() && object(&sandbox, "bin/node").is_some(), "{before:?}");
    sandbox.write("go", "");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\n", "{output:?}");
    // Once it has ended, all of it goes.
    sandbox.age(40);
    sandbox.run(&["gc", "--yes"]).success();
    assert_eq!((object(&sandbox, "hello.js"), object(&sandbox, "bin/node")), (None, None));
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
}

#[test]
fn an_installation_and_a_sweep_wait_for_one_another() {
    let registry = Registry::new();
    let sandbox = shop_without_hello(&registry);
    sandbox.run(&["gc", "--yes"]).success();
    sandbox.manifest(BOTH);
    sandbox.run(&["lock"]).success();
    let left = sandbox.write(sandbox.data().join("objects-1/.staging-00/file"), "half");
    let gate = Gate::default();
    registry.fault("/hello/-/hello-1.0.0.tgz", Fault::Gate(gate.clone()));
    let installing = sandbox.devshell(&["run", "hello"]).spawn();
    gate.wait_for_client();
    // What is being installed is not taken for a leftover; what nobody holds is.
    let json = sandbox.run(&["gc", "--json"]).success().json();
    assert_eq!(paths(&json), [left.parent().unwrap().to_str().unwrap()], "{json}");
    let mut sweeping = sandbox.devshell(&["gc", "--yes"]).spawn();
    let mut said = String::new();
    let mut errors = BufReader::new(sweeping.stderr.take().unwrap());
    errors.read_line(&mut said).unwrap();
    // The message names the process that is waited for, where the system lists the holders of locks.
    let process = if cfg!(target_os = "linux") { format!(" (pid {})", installing.id()) } else { String::new() };
    assert_eq!(said, format!("devshell: waiting for another devshell{process} to finish installing\n"));
    assert!(left.exists());
    gate.open();
    let installed = installing.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&installed.stdout), "hello\n", "{installed:?}");
    assert!(sweeping.wait().unwrap().success());
    assert!(!left.exists());
    sandbox.run(&["run", "hello"]).success().stdout("hello\n").stderr("");
}

#[test]
fn leftovers_of_killed_processes_go() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let before = everything(&sandbox);
    let data = sandbox.data();
    let old = ["links-1/.staging-x/bin/a", "builds-1/.staging-y/a"].map(|path| sandbox.write(data.join(path), "a"));
    for path in &old {
        path.ancestors().take(3).for_each(|path| set_age(path, 2));
    }
    for path in ["objects-1/.staging-1/a", "objects-1/.lock-1", "objects-1/2.sha256", ".trash-z/0/a"] {
        sandbox.write(data.join(path), "a");
    }
    // One that was begun just now may be somebody's.
    let young = sandbox.write(data.join("links-1/.staging-young/bin/a"), "a");
    let json = sandbox.run(&["gc", "--yes", "--json"]).success().json();
    assert_eq!(kinds(&json), ["leftover"; 6], "{json}");
    assert!(young.exists());
    sandbox.remove(young.ancestors().nth(2).unwrap());
    let mut after = everything(&sandbox);
    after.retain(|path| path != "builds-1");
    assert_eq!(after, before);
}

/// The use of an environment is noted once a day, and one whose root is gone is composed anew.
#[test]
fn the_warm_road_notes_a_use_once_a_day() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let root = fs_err::read_dir(sandbox.data().join("roots")).unwrap().next().unwrap().unwrap().path();
    let time = |path: &Path| fs_err::metadata(path).ok().map(|metadata| metadata.mtime());
    let first = time(&root);
    set_age(&root, 3);
    sandbox.run(&["run", "hello"]).success();
    assert!(time(&root) < first, "the cached environment is young, and nothing is written");
    sandbox.age(3);
    sandbox.run(&["run", "hello"]).success();
    assert!(time(&root) >= first);
    sandbox.age(3);
    sandbox.remove(&root);
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    assert!(time(&root) >= first, "composed anew, with a root");
    let text = sandbox.read(&root);
    assert!(text.contains(sandbox.project().to_str().unwrap()) && text.contains("objects-1/"), "{text}");
}

/// `install` uses what it finds, also without an environment being entered.
#[test]
fn install_counts_as_a_use() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.age(40);
    sandbox.run(&["install"]).success().stderr("devshell: everything is there\n");
    sandbox.run(&["gc", "--yes"]).success();
    assert!(object(&sandbox, "hello.js").is_some() && object(&sandbox, "bin/node").is_some());
}

//! `devshell verify`: whatever was done to the store is found, and mended.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Fault, Package, Registry, Sandbox, package, tool, tree};

const TARBALL: &str = "/hello/-/hello-1.0.0.tgz";

fn hello() -> Package {
    let hello = package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n");
    hello.file("empty", "").file("a  b\\c\nd", "odd").file("big", (0..=255).cycle().take(300_000).collect::<Vec<u8>>())
}

fn shop(registry: &Registry) -> Sandbox {
    registry.publish([vec![hello()], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1", "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "hello"]).success();
    sandbox
}

fn objects(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(sandbox.data().join("objects-1")).unwrap().map(|entry| entry.unwrap().path());
    let mut objects: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    objects.sort();
    objects
}

fn hello_of(sandbox: &Sandbox) -> PathBuf {
    objects(sandbox).into_iter().find(|object| object.join("hello.js").exists()).unwrap()
}

/// Does something in a sealed directory, and seals it again.
fn change(directory: &Path, what: impl FnOnce()) {
    let set = |mode| fs_err::set_permissions(directory, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o755);
    what();
    set(0o555);
}

/// Writes other bytes into a file and leaves its mode as it was.
fn overwrite(path: &Path, bytes: &[u8]) {
    let mode = fs_err::metadata(path).unwrap().permissions();
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    fs_err::write(path, bytes).unwrap();
    fs_err::set_permissions(path, mode).unwrap();
}

/// What is said to be wrong: kind and path of each fault.
fn faults(json: &Value) -> Vec<String> {
    let broken = json["broken"].as_array().unwrap().iter();
    let faults = broken.flat_map(|broken| broken["faults"].as_array().unwrap());
    faults.map(|f| format!("{} {}", f["kind"].as_str().unwrap(), f["path"].as_str().unwrap_or("-"))).collect()
}

#[test]
fn a_whole_store_is_whole() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let outcome = sandbox.run(&["verify"]);
    outcome.success().stdout("").stderr_contains("devshell: checked ").stderr_contains(" files, ");
    let json = sandbox.run(&["verify", "--json"]).success().json();
    assert_eq!(json["broken"], serde_json::json!([]));
    let files: usize = objects(&sandbox)
        .iter()
        .map(|object| tree(object).keys().filter(|path| object.join(path).is_file()).count())
        .sum();
    assert_eq!(json["files"], files);
    // Outside of a project, and without a store, too.
    sandbox.devshell(&["verify"]).directory("..").run().success();
    Sandbox::new().run(&["verify"]).success().stderr("devshell: checked 0 directories with 0 files, 0 B\n");
}

#[test]
fn one_flipped_bit_anywhere_is_found() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    // A small generator, so that the places differ from file to file and not from run to run.
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut files = 0;
    for object in objects(&sandbox) {
        for inside in tree(&object).into_keys().filter(|path| object.join(path).is_file()) {
            let path = object.join(&inside);
            let bytes = fs_err::read(&path).unwrap();
            if bytes.is_empty() {
                continue;
            }
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mut other = bytes.clone();
            let place = usize::try_from(random >> 33).unwrap() % bytes.len();
            other[place] ^= 1 << (random % 8);
            overwrite(&path, &other);
            let json = sandbox.run(&["verify", "--json"]).code(1).json();
            assert_eq!(faults(&json), [format!("changed {inside}")], "byte {place}");
            assert_eq!(json["broken"][0]["directory"], object.to_str().unwrap());
            overwrite(&path, &bytes);
            files += 1;
        }
    }
    assert!(files >= 6, "{files}");
    sandbox.run(&["verify"]).success();
}

#[test]
fn everything_else_that_can_be_wrong_is_named() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let (object, mut expected) = (hello_of(&sandbox), Vec::new());
    change(&object, || {
        fs_err::remove_file(object.join("empty")).unwrap();
        fs_err::create_dir(object.join("new")).unwrap();
        fs_err::write(object.join("new/file"), "new").unwrap();
        fs_err::os::unix::fs::symlink("/etc/passwd", object.join("out")).unwrap();
        fs_err::os::unix::fs::symlink("big", object.join("inside")).unwrap();
        fs_err::set_permissions(object.join("big"), std::fs::Permissions::from_mode(0o4555)).unwrap();
        fs_err::remove_file(object.join("package.json")).unwrap();
        fs_err::os::unix::fs::symlink("big", object.join("package.json")).unwrap();
    });
    expected.extend(["changed package.json", "missing empty", "additional new/file", "additional out"]);
    expected.extend(["mode big", "mode new"]);
    assert_eq!(faults(&sandbox.run(&["verify", "--json"]).code(1).json()), expected);
    let outcome = sandbox.run(&["verify"]);
    let text = "[HOME]/.local/share/devshell/objects-1/[KEY] (hello 1.0.0)\n  changed package.json\n  missing empty\n  \
                additional new/file\n  additional out\n  mode 4555 big\n  mode 755 new\n";
    outcome.code(1).stdout(text).stderr_contains("hint: `devshell verify --repair` repairs it\n");

    // A program that lost its right to run, an object without its list, commands of somebody else's.
    let sandbox = shop(&registry);
    let node = objects(&sandbox).into_iter().find(|object| object.join("bin/node").exists()).unwrap();
    fs_err::set_permissions(node.join("bin/node"), std::fs::Permissions::from_mode(0o444)).unwrap();
    fs_err::remove_file(hello_of(&sandbox).with_extension("sha256")).unwrap();
    let links = sandbox.data().join("links-1");
    let of_hello = fs_err::read_dir(&links).unwrap().map(|entry| entry.unwrap().path().join("bin"));
    let of_hello = of_hello.into_iter().find(|bin| bin.join("hello").exists()).unwrap();
    overwrite(&of_hello.join("hello"), b"#!/bin/sh\nexec /bin/echo mine \"$@\"\n");
    let mut found = faults(&sandbox.run(&["verify", "--json"]).code(1).json());
    found.sort();
    assert_eq!(found, ["mode bin/node", "no list of hashes -", "other commands -"]);
    sandbox.run(&["verify", "--repair"]).success();
    sandbox.run(&["verify"]).success();
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
}

#[test]
fn repair_fetches_what_the_lock_knows() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let object = hello_of(&sandbox);
    overwrite(&object.join("hello.js"), b"echo malice\n");
    sandbox.run(&["run", "hello"]).success().stdout("malice\n");
    registry.forget_requests();
    // While it cannot be had, the broken one stays where it is.
    registry.fault(TARBALL, Fault::NotFound);
    let outcome = sandbox.run(&["verify", "--repair"]);
    outcome.code(5).stderr_contains("devshell: `hello 1.0.0` is not on the active registry\n");
    sandbox.run(&["run", "hello"]).success().stdout("malice\n");
    registry.fault(TARBALL, Fault::Status(500, 0));
    let outcome = sandbox.run(&["verify", "--repair"]);
    outcome.success().stderr_contains("devshell: repaired hello 1.0.0\n");
    outcome.stdout_contains("  changed hello.js\n");
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    sandbox.run(&["verify"]).success();
    assert!(!registry.downloads().iter().any(|path| path.contains("node")), "{:?}", registry.downloads());
    assert!(!tree(&sandbox.data()).keys().any(|path| path.contains(".trash") || path.contains(".staging")));
}

#[test]
fn repair_removes_what_no_lock_here_knows() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let object = hello_of(&sandbox);
    overwrite(&object.join("hello.js"), b"echo malice\n");
    let outcome = sandbox.devshell(&["verify", "--repair", "--json"]).directory("..").run();
    let json = outcome.success().json();
    assert_eq!(json["broken"][0]["repair"], "removed");
    assert_eq!(json["broken"][0]["package"], Value::Null);
    assert!(!object.exists() && !object.with_extension("sha256").exists());
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
}

/// What runs from a broken object goes on: its files are moved away, not changed.
#[test]
fn a_running_program_keeps_its_files() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let object = hello_of(&sandbox);
    overwrite(&object.join("hello.js"), b"echo malice\n");
    let open = fs_err::File::open(object.join("hello.js")).unwrap();
    sandbox.run(&["verify", "--repair"]).success();
    assert_eq!(std::io::read_to_string(open).unwrap(), "echo malice\n");
    assert_eq!(sandbox.read(object.join("hello.js")), "echo hello\n");
}

//! A lock that somebody else wrote. Whatever it says, nothing outside of the store is touched, nothing of
//! it runs, and each verb that relies on a lock refuses it with the line that is wrong.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Index, Outcome, Package, Registry, Sandbox, package, sdist, sha256, tool, tree, wheel};

/// A lock that is good until a case changes it.
struct Case {
    sandbox: Sandbox,
    registry: Registry,
}

fn hello() -> Package {
    package("hello", "1.0.0").executable("cli.js", "#!/bin/sh\necho hello\n").bin("hello", "cli.js")
}

fn inner() -> Package {
    package("inner", "2.0.0").file("index.js", "")
}

/// A tool in JavaScript alone, one with a tree, and a native one.
fn case() -> Case {
    let registry = Registry::with([hello(), inner(), package("evil", "1.0.0").executable("cli.js", "#!/bin/sh\n")]);
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    let mut lock = sandbox.lock();
    lock["tools"].as_array_mut().unwrap().push(json!({
        "tool": "npm:tree", "requirement": "1", "version": "1.0.0", "runtime": "node",
        "commands": { "tree": "node_modules/tree/cli.js" },
        "artifacts": [
            at("node_modules/inner", &inner()),
            at("node_modules/tree", &package("tree", "1.0.0").executable("cli.js", "#!/bin/sh\necho tree\n")),
        ],
    }));
    registry.publish([package("tree", "1.0.0").executable("cli.js", "#!/bin/sh\necho tree\n")]);
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:hello": "1", "npm:tree": "1" } }"#);
    write(&sandbox, &lock);
    sandbox.run(&["lock", "--check"]).success();
    Case { sandbox, registry }
}

fn at(path: &str, package: &Package) -> Value {
    json!({
        "path": path, "registry": "npm", "package": package.name, "version": package.version,
        "integrity": package.integrity(),
    })
}

/// Writes a lock as devshell would write it.
fn write(sandbox: &Sandbox, lock: &Value) {
    let text = lock.to_string();
    let text = match devshell::lock::parse("devshell.lock", &text) {
        Ok(lock) => devshell::lock::write(&lock),
        Err(_) => text,
    };
    sandbox.write("devshell.lock", text);
}

/// The entry of a tool in a lock.
fn entry<'l>(lock: &'l mut Value, name: &str) -> &'l mut Value {
    lock["tools"].as_array_mut().unwrap().iter_mut().find(|entry| entry["tool"] == name).unwrap()
}

/// Everything that is the user's: the home directory and the project, less what is devshell's own.
fn users(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let mut files = tree(sandbox.root());
    let own = ["home/.local", "home/.cache", "home/shop/devshell.lock", "tmp"];
    files.retain(|path, _| !own.iter().any(|own| path.starts_with(own)));
    // Making `.local` and `.cache` changes the times of the directory that they are in.
    files.remove("home");
    files.remove("home/shop");
    files.remove("");
    files
}

/// Runs each verb that relies on a lock, and expects each to refuse it.
#[track_caller]
fn refused(sandbox: &Sandbox, what: &str, expected: &str) {
    let before = users(sandbox);
    let verbs: [(&[&str], i32); 8] = [
        (&["install"], 4),
        (&["install", "--all"], 4),
        (&["lock", "--check"], 4),
        (&["run", "hello"], 125),
        (&["enter", "--", "true"], 125),
        (&["list"], 4),
        (&["env"], 4),
        (&["outdated"], 4),
    ];
    for (verb, code) in verbs {
        let outcome = sandbox.run(verb);
        assert!(outcome.errors().contains(expected), "{what}: {verb:?} lacks `{expected}`: {outcome}");
        assert!(outcome.errors().contains("devshell.lock:"), "{what}: {verb:?} says no line: {outcome}");
        outcome.code(code).stdout("");
    }
    // On `cd` too, also where the lock itself was allowed.
    sandbox.run(&["-q", "allow"]).success();
    prompt(sandbox).success().stderr_contains(expected);
    assert_eq!(users(sandbox), before, "{what}");
}

fn prompt(sandbox: &Sandbox) -> Outcome {
    sandbox.run(&["on-prompt", "bash", "x"])
}

#[test]
fn what_is_no_name_version_or_place_is_refused() {
    let Case { sandbox, registry: _registry } = case();
    let good = sandbox.lock();
    let home = sandbox.home().join(".bashrc").display().to_string();
    sandbox.write(sandbox.home().join(".bashrc"), "my own\n");
    let cases: [(&str, &str, Value, &str); 22] = [
        ("npm:hello", "/artifacts/0/package", json!(home), "is not the name of a package"),
        ("npm:hello", "/artifacts/0/package", json!("../../../../x"), "is not the name of a package"),
        ("npm:hello", "/artifacts/0/package", json!("hello\u{1b}]0;x\u{7}"), "is not the name of a package"),
        ("npm:hello", "/artifacts/0/package", json!("@a/../b"), "is not the name of a package"),
        ("npm:hello", "/artifacts/0/package", json!("hello?x=y"), "is not the name of a package"),
        ("npm:hello", "/artifacts/0/version", json!("1.0.0/../.."), "is not a version"),
        ("npm:hello", "/artifacts/0/version", json!("1.0.0\n"), "is not a version"),
        ("npm:hello", "/version", json!("../1"), "is not a version"),
        ("npm:hello", "/artifacts/0/file", json!("../x"), "leads out of the package"),
        ("npm:hello", "/artifacts/0/file", json!("file:///etc/passwd"), "leads out of the package"),
        ("npm:hello", "/artifacts/0/marker", json!("a\nb @ http://127.0.0.1/"), "is not a marker"),
        ("npm:hello", "/commands", json!({ "../sudo": "cli.js" }), "is not a command name"),
        ("npm:hello", "/commands", json!({ "hello": "../cli.js" }), "leads out of the package"),
        ("npm:hello", "/commands", json!({ "hello": "/bin/sh" }), "leads out of the package"),
        ("npm:hello", "/artifacts/0/registry", json!("http://127.0.0.1/"), "unknown variant"),
        ("npm:tree", "/artifacts/1/path", json!("../x"), "is not the place of a package in a tree"),
        ("npm:tree", "/artifacts/1/path", json!("/tmp/x"), "is not the place of a package in a tree"),
        ("npm:tree", "/artifacts/1/path", json!("node_modules/.bin"), "is not the place of a package in a tree"),
        ("npm:tree", "/artifacts/1/path", json!("node_modules/tree/lib"), "is not the place of a package in a tree"),
        ("npm:tree", "/python-below", json!("3.15'"), "is not a version"),
        ("npm:tree", "/artifacts/1/index", json!("../x/20260101T000000Z"), "is not a distribution"),
        ("npm:tree", "/runtime", json!("../node"), "is not a tool name"),
    ];
    for (tool, place, value, expected) in cases {
        let mut lock = good.clone();
        set(entry(&mut lock, tool), place, value.clone());
        write(&sandbox, &lock);
        refused(&sandbox, &format!("{tool}{place} = {value}"), expected);
    }
    assert_eq!(fs_err::read_to_string(sandbox.home().join(".bashrc")).unwrap(), "my own\n");
}

#[test]
fn what_its_name_does_not_mean_is_refused() {
    let Case { sandbox, registry: _registry } = case();
    let good = sandbox.lock();
    let evil = package("evil", "1.0.0").executable("cli.js", "#!/bin/sh\n");
    let evil = json!({ "registry": "npm", "package": "evil", "version": "1.0.0", "integrity": evil.integrity() });
    let cases: [(&str, &str, Value, &str); 17] = [
        ("npm:hello", "/artifacts/0", evil, "is the package `hello`, and the artifact is `evil`"),
        ("npm:hello", "/artifacts/0/version", json!("0.9.0"), "is 1.0.0, and its artifact is 0.9.0"),
        ("npm:hello", "/version", json!("2.0.0"), "2.0.0 does not satisfy `1`"),
        ("npm:hello", "/artifacts/0/unpack", json!("file"), "whose packages are unpacked in one way"),
        ("npm:hello", "/artifacts/0/unpack", json!("tar.gz"), "whose packages are unpacked in one way"),
        ("npm:hello", "/artifacts/0/registry", json!("url"), "is from npm, and the artifact from url"),
        ("npm:hello", "/artifacts/0/registry", json!("pypi"), "is from npm, and the artifact from pypi"),
        ("npm:hello", "/artifacts/0/file", json!("a-1.whl"), "where an artifact has no `file`"),
        ("npm:hello", "/artifacts", json!([]), "has no artifacts"),
        ("npm:hello", "/runtime", json!("host:bash"), "is run by `node`"),
        ("npm:hello", "/suite", json!("trixie"), "is not a tool that has a `suite`"),
        ("npm:hello", "/python", json!(">=3.8"), "is not a tool that has a `python`"),
        ("node", "/artifacts/0/package", json!("evil"), "`node` is not `evil` on "),
        ("node", "/commands", json!({ "sudo": "bin/node" }), "has no command `sudo`"),
        ("npm:tree", "/artifacts/1/package", json!("evil"), "is the package `tree`, and the artifact is `evil`"),
        ("npm:tree", "/artifacts/1/path", json!("node_modules/inner"), "has two packages at `node_modules/inner`"),
        ("npm:tree", "/commands/tree", json!("node_modules/inner/index.js"), "outside of `node_modules/tree`"),
    ];
    for (tool, place, value, expected) in cases {
        let mut lock = good.clone();
        set(entry(&mut lock, tool), place, value.clone());
        write(&sandbox, &lock);
        refused(&sandbox, &format!("{tool}{place} = {value}"), expected);
    }
}

/// Sets what a pointer leads to, whether it is there or not.
fn set(value: &mut Value, pointer: &str, new: Value) {
    let (above, key) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(above).unwrap();
    match parent {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = new,
        _ => parent[key] = new,
    }
}

#[test]
fn a_typed_lock_finds_again_what_does_not_fit() {
    let Case { sandbox, registry: _registry } = case();
    let mut lock = sandbox.lock();
    lock["tools"].as_array_mut().unwrap().retain(|entry| entry["tool"] != "npm:tree");
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:hello": "1" } }"#);
    let good = lock.clone();
    entry(&mut lock, "npm:hello")["artifacts"][0]["package"] = json!("evil");
    write(&sandbox, &lock);
    let outcome = sandbox.run(&["install"]);
    outcome.code(4).stderr_contains(
        "devshell: devshell.lock:27 does not fit: `npm:hello` is the package `hello`, and the artifact is `evil`\n\
         hint: find out how that line got into the file; `devshell lock` resolves the entry again\n",
    );
    sandbox.run(&["doctor"]).stdout_contains("devshell.lock:27 does not fit");
    sandbox.run(&["lock"]).success().stderr_contains("~ npm:hello 1.0.0, with other artifacts\n");
    assert_eq!(sandbox.lock(), good);
    sandbox.run(&["run", "hello"]).success();
}

#[test]
fn a_repair_fetches_nothing_that_does_not_fit() {
    let Case { sandbox, registry } = case();
    sandbox.run(&["install"]).success();
    let mut lock = sandbox.lock();
    // What the lock now says of an object that is there and broken is somebody else's name for it.
    entry(&mut lock, "npm:hello")["artifacts"][0]["version"] = json!("9.9.9");
    write(&sandbox, &lock);
    for object in fs_err::read_dir(sandbox.data().join("objects-1")).unwrap() {
        let list = object.unwrap().path();
        if list.extension().is_some_and(|extension| extension == "sha256") {
            fs_err::write(list, "").unwrap();
        }
    }
    registry.forget_requests();
    let before = users(&sandbox);
    sandbox.run(&["verify", "--repair"]).success();
    let asked = registry.requests();
    assert!(!asked.is_empty() && asked.iter().all(|request| !request.contains("hello")), "{asked:?}");
    assert_eq!(users(&sandbox), before);
}

#[test]
fn a_source_distribution_is_built_only_where_the_manifest_allows_it() {
    let index = Index::new();
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let ran = sandbox.root().join("ran");
    let source = sdist(wheel("evilpkg", "1.0"), &ran);
    let hash = sha256(source.bytes());
    index.publish([source]);
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host" } }"#);
    let python = |artifact: Value| {
        json!({ "format": 1, "tools": [], "python": [{
            "requirement": ">=3.8", "from": "host", "uv": "0", "artifacts": [artifact] }] })
    };
    let hash = devshell::digest::Integrity::from_hex(&hash).unwrap().to_string();
    let artifact = |file: &str| json!({ "registry": "pypi", "package": "evilpkg", "version": "1.0", "file": file, "integrity": hash });
    for (file, expected) in [
        ("evilpkg-1.0.tar.gz", "would build `evilpkg`, which is not in the manifest's `allow-build`"),
        ("other-1.0.tar.gz", "has `other-1.0.tar.gz`, which is not a file of `evilpkg` 1.0"),
        ("evilpkg-2.0-py3-none-any.whl", "is not a file of `evilpkg` 1.0"),
        ("evilpkg-1.0.exe", "is not a file of `evilpkg` 1.0"),
        ("pool/evilpkg-1.0.tar.gz", "is not a file of `evilpkg` 1.0"),
    ] {
        write(&sandbox, &python(artifact(file)));
        let outcome = sandbox.run(&["install"]);
        outcome.code(4).stderr_contains("devshell.lock:").stderr_contains(expected);
        assert!(!ran.exists());
    }
    for (key, value, expected) in [
        ("version", json!("../../../../home/x"), "is not a version"),
        ("build", json!("../x"), "is not the date of a build"),
        ("below", json!("3.9' or '"), "is not a version"),
        ("uv", json!("0\n"), "is not a version"),
        ("version", json!("3.12.1"), "is from `host`, which its `version` and `build` do not fit"),
    ] {
        let mut lock = python(
            json!({ "registry": "pypi", "package": "a", "version": "1", "file": "a-1-py3-none-any.whl", "integrity": hash }),
        );
        lock["python"][0][key] = value;
        write(&sandbox, &lock);
        sandbox.run(&["install"]).code(4).stderr_contains("devshell.lock:").stderr_contains(expected);
    }
}

#[test]
fn an_interpreter_of_the_repository_never_runs() {
    let sandbox = Sandbox::new().with_python();
    let ran = sandbox.home().join("ran");
    let key = format!("cpython-3.12.1-{}", "linux-x86_64-gnu");
    let interpreter = format!("py/{key}/bin/python3.12");
    sandbox.write_executable(&interpreter, &format!("#!/bin/sh\ntouch {}\n", ran.display()));
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "uv" } }"#);
    let lock = |version: &str, build: &str| json!({ "format": 1, "tools": [], "python": [{ "requirement": ">=3.8", "from": "uv", "version": version, "build": build, "uv": "0" }] });
    let place = sandbox.project().join("py").display().to_string();
    for (version, build) in [
        ("3.12.1", format!("/../../../../../..{place}")),
        ("3.12.1", "x/../..".to_owned()),
        (&*format!("{place}/3.12.1"), String::new()),
    ] {
        write(&sandbox, &lock(version, &build));
        sandbox.run(&["install"]).code(4).stderr_contains("devshell.lock:1:");
        sandbox.run(&["run", "python", "-V"]).code(125);
    }
    assert!(!ran.exists());
}

#[test]
fn a_wheel_under_the_name_of_another_tool_is_refused() {
    let index = Index::with([
        wheel("ruff", "0.14.1").script("ruff", "#!/bin/sh\n"),
        wheel("evil", "0.14.1").script("ruff", "#!/bin/sh\n"),
    ]);
    let sandbox = Sandbox::new().with_index(&index);
    sandbox.manifest(r#"{ "tools": { "ruff": "*" } }"#);
    sandbox.run(&["lock"]).success();
    let good = sandbox.lock();
    let evil =
        devshell::digest::Integrity::from_hex(&wheel("evil", "0.14.1").script("ruff", "#!/bin/sh\n").sha256()).unwrap();
    let cases: [(&str, Value, &str); 6] = [
        ("/artifacts/0/package", json!("evil"), "is the package `ruff`, and the artifact is `evil`"),
        ("/artifacts/0/file", json!("evil-0.14.1-py3-none-any.whl"), "is a wheel of `ruff` 0.14.1"),
        ("/artifacts/0/unpack", json!("file"), "is a wheel of `ruff` 0.14.1"),
        ("/commands", json!({ "sudo": "ruff-0.14.1.data/scripts/ruff" }), "has no command `sudo`"),
        ("/python", json!(">=3.8"), "is not a tool that has a `python`"),
        ("/artifacts/0/version", json!("0.1"), "is 0.14.1, and its artifact is 0.1"),
    ];
    for (place, value, expected) in cases {
        let mut lock = good.clone();
        set(entry(&mut lock, "ruff"), place, value);
        lock["tools"][0]["artifacts"][0]["integrity"] = json!(evil.to_string());
        write(&sandbox, &lock);
        sandbox.run(&["install"]).code(4).stderr_contains(expected);
        assert!(!sandbox.data().join("objects-1").exists());
    }
}

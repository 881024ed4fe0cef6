//! Debian packages in the store: their prefix, what of them is on PATH, what is kept and checked.
//! What is locked is written here; what lies in the store came as the same files by another name.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Archive, Outcome, Registry, Sandbox};

/// A script of a package, run by a program of another one.
fn tool(version: &str) -> Archive {
    Archive::new()
        .executable("DEBIAN/postinst", "#!/bin/sh\ntouch \"$HOME/ran\"\n")
        .executable("usr/bin/tool", "#!/usr/bin/interpreter\n")
        .symlink("usr/bin/editor", "/etc/alternatives/editor")
        .symlink("usr/bin/alias", "/bin/tool")
        .file("usr/share/tool/version", version)
        .file("usr/share/doc/tool/README", "text\n")
}

fn interpreter() -> Archive {
    Archive::new()
        .executable("DEBIAN/postinst", "#!/bin/sh\nset -e\nexit 0\n")
        .executable("bin/interpreter", "#!/bin/sh\necho \"$0 runs $1\"\n")
}

/// A sandbox whose store holds these packages, and what the lock says of each.
fn stored(registry: &Registry, packages: &[(&str, &str, Archive)]) -> (Sandbox, Vec<Value>) {
    let sandbox = Sandbox::new().with_registry(registry);
    let mut tools = serde_json::Map::new();
    for (index, (package, version, archive)) in packages.iter().enumerate() {
        let control = format!("Package: {package}\nVersion: {version}\n");
        let archive = archive.clone().file("DEBIAN/control", &control);
        registry.serve(&format!("/files/{index}.deb"), archive.packed("deb"));
        let url = format!("{}files/{index}.deb", registry.url());
        tools.insert(format!("url:p{index}"), json!({ "version": "1", "url": url, "commands": [] }));
    }
    sandbox.manifest(json!({ "tools": tools }).to_string());
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    let lock = sandbox.lock();
    let artifact = |(index, (package, version, _)): (usize, &(&str, &str, Archive))| {
        let integrity = &lock["tools"][index]["artifacts"][0]["integrity"];
        json!({
            "registry": "deb", "package": package, "version": version, "file": format!("pool/{package}.deb"),
            "integrity": integrity, "index": "trixie/20261121T091544Z", "unpack": "deb",
        })
    };
    let artifacts = packages.iter().enumerate().map(artifact).collect();
    (sandbox, artifacts)
}

/// Writes manifest and lock of tools, each with its packages.
fn wish(sandbox: &Sandbox, tools: &[(&str, &[&Value])]) {
    let manifest: serde_json::Map<String, Value> =
        tools.iter().map(|(name, _)| ((*name).to_owned(), json!({ "version": "*", "suite": "trixie" }))).collect();
    sandbox.manifest(json!({ "tools": manifest }).to_string());
    let locked = tools.iter().map(|(name, artifacts)| {
        let version = artifacts[0]["version"].clone();
        json!({ "tool": name, "requirement": "*", "version": version, "suite": "trixie", "artifacts": artifacts })
    });
    sandbox.write("devshell.lock", json!({ "format": 1, "tools": locked.collect::<Vec<_>>() }).to_string());
}

fn shop(registry: &Registry) -> Sandbox {
    let (sandbox, artifacts) = stored(registry, &[("tool", "1.0-1", tool("1")), ("interpreter", "2", interpreter())]);
    wish(&sandbox, &[("deb:tool", &[&artifacts[0], &artifacts[1]])]);
    sandbox
}

/// The line that a command printed, with the paths as they are.
fn said(outcome: &Outcome) -> String {
    outcome.success();
    String::from_utf8(outcome.bytes().to_vec()).unwrap().trim_end().to_owned()
}

fn builds(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}

/// Which packages are in one prefix depends on the environments that are chosen together.
#[test]
fn the_prefixes_of_a_project_stay_when_everything_else_goes() {
    let registry = Registry::new();
    let further = Archive::new().executable("usr/bin/further", "#!/bin/sh\n");
    let (sandbox, artifacts) = stored(
        &registry,
        &[("tool", "1.0-1", tool("1")), ("interpreter", "2", interpreter()), ("further", "1", further)],
    );
    wish(&sandbox, &[("deb:tool", &[&artifacts[0], &artifacts[1]])]);
    sandbox.run(&["install"]).success();
    let earlier = builds(&sandbox);
    wish(&sandbox, &[("deb:further", &[&artifacts[2]]), ("deb:tool", &[&artifacts[0], &artifacts[1]])]);
    let tool = |name: &str| json!({ "tools": { name: { "version": "*", "suite": "trixie" } } });
    let environments = json!({ "a": tool("deb:tool"), "b": tool("deb:further") });
    sandbox.manifest(json!({ "environments": environments }).to_string());
    sandbox.run(&["run", "-e", "b", "further"]).success();
    let of_one: Vec<PathBuf> = builds(&sandbox).into_iter().filter(|build| !earlier.contains(build)).collect();
    // For both together, the store has another prefix, until the project changes.
    sandbox.run(&["run", "-e", "a", "-e", "b", "further"]).success();
    assert_eq!(builds(&sandbox).len(), 3);
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    assert_eq!(builds(&sandbox).len(), 3);
    sandbox.age(1);
    sandbox.run(&["gc", "--only-here", "--yes"]).success();
    let mut of_each = [earlier, of_one].concat();
    of_each.sort();
    assert_eq!(builds(&sandbox), of_each);
    sandbox.run(&["--offline", "run", "-e", "a", "tool"]).success();
}

#[test]
fn a_package_runs_with_what_it_needs_and_only_it_is_on_path() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let outcome = sandbox.run(&["run", "tool"]);
    let prefix = builds(&sandbox).remove(0);
    let shown = prefix.display();
    // A script is called by the name it was started under.
    let said = said(&outcome);
    let (interpreter, script) = said.split_once(" runs ").unwrap();
    assert_eq!(interpreter, format!("{shown}/usr/bin/interpreter"));
    assert_eq!(fs_err::canonicalize(script).unwrap(), prefix.join("usr/bin/tool"));
    assert!(prefix.to_str().unwrap().ends_with("-deb-trixie"));
    sandbox.run(&["run", "alias"]).success();
    // What it needs is no command, nor is what only a maintainer script would have made.
    for command in ["interpreter", "editor"] {
        sandbox.run(&["run", command]).code(127);
    }
    assert!(!sandbox.home().join("ran").exists(), "a maintainer script ran");
    sandbox.run(&["list"]).success().stdout_contains("alias");
    sandbox.run(&["candidates", "--", "which", ""]).success().stdout_contains("alias\tdeb:tool\n");
    let explained = sandbox.run(&["env", "--explain"]).success().text();
    let certificates = explained.lines().find(|line| line.contains("SSL_CERT_FILE"));
    let has_bundle = Path::new("/etc/ssl/certs/ca-certificates.crt").exists();
    assert!(!has_bundle || certificates.is_some_and(|line| line.contains("deb:tool 1.0-1")), "{explained}");
}

#[test]
fn two_versions_of_a_package_in_one_environment_are_refused() {
    let registry = Registry::new();
    let packages =
        [("a", "1", tool("1")), ("b", "1", interpreter()), ("shared", "1", tool("2")), ("shared", "2", tool("3"))];
    let (sandbox, artifacts) = stored(&registry, &packages);
    let [a, b, one, two] = artifacts.as_slice() else { panic!("{artifacts:?}") };
    wish(&sandbox, &[("deb:a", &[a, one]), ("deb:b", &[b, two])]);
    let said =
        "devshell: `deb:a` and `deb:b` want two versions of `shared`: 1 and 2\nhint: `devshell update deb:a deb:b`\n";
    sandbox.run(&["install"]).code(5).stderr(said);
    wish(&sandbox, &[("deb:b", &[b, one])]);
    sandbox.run(&["install"]).success();
    // The same file in two packages, with other contents.
    wish(&sandbox, &[("deb:a", &[a, one])]);
    let both = "the Debian packages `a` and `shared` both have `usr/share/tool/version`, with different content\n";
    sandbox.run(&["install"]).code(5).stderr_contains(both);
}

#[test]
fn a_prefix_is_checked_and_made_again() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["run", "tool"]).success();
    sandbox.run(&["verify"]).success();
    let prefix = builds(&sandbox).remove(0);
    let script = prefix.join("usr/bin/tool");
    sandbox
        .program("sh", &["-c", "chmod u+w \"$0\" && echo more >> \"$0\" && chmod u-w \"$0\""])
        .arg(&script)
        .run()
        .success();
    let outcome = sandbox.run(&["verify"]);
    outcome.code(1).stdout_contains("usr/bin/tool");
    sandbox.run(&["verify", "--repair"]).success();
    sandbox.run(&["run", "tool"]).success();
    sandbox.run(&["verify"]).success();
}

#[test]
fn what_a_virtual_environment_stands_on_stays() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let directory = sandbox.run(&["run", "--", "sh", "-c", "dirname \"$(command -v tool)\""]);
    let directory = said(&directory);
    let prefix = builds(&sandbox).remove(0);
    for place in [".venv", ".tox/py", "env"] {
        let file = sandbox.write(format!("{place}/pyvenv.cfg"), format!("version = 3.13.5\nhome = {directory}\n"));
        // Long ago, and the second time when its root was looked at already.
        for _ in 0..2 {
            sandbox.age(40);
            sandbox.run(&["gc", "--yes"]).success();
            assert!(prefix.join("usr/bin/tool").exists() && Path::new(&directory).exists(), "{place}");
        }
        sandbox.remove(&file);
    }
    sandbox.run(&["gc", "--yes"]).success();
    assert!(builds(&sandbox).is_empty());
    let left = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().count();
    assert_eq!(left, 0, "its list and its lock go with it");
}

#[test]
fn doctor_says_which_scripts_were_not_run() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let outcome = sandbox.run(&["--offline", "doctor"]);
    assert!(outcome.text().contains("not run: the scripts of tool; what they would have set up"), "{}", outcome.text());
}

/// What a recipe says a command is started with, it is started with, wherever that is.
#[test]
fn a_recipe_wraps_the_commands_of_its_package() {
    let registry = Registry::new();
    let git = Archive::new()
        .executable("usr/bin/git", "#!/bin/sh\necho \"$GIT_EXEC_PATH\"\n")
        .executable("usr/lib/git-core/git", "#!/bin/sh\n");
    let (sandbox, artifacts) = stored(&registry, &[("git", "1:2.47-1", git)]);
    wish(&sandbox, &[("deb:git", &[&artifacts[0]])]);
    let outcome = sandbox.run(&["run", "git"]);
    let prefix = builds(&sandbox).remove(0);
    let directory = format!("{}/usr/lib/git-core", prefix.display());
    assert_eq!(said(&outcome), directory);
    let command = said(&sandbox.run(&["run", "--", "sh", "-c", "command -v git"]));
    assert_eq!(said(&sandbox.program("env", &["-i"]).arg(command).run()), directory);
    sandbox.run(&["verify"]).success();
}

//! `platforms` in the manifest: what is looked up, locked, kept when the list changes, and where a project can be
//! entered.

use crate::releases;
use crate::support::{
    Debian, Forge, Index, Outcome, Package, Registry, Release, Sandbox, Signer, Wheel, deb, package, tool, wheel,
};

const TWO: &str = r#""platforms": ["x86_64-linux", "aarch64-darwin"]"#;

fn manifest(sandbox: &Sandbox, platforms: &str, tools: &str) {
    let comma = if platforms.is_empty() { "" } else { ",\n" };
    sandbox.manifest(format!("{{\n{platforms}{comma}\"tools\": {{ {tools} }} }}"));
}

/// With the same platform wherever the tests run.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.devshell(arguments).env("DEVSHELL_PLATFORM", "x86_64-linux").run()
}

/// What a lock has of its first tool: each artifact's name and platforms.
#[track_caller]
fn locked(sandbox: &Sandbox, key: &str) -> Vec<String> {
    let lock = sandbox.lock();
    let artifacts = lock["tools"][0]["artifacts"].as_array().unwrap();
    let shown = |artifact: &serde_json::Value| {
        let platforms = artifact["platforms"].as_array().into_iter().flatten();
        let platforms: Vec<&str> = platforms.map(|platform| platform.as_str().unwrap()).collect();
        format!("{}: {}", artifact[key].as_str().unwrap(), platforms.join(" "))
    };
    artifacts.iter().map(shown).collect()
}

#[test]
fn only_what_is_wanted_is_looked_up_and_locked() {
    let registry = Registry::with(tool("esbuild", "0.28.1"));
    let sandbox = Sandbox::new().with_registry(&registry);
    manifest(&sandbox, TWO, r#""esbuild": "0.28""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(sandbox.lock()["platforms"], serde_json::json!(["aarch64-darwin", "x86_64-linux"]));
    assert_eq!(
        locked(&sandbox, "package"),
        ["@esbuild/darwin-arm64: aarch64-darwin", "@esbuild/linux-x64: x86_64-linux"]
    );
    let asked = registry.requests();
    assert!(
        !asked.iter().any(|request| request.contains("darwin-x64") || request.contains("linux-arm64")),
        "{asked:?}"
    );
    run(&sandbox, &["run", "esbuild"]).success();
    // Elsewhere it is refused, with the way out.
    let expected = "devshell: devshell.json is not for this platform, x86_64-linux-musl: it is for aarch64-darwin, x86_64-linux\n\
                    hint: add \"x86_64-linux-musl\" to `platforms` at devshell.json:2, then `devshell lock`\n";
    for (arguments, code) in [(&["run", "esbuild"][..], 125), (&["install"], 4)] {
        let outcome = sandbox.devshell(arguments).env("DEVSHELL_PLATFORM", "x86_64-linux-musl").run();
        outcome.code(code).stderr(expected);
    }
}

#[test]
fn a_change_of_the_list_keeps_the_versions() {
    let registry = Registry::with(tool("esbuild", "0.28.1"));
    let sandbox = Sandbox::new().with_registry(&registry);
    manifest(&sandbox, TWO, r#""esbuild": "0.28""#);
    run(&sandbox, &["lock"]).success();
    let two = sandbox.read("devshell.lock");
    registry.publish(tool("esbuild", "0.28.2"));
    registry.forget_requests();
    let three = r#""platforms": ["x86_64-linux", "aarch64-darwin", "aarch64-linux"]"#;
    manifest(&sandbox, three, r#""esbuild": "0.28""#);
    run(&sandbox, &["run", "esbuild"]).code(3).stderr_contains("devshell.lock is stale: it is not for aarch64-linux\n");
    run(&sandbox, &["lock", "--check"]).code(1);
    run(&sandbox, &["lock"])
        .success()
        .stderr_contains("~ platforms: aarch64-darwin, aarch64-linux, x86_64-linux\n")
        .stderr_contains("~ esbuild 0.28.1, for aarch64-darwin, aarch64-linux, x86_64-linux\n");
    assert_eq!(locked(&sandbox, "version")[1], "0.28.1: aarch64-linux");
    let asked = registry.requests();
    assert_eq!(asked.len(), 2, "the lead and the package that was missing: {asked:?}");
    // What is taken out of the list needs no registry.
    manifest(&sandbox, TWO, r#""esbuild": "0.28""#);
    run(&sandbox, &["run", "esbuild"])
        .code(3)
        .stderr_contains("it is for aarch64-linux too, which the manifest's `platforms` leaves out\n");
    run(&sandbox, &["--offline", "lock"]).success();
    assert_eq!(sandbox.read("devshell.lock"), two);
    // A version that is gone moves.
    registry.unpublish("esbuild", "0.28.1");
    manifest(&sandbox, "", r#""esbuild": "0.28""#);
    run(&sandbox, &["lock"]).success().stderr_contains("~ esbuild 0.28.1 -> 0.28.2\n");
    assert!(sandbox.lock().get("platforms").is_none());
}

/// A download is fetched to be hashed, and what was hashed before is not fetched again.
#[test]
fn the_platforms_of_a_download_are_intersected() {
    let registry = Registry::new();
    for system in ["linux", "darwin"] {
        registry.serve(&format!("/tool-{system}"), format!("#!/bin/sh\necho {system}\n"));
    }
    let sandbox = Sandbox::new().with_registry(&registry);
    let tool = format!(
        r#""url:tool": {{ "version": "1.0", "url": "{}tool-{{os}}", "format": "file", "platforms": ["x86_64-linux", "x86_64-darwin"] }}"#,
        registry.url()
    );
    manifest(&sandbox, TWO, &tool);
    run(&sandbox, &["lock"]).success().stderr_contains("url:tool 1.0 is not published for aarch64-darwin\n");
    assert_eq!(locked(&sandbox, "version"), ["1.0: x86_64-linux"]);
    assert_eq!(registry.count("/tool-darwin"), 0);
    manifest(&sandbox, "", &tool);
    registry.forget_requests();
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(&sandbox, "version"), ["1.0: x86_64-darwin", "1.0: x86_64-linux"]);
    assert_eq!((registry.count("/tool-darwin"), registry.count("/tool-linux")), (1, 0));
    // A tool for none of them is refused.
    manifest(&sandbox, r#""platforms": ["aarch64-linux"]"#, &tool);
    run(&sandbox, &["lock"])
        .code(5)
        .stderr_contains("`url:tool` 1.0 is not published for any of the manifest's `platforms`\n");
}

/// A version that lacks a platform is passed over, unless that platform is not wanted.
#[test]
fn a_version_that_lacks_an_unwanted_platform_is_taken() {
    let half = Release::new("v1.2.0")
        .file("tool_1.2.0_linux_amd64.tar.gz", releases::archive("tool", "half"))
        .file("tool_1.2.0_linux_arm64.tar.gz", releases::archive("tool", "half"));
    let forge = Forge::with("acme/tool", [releases::release("1.1.0"), half]);
    let sandbox = Sandbox::new().with_forge(&forge);
    manifest(&sandbox, "", r#""github:acme/tool": "1""#);
    run(&sandbox, &["lock"])
        .success()
        .stderr_contains("github:acme/tool 1.2.0 is not published for aarch64-darwin, x86_64-darwin; locking 1.1.0\n");
    sandbox.remove("devshell.lock");
    manifest(&sandbox, r#""platforms": ["x86_64-linux"]"#, r#""github:acme/tool": "1""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(&sandbox, "version"), ["1.2.0: x86_64-linux"]);
    // Nothing is published for the platform that is added, and what is locked stays.
    manifest(&sandbox, TWO, r#""github:acme/tool": "1""#);
    run(&sandbox, &["lock"]).success().stderr_contains("github:acme/tool 1.2.0 is not published for aarch64-darwin\n");
    assert_eq!(locked(&sandbox, "version"), ["1.2.0: x86_64-linux"]);
}

/// Of a suite, only the lists of the architectures that are wanted are fetched.
#[test]
fn other_architectures_of_debian_are_not_asked_for() {
    let packages =
        deb("tool", "1.0-1").native(|deb, architecture| deb.command("tool", &format!("echo {architecture}")));
    let debian = Debian::with(packages);
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let url = debian.url();
    sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#));
    let tool = r#""deb:tool": { "version": "1", "suite": "trixie" }"#;
    manifest(&sandbox, TWO, tool);
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(&sandbox, "package"), ["tool: x86_64-linux"]);
    let asked = debian.requests();
    assert!(!asked.iter().any(|request| request.contains("arm64")), "{asked:?}");
    manifest(&sandbox, r#""platforms": ["x86_64-linux", "aarch64-linux"]"#, tool);
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(&sandbox, "package"), ["tool: aarch64-linux", "tool: x86_64-linux"]);
    manifest(&sandbox, r#""platforms": ["aarch64-darwin"]"#, tool);
    sandbox.remove("devshell.lock");
    run(&sandbox, &["lock"]).code(5).stderr_contains("`deb:tool` is not published for any of");
}

/// What only Macs need of a tree is not locked where no Mac is wanted.
#[test]
fn a_tree_is_for_the_platforms_that_are_wanted() {
    let top: Package = package("top", "1.0.0").bin("top", "main.js").file("main.js", "echo top\n");
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([top.dependency("leaf", "1"), package("leaf", "1.0.0").file("index.js", "")]);
    let sandbox = Sandbox::new().with_registry(&registry);
    manifest(&sandbox, "", r#""node": "22""#);
    run(&sandbox, &["lock"]).success();
    let mut lock = sandbox.lock();
    let leaf = package("leaf", "1.0.0").file("index.js", "");
    lock["tools"].as_array_mut().unwrap().push(serde_json::json!({
        "tool": "npm:top", "requirement": "1", "version": "1.0.0", "runtime": "node",
        "commands": { "top": "node_modules/top/main.js" },
        "artifacts": [
            { "path": "node_modules/leaf", "platforms": ["aarch64-darwin"], "registry": "npm", "package": "leaf",
              "version": "1.0.0", "integrity": leaf.integrity() },
            { "path": "node_modules/top", "registry": "npm", "package": "top", "version": "1.0.0",
              "integrity": leaf.integrity() },
        ],
    }));
    sandbox.write("devshell.lock", lock.to_string());
    manifest(&sandbox, r#""platforms": ["x86_64-linux"]"#, r#""node": "22", "npm:top": "1""#);
    run(&sandbox, &["--offline", "lock"]).success();
    let lock = sandbox.lock();
    let paths: Vec<&str> =
        lock["tools"][1]["artifacts"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["node_modules/top"]);
}

fn native(tag: &str) -> Wheel {
    wheel("native", "1.0").tag(&format!("cp311-abi3-{tag}")).module("native.py", "")
}

/// Wheels are locked for the platforms that are wanted, and a package that only other systems need is not.
#[test]
fn a_python_is_for_the_platforms_that_are_wanted() {
    let index = Index::with([
        native("manylinux_2_17_x86_64"),
        native("manylinux_2_17_aarch64"),
        native("macosx_11_0_arm64"),
        wheel("mac-only", "1.0").module("mac_only.py", ""),
        wheel("arm-only", "1.0").module("arm_only.py", ""),
    ]);
    index.publish([wheel("beta", "1.0").module("beta.py", "")]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    sandbox.write(
        "requirements.txt",
        "native\nbeta\nmac-only; sys_platform == 'darwin'\narm-only; platform_machine == 'aarch64'\n",
    );
    let manifest = |platforms: &str| {
        let python = r#""python": { "version": ">=3.11", "from": "host", "requirements": ["requirements.txt"] }"#;
        sandbox.manifest(format!("{{ {platforms} {python} }}"));
    };
    let files = || -> Vec<String> {
        let lock = sandbox.lock();
        let artifacts = lock["python"][0]["artifacts"].as_array().unwrap();
        let shown = artifacts.iter().map(|one| {
            let marker = one["marker"].as_str().map(|marker| format!(" ; {marker}")).unwrap_or_default();
            format!("{}{marker}", one["file"].as_str().unwrap())
        });
        shown.collect()
    };
    manifest(r#""platforms": ["x86_64-linux"],"#);
    run(&sandbox, &["lock"]).success();
    let linux = ["beta-1.0-py3-none-any.whl", "native-1.0-cp311-abi3-manylinux_2_17_x86_64.whl"];
    assert_eq!(files(), linux);
    let written = sandbox.read("devshell.lock");
    // A newer version does not come with another platform.
    index.publish([wheel("beta", "1.1").module("beta.py", "")]);
    manifest(r#""platforms": ["x86_64-linux", "aarch64-darwin"],"#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(
        files(),
        [
            linux[0],
            "mac_only-1.0-py3-none-any.whl ; sys_platform == 'darwin'",
            "native-1.0-cp311-abi3-macosx_11_0_arm64.whl",
            linux[1],
        ]
    );
    assert_ne!(sandbox.read("devshell.lock"), written);
    manifest("");
    run(&sandbox, &["lock"]).success();
    assert!(
        files().contains(&"arm_only-1.0-py3-none-any.whl ; platform_machine == 'aarch64'".to_owned()),
        "{:?}",
        files()
    );
    assert!(files().contains(&linux[0].to_owned()), "{:?}", files());
}

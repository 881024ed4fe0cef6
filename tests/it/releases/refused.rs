//! What cannot be locked, and what is said about it.

use super::{archive, release};
use crate::support::{Forge, Release, Sandbox};

/// Locks a tool that cannot be, and returns nothing but that it says this.
#[track_caller]
fn refuses(forge: &Forge, tool: &str, expected: &[&str]) {
    let sandbox = Sandbox::new().with_forge(forge);
    sandbox.manifest(format!(r#"{{ "tools": {{ {tool} }} }}"#));
    let outcome = sandbox.run(&["lock"]);
    outcome.code(5);
    for text in expected {
        outcome.stderr_contains(text);
    }
    assert!(!sandbox.project().join("devshell.lock").exists());
}

#[test]
fn what_no_name_decides_is_not_guessed() {
    let two = Release::new("v1.0.0")
        .file("first-1.0.0-linux-amd64.tar.gz", archive("first", "1"))
        .file("second-1.0.0-linux-amd64.tar.gz", archive("second", "2"));
    refuses(
        &Forge::with("acme/tool", [two]),
        r#""github:acme/tool": "1""#,
        &[
            "several files of `github:acme/tool` 1.0.0 could be meant for x86_64-linux: `first-1.0.0-linux-amd64.tar.gz`, `second-1.0.0-linux-amd64.tar.gz`",
            r#"hint: write in the manifest "github:acme/tool": { "version": "1", "asset": "first-{version}-{os}-{arch}.tar.gz", "arch": { "x86_64": "amd64" } }"#,
        ],
    );
    let none = Release::new("v1.0.0").file("tool-windows-x64.zip", archive("tool", "1"));
    refuses(
        &Forge::with("acme/tool", [none]),
        r#""github:acme/tool": "1""#,
        &["no file of `github:acme/tool` 1.0.0 is for a platform that devshell knows: `tool-windows-x64.zip`"],
    );
    refuses(
        &Forge::with("acme/tool", [release("1.0.0")]),
        r#""github:acme/tool": { "version": "1", "asset": "tool-{os}", "platforms": ["x86_64-linux"] }"#,
        &["`github:acme/tool` 1.0.0 has no `tool-linux`, which would be the file for x86_64-linux"],
    );
    let linux = Release::new("v1.0.0").file("tool_1.0.0_linux_amd64.tar.gz", archive("tool", "1"));
    refuses(
        &Forge::with("acme/tool", [linux]),
        r#""github:acme/tool": { "version": "1", "platforms": ["x86_64-linux", "aarch64-linux"] }"#,
        &["`github:acme/tool` 1.0.0 has no file for aarch64-linux, which the manifest names", "take the platform out"],
    );
}

#[test]
fn a_repository_that_is_not_there_is_said() {
    let forge = Forge::with("acme/empty", []);
    refuses(
        &forge,
        r#""github:acme/none": "1""#,
        &[
            "the forge `[FORGE]/` has no package `acme/none`",
            "hint: check the name; a private repository needs a token",
        ],
    );
    refuses(
        &forge,
        r#""github:acme/empty": "1""#,
        &["`github:acme/empty` has no releases", "devshell add url:empty@VERSION"],
    );
    refuses(
        &Forge::with("acme/tool", [release("1.0.0")]),
        r#""github:acme/tool": "2""#,
        &["no version of `github:acme/tool` satisfies `2`", "the newest is 1.0.0"],
    );
}

/// The line that is shown where several files could be meant is one to paste: it has the publisher's words for all
/// platforms, and nothing is left to change but the file, if another one is meant.
#[test]
fn the_line_that_is_shown_can_be_pasted() {
    let systems = ["Linux_amd64", "Linux_arm64", "macOS_amd64", "macOS_arm64"];
    let files = systems.iter().flat_map(|system| ["cli", "daemon"].map(|name| (name, system)));
    let release = files.fold(Release::new("v1.0.0"), |release, (name, system)| {
        release.file(&format!("{name}_1.0.0_{system}.tar.gz"), archive("tool", &format!("{name} {system}")))
    });
    let forge = Forge::with("acme/tool", [release]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "^1.0" } }"#);
    let outcome = sandbox.run(&["lock"]);
    outcome.code(5).stderr_contains("could be meant for aarch64-darwin: `cli_1.0.0_macOS_arm64.tar.gz`, `daemon_");
    let errors = outcome.errors();
    let (_, line) = errors.trim_end().split_once("hint: write in the manifest ").unwrap();
    assert_eq!(
        line,
        r#""github:acme/tool": { "version": "^1.0", "asset": "cli_{version}_{os}_{arch}.tar.gz", "arch": { "aarch64": "arm64", "x86_64": "amd64" }, "os": { "darwin": "macOS", "linux": "Linux" } }"#
    );
    sandbox.manifest(format!("{{ \"tools\": {{ {line} }} }}"));
    sandbox.run(&["lock"]).success();
    let lock = sandbox.lock();
    let artifacts = lock["tools"][0]["artifacts"].as_array().unwrap();
    let files: Vec<&str> = artifacts.iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        [
            "cli_1.0.0_macOS_arm64.tar.gz",
            "cli_1.0.0_Linux_arm64.tar.gz",
            "cli_1.0.0_macOS_amd64.tar.gz",
            "cli_1.0.0_Linux_amd64.tar.gz"
        ]
    );
    // The same with tags.
    let tags = ["api-v0.1.0", "api-v0.2.0", "web-v1.0.0", "web-v1.1.0"].map(Release::new);
    let forge = Forge::with("acme/tool", tags);
    let line = r#"hint: write in the manifest "github:acme/tool": { "version": "1", "tag": "web-v{version}" }"#;
    refuses(
        &forge,
        r#""github:acme/tool": "1""#,
        &["are versions of several things: they begin with `web-v`, `api-v`", line],
    );
    let forge = Forge::with("acme/tool", [Release::new("newest"), Release::new("nightly")]);
    let line = r#"hint: write in the manifest "github:acme/tool": { "version": "*", "tag": "tool-{version}" }"#;
    refuses(&forge, r#""github:acme/tool": "*""#, &["no tag of `github:acme/tool` is a version", line]);
}

/// Two that vouch for a file have to agree.
#[test]
fn hashes_that_differ_are_refused() {
    let sums = |hash: &str| format!("{hash}  tool_1.0.0_linux_amd64.tar.gz\n");
    let forge = Forge::with("acme/tool", [release("1.0.0").file("sums.txt", sums(&"1".repeat(64)))]);
    let tool = r#""github:acme/tool": { "version": "1", "platforms": ["x86_64-linux"], "checksums": "sums.txt" }"#;
    refuses(
        &forge,
        tool,
        &[
            "`tool_1.0.0_linux_amd64.tar.gz` of `github:acme/tool` 1.0.0 has one hash by the forge, and another one by `sums.txt`",
        ],
    );
    let other = Forge::with(
        "acme/tool",
        [Release::new("v1.0.0").old_file("tool_1.0.0_linux_amd64.tar.gz", archive("tool", "1")).file("sums.txt", "")],
    );
    refuses(&other, tool, &["is not listed in `sums.txt`"]);
    // What the manifest names has to be there, and has to list the file, whatever the forge says.
    for sums in [Some("1  other.tar.gz\n"), None] {
        let release = release("1.0.0");
        let release = if let Some(sums) = sums { release.file("sums.txt", sums) } else { release };
        refuses(&Forge::with("acme/tool", [release]), tool, &["is not listed in `sums.txt`"]);
    }
}

/// A lock is not believed that says another repository's file is the tool.
#[test]
fn a_lock_that_was_tampered_with_is_refused() {
    let forge = Forge::with("acme/tool", [release("1.0.0"), release("1.1.0")]);
    forge.publish("evil/tool", [release("1.1.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    for (old, new) in [
        ("\"package\": \"acme/tool\"", "\"package\": \"evil/tool\""),
        ("\"tag\": \"v1.1.0\"", "\"tag\": \"v1.0.0\""),
        ("\"registry\": \"github\"", "\"registry\": \"gitlab\""),
        ("\"file\": \"tool_1.1.0_linux_amd64.tar.gz\"", "\"file\": \"../../x\""),
        ("\"version\": \"1.1.0\"", "\"version\": \"1.0\""),
        ("\"artifacts\"", "\"commands\": { \"git\": \"tool\" }, \"artifacts\""),
    ] {
        assert!(lock.contains(old));
        sandbox.write("devshell.lock", lock.replace(old, new));
        forge.forget_requests();
        sandbox.remove(sandbox.data());
        let outcome = sandbox.run(&["install"]);
        assert!(!outcome.ended_well() && outcome.errors().contains("devshell.lock"), "{new}: {}", outcome.errors());
        assert_eq!(forge.requests(), [""; 0], "{new}");
    }
}

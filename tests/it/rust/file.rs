//! `rust-toolchain.toml` as the place of the requirement.

use super::{locked, project, server};
use crate::support::Sandbox;

const FROM: &str = r#"{ "from": "rust-toolchain.toml" }"#;

/// The file says which release it is and what belongs to it; editing it makes the lock stale.
#[test]
fn the_file_is_a_part_of_the_manifest() {
    let server = server();
    let sandbox = project(&server, FROM);
    let hint = "create it, or write `version` in place of `from`";
    sandbox.run(&["lock"]).code(4).stderr_contains("there is no file `rust-toolchain.toml`").stderr_contains(hint);
    let text = |channel: &str| {
        format!("[toolchain]\nchannel = \"{channel}\"\nprofile = \"minimal\"\ncomponents = [\"clippy\"]\n")
    };
    sandbox.write("rust-toolchain.toml", text("1.94") + "targets = [\"x86_64-unknown-linux-musl\"]\n");
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.94.1");
    assert_eq!(locked(&sandbox), "cargo 6 6, clippy-preview 6 6, rust-std 6 11, rustc 6 6");
    sandbox.run(&["run", "--", "rustc"]).success().stdout("rustc 1.94.1 x86_64-unknown-linux-gnu\n");
    sandbox.write("rust-toolchain.toml", text("1.95"));
    sandbox.run(&["lock", "--check"]).code(1).stderr_contains("it lacks rust 1.95");
    // It was known, and is no longer what the file says.
    sandbox
        .devshell(&["run", "--", "rustc"])
        .run()
        .code(3)
        .stderr_contains("devshell.lock is stale: it lacks rust 1.95");
    sandbox.run(&["lock"]).success().stderr_contains("~ rust 1.94.1 -> 1.95.0, for `1.95` instead of `1.94`");
    sandbox.run(&["run", "--", "rustc"]).success().stdout("rustc 1.95.0 x86_64-unknown-linux-gnu\n");
    // `update --latest` leaves the file's requirement to the file.
    sandbox.run(&["update", "--latest"]).success().stderr_contains("nothing to move");
    // The manifest may add to what the file says.
    sandbox.manifest(r#"{ "tools": { "rust": { "from": "rust-toolchain.toml", "components": ["rust-src"] } } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), "cargo 6 6, clippy-preview 6 6, rust-src 1 6, rust-std 6 6, rustc 6 6");
}

/// The older name counts first, as for rustup, also when the file comes later.
#[test]
fn the_older_file_counts_first() {
    let server = server();
    let sandbox = project(&server, FROM);
    sandbox.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95\"\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "rustc"]).success().stdout("rustc 1.95.0 x86_64-unknown-linux-gnu\n");
    sandbox.write("rust-toolchain", "1.94\n");
    sandbox.run(&["lock", "--check"]).code(1).stderr_contains("it lacks rust 1.94");
    sandbox.run(&["run", "--", "rustc"]).code(3);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "rustc"]).success().stdout("rustc 1.94.1 x86_64-unknown-linux-gnu\n");
    sandbox.write("rust-toolchain", "[toolchain]\npath = \"/opt/rust\"\n");
    sandbox.run(&["lock"]).code(4).stderr_contains("`rust-toolchain` names a toolchain by its `path`");
}

/// `add` takes the file that is there.
#[test]
fn a_project_that_says_it_is_believed() {
    let server = server();
    let sandbox = Sandbox::new().with_rust(&server);
    sandbox.manifest("{ \"tools\": {} }");
    sandbox.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.94\"\nprofile = \"minimal\"\n");
    let outcome = sandbox.run(&["add", "rust"]);
    outcome.success().stderr_contains("`rust-toolchain.toml` says which `rust`").stderr_contains("+ rust 1.94.1");
    let manifest: String = sandbox.read("devshell.json").split_whitespace().collect();
    assert_eq!(manifest, r#"{"tools":{"rust":{"from":"rust-toolchain.toml"}}}"#);
    sandbox.run(&["lock", "--check"]).success();
    // Who names a release has it both ways, which is a mistake.
    sandbox.run(&["add", "rust@1.95"]).code(4).stderr_contains("`version` is in the file that `from` names");
}

/// Two environments that ask for one release mean one toolchain, wherever they say so.
#[test]
fn one_release_is_described_once() {
    let server = server();
    let sandbox = project(&server, FROM);
    sandbox.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95\"\n");
    let manifest = |profile: &str| {
        format!(
            r#"{{ "tools": {{ "rust": {FROM} }}, "environments": {{ "ci": {{ "tools": {{ "rust": {{ "version": "1.95", "profile": "{profile}" }} }} }} }} }}"#
        )
    };
    sandbox.manifest(manifest("minimal"));
    sandbox.run(&["lock"]).code(4).stderr_contains("`rust` 1.95 is described differently at line 1");
    sandbox.manifest(manifest("default"));
    sandbox.run(&["lock"]).success();
}

/// Consent covers the file, and the prompt notices its change.
#[test]
fn consent_covers_the_file() {
    let server = server();
    let sandbox = project(&server, FROM);
    sandbox.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95\"\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["allow"]).success();
    sandbox.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.94\"\n");
    let status = sandbox.run(&["allow", "--diff"]);
    status.stdout_contains("~ rust-toolchain.toml");
}

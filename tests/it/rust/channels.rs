//! Which release is locked, and what of it.

use super::{locked, project, server};
use crate::support::{Fault, RustRelease, Sandbox};

/// A requirement leads to one release, whose version and day are in the lock, for all platforms.
#[test]
fn a_release_is_locked_for_all_platforms() {
    let server = server();
    for (requirement, version, file) in [
        ("1.95", "1.95.0", "2026-04-16/cargo-1.95.0-aarch64-apple-darwin.tar.xz"),
        ("1.94", "1.94.1", "2026-03-20/cargo-1.94.1-aarch64-apple-darwin.tar.xz"),
        ("=1.94.1", "1.94.1", "2026-03-20/cargo-1.94.1-aarch64-apple-darwin.tar.xz"),
        ("stable", "1.95.0", "2026-04-16/cargo-1.95.0-aarch64-apple-darwin.tar.xz"),
        (">=1.90", "1.95.0", "2026-04-16/cargo-1.95.0-aarch64-apple-darwin.tar.xz"),
        ("nightly", "1.97.0-nightly.2026-05-20", "2026-05-20/cargo-nightly-aarch64-apple-darwin.tar.xz"),
        ("nightly-2026-05-20", "1.97.0-nightly.2026-05-20", "2026-05-20/cargo-nightly-aarch64-apple-darwin.tar.xz"),
    ] {
        let sandbox = project(&server, &format!("\"{requirement}\""));
        sandbox.run(&["lock"]).success();
        let tool = &sandbox.lock()["tools"][0];
        assert_eq!((tool["version"].as_str(), tool["requirement"].as_str()), (Some(version), Some(requirement)));
        assert_eq!(tool["artifacts"][0]["file"], file);
        assert_eq!(locked(&sandbox), "cargo 6 6, clippy-preview 6 6, rust-std 6 6, rustc 6 6, rustfmt-preview 6 6");
        assert!(!sandbox.read("devshell.lock").contains("://"), "no address is locked");
        sandbox.run(&["lock", "--check"]).success();
    }
    for (requirement, expected) in [
        ("1.93", "no version of `rust` satisfies `1.93`"),
        ("<1.90", "no version of `rust` satisfies `<1.90`"),
        ("nightly-2026-05-19", "there is no release `nightly-2026-05-19` of Rust"),
        ("beta", "there is no release `beta` of Rust"),
    ] {
        let sandbox = project(&server, &format!("\"{requirement}\""));
        sandbox.run(&["lock"]).code(5).stderr_contains(expected);
    }
}

/// What belongs to the toolchain is chosen by its profile, its components and its targets.
#[test]
fn parts_are_chosen() {
    let server = server();
    let sandbox = project(
        &server,
        r#"{ "version": "1.95", "profile": "minimal", "components": ["clippy", "rust-src"], "targets": ["wasm32-unknown-unknown"] }"#,
    );
    sandbox.run(&["lock"]).success();
    assert_eq!(locked(&sandbox), "cargo 6 6, clippy-preview 6 6, rust-src 1 6, rust-std 7 12, rustc 6 6");
    let before = sandbox.read("devshell.lock");
    // The same bytes from another machine.
    sandbox.remove("devshell.lock");
    sandbox.devshell(&["lock"]).env("DEVSHELL_PLATFORM", "aarch64-darwin").run().success();
    assert_eq!(sandbox.read("devshell.lock"), before);
    // Other parts of the same release make the lock stale.
    sandbox.manifest(r#"{ "tools": { "rust": { "version": "1.95", "profile": "minimal" } } }"#);
    sandbox.run(&["lock", "--check"]).code(1);
    sandbox.run(&["lock"]).success().stderr_contains("~ rust 1.95.0, with other components");
    assert_eq!(locked(&sandbox), "cargo 6 6, rust-std 6 6, rustc 6 6");
    for (parts, expected) in [
        (r#""components": ["clipy"]"#, "Rust 1.95.0 has no component `clipy`\nhint: did you mean `clippy`?"),
        (r#""targets": ["wasm32-unknown"]"#, "Rust 1.95.0 has no target `wasm32-unknown`\nhint: "),
    ] {
        sandbox.manifest(format!(r#"{{ "tools": {{ "rust": {{ "version": "1.95", {parts} }} }} }}"#));
        sandbox.run(&["lock"]).code(5).stderr_contains(expected);
    }
}

/// A component that a release lacks for one platform is a hole, and is said to be one.
#[test]
fn holes_are_said() {
    let server = server();
    let release = RustRelease::new("1.96.0", "2026-05-28")
        .without("rustfmt-preview", "aarch64-unknown-linux-musl")
        .without("cargo", "x86_64-apple-darwin");
    server.publish(&["1.96"], &release);
    let sandbox = project(&server, "\"1.96\"");
    let outcome = sandbox.run(&["lock"]);
    outcome.success().stderr_contains("rust 1.96.0 has no `rustfmt-preview` for aarch64-linux-musl");
    outcome.stderr_contains("rust 1.96.0 is not published for x86_64-darwin");
    assert_eq!(locked(&sandbox), "cargo 5 5, clippy-preview 5 5, rust-std 5 5, rustc 5 5, rustfmt-preview 4 4");
}

/// A nightly that lacks something wanted gives way to the one before that has it.
#[test]
fn nightlies_step_back() {
    let server = server();
    let nightly = |day: &str| RustRelease::new("1.97.0-nightly", day);
    server.publish(&[], &nightly("2026-05-20"));
    server.publish(&[], &nightly("2026-05-21").without("clippy-preview", "x86_64-unknown-linux-gnu"));
    server.publish(&["nightly"], &nightly("2026-05-23").without("rustfmt-preview", "aarch64-apple-darwin"));
    let sandbox = project(&server, "\"nightly\"");
    let outcome = sandbox.run(&["lock"]);
    let text = "the nightly of 2026-05-23 lacks `rustfmt-preview` for aarch64-darwin, so this is the one of 2026-05-20";
    outcome.success().stderr_contains(text);
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.97.0-nightly.2026-05-20");
    // A day that is named is the one that is meant, and who does not want the component gets the newest.
    sandbox.manifest(r#"{ "tools": { "rust": "nightly-2026-05-23" } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.97.0-nightly.2026-05-23");
    sandbox.manifest(r#"{ "tools": { "rust": { "version": "nightly", "profile": "minimal" } } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.97.0-nightly.2026-05-23");
    // What a stable release lacks as well is no reason to look further.
    let usual = RustRelease::new("1.95.0", "2026-04-16").without("rustfmt-preview", "aarch64-apple-darwin");
    server.publish(&["stable"], &usual);
    sandbox.manifest(r#"{ "tools": { "rust": { "version": "nightly", "targets": ["x86_64-apple-darwin"] } } }"#);
    sandbox.run(&["lock"]).success().stderr_contains("has no `rustfmt-preview` for aarch64-darwin");
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.97.0-nightly.2026-05-23");
    // Where no nightly has it, the newest one is taken, and what it lacks is said.
    sandbox
        .manifest(r#"{ "tools": { "rust": { "version": "nightly", "profile": "minimal", "components": ["miri"] } } }"#);
    server.publish(&["nightly"], &nightly("2026-05-24").component("miri", &["x86_64-unknown-linux-gnu"]));
    server.forget_requests();
    sandbox.run(&["lock"]).success().stderr_contains("has no `miri` for aarch64-darwin, aarch64-linux");
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.97.0-nightly.2026-05-24");
    assert!(server.requests().len() <= 2 * 23, "{:?}", server.requests());
    sandbox.run(&["doctor"]).stdout_contains("registry       127.0.0.1");
}

/// `outdated` and `update` know newer releases, and `add` writes what it found.
#[test]
fn releases_are_added_and_updated() {
    let server = server();
    let sandbox = Sandbox::new().with_rust(&server);
    sandbox.manifest("{}");
    sandbox.run(&["add", "rust"]).success().stderr_contains("rust is published by the Rust project");
    assert!(sandbox.read("devshell.json").contains(r#""rust": "^1.95""#));
    sandbox.run(&["add", "rust@nightly"]).success();
    assert!(sandbox.read("devshell.json").contains(r#""rust": "nightly""#));
    sandbox.run(&["run", "--", "cargo"]).success().stdout("cargo 1.97.0-nightly x86_64-unknown-linux-gnu\n");
    sandbox.run(&["outdated"]).success().stderr_contains("every tool is at its newest version");
    server.publish(&["nightly"], &RustRelease::new("1.97.0-nightly", "2026-05-21"));
    sandbox.run(&["outdated"]).success().stdout_contains("1.97.0-nightly.2026-05-21");
    sandbox.run(&["update"]).success().stderr_contains("-> 1.97.0-nightly.2026-05-21");
    sandbox.run(&["add", "node@nightly"]).code(2).stderr_contains("`nightly` is a name");
    sandbox.run(&["add", "rust@mine"]).code(2).stderr_contains("`mine` is not a release of Rust");
    sandbox.run(&["add", "rust:clippy"]).code(2).stderr_contains("into its `components`");
    sandbox.run(&["list"]).success().stdout_contains("rust  1.97.0-nightly.2026-05-21");
    for word in ["rustup", "clippy"] {
        sandbox.run(&["add", word]).success().stderr_contains("`rust` is in the manifest already, as `nightly`");
    }
}

/// The files of a toolchain are those of its components; `verify` and `gc` know it.
#[test]
fn toolchains_share_what_they_have_in_common() {
    use std::os::unix::fs::MetadataExt as _;
    let server = server();
    let sandbox = project(&server, r#"{ "version": "1.95", "profile": "minimal" }"#);
    sandbox.run(&["lock"]).success();
    let list = || sandbox.run(&["list"]).success().text();
    assert_eq!(
        list(),
        "rust  1.95.0  cargo cargo-clippy cargo-fmt clippy-driver rustc rustdoc rustfmt  (not installed)\n"
    );
    sandbox.run(&["install"]).success();
    assert_eq!(list(), "rust  1.95.0  cargo rustc rustdoc\n");
    server.forget_requests();
    sandbox
        .manifest(r#"{ "tools": { "rust": { "version": "1.95", "profile": "minimal", "components": ["clippy"] } } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    assert_eq!(server.fetched(), ["clippy-1.95.0-x86_64-unknown-linux-gnu.tar.xz"]);
    let path = sandbox.run(&["which", "rustc"]);
    let path = std::path::PathBuf::from(
        path.success().bytes().trim_ascii_end().iter().map(|b| *b as char).collect::<String>(),
    );
    assert_eq!(path.metadata().unwrap().nlink(), 3, "the component, and two toolchains");
    // One command alone may be wanted.
    sandbox.manifest(r#"{ "tools": { "rust": { "version": "1.95", "commands": ["cargo"] } } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "cargo"]).success().stdout("cargo 1.95.0 x86_64-unknown-linux-gnu\n");
    sandbox.run(&["run", "--", "rustc"]).code(127);
    sandbox.run(&["verify"]).success();
    sandbox.run(&["gc", "--all", "--delete"]).success();
    for kind in ["objects-1", "builds-1"] {
        assert_eq!(fs_err::read_dir(sandbox.data().join(kind)).unwrap().count(), 0, "{kind}");
    }
}

/// The server's answer has to be the one that it has a hash for, and its files those that were locked.
#[test]
fn answers_are_checked() {
    let server = server();
    server.fault("/dist/channel-rust-1.95.toml.sha256", Fault::OtherBytes(b"0000 x".to_vec()));
    let sandbox = project(&server, "\"1.95\"");
    let outcome = sandbox.run(&["lock"]);
    outcome.code(5).stderr_contains("does not have the hash that is beside it");
    let sandbox = project(&server, "\"1.94\"");
    sandbox.run(&["lock"]).success();
    server.fault("/dist/2026-03-20/rustc-1.94.1-x86_64-unknown-linux-gnu.tar.xz", Fault::OtherBytes(b"other".to_vec()));
    sandbox.run(&["install"]).code(5).stderr_contains("and the lock says");
    // A label means one server on every machine: rustup's variable is not read.
    let elsewhere = sandbox.devshell(&["lock", "--check"]).env("RUSTUP_DIST_SERVER", "http://127.0.0.1:1/").run();
    elsewhere.success();
}

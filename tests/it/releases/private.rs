//! Repositories that are not for everyone: their files are fetched by the API, with the user's token, which goes nowhere
//! else.

use super::{archive, release};
use crate::support::{Forge, Release, Sandbox, sha256};

const GITHUB: (&str, &str) = ("GH_ENTERPRISE_TOKEN", "s3cret");

/// A forge for those who have the token, whose bytes are on another server that anyone may ask.
fn private(releases: impl Fn() -> Vec<Release>) -> (Forge, Forge) {
    let (forge, storage) = (Forge::with("acme/tool", releases()), Forge::with("acme/tool", releases()));
    forge.require("s3cret");
    forge.download_from(&storage);
    (forge, storage)
}

#[track_caller]
fn expect_no_token(storage: &Forge) {
    assert!(!storage.requests().is_empty());
    for header in ["authorization", "private-token", "job-token"] {
        assert!(storage.headers(header).iter().all(String::is_empty), "{header}");
    }
}

#[test]
fn files_of_a_private_repository_are_fetched_by_the_api() {
    let (forge, storage) = private(|| vec![release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.devshell(&["lock"]).env(GITHUB.0, GITHUB.1).run().success();
    let lock = sandbox.read("devshell.lock");
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    forge.forget_requests();
    sandbox.devshell(&["install"]).env(GITHUB.0, GITHUB.1).run().success();
    let questions = forge.questions();
    assert_eq!(questions.len(), 2, "{questions:?}");
    assert_eq!(questions[0], "/api/v3/repos/acme/tool/releases/tags/v1.0.0 200");
    assert!(questions[1].starts_with("/api/v3/repos/acme/tool/releases/assets/"), "{questions:?}");
    sandbox.run(&["run", "--", "tool"]).success().stdout("1.0.0 linux_amd64\n");
    expect_no_token(&storage);
    // The lock is that of a repository for everyone.
    let public = Forge::with("acme/tool", [release("1.0.0")]);
    let other = Sandbox::new().with_forge(&public);
    other.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    other.run(&["lock"]).success();
    assert_eq!(other.read("devshell.lock"), lock);
}

/// Nor does a token make installing from a repository for everyone cost a request.
#[test]
fn files_for_everyone_are_fetched_without_the_api() {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.devshell(&["lock"]).env(GITHUB.0, GITHUB.1).run().success();
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    forge.forget_requests();
    sandbox.devshell(&["install"]).env(GITHUB.0, GITHUB.1).run().success();
    assert_eq!(forge.questions(), [""; 0]);
    assert!(forge.headers("authorization").iter().all(String::is_empty));
}

#[test]
fn without_a_token_a_private_repository_is_not_there() {
    let (forge, _storage) = private(|| vec![release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).code(5).stderr_contains("hint: check the name; a private repository needs a token that");
    sandbox.devshell(&["lock"]).env(GITHUB.0, GITHUB.1).run().success();
    sandbox.remove(sandbox.data());
    sandbox.run(&["install"]).code(5).stderr_contains("repository is private, and needs a token that may read it");
}

/// What has no digest is known by a file of checksums, or by its first download; both are fetched the same way.
#[test]
fn the_hashes_of_a_private_repository_are_found_too() {
    let codeberg: &[(&str, &str)] = &[("FORGEJO_TOKEN", "s3cret"), ("FORGEJO_SERVER_URL", "http://127.0.0.1")];
    for (name, variables, has_sums) in [
        ("github", &[GITHUB][..], true),
        ("github", &[GITHUB], false),
        ("codeberg", codeberg, true),
        ("codeberg", codeberg, false),
    ] {
        let (forge, storage) = private(|| {
            let bytes = archive("tool", "old");
            let release = Release::new("v1.0.0").old_file("tool_1.0.0_linux_amd64.tar.gz", bytes.clone());
            let sums = format!("{}  tool_1.0.0_linux_amd64.tar.gz\n", sha256(&bytes));
            vec![if has_sums { release.old_file("checksums.txt", sums) } else { release }]
        });
        let sandbox = Sandbox::new().with_forge(&forge);
        sandbox.manifest(format!(r#"{{ "tools": {{ "{name}:acme/tool": "1" }} }}"#));
        sandbox.devshell(&["lock"]).envs(variables.iter().copied()).run().success();
        let from = if has_sums { "checksums" } else { "download" };
        assert_eq!(sandbox.lock()["tools"][0]["artifacts"][0]["hash-from"], from);
        expect_no_token(&storage);
    }
}

#[test]
fn gitlab_and_forgejo_have_private_projects_too() {
    for (name, variables) in [
        ("gitlab", [("GITLAB_TOKEN", "s3cret"), ("GITLAB_HOST", "127.0.0.1")]),
        ("gitlab", [("CI_JOB_TOKEN", "s3cret"), ("CI_SERVER_HOST", "127.0.0.1")]),
        ("codeberg", [("FORGEJO_TOKEN", "s3cret"), ("FORGEJO_SERVER_URL", "http://127.0.0.1")]),
    ] {
        let (forge, storage) = private(|| vec![release("1.0.0")]);
        let sandbox = Sandbox::new().with_forge(&forge);
        sandbox.manifest(format!(r#"{{ "tools": {{ "{name}:acme/tool": "1" }} }}"#));
        let run = |verb: &str| sandbox.devshell(&[verb]).envs(variables).run();
        run("lock").success();
        sandbox.remove(sandbox.data());
        run("install").success();
        sandbox.run(&["run", "--", "tool"]).success().stdout("1.0.0 linux_amd64\n");
        expect_no_token(&storage);
    }
}

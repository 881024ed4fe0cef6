//! Locks that two branches changed: what git merges by itself, and conflicts that `devshell
//! lock` mends.

use crate::support::{Outcome, Registry, Sandbox, tool};

fn registry() -> Registry {
    Registry::with(
        [
            tool("node", "22.3.0"),
            tool("biome", "2.0.0"),
            tool("esbuild", "0.28.1"),
            tool("lefthook", "1.11.0"),
            tool("turbo", "2.5.0"),
        ]
        .concat(),
    )
}

/// git, with a user that comes from the environment alone.
fn git(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let mut git = sandbox.program(sandbox.find("git"), arguments).env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        git = git.env(format!("GIT_{role}_NAME"), "A Developer").env(format!("GIT_{role}_EMAIL"), "a@example.org");
    }
    git.run()
}

fn commit(sandbox: &Sandbox, manifest: &str) {
    sandbox.manifest(manifest);
    sandbox.run(&["lock"]).success();
    git(sandbox, &["add", "."]).success();
    git(sandbox, &["commit", "-m", "x"]).success();
}

/// A repository with a manifest, and two branches that each changed it and the lock. The first
/// one is checked out.
fn branches(sandbox: &Sandbox, base: &str, ours: &str, theirs: &str) {
    git(sandbox, &["init", "-b", "main"]).success();
    commit(sandbox, base);
    git(sandbox, &["checkout", "-b", "theirs"]).success();
    commit(sandbox, theirs);
    git(sandbox, &["checkout", "main"]).success();
    commit(sandbox, ours);
}

fn tools(sandbox: &Sandbox) -> Vec<String> {
    let lock = sandbox.lock();
    lock["tools"].as_array().unwrap().iter().map(|tool| tool["tool"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn tools_added_apart_from_one_another_merge_by_themselves() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    branches(
        &sandbox,
        "{\n  \"tools\": {\n    \"esbuild\": \"*\",\n    // to check commits\n    \"lefthook\": \"1\"\n  }\n}\n",
        "{\n  \"tools\": {\n    \"biome\": \"2\",\n    \"esbuild\": \"*\",\n    // to check commits\n    \"lefthook\": \"1\"\n  }\n}\n",
        "{\n  \"tools\": {\n    \"esbuild\": \"*\",\n    // to check commits\n    \"lefthook\": \"1\",\n    \"turbo\": \"2\"\n  }\n}\n",
    );
    git(&sandbox, &["merge", "theirs"]).success();
    assert_eq!(tools(&sandbox), ["biome", "esbuild", "lefthook", "turbo"]);
    sandbox.run(&["lock", "--check"]).success();
}

#[test]
fn a_conflict_is_mended_by_lock_and_by_nothing_else() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    let manifest = |tool: &str| format!("{{\n  \"tools\": {{\n    \"lefthook\": \"1\",\n    {tool}\n  }}\n}}\n");
    branches(
        &sandbox,
        "{\n  \"tools\": {\n    \"lefthook\": \"1\"\n  }\n}\n",
        &manifest(r#""turbo": "2""#),
        &manifest(r#""node": "22""#),
    );
    git(&sandbox, &["merge", "theirs"]).code(1);
    assert!(sandbox.read("devshell.lock").contains("<<<<<<< "));
    sandbox.manifest(manifest(r#""turbo": "2", "node": "22""#));
    registry.forget_requests();

    let line = sandbox.read("devshell.lock").lines().position(|line| line.starts_with("<<<<<<< ")).unwrap() + 1;
    let refusal = format!(
        "devshell: devshell.lock has conflict markers at line {line}\n\
         hint: resolve devshell.json first if it has conflicts too, then `devshell lock` merges both sides\n"
    );
    sandbox.run(&["install"]).code(4).stderr(&refusal);
    sandbox.run(&["run", "true"]).code(125).stderr(&refusal);
    sandbox.run(&["lock", "--check"]).code(1);
    assert!(sandbox.read("devshell.lock").contains("<<<<<<< "), "only `lock` may write it");

    sandbox.run(&["lock"]).success();
    assert_eq!(tools(&sandbox), ["lefthook", "node", "turbo"]);
    assert_eq!(registry.requests(), [""; 0], "both sides knew what they had locked");
    sandbox.run(&["lock", "--check"]).success();
    git(&sandbox, &["commit", "-a", "--no-edit"]).success();
}

#[test]
fn a_requirement_both_sides_changed_is_resolved_again() {
    let registry = registry();
    registry.publish(tool("turbo", "2.6.0"));
    registry.publish(tool("turbo", "2.7.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    let manifest = |requirement: &str| format!("{{ \"tools\": {{ \"turbo\": \"{requirement}\" }} }}\n");
    branches(&sandbox, &manifest("2.5"), &manifest("2.6"), &manifest("2.7"));
    git(&sandbox, &["merge", "theirs"]).code(1);
    sandbox.manifest(manifest("2.7"));
    registry.forget_requests();
    sandbox.run(&["lock"]).success();
    let lock = sandbox.lock();
    assert_eq!((lock["tools"].as_array().unwrap().len(), &lock["tools"][0]["version"]), (1, &"2.7.0".into()));
}

#[test]
fn a_conflict_in_the_manifest_is_shown_where_it_stands() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{\n<<<<<<< HEAD\n  \"name\": \"a\"\n=======\n  \"name\": \"b\"\n>>>>>>> theirs\n}\n");
    sandbox.run(&["lock"]).code(4).stderr_contains("devshell.json:2:1");
}

//! The hook of `docs/ci.md`, run by git: it looks at what is being committed, in every way to commit.

use super::page;
use crate::support::{DEVSHELL, Outcome, Registry, Sandbox, tool};

fn git(sandbox: &Sandbox, directory: &str, arguments: &[&str]) -> Outcome {
    let run = sandbox.program("git", arguments).directory(directory).env("GIT_CONFIG_NOSYSTEM", "1");
    run.env("GIT_AUTHOR_NAME", "a")
        .env("GIT_AUTHOR_EMAIL", "a@b")
        .env("GIT_COMMITTER_NAME", "a")
        .env("GIT_COMMITTER_EMAIL", "a@b")
        .run()
}

#[test]
fn a_hook_sees_the_files_of_the_commit() {
    let registry = Registry::new();
    registry.publish([tool("node", "22.3.0"), tool("prettier", "3.1.0")].concat());
    let mut sandbox = Sandbox::new().with_registry(&registry);
    let bin = sandbox.host_directory("bin");
    fs_err::os::unix::fs::symlink(DEVSHELL, bin.join("devshell")).unwrap();
    sandbox.manifest(format!("{{\n{}}}", page::block("Git hooks", "jsonc", 0)));
    sandbox.run(&["lock"]).success();
    for name in ["one.js", "two.js", "packages/ui/three.js"] {
        sandbox.write(name, "1\n");
    }
    git(&sandbox, ".", &["init", "-q"]).success();
    git(&sandbox, ".", &["add", "."]).success();
    git(&sandbox, ".", &["commit", "-qm", "one"]).success();
    sandbox.write_executable(".git/hooks/pre-commit", &page::block("Git hooks", "sh", 0));
    let checks = |directory: &str, arguments: &[&str], files: &str| {
        let arguments = [&["commit", "-qm", "more"], arguments].concat();
        let outcome = git(&sandbox, directory, &arguments);
        // Git hands what a hook prints to its standard error.
        outcome.success().stderr_contains(&format!("prettier 3.1.0: --check {files}\n"));
    };
    for name in ["one.js", "two.js"] {
        sandbox.write(name, "2\n");
    }
    git(&sandbox, ".", &["add", "one.js"]).success();
    checks(".", &[], "one.js");
    checks(".", &["-a"], "two.js");
    sandbox.write("one.js", "3\n");
    sandbox.write("two.js", "3\n");
    git(&sandbox, ".", &["add", "one.js"]).success();
    // Only this one, from an index that git makes for the commit.
    checks(".", &["--", "two.js"], "two.js");
    checks(".", &[], "one.js");
    sandbox.write("packages/ui/three.js", "3\n");
    checks("packages/ui", &["-a"], "packages/ui/three.js");
    git(&sandbox, ".", &["worktree", "add", "-q", "../tree"]).success();
    sandbox.write("../tree/one.js", "4\n");
    checks("../tree", &["-a"], "one.js");
}

//! git at isolation `sandbox`, where the project does not have all of its repository.
#![cfg(target_os = "linux")]

use std::path::Path;

use crate::sandbox::{sh, shop};
use crate::support::{Outcome, Sandbox};

#[test]
fn a_worktree_has_its_repository() {
    let sandbox = shop("");
    let git = |arguments: &[&str], expected: &str| {
        sandbox.program("git", arguments).run().success().stdout(expected);
    };
    git(&["add", "devshell.json", "devshell.lock"], "");
    git(&["commit", "-q", "-m", "first"], "");
    git(&["worktree", "add", "-q", "../tree"], "");
    let tree = sandbox.project().join("../tree");
    let run = |script: &str| sh(&sandbox, script).directory(&tree).run();
    run("echo x >new && git add new && git commit -q -m second && git log --format=%s")
        .success()
        .stdout("second\nfirst\n");
    run("ls ../shop/devshell.json 2>/dev/null || echo none").success().stdout("none\n");
    let hooks = sandbox.project().join(".git/hooks/pre-commit");
    run(&format!("echo x >{} 2>/dev/null && echo written || echo refused", hooks.display()))
        .success()
        .stdout("refused\n");
    run("echo 'gitdir: /tmp' >.git 2>/dev/null && echo written || echo refused").success().stdout("refused\n");
    git(&["log", "--format=%s", "tree"], "second\nfirst\n");

    // A file that names a directory which does not name it in turn gets nothing.
    let other = sandbox.root().join("victim");
    sandbox.write(other.join("gitdir"), "/elsewhere/.git\n");
    sandbox.write(other.join("commondir"), ".\n");
    fs_err::write(tree.join(".git"), format!("gitdir: {}\n", other.display())).unwrap();
    run(&format!("ls {} 2>/dev/null || echo none", other.display())).stdout("none\n");
}

/// A repository with the project `apps/shop` in it, and the file `lib/code` beside that.
fn monorepo(sandbox_keys: &str) -> Sandbox {
    let sandbox = shop(sandbox_keys);
    let script = r"
        rm -rf ../shop/.git && mkdir -p ../mono/apps ../mono/lib && cp -r ../shop ../mono/apps && cd ../mono
        echo code >lib/code && git init -q -b main && git add . && git commit -q -m first
        echo secret >lib/untracked";
    sandbox.program("sh", &["-ec", script]).run().success();
    sandbox
}

#[track_caller]
fn inside(sandbox: &Sandbox, script: &str, directory: impl AsRef<Path>) -> Outcome {
    sh(sandbox, script).directory(directory).run()
}

#[test]
fn in_a_directory_of_a_repository_git_sees_all_of_it() {
    let sandbox = monorepo("");
    let place = "../mono/apps/shop";
    for (script, expected) in [
        ("git status --porcelain", "?? lib/untracked\n"),
        ("git log --format=%an:%s", "Ann:first\n"),
        ("cat ../../lib/code", "code\n"),
        ("echo x >../../lib/code; rm ../../lib/code; mv ../../lib ../../l; echo x >../../new; ls ../..", "apps\nlib\n"),
        ("echo y >new && git add . && git commit -q -m second && git status --porcelain", "?? lib/untracked\n"),
        ("echo z >>new && git commit -q -a -m third && git log --format=%s", "third\nsecond\nfirst\n"),
        ("git diff HEAD~2 --stat --format= | tail -n 1", " 1 file changed, 2 insertions(+)\n"),
        // What is obeyed outside is read-only.
        (
            "for path in hooks/pre-commit config; do echo x >>../../.git/$path; done; mv ../../.git ../../git; ls -d ../../.git",
            "../../.git\n",
        ),
    ] {
        let outcome = inside(&sandbox, &format!("{{ {script}; }} 2>/dev/null"), place);
        assert_eq!(outcome.text(), expected, "{script}: {outcome}");
    }
    let fsck = "git fsck --strict && git status --porcelain && cat lib/code && git config core.bare";
    sandbox.program("sh", &["-c", fsck]).directory("../mono").run().success().stdout("?? lib/untracked\ncode\nfalse\n");
}

/// What the manifest gives and denies counts beside the project too.
#[test]
fn the_manifest_has_the_last_word_about_a_repository() {
    let sandbox = monorepo("");
    let (project, lib) = ("../mono/apps/shop", sandbox.home().join("mono/lib"));
    let manifest = sandbox.read("devshell.json").replace(
        r#""sandbox": {"#,
        &format!(r#""sandbox": {{ "write": ["{0}"], "deny": ["{0}/untracked"]"#, lib.display()),
    );
    sandbox.write(format!("{project}/devshell.json"), manifest);
    let script = "echo new >../../lib/new; grep -s secret ../../lib/untracked || echo refused";
    inside(&sandbox, script, project).success().stdout("refused\n");
    assert_eq!(sandbox.read(lib.join("new")), "new\n");
}

#[test]
fn a_submodule_has_its_history() {
    let sandbox = shop("");
    let script = r"
        git add devshell.json devshell.lock && git commit -q -m first && git init -q -b main ../mono && cd ../mono
        git -c protocol.file.allow=always submodule --quiet add ../shop sub && git commit -q -m sub";
    sandbox.program("sh", &["-ec", script]).run().success();
    let script = "echo x >new && git add new && git commit -q -m second && git log --format=%s && ls -A ..";
    inside(&sandbox, script, "../mono/sub").success().stdout("second\nfirst\n.git\nsub\n");
    let script = "for path in hooks/x config; do echo x >>../.git/modules/sub/$path; done 2>/dev/null; echo x >.git";
    let _ = inside(&sandbox, script, "../mono/sub");
    let check = "git status --porcelain && ls .git/modules/sub/hooks/x 2>/dev/null; git -C sub log --format=%s";
    sandbox.program("sh", &["-c", check]).directory("../mono").run().stdout(" M sub\nsecond\nfirst\n");
}

/// Otherwise, a project below it could read all that the user has.
#[test]
fn a_repository_of_the_home_directory_is_none() {
    let sandbox = shop("");
    let script = "rm -rf .git && cd && git init -q && git add -f .ssh && git commit -q -m all";
    sandbox.program("sh", &["-ec", script]).run().success();
    inside(&sandbox, "cat ~/.ssh/id 2>/dev/null; git log 2>/dev/null || echo none", ".").success().stdout("none\n");
}

/// `git sparse-checkout` makes git obey them.
#[test]
fn settings_of_worktrees_stay_as_they_are() {
    let sandbox = shop("");
    let script = r"
        git add devshell.json devshell.lock && git commit -q -m first && git config extensions.worktreeConfig true
        git worktree add -q ../tree && git worktree add -q ../other && git -C ../tree config --worktree core.editor ed
        git config --worktree core.editor ed";
    sandbox.program("sh", &["-ec", script]).run().success();
    let script =
        "for path in .git/config.worktree .git/worktrees/tree/config.worktree .git/worktrees/other/config.worktree; do
        echo '[core] fsmonitor = touch hit' 2>/dev/null >>$path || echo refused; done";
    sh(&sandbox, script).run().success().stdout("refused\nrefused\n").stderr_contains(
        "the command made `[PROJECT]/.git/worktrees/other/config.worktree`, which programs outside of the sandbox obey\n",
    );
    assert!(!sandbox.read(".git/worktrees/tree/config.worktree").contains("fsmonitor"));
}

#[test]
fn nor_does_it_in_a_repository_around_the_project() {
    let sandbox = monorepo("");
    let outcome = inside(&sandbox, "echo ../evil >../../.git/commondir", "../mono/apps/shop");
    outcome.success().stderr_contains("removed `[HOME]/mono/.git/commondir`, which the command made");
    assert!(!sandbox.home().join("mono/.git/commondir").exists());
}

/// A file that does not exist cannot be made read-only.
#[test]
fn what_git_would_obey_later_does_not_stay() {
    let sandbox = shop("");
    let script = "mkdir evil && cp -r .git/. evil && echo '[core] fsmonitor = touch hit' >>evil/config && echo ../evil >.git/commondir";
    let outcome = sandbox.run(&["run", "--", "sh", "-c", script]);
    outcome
        .success()
        .stderr_contains("removed `[PROJECT]/.git/commondir`, which the command made: git obeys what it names");
    assert!(!sandbox.project().join(".git/commondir").exists());
}

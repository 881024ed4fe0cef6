//! The scripts of the action by themselves: which devshell they take, and which events may write the cache.

use super::{VERSION, registry, root, shop};
use crate::support::{DEVSHELL, Invocation, Outcome, OwnRelease, Sandbox, shell};

/// `get.sh` in the project, by a shell.
fn get<'s>(sandbox: &'s Sandbox, name: &str) -> Invocation<'s> {
    let run = sandbox.program(shell(name), &[]).arg(root().join("dist/ci/get.sh"));
    let run = run.arg(root().join("src/cli/generate/launcher.sh"));
    run.arg(sandbox.root().join("place")).args(&[".", ".."])
}

#[test]
fn what_is_wrong_with_the_inputs_is_an_error() {
    let sandbox = Sandbox::new();
    let hash = "a".repeat(64);
    for (version, sha256, url, text) in [
        ("0.1.0", "", "", "`version` and `sha256` need each other"),
        ("", &*hash, "", "`version` and `sha256` need each other"),
        ("0.1'; touch x; '", &hash, "", "`0.1'; touch x; '` is not a version"),
        ("0.1.0", "abc", "", "`abc` is not a SHA-256"),
        ("0.1.0", &hash.replace('a', "Z"), "", "is not a SHA-256"),
        ("0.1.0", &hash, "http://127.0.0.1:1/'$(touch x)'", "cannot be used"),
        ("", "", "", "there is no launcher, and no devshell on PATH"),
    ] {
        for name in ["dash", "bash", "ash", "yash"] {
            let inputs = [("DEVSHELL_CI_VERSION", version), ("DEVSHELL_CI_SHA256", sha256), ("DEVSHELL_CI_URL", url)];
            let outcome = get(&sandbox, name).envs(inputs).run();
            outcome.code(1).stdout("").stderr_contains("devshell: ").stderr_contains(text).stderr_contains("\nhint: ");
        }
    }
    assert!(!sandbox.project().join("x").exists());
}

#[test]
fn inputs_come_before_a_launcher_and_a_launcher_before_path() {
    let release = OwnRelease::new();
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("host");
    fs_err::os::unix::fs::symlink(which::which("curl").unwrap(), host.join("curl")).unwrap();
    fs_err::os::unix::fs::symlink(DEVSHELL, host.join("devshell")).unwrap();
    let found = |outcome: Outcome| outcome.success().text().trim_end().to_owned();
    let kept = format!("[ROOT]/place/devshell/launchers/{}", OwnRelease::hash());
    assert_eq!(found(get(&sandbox, "sh").run()), "[ROOT]/host");
    // Some other file, and a directory, are no launchers.
    sandbox.write("devshell", "#!/bin/sh\nexit 1\n");
    fs_err::create_dir(sandbox.home().join("devshell")).unwrap();
    assert_eq!(found(get(&sandbox, "sh").run()), "[ROOT]/host");
    fs_err::remove_dir(sandbox.home().join("devshell")).unwrap();
    // One in the directory above. The version on PATH is its own, so that it fetches nothing.
    sandbox.write("../SHA256SUMS", OwnRelease::sums(None));
    let url = release.url().replace("{version}", VERSION);
    sandbox.run(&["generate", "launcher", "--sums", "../SHA256SUMS", "--url", &url, "../devshell"]).success();
    assert_eq!(found(get(&sandbox, "sh").run()), "[ROOT]/host");
    assert_eq!(release.server.requests(), [""; 0]);
    sandbox.remove(host.join("devshell"));
    assert_eq!(found(get(&sandbox, "sh").run()), kept);
    assert_eq!(release.server.requests().len(), 1);
    // The copy is kept. The inputs count, even where there is a launcher.
    assert_eq!(found(get(&sandbox, "sh").run()), kept);
    let wrong = get(&sandbox, "sh").env("DEVSHELL_CI_VERSION", VERSION).env("DEVSHELL_CI_SHA256", "0".repeat(64));
    wrong.env("DEVSHELL_CI_URL", release.url()).run().code(125).stderr_contains("has the hash");
}

#[test]
fn a_pull_request_writes_the_cache_only_if_it_may() {
    let registry = registry();
    let sandbox = shop(&registry);
    let directory = std::path::Path::new(DEVSHELL).parent().unwrap().to_owned();
    let path = std::env::join_paths(std::iter::once(directory).chain(std::env::split_paths(sandbox.path()))).unwrap();
    let writes = |event: &str, head: &str, wish: &str| {
        let output = sandbox.write("../output", "");
        let run = sandbox.program("bash", &[]).arg(root().join("dist/ci/github.sh")).arg("check").env("PATH", &path);
        let variables = [
            ("DEVSHELL_CI_ANNOTATE", "true"),
            ("DEVSHELL_CI_ENVIRONMENTS", ""),
            ("DEVSHELL_CI_CACHE_WRITE", wish),
            ("DEVSHELL_CI_HEAD_REPOSITORY", head),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_REPOSITORY", "group/shop"),
        ];
        let run = run.envs(variables).env("GITHUB_OUTPUT", output).env("RUNNER_TEMP", sandbox.root().join("tmp"));
        run.run().success();
        let output = sandbox.read("../output");
        output.lines().last().unwrap().strip_prefix("write=").unwrap().to_owned()
    };
    let (own, fork) = ("group/shop", "stranger/shop");
    for (event, head, wish, expected) in [
        ("push", "", "", "true"),
        ("push", "", "true", "true"),
        ("push", "", "false", "false"),
        ("schedule", "", "", "true"),
        ("issue_comment", "", "", "false"),
        ("issue_comment", "", "true", "true"),
        ("pull_request", own, "", "false"),
        ("pull_request", own, "true", "true"),
        ("pull_request", fork, "true", "false"),
        // The fork is deleted.
        ("pull_request", "", "true", "false"),
        ("pull_request_target", fork, "true", "false"),
        ("pull_request_target", own, "", "false"),
        ("workflow_run", fork, "true", "false"),
        ("workflow_run", own, "true", "true"),
    ] {
        assert_eq!(writes(event, head, wish), expected, "{event} {head} {wish}");
    }
}

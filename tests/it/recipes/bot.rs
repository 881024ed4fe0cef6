//! The scheduled job of `docs/ci.md` that opens a pull request: its script, run as the runner does, with a `gh` that
//! writes down what it is asked.

use super::{page, yaml};
use crate::support::{DEVSHELL, Outcome, Registry, Sandbox, package, tool};

/// Fails to open a pull request where one is open.
const GH: &str = r#"#!/bin/sh
for last; do :; done
echo "$1 $2: $(cat "$last")" >>"$HOME/asked"
[ "$2" != create ] || ! [ -e "$HOME/open" ] || exit 1
touch "$HOME/open"
"#;

fn publish(registry: &Registry, version: &str) {
    registry.publish([package("hello", version).bin("hello", "hello.js").file("hello.js", "echo hello\n")]);
}

fn git(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.program("git", arguments).env("GIT_CONFIG_NOSYSTEM", "1").run()
}

/// A job: a new checkout, and the step.
fn job(sandbox: &Sandbox, script: &str) -> String {
    sandbox.remove("../checkout");
    git(sandbox, &["clone", "-q", "../origin.git", "../checkout"]).success();
    let script = sandbox.write("../script", script);
    let step = sandbox.program("bash", &["--noprofile", "--norc", "-eo", "pipefail"]).arg(script);
    let step = step.directory("../checkout").env("RUNNER_TEMP", sandbox.home()).env("GIT_CONFIG_NOSYSTEM", "1");
    step.env("CI", "true").run().success();
    let asked = sandbox.home().join("asked");
    let text = if asked.exists() { sandbox.read(&asked) } else { String::new() };
    sandbox.remove(asked);
    text
}

#[test]
fn a_scheduled_job_opens_a_pull_request_for_newer_versions() {
    let registry = Registry::with(tool("node", "22.3.0"));
    publish(&registry, "1.0.0");
    let mut sandbox = Sandbox::new().with_registry(&registry);
    let bin = sandbox.host_directory("bin");
    fs_err::os::unix::fs::symlink(DEVSHELL, bin.join("devshell")).unwrap();
    sandbox.write_executable(bin.join("gh"), GH);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    git(&sandbox, &["init", "-q", "-b", "main"]).success();
    git(&sandbox, &["add", "."]).success();
    git(&sandbox, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"]).success();
    git(&sandbox, &["clone", "-q", "--bare", ".", "../origin.git"]).success();

    let recipe = yaml::parse(&page::block("Updates by a bot", "yaml", 0));
    let script = recipe["jobs"]["update"]["steps"][1]["run"].as_str().unwrap();
    assert_eq!(job(&sandbox, script), "", "there is nothing newer");
    publish(&registry, "1.1.0");
    assert_eq!(job(&sandbox, script), "pr create: devshell: ~ npm:hello 1.0.0 -> 1.1.0\n");
    let changed = git(&sandbox, &["-C", "../origin.git", "diff", "--name-only", "main", "update-tools"]);
    changed.success().stdout("devshell.lock\n");
    // The pull request is open still, and gets what is new since.
    publish(&registry, "1.2.0");
    let said = "devshell: ~ npm:hello 1.0.0 -> 1.2.0";
    assert_eq!(job(&sandbox, script), format!("pr create: {said}\npr edit: {said}\n"));
    git(&sandbox, &["-C", "../origin.git", "show", "update-tools:devshell.lock"])
        .stdout_contains("\"version\": \"1.2.0\"");
}

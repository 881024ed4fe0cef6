//! `devshell run` of scripts that need other scripts, and of those that are skipped when nothing has changed.

use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{DEADLINE, DEVSHELL, Outcome, Registry, Sandbox, package, tool, wait_until};

fn shop(scripts: Value) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut manifest = json!({});
    manifest["scripts"] = scripts;
    sandbox.manifest(manifest.to_string());
    sandbox
}

/// The lines of a text, whatever their order.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn several_run_at_once_and_print_by_line() {
    // Each waits for the other, and prints half a line meanwhile.
    let meet = |name: &str, other: &str| {
        format!(
            "printf {name}; touch {name}; while ! test -e {other}; do sleep 0.01; done; echo ' met'; echo error >&2"
        )
    };
    let sandbox = shop(json!({
        "one": { "run": meet("one", "three") },
        "three": { "run": meet("three", "one") },
        "all": { "run": "echo all \"$@\"", "needs": ["one", "three"] },
    }));
    let run = sandbox.run(&["run", "-j", "2", "all", "a b"]);
    run.success();
    assert_eq!(sorted(&run.text()), ["all a b", "one   | one met", "three | three met"], "{run}");
    assert_eq!(sorted(&run.errors()), ["one   | error", "three | error"], "{run}");
    assert!(run.text().ends_with("all a b\n"), "{run}");
}

/// One after the other, each has the output as it is, and the input.
#[test]
fn one_at_a_time_prints_as_it_is() {
    let sandbox = shop(json!({
        "b": { "run": "read -r line; printf \"b $line,\"", "needs": [] },
        "a": "printf a,",
        "all": { "run": "cat", "needs": ["a", "b"] },
        "chain": { "run": "echo chain", "needs": ["c"] },
        "c": { "run": "echo c", "needs": ["a"] },
    }));
    let run = sandbox.devshell(&["run", "-j", "1", "all"]).stdin("one\ntwo\n").run();
    run.success().stdout("a,b one,two\n").stderr("");
    sandbox.run(&["run", "chain"]).success().stdout("a,c\nchain\n").stderr("");
}

#[test]
fn after_a_failure_nothing_starts() {
    let sandbox = shop(json!({
        "bad": "exit 3",
        "good": { "run": "touch good" , "needs": [] },
        "after": { "run": "touch after", "needs": ["bad"] },
        "all": { "run": "touch all", "needs": ["bad", "good", "after"] },
        "killed": "kill -TERM $$",
        "term": { "run": "touch all", "needs": ["killed"] },
        "absent": "no-such-command 2>/dev/null",
        "lost": { "run": "touch all", "needs": ["absent"] },
        "only": { "needs": ["good", "bad"] },
    }));
    let is_there = |name: &str| sandbox.project().join(name).exists();
    let failed = "devshell: `bad` failed with exit status 3\n";
    sandbox.run(&["run", "-j", "1", "all"]).code(3).stdout("").stderr(failed);
    assert!(!is_there("good") && !is_there("after") && !is_there("all"));
    sandbox.run(&["run", "-j", "1", "--keep-going", "all"]).code(3).stdout("").stderr(failed);
    assert!(is_there("good") && !is_there("after") && !is_there("all"));
    sandbox.run(&["run", "only"]).code(3).stdout("").stderr(failed);
    sandbox.run(&["run", "term"]).code(143).stderr("devshell: `killed` was ended by signal 15\n");
    sandbox.run(&["run", "lost"]).code(127).stderr("devshell: `absent` failed with exit status 127\n");
    assert!(!is_there("all"));
}

/// A project with a tool, whose script `build` makes `out/file` of `src`.
fn built() -> (Registry, Sandbox) {
    let registry = Registry::new();
    let hello = |version: &str| package("hello", version).bin("hello", "hello.js").file("hello.js", "echo hello\n");
    registry.publish([vec![hello("1.0.0"), hello("2.0.0")], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    manifest(&sandbox, "1", "green", "mkdir -p out && cat src/* >out/file");
    sandbox.write("src/a", "a\n");
    sandbox.write("src/b", "b\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    (registry, sandbox)
}

fn manifest(sandbox: &Sandbox, version: &str, colour: &str, run: &str) {
    let build = json!({ "run": run, "inputs": ["src/*"], "outputs": ["out/*"], "needs": [] });
    let test = json!({ "run": "cat out/file", "needs": ["build"] });
    let manifest = json!({
        "tools": { "npm:hello": version }, "env": { "COLOUR": colour },
        "scripts": { "build": build, "test": test },
    });
    sandbox.manifest(manifest.to_string());
}

#[track_caller]
fn because(run: &Outcome, reason: &str) {
    run.success().stderr(&format!("devshell: `build` runs because {reason}\n"));
}

#[test]
fn what_has_not_changed_is_skipped_and_why_says_what_has() {
    const RUN: &str = "mkdir -p out && cat src/* >out/file";
    let (_registry, sandbox) = built();
    let why = || sandbox.run(&["run", "--why", "build"]);
    because(&why(), "it has not succeeded yet");
    let fresh = |words: &[&str]| {
        sandbox.run(words).success().stdout("").stderr("devshell: `build` is up to date\n");
    };
    fresh(&["run", "build"]);
    fresh(&["run", "--why", "build"]);
    because(&sandbox.run(&["run", "--why", "--force", "build"]), "you asked for it");

    sandbox.write("src/a", "other\n");
    because(&why(), "`src/a` has changed");
    sandbox.write("src/c", "c\n");
    because(&why(), "`src/c` is new");
    sandbox.remove("src/c");
    because(&why(), "`src/c` is gone");
    // As they were, with new times.
    sandbox.write("src/a", "other\n");
    fresh(&["run", "build"]);
    sandbox.remove("out/file");
    because(&why(), "`out/file` is missing");
    sandbox.write("out/file", "by hand\n");
    because(&why(), "`out/file` was changed");
    manifest(&sandbox, "1", "red", RUN);
    because(&why(), "the variable `COLOUR` has changed");
    manifest(&sandbox, "1", "red", "mkdir -p out; cat src/* >out/file");
    because(&why(), "the command has changed");
    manifest(&sandbox, "2", "red", "mkdir -p out; cat src/* >out/file");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    because(&why(), "the tools have changed");
    fresh(&["run", "build"]);
    // What needs it runs each time.
    let test = sandbox.run(&["run", "test"]);
    test.success().stdout("other\nb\n").stderr("devshell: `build` is up to date\n");
}

/// What failed or was interrupted is not taken for done.
#[test]
fn half_of_it_is_nothing() {
    let sandbox = shop(json!({ "build": {
        "run": "echo half >out; test -e go || { touch waits; while :; do sleep 0.01; done; }; echo whole >out; test -e good",
        "inputs": ["src"], "outputs": ["out"] } }));
    sandbox.write("src", "");
    let mut child = sandbox.devshell(&["run", "build"]).spawn();
    let waits = sandbox.project().join("waits");
    wait_until("it runs", || waits.exists());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < DEADLINE);
        std::thread::yield_now();
    }
    sandbox.write("go", "");
    let why = || sandbox.run(&["run", "--why", "build"]);
    why().code(1).stderr_contains("`build` runs because it has not succeeded yet\n");
    why().code(1).stderr_contains("`build` runs because it has not succeeded yet\n");
    sandbox.write("good", "");
    because(&why(), "it has not succeeded yet");
    why().success().stderr("devshell: `build` is up to date\n");
}

/// Ctrl-C where nothing else has the signal: what runs ends, and nothing starts.
#[test]
fn a_signal_ends_what_runs() {
    let sandbox = shop(json!({
        "one": "trap 'touch caught; exit 0' TERM; touch one; while :; do sleep 0.01; done",
        "two": "trap 'exit 0' TERM; touch two; while :; do sleep 0.01; done",
        "all": { "run": "touch all", "needs": ["one", "two"] },
    }));
    let mut child = sandbox.devshell(&["run", "-j", "2", "all"]).spawn();
    let is_there = |name: &str| sandbox.project().join(name).exists();
    wait_until("both run", || is_there("one") && is_there("two"));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert!(is_there("caught") && !is_there("all"));
}

/// Without needs, a script is started as ever: one program becomes the next.
#[test]
fn a_script_without_needs_is_one_process() {
    let sandbox = shop(json!({ "plain": "touch ran", "object": { "run": "touch ran", "about": "x" } }));
    let strace = which::which("strace").expect("strace is not installed, and this test is about it");
    for script in ["plain", "object"] {
        sandbox.run(&["run", script]).success();
        let trace = sandbox.root().join("trace");
        let calls = "trace=execve,clone,clone3,fork,vfork";
        let run = sandbox.program(&strace, &["-f", "-qq", "-e", calls, "-o"]).arg(&trace).arg(DEVSHELL);
        run.args(&["run", script]).run().success();
        let text = fs_err::read_to_string(&trace).unwrap();
        let programs: Vec<&str> =
            text.lines().filter(|line| line.contains("execve(") && line.ends_with("= 0")).collect();
        assert_eq!(programs.len(), 3, "{text}");
        // The names of the calls, after the number of the process: a directory may have such a name, too.
        let calls = text.lines().filter_map(|line| line.split_whitespace().nth(1));
        assert!(calls.into_iter().all(|call| call.starts_with("execve(")), "{text}");
    }
}

#[test]
fn to_skip_takes_hardly_longer_than_to_run_nothing() {
    let (_registry, sandbox) = built();
    sandbox.run(&["run", "build"]).success();
    let median = |words: &[&str]| {
        let mut all: Vec<Duration> = (0..15)
            .map(|_| {
                let since = Instant::now();
                sandbox.run(words).success();
                since.elapsed()
            })
            .collect();
        all.sort_unstable();
        all[7]
    };
    let (nothing, skipped) = (median(&["run", "--", "true"]), median(&["run", "build"]));
    assert!(skipped < nothing * 4 + Duration::from_millis(20), "{skipped:?}, and {nothing:?}");
}

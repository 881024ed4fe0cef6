//! `up -- COMMAND`: the services are ready when it starts, and end when it has. Its status, its signals and its input are its
//! own.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::json;

use super::{Running, assert_gone, plain, shop};
use crate::support::Sandbox;

fn db() -> Sandbox {
    shop(json!({ "db": plain(&[]) }), json!({ "env": { "COLOUR": "green" } }))
}

#[test]
fn its_status_is_that_of_the_command() {
    let sandbox = db();
    for (script, code) in [("true", 0), ("exit 7", 7), ("exit 127", 127)] {
        sandbox.run(&["up", "--", "sh", "-c", script]).code(code).stdout("").stderr("");
        assert_gone(&sandbox, Instant::now());
    }
    sandbox.run(&["up", "--", "sh", "-c", "kill -TERM $$"]).signal(15).stdout("").stderr("");
    sandbox.run(&["up", "db", "--", "sh", "-c", "echo $COLOUR"]).success().stdout("green\n");
    let script = "devshell status --json | grep -c '\"phase\": \"ready\"'";
    sandbox.run(&["up", "--", "sh", "-c", script]).success().stdout("1\n");
    sandbox
        .devshell(&["up", "--", "cat"])
        .stdin("from\nstandard input\n")
        .run()
        .success()
        .stdout("from\nstandard input\n");
    sandbox.write("sub/file", "");
    sandbox.devshell(&["up", "--", "pwd"]).directory("sub").run().success().stdout("[PROJECT]/sub\n");
    assert_gone(&sandbox, Instant::now());
}

#[test]
fn a_command_that_is_not_there_or_no_program() {
    let sandbox = db();
    let expected = "devshell: `no-such-command` is not in this dev shell\n\
                    hint: `devshell list` shows the tools, `devshell run` the scripts\n";
    let absent = sandbox.run(&["up", "--", "no-such-command"]);
    assert_gone(&sandbox, Instant::now());
    absent.code(127).stdout("").stderr(expected);
    sandbox.write("data", "");
    sandbox.run(&["up", "--", "./data"]).code(126).stderr_contains("`./data` cannot be run");
    // Likewise where another process has the services.
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for(" is ready after ");
    sandbox.run(&["up", "--", "no-such-command"]).code(127).stdout("").stderr(expected);
    up.stop().code(0);
}

#[test]
fn signals_are_the_commands() {
    let sandbox = db();
    for (signal, name) in [(Signal::INT, "INT"), (Signal::TERM, "TERM"), (Signal::HUP, "HUP")] {
        let script = format!("trap 'echo caught; exit 5' {name}; echo here; while :; do sleep 0.01; done");
        let mut up = Running::up(&sandbox, &["--", "sh", "-c", &script]);
        up.wait_for("here");
        up.signal(signal);
        let ended = up.end();
        assert_eq!(ended.code(5).text(), "here\ncaught\n", "{name}");
        assert_gone(&sandbox, Instant::now());
    }
    // It may go on as if nothing were.
    let script = "trap 'echo caught' INT; echo here; while ! test -e stop; do sleep 0.01; done";
    let mut up = Running::up(&sandbox, &["--", "sh", "-c", script]);
    up.wait_for("here");
    up.signal(Signal::INT);
    up.wait_for("caught");
    sandbox.run(&["status"]).success().stdout_contains("ready");
    sandbox.write("stop", "");
    up.end().code(0);
    assert_gone(&sandbox, Instant::now());
}

/// Nothing that comes after it must take it for a success.
#[test]
fn one_that_is_interrupted_before_it_starts() {
    let service = json!({ "run": "trap 'exit 0' TERM; touch there; sleep 1000 & wait", "ready": { "line": "never" } });
    let scripts = json!({ "scripts": { "test": { "run": "touch ran", "needs": ["db"] } } });
    for (words, is_signalled) in [
        (&["up", "--", "touch", "ran"][..], true),
        (&["up", "--detach"], true),
        (&["run", "test"], true),
        (&["up"], false),
    ] {
        let sandbox = shop(json!({ "db": service }), scripts.clone());
        let up = Running::start(sandbox.devshell(words));
        let there = sandbox.project().join("there");
        super::until("it starts", crate::support::DEADLINE, || there.exists());
        up.signal(Signal::TERM);
        let ended = up.end();
        assert_gone(&sandbox, Instant::now());
        let expected = if is_signalled { (None, Some(15)) } else { (Some(0), None) };
        assert_eq!((ended.status.code(), ended.status.signal()), expected, "{words:?} {ended:?}");
        assert!(!sandbox.project().join("ran").exists());
    }
}

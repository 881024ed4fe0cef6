//! Scripts that need services, and several commands that use the same ones at once.

use std::time::Instant;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{Running, assert_gone, plain, processes, shop};
use crate::support::Sandbox;

/// A database that notes its starts and its ends, and scripts that need it.
fn yard() -> Sandbox {
    let run = "trap 'echo down >>log; exit 0' TERM; echo up >>log; echo on; sleep 1000 & wait";
    let scripts: Value = json!({
        "test": { "run": "echo test >>log; echo $COLOUR \"$@\"; cat", "needs": ["db", "build"] },
        "build": { "run": "echo build >>log", "inputs": ["src/**"], "outputs": ["built"] , "needs": []},
        "fail": { "run": "exit 7", "needs": ["db"] },
        "die": { "run": "kill -INT $$", "needs": ["db"] },
        "hold": { "run": "echo held; while ! test -e \"$NAME\"; do sleep 0.01; done; echo \"$NAME\" >>log", "needs": ["db"] },
        "nested": { "run": "devshell run fail; echo $? >>log", "needs": ["db"] },
        "breaks": { "run": "exit 4" },
        "broken": { "run": "echo never >>log", "needs": ["breaks", "db"] },
    });
    shop(
        json!({ "db": { "run": run, "ready": { "line": "on" } }, "other": plain(&[]) }),
        json!({ "scripts": scripts, "env": { "COLOUR": "green" } }),
    )
}

/// What was noted since it was asked last.
fn noted(sandbox: &Sandbox) -> String {
    let text = sandbox.read("log").replace('\n', " ");
    sandbox.remove("log");
    text.trim_end().to_owned()
}

#[test]
fn a_script_has_what_it_needs_for_as_long_as_it_runs() {
    let sandbox = yard();
    sandbox.write("src/file", "");
    let run = sandbox.devshell(&["run", "test", "a b", "c"]).stdin("from standard input\n").run();
    run.success().stdout("green a b c\nfrom standard input\n").stderr("");
    assert_gone(&sandbox, Instant::now());
    let order = noted(&sandbox);
    assert!(["build up test down", "up build test down"].contains(&order.as_str()), "{order}");
    sandbox.run(&["run", "fail"]).code(7).stdout("").stderr("");
    sandbox.run(&["run", "die"]).signal(2).stdout("").stderr("");
    assert_gone(&sandbox, Instant::now());
    assert_eq!(noted(&sandbox), "up down up down");
    sandbox.run(&["run", "nested"]).success();
    assert_eq!(noted(&sandbox), "up 7 down");
    // A script that it needs fails, so it does not run.
    sandbox.run(&["run", "broken"]).code(4).stdout("").stderr("devshell: `breaks` failed with exit status 4\n");
    assert_gone(&sandbox, Instant::now());
    let log = sandbox.project().join("log");
    assert!(!log.exists() || !sandbox.read("log").contains("never"));
}

#[test]
fn services_that_run_are_used_and_left() {
    let sandbox = yard();
    for arguments in [&[][..], &["--detach"]] {
        let mut up = Running::up(&sandbox, arguments);
        up.wait_for(if arguments.is_empty() { "`db` is ready" } else { "are ready" });
        sandbox.run(&["run", "fail"]).code(7).stdout("").stderr("");
        sandbox.run(&["up", "--", "sh", "-c", "exit 3"]).code(3).stdout("").stderr("");
        assert_eq!(sandbox.run(&["status", "--json"]).success().json()["services"][0]["phase"], "ready");
        assert_eq!(noted(&sandbox), "up");
        sandbox.run(&["down"]).success().stderr("devshell: all services have stopped\n");
        up.end().code(0);
        assert_gone(&sandbox, Instant::now());
        assert_eq!(noted(&sandbox), "down");
    }
}

fn hold(sandbox: &Sandbox, words: &[&str], name: &str) -> Running {
    Running::start(sandbox.devshell(words).env("NAME", name))
}

/// They start at the same moment, and the first one to end leaves the services to the other.
#[test]
fn two_at_once_share_them_until_the_last_has_ended() {
    for words in [
        [&["run", "hold"][..], &["run", "hold"]],
        [
            &["up", "--", "sh", "-c", "echo held; while ! test -e $NAME; do sleep 0.01; done; echo $NAME >>log"],
            &["run", "hold"],
        ],
    ] {
        let sandbox = yard();
        for _ in 0..3 {
            let mut both = [hold(&sandbox, words[0], "one"), hold(&sandbox, words[1], "two")];
            for one in &mut both {
                one.wait_for("held");
            }
            let [one, two] = both;
            sandbox.write("one", "");
            one.end().code(0);
            let status = sandbox.run(&["status", "--json"]).success().json();
            assert_eq!(status["services"][0]["phase"], "ready", "{status}");
            sandbox.write("two", "");
            two.end().code(0);
            assert_gone(&sandbox, Instant::now());
            assert_eq!(noted(&sandbox), "up one two down");
            sandbox.remove("one");
            sandbox.remove("two");
        }
    }
}

#[test]
fn or_until_it_is_killed() {
    let sandbox = yard();
    let mut first = hold(&sandbox, &["run", "hold"], "one");
    first.wait_for("held");
    let mut second = hold(&sandbox, &["run", "hold"], "two");
    second.wait_for("held");
    sandbox.write("one", "");
    first.end().code(0);
    let since = Instant::now();
    // It is the script itself, where another process has the services.
    second.signal(Signal::KILL);
    second.end();
    assert_gone(&sandbox, since);
    assert_eq!(noted(&sandbox), "up one down");
}

/// What `up --detach` was promised is kept, also if it came second.
#[test]
fn one_that_is_to_leave_them_running_does() {
    let sandbox = yard();
    let mut first = hold(&sandbox, &["run", "hold"], "one");
    first.wait_for("held");
    sandbox.run(&["up", "--detach"]).success();
    sandbox.write("one", "");
    first.end().code(0);
    let status = sandbox.run(&["status", "--json"]).success().json();
    assert_eq!([&status["services"][0]["phase"], &status["services"][1]["phase"]], ["ready", "ready"], "{status}");
    assert!(!processes(&sandbox).is_empty());
    sandbox.run(&["down"]).success();
    assert_gone(&sandbox, Instant::now());
}

#[test]
fn up_right_after_down_waits_for_the_end() {
    let sandbox = yard();
    for _ in 0..5 {
        sandbox.run(&["up", "--detach"]).success();
        sandbox.run(&["down"]).success();
    }
    sandbox.run(&["up", "--detach"]).success();
    let mut up = Running::start(sandbox.devshell(&["down"]));
    sandbox.run(&["up", "--", "true"]).success();
    up.wait_for("stopped");
    up.end().code(0);
    assert_gone(&sandbox, Instant::now());
}

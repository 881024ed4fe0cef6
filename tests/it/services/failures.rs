//! What goes wrong with a service is one sentence, and nothing is left of any.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{Running, assert_gone, listening, plain, port, python, shop};

/// Runs `up` of one service, which ends with this status, having printed this.
#[track_caller]
fn fails(service: &Value, code: i32, errors: &str) {
    let sandbox = shop(json!({ "it": service }), json!({}));
    let ended = Running::up(&sandbox, &[]).end();
    let since = Instant::now();
    let project = sandbox.project().display().to_string();
    ended.code(code).errors(&errors.replace("[PROJECT]", &project));
    assert_gone(&sandbox, since);
    assert!(since.elapsed() < Duration::from_millis(500), "{service}: it was still there");
}

const NOT_READY: &str = "devshell: `it` is not ready: ";

#[test]
fn one_that_does_not_become_ready() {
    let line = json!({ "line": "ready" });
    for (service, reason) in [
        (json!({ "run": "exit 1", "ready": line }), "it ended before it was ready, with exit status 1\n"),
        (
            json!({ "run": "echo one; echo two >&2; exit 1", "ready": line }),
            "it ended before it was ready, with exit status 1\n  it | one\n  it | two\n",
        ),
        (json!({ "run": "true", "ready": line }), "it ended before it was ready, with exit status 0\n"),
        (json!({ "run": "kill -9 $$", "ready": line }), "it ended before it was ready, with signal 9 (SIGKILL)\n"),
        (
            json!({ "run": "no-such-command --serve 2>/dev/null", "ready": line }),
            "it ended before it was ready, with exit status 127, so a command was not found\n",
        ),
        (json!({ "run": "exit 3" }), "it ended before it was ready, with exit status 3\n"),
        (json!({ "run": "sleep 1000", "prepare": "exit 3" }), "`prepare` ended with exit status 3\n"),
        (
            json!({ "run": "sleep 1000", "prepare": "sleep 1000 & echo no >&2; exit 3" }),
            "`prepare` ended with exit status 3\n  it | no\n",
        ),
        (json!({ "run": "sleep 1000", "cwd": "nowhere" }), "its directory `[PROJECT]/nowhere` does not exist\n"),
        (
            json!({ "run": "sleep 1000 & true", "ready": line }),
            "it went into the background; `run` has to stay in the foreground\n",
        ),
        (
            json!({ "run": format!("{} -c \"import os, time; os.fork() and os._exit(0); os.setsid(); time.sleep(99)\"",
                python()), "ready": line }),
            "it went into the background; `run` has to stay in the foreground\n",
        ),
    ] {
        fails(&service, 1, &format!("{NOT_READY}{reason}"));
    }
}

#[test]
fn one_that_ends_by_itself() {
    let ready = "devshell: `it` is ready after T s\n";
    for (status, expected) in [
        (0, "devshell: `it` stopped: it ended with exit status 0\n"),
        (1, "devshell: `it` failed: it ended with exit status 1\n"),
    ] {
        let service = json!({ "run": format!("echo on; sleep 0.1; exit {status}"), "ready": { "line": "on" } });
        fails(&service, status, &format!("{ready}{expected}"));
    }
}

#[test]
fn one_whose_place_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = listener.local_addr().unwrap().port();
    let run = "exec sleep 1000";
    let taken = format!("{NOT_READY}port {number} is already used by another program\n");
    fails(&json!({ "run": run, "ready": { "port": number } }), 1, &taken);
    let url = format!("http://localhost:{number}/health");
    let taken = format!("{NOT_READY}another program answers at `{url}`\n");
    fails(&json!({ "run": run, "ready": { "http": url } }), 1, &taken);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("socket");
    let _listener = UnixListener::bind(&path).unwrap();
    let taken = format!("{NOT_READY}another program listens at `{}`\n", path.display());
    fails(&json!({ "run": run, "ready": { "socket": path } }), 1, &taken);
}

#[test]
fn one_that_ends_again_and_again() {
    let again = |how: &str| format!("devshell: `it` is started again: it ended with {how}\n");
    let expected =
        again("exit status 7").repeat(5) + NOT_READY + "it ended 6 times in a row, the last time with exit status 7\n";
    let since = Instant::now();
    fails(&json!({ "run": "exit 7", "ready": { "line": "x" }, "restart": "on-failure" }), 1, &expected);
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
}

#[test]
fn one_that_recovers() {
    let run = "test -e here || { touch here; exit 1; }; echo on; exec sleep 1000";
    let sandbox = shop(json!({ "it": { "run": run, "ready": { "line": "on" }, "restart": "on-failure" } }), json!({}));
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for("is ready after");
    let status = sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(status["services"][0]["restarts"], 1, "{status}");
    sandbox.run(&["status"]).success().stdout_contains("restarted once");
    up.stop().code(0).errors(
        "devshell: `it` is started again: it ended with exit status 1\ndevshell: `it` is ready after T s\n\
         devshell: `it` is stopped\n",
    );
}

/// What needs one that fails says nothing of its own, and those that run are stopped.
#[test]
fn one_that_others_need() {
    let services =
        json!({ "db": { "run": "exit 1", "ready": { "line": "x" } }, "web": plain(&["db"]), "mail": plain(&[]) });
    let sandbox = shop(services, json!({ "scripts": { "test": { "run": "touch ran", "needs": ["web", "mail"] } } }));
    let failed = "devshell: `db` is not ready: it ended before it was ready, with exit status 1\n";
    for (words, code) in [(&["up", "--", "touch", "ran"][..], 1), (&["run", "test"], 125), (&["up", "--detach"], 1)] {
        sandbox.run(words).code(code).stdout("").stderr(failed);
        assert_gone(&sandbox, Instant::now());
        assert!(!sandbox.project().join("ran").exists());
    }
}

#[test]
fn one_that_does_not_end_is_killed_after_ten_seconds() {
    let run = "trap '' TERM; echo on; while :; do sleep 1000; done";
    let sandbox = shop(json!({ "it": { "run": run, "ready": { "line": "on" } } }), json!({}));
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for("is ready after");
    let since = Instant::now();
    up.stop().code(0).errors("devshell: `it` is ready after T s\ndevshell: `it` is stopped\n");
    assert!((10..12).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
    assert_gone(&sandbox, Instant::now());
}

#[test]
fn it_stops_with_the_signal_it_wants() {
    for (name, status) in [("INT", 0), ("QUIT", 0), ("HUP", 0), ("USR1", 0), ("KILL", 0)] {
        let run = format!(
            "trap 'touch seen; exit 0' {}; echo on; sleep 1000 & wait",
            if name == "KILL" { "TERM" } else { name }
        );
        let service = json!({ "run": run, "ready": { "line": "on" }, "stop": name });
        let sandbox = shop(json!({ "it": service }), json!({}));
        let mut up = Running::up(&sandbox, &[]);
        up.wait_for("is ready after");
        up.stop().code(status);
        assert_eq!(sandbox.project().join("seen").exists(), name != "KILL", "{name}");
    }
}

#[test]
fn names_that_no_service_has_and_no_services() {
    let sandbox = shop(json!({ "web": plain(&[]), "db": plain(&[]) }), json!({}));
    let hint = "hint: did you mean `web`?\n";
    for words in [&["up", "wev"][..], &["logs", "wev"]] {
        sandbox.run(words).code(2).stdout("").stderr(&format!("devshell: no service is called `wev`\n{hint}"));
    }
    sandbox
        .run(&["up", "x"])
        .code(2)
        .stderr("devshell: no service is called `x`\nhint: the services are `db`, `web`\n");
    sandbox.run(&["down"]).success().stdout("").stderr("devshell: no service of this project is running\n");
    let mut up = Running::up(&sandbox, &["web"]);
    up.wait_for("is ready after");
    sandbox.run(&["down", "wev"]).code(2).stderr(&format!("devshell: no service is called `wev`\n{hint}"));
    up.stop();
    sandbox.manifest("{}");
    sandbox.run(&["up"]).code(1).stdout("").stderr(
        "devshell: the manifest has no services\nhint: add one to `services` in the manifest, such as `\"postgres\": \"17\"`\n",
    );
    sandbox.run(&["status"]).success().stdout("").stderr("devshell: the manifest has no services\n");
}

/// A manager that started before the manifest had a service does not know it.
#[test]
fn a_service_that_is_new_in_the_manifest() {
    let sandbox = shop(json!({ "db": plain(&[]) }), json!({}));
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for("is ready after");
    super::furnish(&sandbox, json!({ "db": plain(&[]), "web": listening("PORT_WEB", port(), &[]) }), json!({}));
    sandbox.run(&["up", "--", "true"]).code(125).stdout("").stderr(
        "devshell: the services that run were started before `web` was in the manifest\n\
         hint: `devshell down`, then try it again\n",
    );
    sandbox.run(&["down"]).success();
    up.end().code(0);
    sandbox.run(&["up", "--", "true"]).success();
}

/// Words that no one reads keep nothing from happening.
#[test]
fn one_that_prints_where_no_one_reads() {
    let sandbox = shop(json!({ "it": { "run": "while :; do echo yes; done" } }), json!({}));
    let mut child = sandbox.devshell(&["up"]).spawn();
    let pid = rustix::process::Pid::from_child(&child);
    // It is ready, and what it prints is more than a pipe takes.
    let status = || sandbox.run(&["status", "--json"]).success().json();
    super::until("it is ready", crate::support::DEADLINE, || status()["services"][0]["phase"] == "ready");
    let since = Instant::now();
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    while child.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < super::SURVIVED);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_gone(&sandbox, since);
}

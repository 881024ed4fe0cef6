//! Services start once what they need is ready, and stop in reverse.

use std::time::Instant;

use rustix::process::Signal;
use serde_json::{Map, Value, json};

use super::{Running, assert_gone, furnish, plain, shop, without_times};
use crate::support::{Index, Sandbox, wheel};

/// Notes when it starts and when it ends.
fn noting(name: &str, needs: &[String]) -> Value {
    let run = format!("trap 'echo -{name} >>order; exit 0' TERM; echo +{name} >>order; echo on; sleep 1000 & wait");
    json!({ "run": run, "ready": { "line": "on" }, "needs": needs })
}

#[test]
fn twenty_services_that_need_each_other() {
    // The order of their names is another one.
    let name = |number: usize| format!("s{:02}", number * 7 % 20);
    let needs = |number: usize| match number {
        0 | 1 => Vec::new(),
        _ => vec![name(number / 3), name(number - 1)],
    };
    let services: Map<String, Value> =
        (0..20).map(|number| (name(number), noting(&name(number), &needs(number)))).collect();
    let sandbox = shop(services.into(), json!({}));
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for_count(" is ready after ", 20);
    let since = Instant::now();
    up.stop().code(0);
    assert_gone(&sandbox, since);
    let order = sandbox.read("order");
    let order: Vec<&str> = order.lines().collect();
    assert_eq!(order.len(), 40, "{order:?}");
    let place = |sign: &str, name: &str| order.iter().position(|line| *line == format!("{sign}{name}")).unwrap();
    for number in 0..20 {
        for need in needs(number) {
            let name = name(number);
            assert!(place("+", &need) < place("+", &name) && place("-", &name) < place("-", &need), "{name} {need}");
        }
    }
}

#[test]
fn some_of_them_with_what_they_need() {
    let services = json!({
        "db": plain(&[]), "cache": plain(&[]), "api": plain(&["db"]), "web": plain(&["api"]), "mail": plain(&[]),
    });
    let sandbox = shop(services, json!({}));
    let mut up = Running::up(&sandbox, &["api", "cache"]);
    up.wait_for_count(" is ready after ", 3);
    let phases = || {
        let status = sandbox.run(&["status", "--json"]).success().json();
        let all = status["services"].as_array().unwrap().clone();
        all.iter().map(|one| format!("{} {}", one["service"], one["phase"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(phases(), ["api ready", "cache ready", "db ready", "mail idle", "web idle"]);
    // Another `up` adds to them, and leaves them.
    sandbox
        .run(&["up", "web"])
        .success()
        .stdout("")
        .stderr("devshell: the services run already, and are ready; `devshell logs --follow` shows what they print\n");
    assert_eq!(phases(), ["api ready", "cache ready", "db ready", "mail idle", "web ready"]);
    // With one go those that need it.
    sandbox.run(&["down", "db"]).success().stdout("").stderr("devshell: they have stopped\n");
    assert_eq!(phases(), ["api stopped", "cache ready", "db stopped", "mail idle", "web stopped"]);
    sandbox.run(&["up", "--", "true"]).success();
    assert_eq!(phases(), ["api ready", "cache ready", "db ready", "mail ready", "web ready"]);
    up.stop().code(0);
    assert_eq!(phases(), ["api idle", "cache idle", "db idle", "mail idle", "web idle"]);
}

#[test]
fn a_second_signal_kills_at_once() {
    let stubborn = json!({ "run": "trap '' TERM INT; echo on; while :; do sleep 1000; done", "ready": { "line": "on" },
        "needs": ["db"], "restart": "always" });
    let mut db = plain(&[]);
    db["restart"] = "always".into();
    let sandbox = shop(json!({ "db": db, "web": stubborn }), json!({}));
    for signal in [Signal::INT, Signal::TERM] {
        let mut up = Running::up(&sandbox, &[]);
        up.wait_for_count(" is ready after ", 2);
        up.signal(signal);
        let mut asked = sandbox.run(&["status", "--json"]).success().json();
        while asked["services"][1]["phase"] != "stopping" {
            asked = sandbox.run(&["status", "--json"]).success().json();
        }
        assert_eq!(asked["services"][0]["phase"], "ready", "{asked}");
        let since = Instant::now();
        up.signal(signal);
        let ended = up.end();
        assert_gone(&sandbox, since);
        assert!(since.elapsed().as_secs() < 2, "{:?}", since.elapsed());
        // Killed at once, either may be gone first.
        let found = without_times(&ended.code(0).errors);
        let mut stopped: Vec<&str> = found.lines().skip(2).collect();
        stopped.sort_unstable();
        assert_eq!(stopped, ["devshell: `db` is stopped", "devshell: `web` is stopped"], "{found}");
    }
}

/// A shell that ends before what it has started, which has something to write yet.
#[test]
fn all_processes_of_a_service_get_their_time() {
    let run = "sh -c 'trap \"sleep 0.3; touch orderly; exit 0\" TERM; echo on; sleep 1000 & wait' | cat; true";
    let sandbox = shop(json!({ "db": { "run": run, "ready": { "line": "on" } } }), json!({}));
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for(" is ready after ");
    up.stop().code(0).errors("devshell: `db` is ready after T s\ndevshell: `db` is stopped\n");
    assert_gone(&sandbox, Instant::now());
    assert!(sandbox.project().join("orderly").exists());
}

/// A service may need a script, and that another service: each comes in its turn, also with `up`.
#[test]
fn scripts_that_services_need_run_first() {
    let note = |text: &str| format!("echo {text} >>order");
    let mut db = plain(&[]);
    db["prepare"] = note("db").into();
    let mut web = plain(&["migrate", "build"]);
    web["prepare"] = note("web").into();
    let scripts = json!({
        "migrate": { "run": note("migrate"), "needs": ["db"] },
        "build": { "run": "cp in.txt out.txt; echo build >>order", "inputs": ["in.txt"], "outputs": ["out.txt"] },
        "fails": "exit 3",
    });
    let broken = plain(&["fails"]);
    let sandbox = shop(json!({ "db": db, "web": web, "broken": broken }), json!({ "scripts": scripts }));
    sandbox.write("in.txt", "1");
    let up = sandbox.run(&["up", "web", "--", "cat", "order"]);
    let text = up.success().text();
    let mut order: Vec<&str> = text.lines().collect();
    // `build` needs nothing, so it runs at some time before `web`.
    order.retain(|line| *line != "build");
    assert_eq!(order, ["db", "migrate", "web"], "{up}");
    assert!(text.contains("build\n") && text.ends_with("web\n"), "{up}");
    let again = sandbox.run(&["up", "web", "--", "cat", "order"]);
    again.success().stderr_contains("devshell: `build` is up to date\n");
    assert_eq!(again.text().matches("build").count(), 1, "{again}");
    let since = Instant::now();
    let failed = sandbox.run(&["up", "broken", "db", "--", "true"]);
    failed.code(3).stderr_contains("devshell: `fails` failed with exit status 3\n");
    assert_gone(&sandbox, since);
}

/// While it installs packages, a thread of devshell's watches for signals, to end it at once. After that, they are wishes for
/// the services.
#[test]
fn the_first_up_stops_in_order_as_any_other() {
    let index = Index::with([wheel("alpha", "1.0").module("alpha.py", "")]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let python = json!({ "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] });
    furnish(&sandbox, json!({ "db": plain(&[]), "web": plain(&["db"]) }), json!({ "python": python }));
    sandbox.write("requirements.txt", "alpha\n");
    sandbox.run(&["lock"]).success();
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for_count(" is ready after ", 2);
    let threads = fs_err::read_dir(format!("/proc/{}/task", up.pid().as_raw_nonzero())).unwrap().count();
    assert!(threads > 1, "nothing watched for signals");
    let ended = up.stop();
    let stopped = without_times(&ended.code(0).errors);
    assert!(stopped.ends_with("devshell: `web` is stopped\ndevshell: `db` is stopped\n"), "{stopped}");
}

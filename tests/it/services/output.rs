//! What services print: whatever it is, however much, and wherever it goes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Running, assert_gone, measured, python, shop};

fn printing(script: &str) -> Value {
    json!({ "run": script, "ready": { "line": "the end" } })
}

#[test]
fn bytes_that_are_no_text_stay_as_they_are() {
    let run = "printf 'a\\377b\\033[31mc\\r\\n\\n'; echo the end; exec sleep 1000";
    let sandbox = shop(json!({ "it": printing(run), "longer": printing("echo the end; exec sleep 1000") }), json!({}));
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for_count(" is ready after ", 2);
    let ended = up.stop();
    let expected = b"it     | a\xffb\x1b[31mc\nit     | \nit     | the end\n";
    assert!(ended.out.windows(expected.len()).any(|window| window == expected), "{ended:?}");
    let logs = sandbox.run(&["logs", "it"]);
    logs.success();
    assert_eq!(logs.bytes(), b"it | a\xffb\x1b[31mc\nit | \nit | the end\n", "{logs}");
    // JSON has no bytes.
    let text = sandbox.run(&["logs", "--json", "it"]).success().text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({ "service": "it", "line": "a\u{fffd}b\u{1b}[31mc" }));
    assert_eq!(lines.len(), 3, "{text}");
}

#[test]
fn a_line_of_a_megabyte_comes_in_pieces() {
    let run = format!("{} -c 'print(\"x\" * 1000000)'; echo the end; exec sleep 1000", python());
    let sandbox = shop(json!({ "it": printing(&run) }), json!({}));
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for(" is ready after ");
    let text = up.stop().text();
    assert_eq!(text.matches('x').count(), 1_000_000);
    assert!(text.lines().all(|line| line.starts_with("it | ") && line.len() <= 5 + (64 << 10)));
    assert_gone(&sandbox, Instant::now());
}

#[test]
fn a_hundred_megabytes_at_once() {
    let run = format!(
        "{} -c 'for _ in range(100): print((\"y\" * 99 + \"\\n\") * 10000, end=\"\")'; echo the end; while :; do echo y; done",
        python()
    );
    let sandbox = shop(json!({ "it": printing(&run) }), json!({}));
    let since = Instant::now();
    sandbox.run(&["up", "--detach"]).success();
    let ready = since.elapsed();
    let since = Instant::now();
    sandbox.run(&["down"]).success();
    measured(&format!("100 MB of log: ready after {ready:?}, down in {:?}", since.elapsed()));
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    assert_gone(&sandbox, Instant::now());
    let mut length = 0;
    for (path, _) in crate::support::tree(&sandbox.home().join(".local/state")) {
        if path.contains("/services/logs/") {
            length += fs_err::metadata(sandbox.home().join(".local/state").join(path)).unwrap().len();
        }
    }
    assert!((8 << 20..20 << 20).contains(&length), "{length}");
    let logs = sandbox.run(&["logs", "--lines", "3"]);
    logs.success().stdout("it | y\nit | y\nit | y\n");
}

#[test]
fn logs_are_followed_until_the_end() {
    let run = "trap 'printf last; exit 0' TERM; echo one; echo the end; sleep 1000 & wait";
    let sandbox = shop(json!({ "it": printing(run), "other": printing("echo the end; exec sleep 1000") }), json!({}));
    sandbox.run(&["logs"]).success().stdout("").stderr("");
    sandbox.run(&["up", "--detach"]).success();
    let mut logs = Running::start(sandbox.devshell(&["logs", "--follow"]));
    logs.wait_for("other | the end");
    sandbox.run(&["down", "it"]).success();
    sandbox.run(&["up", "it"]).success();
    logs.wait_for_count("it    | one", 2);
    sandbox.run(&["down"]).success();
    let text = logs.end().text();
    // A line without an end is one.
    let of_it: Vec<&str> = text.lines().filter(|line| line.starts_with("it ")).collect();
    assert_eq!(
        of_it,
        ["it    | one", "it    | the end", "it    | last", "it    | one", "it    | the end", "it    | last"]
    );
    sandbox.run(&["logs", "-n", "1", "it"]).success().stdout("it | last\n");
    sandbox.run(&["logs", "-n", "0"]).success().stdout("");
}

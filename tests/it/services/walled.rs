//! Services at isolation `sandbox`: they run inside the same wall as the command or the script.

use std::time::Instant;

use rustix::process::Signal;
use serde_json::json;

use super::{Running, assert_gone, plain, shop};
use crate::support::Sandbox;

fn walled() -> Sandbox {
    let secret = json!({ "run": "cat ~/.ssh/id 2>/dev/null || echo hidden; echo on; exec sleep 1000", "ready": { "line": "on" } });
    let scripts =
        json!({ "test": { "run": "cat ~/.ssh/id 2>/dev/null || echo none; exit 3", "needs": ["db", "secret"] } });
    let sandbox =
        shop(json!({ "db": plain(&[]), "secret": secret }), json!({ "isolation": "sandbox", "scripts": scripts }));
    sandbox.write(sandbox.home().join(".ssh/id"), "a secret\n");
    sandbox
}

#[test]
fn a_command_and_a_script_have_their_services_beside_them() {
    let sandbox = walled();
    sandbox.run(&["run", "test"]).code(3).stdout("none\n").stderr("");
    assert_gone(&sandbox, Instant::now());
    let script = "devshell status --json | grep -c '\"phase\": \"ready\"'; exit 7";
    sandbox.run(&["up", "--", "sh", "-c", script]).code(7).stdout("2\n").stderr("");
    assert_gone(&sandbox, Instant::now());
    sandbox
        .run(&["up", "--", "no-such-command"])
        .code(127)
        .stderr_contains("`no-such-command` is not in this dev shell");
}

#[test]
fn up_is_stopped_as_without_it() {
    let sandbox = walled();
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for_count(" is ready after ", 2);
    assert!(up.text().contains("secret | hidden\n") && !up.text().contains("a secret"), "{}", up.text());
    // Ctrl-C at a terminal reaches what is inside the wall by itself.
    up.signal(Signal::TERM);
    let ended = up.end();
    assert_gone(&sandbox, Instant::now());
    ended.code(0);
}

//! `up` on a terminal: names in colour, one line at the bottom that is never in the way, and Ctrl-C.

use std::ffi::OsStr;
use std::num::NonZeroU16;
use std::time::Instant;

use serde_json::json;

use super::{assert_gone, plain, shop};
use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Sandbox};

/// `devshell` on a terminal of 60 columns.
fn terminal(sandbox: &Sandbox, words: &str, variables: &[(&str, &OsStr)]) -> Terminal {
    // The window is as narrow as it is before anything is started.
    let script = format!("read -r line; exec \"$0\" {words}");
    let mut terminal = Terminal::start(sandbox, &["sh", "-c", &script, DEVSHELL], sandbox.project(), variables);
    terminal.resize(NonZeroU16::new(60).unwrap());
    terminal.send("\r");
    terminal
}

fn many() -> Sandbox {
    let slow = json!({ "run": "trap 'sleep 0.2; exit 0' TERM; while ! test -e go; do sleep 0.01; done; echo on; sleep 1000 & wait",
        "ready": { "line": "on" } });
    let names = ["database", "elasticsearch", "mail", "message-queue", "object-storage"];
    let mut services: serde_json::Map<_, _> = names.into_iter().map(|name| (name.to_owned(), plain(&[]))).collect();
    for name in ["slow-one", "slow-two", "slow-three"] {
        services.insert(name.to_owned(), slow.clone());
    }
    shop(services.into(), json!({}))
}

#[test]
fn the_line_at_the_bottom_fits_and_goes() {
    let sandbox = many();
    let mut terminal = terminal(&sandbox, "up", &[]);
    terminal.wait_for("5 of 8 ready; slow-one starting, slow-three starting, slow…");
    // What is printed comes above it, and nothing of it is left there.
    sandbox.write("go", "");
    terminal.wait_for("all 8 services are ready; Ctrl-C stops them");
    let lines = terminal.lines();
    let whole = |line: &String| {
        line.is_empty()
            || line.contains(" | ")
            || (line.starts_with("devshell: `") && line.contains("` is ready after "))
            || line.starts_with("all 8 services")
    };
    assert!(lines.iter().all(whole), "{terminal}");
    assert_eq!(lines.iter().filter(|line| line.ends_with("| on")).count(), 8, "{terminal}");
    terminal.send("\x03");
    assert_eq!(terminal.exit_status(), 0, "{terminal}");
    assert_gone(&sandbox, Instant::now());
    let lines = terminal.lines();
    assert!(!lines.iter().any(|line| line.contains("Ctrl-C") || line.contains(" of 8 ")), "{terminal}");
    assert_eq!(lines.iter().filter(|line| line.ends_with("` is stopped")).count(), 8, "{terminal}");
}

#[test]
fn names_have_colours_unless_they_are_unwanted() {
    let sandbox = shop(
        json!({ "api": plain(&[]), "db": { "run": "printf '\\033[1mbold\\033[0m\\033[2J\\n'; sleep 1000" } }),
        json!({}),
    );
    for (variables, is_coloured) in [(&[][..], true), (&[("NO_COLOR", OsStr::new("1"))], false)] {
        let mut terminal = terminal(&sandbox, "up", variables);
        terminal.wait_for("all 2 services are ready");
        let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert_eq!(text.contains("\x1b[36mapi |\x1b[0m on"), is_coloured, "{text:?}");
        assert_eq!(text.contains("\x1b[33mdb  |\x1b[0m \x1b[1mbold"), is_coloured, "{text:?}");
        assert_eq!(text.contains("api | on") && text.contains("db  | bold"), !is_coloured, "{text:?}");
        // What would clear the screen is spelled out.
        assert!(!text.contains("\x1b[2J"), "{text:?}");
        terminal.send("\x03");
        assert_eq!(terminal.exit_status(), 0);
    }
}

#[test]
fn a_failure_comes_on_a_line_of_its_own() {
    let services = json!({ "api": plain(&[]), "db": { "run": "while ! test -e go; do sleep 0.01; done; exit 1", "ready": { "line": "x" } } });
    let sandbox = shop(services, json!({}));
    let mut terminal = terminal(&sandbox, "up", &[]);
    terminal.wait_for("1 of 2 ready; db starting");
    sandbox.write("go", "");
    assert_eq!(terminal.exit_status(), 1, "{terminal}");
    let lines: Vec<String> = terminal.lines().into_iter().filter(|line| !line.is_empty()).collect();
    let failure = "devshell: `db` is not ready: it ended before it was ready, with exit status 1";
    assert!(lines.iter().any(|line| line == failure), "{terminal}");
    assert!(lines.iter().all(|line| line.starts_with("devshell: ") || line.contains(" | ")), "{terminal}");
    assert_gone(&sandbox, Instant::now());
}

#[test]
fn a_second_ctrl_c_kills() {
    let stubborn = json!({ "run": "trap '' TERM; echo on; while :; do sleep 1000; done", "ready": { "line": "on" } });
    let sandbox = shop(json!({ "it": stubborn }), json!({}));
    let mut terminal = terminal(&sandbox, "up", &[]);
    terminal.wait_for("it is ready; Ctrl-C stops it");
    terminal.send("\x03");
    terminal.wait_for("it stopping");
    let since = Instant::now();
    terminal.send("\x03");
    assert_eq!(terminal.exit_status(), 0, "{terminal}");
    assert!(since.elapsed().as_secs() < 3, "{:?}", since.elapsed());
    assert_gone(&sandbox, since);
}

/// Ctrl-C is the command's, which may ask something at the terminal.
#[test]
fn a_command_has_the_terminal() {
    let sandbox = shop(
        json!({ "db": plain(&[]) }),
        json!({ "scripts": { "ask": { "needs": ["db"],
        "run": "trap 'echo caught' INT; printf 'name? '; read -r name; test -n \"$name\" || read -r name; echo hello $name; exit 4" } } }),
    );
    for words in ["run ask", "up -- devshell run ask"] {
        let mut terminal = terminal(&sandbox, words, &[]);
        terminal.wait_for("name?");
        assert!(!terminal.lines().iter().any(|line| line.contains("ready")), "{terminal}");
        terminal.send("\x03");
        terminal.wait_for("caught");
        terminal.send("you\r");
        terminal.wait_for("hello you");
        assert_eq!(terminal.exit_status(), 4, "{terminal}");
        assert_gone(&sandbox, Instant::now());
    }
}

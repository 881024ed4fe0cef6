//! Rust: an older release that is old enough is taken.

use super::{THREE_DAYS, manifest, run, version};
use crate::support::{RustRelease, RustServer, Sandbox, ago};

/// The day so many days ago.
fn day(days: i64) -> String {
    ago(days * 24).day()
}

fn release(version: &str, days: i64) -> RustRelease {
    RustRelease::new(version, &day(days))
}

/// A server with releases as they come: every six weeks, and one that was mended today.
fn server() -> RustServer {
    let server = RustServer::new();
    server.publish(&["1.93", "1.93.1"], &release("1.93.1", 80));
    server.publish(&["1.94.0"], &release("1.94.0", 48));
    server.publish(&["1.94", "1.94.1"], &release("1.94.1", 40));
    server.publish(&["1.95.0"], &release("1.95.0", 6));
    server.publish(&["stable", "1.95", "1.95.1"], &release("1.95.1", 0));
    for (number, days) in [(2, 20), (4, 9)] {
        server.publish(&[], &release(&format!("1.96.0-beta.{number}"), days));
    }
    server.publish(&["beta"], &release("1.96.0-beta.5", 2));
    for days in [5, 6, 9] {
        server.publish(&[], &release("1.97.0-nightly", days));
    }
    server.publish(&["nightly"], &release("1.97.0-nightly", 0));
    server
}

/// What a requirement leads to, and whether something is said about what is passed over.
#[track_caller]
fn taken(sandbox: &Sandbox, age: &str, requirement: &str, expected: &str, passed: Option<&str>) {
    sandbox.remove("devshell.lock");
    manifest(sandbox, &format!(r#""min-age": "{age}""#), &format!(r#""rust": "{requirement}""#));
    let outcome = run(sandbox, &["lock"]);
    outcome.success();
    assert_eq!(version(sandbox), expected, "{requirement}, {age}");
    match passed {
        Some(text) => outcome.stderr_contains(text),
        None => outcome.stderr_lacks("old; locking"),
    };
    run(sandbox, &["update"]).success();
    assert_eq!(version(sandbox), expected, "{requirement}, {age}");
}

#[test]
fn a_release_before_the_newest_is_taken() {
    let server = server();
    let sandbox = Sandbox::new().with_rust(&server);
    let young = "  rust 1.95.1 is 0 minutes old; locking 1.95.0\n";
    for requirement in ["stable", "1.95", "*", "1", ">=1.90"] {
        taken(&sandbox, "3 days", requirement, "1.95.0", Some(young));
    }
    taken(&sandbox, "20 days", "stable", "1.94.1", Some("; locking 1.94.1\n"));
    taken(&sandbox, "20 days", "^1.93", "1.94.1", Some("; locking 1.94.1\n"));
    taken(&sandbox, "45 days", "1.94", "1.94.0", Some("rust 1.94.1 is 39 days old; locking 1.94.0\n"));
    taken(&sandbox, "10 weeks", "stable", "1.93.1", Some("; locking 1.93.1\n"));
    taken(&sandbox, "3 days", "1.94", "1.94.1", None);
    taken(&sandbox, "3 days", "=1.95.0", "1.95.0", None);
    taken(
        &sandbox,
        "7 days",
        "beta",
        "1.96.0-beta.4",
        Some("rust 1.96.0-beta.5 is 1 day old; locking 1.96.0-beta.4\n"),
    );
    // Of nightlies there was none seven and eight days ago.
    taken(&sandbox, "3 days", "nightly", &format!("1.97.0-nightly.{}", day(5)), None);
    taken(&sandbox, "6 days", "nightly", &format!("1.97.0-nightly.{}", day(9)), None);
    taken(&sandbox, "3 days", "stable", "1.95.0", Some(young));
    run(&sandbox, &["outdated"]).success().stdout("");
    // A list of all releases is not asked for.
    assert!(server.requests().iter().all(|request| request.contains("channel-rust-")), "{:?}", server.requests());
}

#[test]
fn what_has_nothing_old_enough_is_said() {
    let server = server();
    let sandbox = Sandbox::new().with_rust(&server);
    for (requirement, version) in [("=1.95.1", "1.95.1"), ("^1.95.1", "1.95.1"), (">=1.95.1", "1.95.1")] {
        manifest(&sandbox, THREE_DAYS, &format!(r#""rust": "{requirement}""#));
        run(&sandbox, &["lock"]).code(5).stderr_contains(&format!(
            "devshell: no version of `rust` within `{requirement}` is old enough: {version} is 0 minutes old, and \
             `min-age` is 3 days\n"
        ));
    }
    let today = format!("nightly-{}", day(0));
    manifest(&sandbox, THREE_DAYS, &format!(r#""rust": "{today}""#));
    run(&sandbox, &["lock"]).code(5).stderr_contains(&format!("no version of `rust` within `{today}` is old enough"));
    manifest(&sandbox, r#""min-age": "100 weeks""#, r#""rust": "stable""#);
    run(&sandbox, &["lock"]).code(5).stderr_contains("no version of `rust` within `stable` is old enough");
    // What is locked stays.
    manifest(&sandbox, "", r#""rust": "stable""#);
    run(&sandbox, &["lock"]).success();
    manifest(&sandbox, THREE_DAYS, r#""rust": "stable""#);
    run(&sandbox, &["update"]).success();
    assert_eq!(version(&sandbox), "1.95.1");
}

/// A nightly that is old enough and lacks something wanted gives way to one before it, as the newest one does.
#[test]
fn an_old_nightly_steps_back_too() {
    let server = server();
    server.publish(&[], &release("1.97.0-nightly", 5).without("clippy-preview", "aarch64-apple-darwin"));
    let sandbox = Sandbox::new().with_rust(&server);
    taken(&sandbox, "3 days", "nightly", &format!("1.97.0-nightly.{}", day(6)), None);
    // A nightly that is locked stays when a platform is added.
    let here = r#""platforms": ["x86_64-linux"]"#;
    manifest(&sandbox, here, r#""rust": "nightly""#);
    sandbox.remove("devshell.lock");
    run(&sandbox, &["lock"]).success();
    let newest = version(&sandbox);
    server.publish(&["nightly"], &release("1.98.0-nightly", -1));
    manifest(&sandbox, "", r#""rust": "nightly""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(
        (version(&sandbox), newest),
        (format!("1.97.0-nightly.{}", day(0)), format!("1.97.0-nightly.{}", day(0)))
    );
}

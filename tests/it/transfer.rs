//! Downloads that go wrong: retried where that helps, and never half visible.

use serde_json::Value;

use crate::support::{Fault, Gate, Package, Registry, Sandbox, integrity, package, tool, tree, wait_until};

const TARBALL: &str = "/hello/-/hello-1.0.0.tgz";

fn hello(text: &str) -> Package {
    package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", format!("echo {text}\n"))
}

/// A locked project whose node is in the store, and whose other tool is not.
fn locked(registry: &Registry) -> Sandbox {
    registry.publish([vec![hello("hello")], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    registry.forget_requests();
    sandbox
}

/// What is in the store, less the files that processes wait on.
fn store(sandbox: &Sandbox) -> Vec<String> {
    let mut paths: Vec<String> = tree(&sandbox.data().join("objects-1")).into_keys().collect();
    paths.retain(|path| !path.starts_with(".lock-"));
    paths
}

#[test]
fn other_bytes_than_the_locked_ones_leave_nothing() {
    let other = hello("malice").tarball();
    for bytes in [other, b"no archive at all".to_vec(), [hello("hello").tarball(), b"x".to_vec()].concat()] {
        let registry = Registry::new();
        let sandbox = locked(&registry);
        let before = store(&sandbox);
        registry.fault(TARBALL, Fault::OtherBytes(bytes.clone()));
        let expected = format!(
            "devshell: fetching npm:hello 1.0.0\n\
             devshell: `hello 1.0.0` from `[REGISTRY]{TARBALL}` has the hash {}, and the lock says {}\n\
             hint: the registry's file or the lock has been changed; do not continue until you know why\n",
            integrity(&bytes),
            hello("hello").integrity(),
        );
        sandbox.run(&["install"]).code(5).stdout("").stderr(&expected);
        sandbox.run(&["run", "hello"]).code(125).stdout("").stderr(&expected);
        assert_eq!(store(&sandbox), before);
        registry.fault(TARBALL, Fault::Status(500, 0));
        sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    }
}

#[test]
fn an_empty_or_short_body_is_not_taken_for_whole() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let before = store(&sandbox);
    let whole = hello("hello").tarball();
    for bytes in [Vec::new(), whole[..whole.len() - 1].to_vec()] {
        registry.fault(TARBALL, Fault::OtherBytes(bytes));
        sandbox.run(&["install"]).code(5).stderr_contains(" has the hash ");
        assert_eq!(store(&sandbox), before);
    }
}

#[test]
fn passing_failures_are_tried_again_and_lasting_ones_end() {
    let lasting = "devshell: `hello 1.0.0` cannot be fetched\n  because `[REGISTRY]";
    for (fault, attempts, complaint) in [
        (Fault::Status(500, 3), 4, None),
        (Fault::Status(429, 1), 2, None),
        (Fault::Status(503, 9), 4, Some(lasting)),
        (Fault::Status(403, 9), 1, Some(lasting)),
        (Fault::Cut(2), 3, None),
        (Fault::Cut(9), 4, Some("devshell: the download of `hello 1.0.0` was interrupted\n")),
    ] {
        let registry = Registry::new();
        let sandbox = locked(&registry);
        let before = store(&sandbox);
        registry.fault(TARBALL, fault);
        let outcome = sandbox.run(&["install"]);
        assert_eq!(registry.count(TARBALL), attempts, "{outcome}");
        match complaint {
            None => {
                outcome.success();
                sandbox.run(&["run", "hello"]).success().stdout("hello\n");
            }
            Some(complaint) => {
                outcome.code(5).stderr_contains(complaint);
                assert_eq!(store(&sandbox), before);
            }
        }
    }
}

#[test]
fn a_tarball_elsewhere_is_found_through_the_metadata() {
    let registry = Registry::new();
    let sandbox = Sandbox::new().with_registry(&registry);
    registry.publish([vec![hello("hello").tarball_at("/files/of/hello.tar.gz")], tool("node", "22.3.0")].concat());
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    registry.forget_requests();
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    assert!(registry.requests().contains(&format!("{TARBALL} 404")));
    assert_eq!(registry.count("/files/of/hello.tar.gz"), 1);
}

#[test]
fn a_package_that_is_gone_says_so() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    registry.unpublish("hello", "1.0.0");
    sandbox.run(&["install"]).code(5).stderr(
        "devshell: `hello 1.0.0` is not on the active registry\n\
         hint: check the registry in `.npmrc` or the manifest's `registries`\n",
    );
}

#[test]
fn offline_uses_what_is_there_and_asks_nobody() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    sandbox.run(&["install", "--offline"]).code(5).stderr(&format!(
        "devshell: `hello 1.0.0` cannot be fetched\n  because `[REGISTRY]{TARBALL}` was not asked, because of --offline\n\
         hint: run it once without `--offline`, while there is a network\n"
    ));
    sandbox.run(&["--offline", "run", "hello"]).code(125);
    assert_eq!(registry.requests(), [""; 0]);
    sandbox.run(&["install"]).success();
    registry.forget_requests();
    sandbox.run(&["--offline", "run", "hello"]).success().stdout("hello\n");
    // The metadata has been asked for before, and is kept.
    sandbox.remove("devshell.lock");
    sandbox.run(&["lock", "--offline"]).success();
    assert_eq!(registry.requests(), [""; 0]);
}

#[test]
fn a_killed_download_is_invisible_and_the_next_run_succeeds() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let before = store(&sandbox);
    let gate = Gate::default();
    registry.fault(TARBALL, Fault::Gate(gate.clone()));
    let mut child = sandbox.devshell(&["run", "hello"]).spawn();
    gate.wait_for_client();
    let objects = sandbox.data().join("objects-1");
    let staging = || tree(&objects).into_keys().any(|path| path.starts_with(".staging-"));
    wait_until("devshell unpacks what has come", staging);
    child.kill().unwrap();
    child.wait().unwrap();
    let visible: Vec<String> = store(&sandbox).into_iter().filter(|path| !path.starts_with(".staging-")).collect();
    assert_eq!(visible, before);
    gate.open();
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
    assert!(!staging(), "what the killed process left is cleared away");
}

#[test]
fn the_next_in_line_goes_on_when_the_first_is_killed() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let gate = Gate::default();
    registry.fault(TARBALL, Fault::Gate(gate.clone()));
    let mut first = sandbox.devshell(&["run", "hello"]).spawn();
    gate.wait_for_client();
    let second = sandbox.devshell(&["run", "hello"]).spawn();
    first.kill().unwrap();
    first.wait().unwrap();
    gate.open();
    let output = second.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\n", "{output:?}");
    assert_eq!(registry.count(TARBALL), 2);
}

#[test]
fn a_lock_that_was_tampered_with_is_noticed() {
    let registry = Registry::new();
    let sandbox = locked(&registry);
    let mut lock: Value = sandbox.lock();
    let hello = lock["tools"].as_array_mut().unwrap().iter_mut().find(|tool| tool["tool"] == "npm:hello").unwrap();
    hello["artifacts"][0]["integrity"] = integrity(b"something else").into();
    sandbox.write("devshell.lock", lock.to_string());
    sandbox.run(&["run", "hello"]).code(125).stdout("").stderr_contains("and the lock says sha512-");
}

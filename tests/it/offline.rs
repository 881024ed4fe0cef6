//! `--offline`: what is there answers, and what is missing is named.

use crate::support::{Registry, Sandbox, package, tool};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish([tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("turbo", "2.5.4")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "esbuild": "0.28", "turbo": "2" } }"#);
    sandbox.run(&["lock"]).success();
    registry.publish([tool("esbuild", "0.28.2"), vec![package("late", "1.0.0")]].concat());
    registry.forget_requests();
    sandbox
}

#[test]
fn cached_metadata_answers() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.run(&["--offline", "outdated", "--check"]).success().stdout("");
    sandbox.run(&["--offline", "update"]).success().stderr("devshell: nothing to move\n");
    sandbox.remove("devshell.lock");
    sandbox.run(&["--offline", "lock"]).success();
    sandbox.manifest(r#"{ "tools": { "esbuild": "*", "turbo": "2" } }"#);
    sandbox.run(&["--offline", "update", "--latest"]).success().stderr_contains("devshell: ~ esbuild 0.28.1, for `*`");
    assert_eq!(registry.requests(), [""; 0]);
    sandbox.run(&["outdated"]).success().stdout_contains("esbuild  *            0.28.1  0.28.2     0.28.2\n");
    registry.forget_requests();
    sandbox.run(&["--offline", "outdated", "--check"]).code(1).stdout_contains("0.28.2");
    assert_eq!(registry.requests(), [""; 0]);
}

#[test]
fn what_is_missing_is_named_all_of_it() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let hint = "hint: run it once without `--offline`, while there is a network\n";
    for verb in [&["--offline", "install"][..], &["--offline", "run", "esbuild"]] {
        let outcome = sandbox.run(verb);
        assert!(!outcome.ended_well(), "{outcome}");
        assert_eq!(outcome.errors().matches(hint).count(), 1, "{outcome}");
        for (package, version) in [("esbuild", "0.28.1"), ("turbo", "2.5.4")] {
            let missing = outcome.errors().lines().any(|line| line.contains(package) && line.contains(version));
            assert!(missing, "{outcome}");
        }
    }
    sandbox.manifest(r#"{ "tools": { "esbuild": "0.28", "npm:late": "1", "biome": "2" } }"#);
    for verb in ["lock", "update"] {
        let outcome = sandbox.run(&["--offline", verb]);
        outcome.code(5).stderr_contains("devshell: `late` cannot be looked up\n");
        outcome.stderr_contains("devshell: `@biomejs/biome` cannot be looked up\n").stderr_contains(hint);
        outcome.stderr_lacks("devshell: `esbuild` cannot");
    }
    assert_eq!(registry.requests(), [""; 0]);
    sandbox.manifest(r#"{ "tools": { "esbuild": "0.28", "turbo": "2" } }"#);
    sandbox.run(&["install"]).success();
    registry.forget_requests();
    sandbox.run(&["--offline", "run", "esbuild"]).success();
    assert_eq!(registry.requests(), [""; 0]);
}

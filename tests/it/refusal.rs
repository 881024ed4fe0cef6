//! Who may not write the lock: everything without a terminal and everything under CI. A missing
//! or stale lock is then an error that says what to type, and nothing is touched.

use crate::support::{Registry, Sandbox, tool, tree};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish([tool("esbuild", "0.28.1"), tool("turbo", "2.5.0")].concat());
    Sandbox::new().with_registry(registry)
}

const VERBS: [&[&str]; 6] =
    [&["run", "true"], &["enter", "--", "true"], &["enter", "--shell", "bash"], &["install"], &["env"], &["list"]];

#[test]
fn a_missing_or_stale_lock_is_refused_and_nothing_is_written() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let hint = "hint: type `devshell lock`, and commit the file\n";
    let refused = |expected: &str| {
        registry.forget_requests();
        let before = tree(sandbox.root());
        for verb in VERBS {
            // Whatever CI says: none of these has a terminal.
            for ci in [Some("true"), Some("1"), Some(""), Some("0"), Some("false"), None] {
                let run = sandbox.devshell(verb);
                run.envs(ci.map(|value| ("CI", value))).run().code(3).stdout("").stderr(&format!("{expected}{hint}"));
            }
        }
        assert_eq!(tree(sandbox.root()), before);
        assert_eq!(registry.requests(), [""; 0]);
    };
    sandbox.manifest(r#"{ "tools": { "esbuild": "*" } }"#);
    refused("devshell: devshell.lock is missing: it lacks esbuild *\n");
    sandbox.run(&["lock"]).success();
    sandbox.manifest(r#"{ "tools": { "esbuild": "0.28", "turbo": "2" } }"#);
    refused("devshell: devshell.lock is stale: it lacks esbuild 0.28, turbo 2\n");
    sandbox.manifest(r#"{ "tools": {} }"#);
    refused("devshell: devshell.lock is stale: it has esbuild *, which nothing asks for\n");
}

#[test]
fn a_current_lock_is_no_obstacle_under_ci() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.manifest(r#"{ "tools": { "esbuild": "*" }, "isolation": "pure" }"#);
    sandbox.run(&["lock"]).success();
    let before = tree(sandbox.project());
    for (ci, expected) in [("true", "yes"), ("1", "yes"), ("", "no"), ("0", "no"), ("false", "no")] {
        // At `pure` what a CI system tells its jobs crosses under CI only.
        let run = sandbox.devshell(&["-q", "run", "--", "sh", "-c", "echo ${GITHUB_SHA:-no}"]);
        run.env("CI", ci).env("GITHUB_SHA", "yes").run().success().stdout(&format!("{expected}\n"));
    }
    assert_eq!(tree(sandbox.project()), before);
}

#[test]
fn verbs_whose_work_it_is_write_the_lock_also_under_ci() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.manifest(r#"{ "tools": { "esbuild": "*" } }"#);
    for verb in [&["lock"][..], &["add", "turbo"], &["remove", "turbo"]] {
        let before = tree(sandbox.project());
        sandbox.devshell(verb).env("CI", "true").run().success();
        assert_ne!(tree(sandbox.project()), before, "{verb:?}");
    }
}

#[test]
fn a_run_leaves_nothing_in_the_repository() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.manifest(r#"{ "tools": { "esbuild": "*" } }"#);
    sandbox.run(&["lock"]).success();
    let before = tree(sandbox.project());
    for verb in VERBS {
        sandbox.run(verb).success();
    }
    assert_eq!(tree(sandbox.project()), before);
}

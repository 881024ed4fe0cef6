//! `devshell list`, and the words that `--quiet` and `--verbose` are about.

use serde_json::json;

use crate::support::{Registry, Sandbox, tool};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish([tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("prettier", "3.1.0")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(
        r#"{ "tools": { "prettier": "3", "esbuild": { "version": "0.28", "commands": [] }, "host:sh": "*" },
             "environments": { "js": { "tools": { "node": "22" } } } }"#,
    );
    sandbox.run(&["lock"]).success();
    sandbox
}

#[test]
fn tools_are_listed_in_manifest_order_with_their_state() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox
        .run(&["list"])
        .success()
        .stdout("prettier  3.1.0     prettier  (not installed)\nesbuild   0.28.1      (not installed)\nhost:sh   * (host)  sh\n")
        .stderr("");
    sandbox.run(&["install", "-e", "js"]).success();
    sandbox
        .run(&["list", "-e", "js"])
        .success()
        .stdout("prettier  3.1.0     prettier\nesbuild   0.28.1\nhost:sh   * (host)  sh\nnode      22.3.0    node\n");
}

#[test]
fn json_lists_the_same() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let json = sandbox.run(&["list", "--json"]).json();
    assert_eq!(
        json,
        json!([
            { "tool": "prettier", "requirement": "3", "version": "3.1.0", "commands": ["prettier"], "installed": false },
            { "tool": "esbuild", "requirement": "0.28", "version": "0.28.1", "commands": [], "installed": false },
            { "tool": "host:sh", "requirement": "*", "version": null, "commands": ["sh"], "installed": null },
        ])
    );
    sandbox.manifest("{}");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["list", "--json"]).success().stdout("[]\n");
    sandbox.run(&["list"]).success().stdout("");
}

#[test]
fn quiet_says_nothing_but_errors() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.remove("devshell.lock");
    for arguments in [
        &["--quiet", "lock"][..],
        &["lock", "-q"],
        &["install", "-q"],
        &["-q", "run", "prettier"],
        &["remove", "-q", "prettier"],
        &["add", "-q", "prettier"],
        &["-C", "sub", "-q", "init"],
    ] {
        fs_err::create_dir_all(sandbox.project().join("sub")).unwrap();
        sandbox.run(arguments).success().stderr("");
    }
    sandbox.run(&["-q", "run", "absent"]).code(127).stderr_contains("devshell: `absent` is not in this dev shell\n");
    sandbox.run(&["-q", "-v", "list"]).code(2);
}

#[test]
fn verbose_shows_what_is_run() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.run(&["install"]).success();
    sandbox
        .run(&["-v", "run", "prettier", "a b"])
        .success()
        .stdout("prettier 3.1.0: a b\n")
        .stderr("devshell: prettier 'a b'\n");
}

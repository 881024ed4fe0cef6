//! `devshell env --diff`: how environments, machines and locks differ.

use serde_json::json;

use crate::support::{Index, Registry, Sandbox, tool, wheel};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish([tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("turbo", "2.5.4")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(
        r#"{ "tools": { "node": "22", "esbuild": "0.28" },
             "env": { "A": "1", "SRC": "${DEVSHELL_ROOT}/src:${HOME}/x" }, "env_files": [".env"],
             "environments": { "docs": { "tools": { "turbo": "2" }, "env": { "A": "2", "API_TOKEN": "s3cret" } } } }"#,
    );
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install", "--all"]).success();
    sandbox
}

#[test]
fn environments_are_told_apart() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let difference = "+ turbo 2.5.4\n~ A=1 -> 2\n+ API_TOKEN=(not shown)\n";
    for arguments in [&["default", "docs"][..], &["-e", "docs", "--diff", "default"]] {
        let run = sandbox.devshell(&["-q", "env"]).args(if arguments[0] == "-e" { &[] } else { &["--diff"] });
        run.args(arguments).run().code(1).stdout(difference).stderr("");
    }
    sandbox.run(&["env", "--diff", "default"]).success().stdout("").stderr("");
    sandbox.run(&["env", "--diff", "docs", "docs"]).success().stdout("");
    let back = sandbox.run(&["env", "--diff", "docs", "default", "--json"]);
    let json = back.code(1).json();
    assert_eq!(json["path"][0]["before"]["origin"], "turbo 2.5.4");
    assert_eq!(json["path"][0]["after"], json!(null));
    assert_eq!(json["order"], json!(null));
    assert_eq!(
        json["variables"],
        json!([
            { "name": "A", "before": "2", "after": "1" },
            { "name": "API_TOKEN", "before": "(not shown)", "after": null },
        ])
    );
}

#[test]
fn another_machine_differs_in_what_counts() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    // Another home, another store, another checkout, another PATH of the host; in CI.
    let elsewhere = self::sandbox(&registry);
    let saved = elsewhere.devshell(&["env", "--json"]).env("CI", "true").env("LD_PRELOAD", "").run();
    sandbox.write("ci.json", saved.bytes());
    sandbox.run(&["env", "--diff", "ci.json"]).success().stdout("").stderr("");
    sandbox.run(&["env", "--diff", "default", "ci.json"]).success().stdout("");

    registry.publish(tool("node", "22.4.0"));
    elsewhere.run(&["update"]).success();
    elsewhere.run(&["install"]).success();
    elsewhere.write(".env", "FILE=s3cret\nONLY=s3cret\n");
    sandbox.write(".env", "FILE=s3crets\n");
    let saved = elsewhere.devshell(&["env", "--json"]).env("A", "0").run();
    sandbox.write("ci.json", saved.bytes());
    let differing = "~ node 22.4.0 -> 22.3.0\n~ FILE=(not shown) -> (not shown)\n- ONLY=(not shown)\n";
    sandbox.run(&["env", "--diff", "ci.json"]).code(1).stdout(differing).stderr("");
    let docs = sandbox.run(&["env", "-e", "docs", "--diff", "ci.json"]);
    docs.code(1).stdout_contains("+ turbo 2.5.4\n").stdout_contains("~ A=1 -> 2\n");

    // What another program wrote has no PATH by its entries.
    sandbox.write("old.json", r#"{ "set": { "A": "1" }, "unset": ["SRC"] }"#);
    let old = sandbox.run(&["env", "--diff", "old.json"]);
    old.code(1).stderr("devshell: one side does not list its PATH, so PATH is not compared\n");
    old.stdout(
        "+ DEVSHELL_NAME=shop\n+ FILE=(not shown)\n+ SRC=${DEVSHELL_ROOT}/src:${HOME}/x\n\
         + npm_config_nodedir=${store}/objects-1/*\n",
    );
}

#[test]
fn locks_differ_by_versions() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.write("main.lock", sandbox.read("devshell.lock"));
    sandbox.run(&["env", "--diff", "main.lock"]).success().stdout("");
    registry.publish(tool("node", "22.4.0"));
    sandbox.run(&["update"]).success();
    sandbox.run(&["env", "--diff", "main.lock"]).code(1).stdout("~ node 22.3.0 -> 22.4.0\n").stderr("");
    let json = sandbox.run(&["env", "--json", "--diff", "devshell.lock", "main.lock"]);
    let state = |version: &str| json!({ "requirement": "22", "version": version });
    assert_eq!(
        json.code(1).json(),
        json!({ "tools": [{ "tool": "node", "before": state("22.4.0"), "after": state("22.3.0") }], "python": null })
    );
    // What a shell makes of `<(git show main:devshell.lock)`.
    let script = "devshell env --diff <(cat main.lock)";
    let run = sandbox.devshell(&["run", "--", "bash", "-c", script]).run();
    run.code(1).stdout("~ node 22.3.0 -> 22.4.0\n");
}

#[test]
fn locks_differ_by_python_packages() {
    let index = Index::with(["1.0", "1.1"].map(|version| wheel("alpha", version).module("alpha.py", "")));
    let sandbox = Sandbox::new().with_index(&index).with_python();
    sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] } }"#);
    sandbox.write("requirements.txt", "alpha==1.0\n");
    sandbox.run(&["lock"]).success();
    sandbox.write("main.lock", sandbox.read("devshell.lock"));
    sandbox.write("requirements.txt", "alpha==1.1\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["env", "--diff", "main.lock"]).code(1).stdout("  ~ alpha 1.0 -> 1.1\n").stderr("");
    let json = sandbox.run(&["env", "--diff", "main.lock", "--json"]).json();
    let python = |version: &str| json!({ "interpreter": ">=3.8 (the host's)", "packages": { "alpha": version } });
    assert_eq!(json, json!({ "tools": [], "python": { "before": python("1.0"), "after": python("1.1") } }));
}

#[test]
fn what_cannot_be_compared_is_named() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let unknown = sandbox.run(&["env", "--diff", "dosc"]);
    unknown
        .code(2)
        .stdout("")
        .stderr("devshell: `dosc` is neither an environment in the manifest nor a file\nhint: did you mean `docs`?\n");
    let mixed = sandbox.run(&["env", "--diff", "devshell.lock", "docs"]);
    mixed.code(2).stderr_contains("devshell: a lock cannot be compared with an environment\n");
    // An environment goes before a file of its name.
    sandbox.write("docs", "{}");
    sandbox.run(&["env", "--diff", "docs", "docs"]).success();
    sandbox.run(&["env", "--diff", "./docs"]).code(4);
    sandbox.write("broken.json", r#"{ "set": [] }"#);
    let broken = sandbox.run(&["env", "--diff", "broken.json"]);
    broken.code(2).stderr_contains("devshell: `broken.json` is not what `devshell env --json` writes: invalid type");
    for arguments in [&["--explain"][..], &["--format", "bash"], &["c"]] {
        sandbox.devshell(&["env", "--diff", "docs", "b"]).args(arguments).run().code(2);
    }
    sandbox.write("main.lock", sandbox.read("devshell.lock"));
    sandbox.remove("devshell.lock");
    sandbox.run(&["env", "--diff", "main.lock"]).code(3);
}

//! `devshell which` says what would be run and where it comes from; `devshell state path`, where a
//! project keeps its state.

use serde_json::json;

use crate::support::{Registry, Sandbox, tool};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish([tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("turbo", "2.5.4")].concat());
    let mut sandbox = Sandbox::new().with_registry(registry);
    let host = sandbox.host_directory("hostbin");
    for command in ["esbuild", "gcc", "hosttool"] {
        sandbox.write_executable(host.join(command), "#!/bin/sh\necho the host\n");
    }
    sandbox.manifest(
        r#"{ "tools": { "node": "22", "esbuild": "0.28" }, "scripts": { "esbuild": "true", "build": "true" },
             "environments": { "mono": { "tools": { "turbo": "2" } } } }"#,
    );
    sandbox.run(&["lock"]).success();
    sandbox
}

#[test]
fn the_path_is_what_would_be_run() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let outcome = sandbox.run(&["which", "-q", "node"]);
    outcome.success().stdout("[HOME]/.local/share/devshell/links-1/[KEY]/bin/node\n").stderr("");
    let path = String::from_utf8(outcome.bytes().to_vec()).unwrap();
    sandbox.run(&["run", "--", "sh", "-c", "command -v node"]).success().stdout(&outcome.text());
    sandbox.program(path.trim_end(), &["--version"]).run().success().stdout("v22.3.0\n");

    let outcome = sandbox.run(&["which", "-v", "node", "sed"]);
    outcome.success();
    let lines: Vec<String> = outcome.text().lines().map(str::to_owned).collect();
    let object = "[HOME]/.local/share/devshell/objects-1/[KEY]/";
    let node = format!("links-1/[KEY]/bin/node  node 22.3.0     -> {object}bin/node");
    assert!(lines[0].ends_with(&node), "{outcome}");
    assert!(lines[1].contains("links-1/[KEY]/bin/sed   base utilities  -> /"), "{outcome}");
}

#[test]
fn all_of_a_name_are_shown_in_the_order_of_path() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let script = "devshell: `devshell run esbuild` runs the manifest's script of that name\n";
    let link = "[HOME]/.local/share/devshell/links-1/[KEY]/bin/esbuild\n";
    sandbox.run(&["which", "--all", "esbuild"]).success().stdout(link).stderr_contains(script);
    sandbox
        .run(&["which", "-a", "--isolation", "none", "esbuild"])
        .success()
        .stdout(&format!("{link}[ROOT]/hostbin/esbuild\n"));
    let json = sandbox.run(&["which", "--json", "--isolation", "none", "hosttool"]).json();
    let path = sandbox.root().join("hostbin/hosttool");
    assert_eq!(json, json!([{ "command": "hosttool", "path": path, "origin": "host", "target": null }]));
    let json = sandbox.run(&["which", "--json", "-e", "mono", "turbo"]).json();
    assert_eq!(json[0]["origin"], "turbo 2.5.4");
}

#[test]
fn what_is_not_there_ends_with_what_adds_it() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.run(&["which", "gcc"]).code(1).stdout("").stderr_contains(
        "devshell: `gcc` is not in this dev shell\n\
         hint: `devshell add deb:gcc` adds Debian's package; `devshell add host:gcc` adds the host's, at [ROOT]/hostbin/gcc\n",
    );
    sandbox
        .run(&["which", "turbo"])
        .code(1)
        .stderr_contains("hint: it is in the environment `mono`: `devshell run -e mono turbo`\n");
    let outcome = sandbox.run(&["which", "node", "biome", "build"]);
    outcome.code(1).stdout("[HOME]/.local/share/devshell/links-1/[KEY]/bin/node\n");
    outcome.stderr_contains("hint: `devshell add biome` adds it\n");
    outcome.stderr_contains("devshell: `devshell run build` runs the manifest's script of that name\n");
    sandbox.run(&["which", "--json", "biome"]).code(1).stdout("[]\n");
    sandbox.remove("devshell.lock");
    sandbox.run(&["which", "node"]).code(3);
}

#[test]
fn the_state_directory_is_the_dev_shells() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let outcome = sandbox.run(&["state", "path"]);
    outcome.success().stderr("");
    sandbox.run(&["run", "--", "sh", "-c", "echo $DEVSHELL_STATE"]).success().stdout(&outcome.text());
    let path = outcome.text().trim_end().replace("[HOME]", sandbox.home().to_str().unwrap());
    assert!(std::path::Path::new(&path).is_dir());
    assert_eq!(sandbox.run(&["state", "path", "--json"]).json(), json!({ "path": path }));
    sandbox.run(&["state"]).code(2);
    let nowhere = Sandbox::new();
    nowhere.run(&["state", "path"]).code(4).stderr_contains("devshell: no devshell.json in");
}

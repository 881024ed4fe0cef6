//! The directory of a tool in the store: what a value of `env` calls `${tools.NAME.dir}`, and what the catalog gives
//! some tools.

use crate::support::{Registry, Sandbox, package, tool};

fn project(registry: &Registry, manifest: &str) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    registry.publish([
        package("headers", "1.0.0").bin("headers", "bin/h.sh").file("bin/h.sh", "echo h\n").file("include/h.h", "1\n"),
        package("@scope/more.dir", "1.0.0").bin("more", "m.sh").file("m.sh", "echo m\n"),
    ]);
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(manifest);
    sandbox.run(&["lock"]).success();
    sandbox
}

#[test]
fn a_value_may_name_the_directory_of_a_tool() {
    let registry = Registry::new();
    let sandbox = project(
        &registry,
        r#"{ "env": { "H": "${tools.npm:headers.dir}/include", "M": { "prepend": "${tools.npm:@scope/more.dir.dir}" },
             "N": "${H}:${tools.node.dir}" },
             "tools": { "node": "22", "npm:headers": "1", "npm:@scope/more.dir": "1" },
             "environments": { "e": { "env": { "E": "${tools.node.dir}" } } } }"#,
    );
    sandbox.run(&["run", "--", "cat", "/dev/null"]).success();
    let script = "cat \"$H/h.h\" && test -f \"$M/m.sh\" && \"${N#*:}/bin/node\" --version";
    sandbox.run(&["run", "--", "sh", "-c", script]).success().stdout("1\nv22.3.0\n");
    sandbox.run(&["run", "-e", "e", "--", "sh", "-c", "test \"$E\" = \"${N#*:}\""]).success();
    let object = sandbox.run(&["run", "--", "sh", "-c", "echo \"${H%/include}\""]).success().text();
    sandbox.run(&["why", "H"]).success().stdout_contains(&format!("{}/include", object.trim()));
    // What the value leads to is as old as its last use.
    sandbox.age(40);
    sandbox.run(&["run", "--", "true"]).success();
    sandbox.run(&["gc", "--yes"]).success();
    sandbox.run(&["--offline", "run", "--", "sh", "-c", script]).success();
}

#[test]
fn a_tool_without_a_directory_is_a_mistake_with_its_place() {
    let registry = Registry::new();
    let sandbox = project(&registry, r#"{ "tools": { "node": "22" } }"#);
    for (manifest, message, hint) in [
        (
            "{ \"tools\": { \"node\": \"22\" },\n \"env\": { \"A\": \"${tools.nod.dir}\" } }",
            "`${tools.nod.dir}` is the directory of a tool that is not in the manifest",
            "`devshell add nod`",
        ),
        (
            "{ \"tools\": { \"git\": \"*\" },\n \"env\": { \"A\": \"${tools.git.dir}\" } }",
            "`${tools.git.dir}` has no meaning: `git` is the host's, and has no directory of its own",
            "name a tool that devshell installs",
        ),
        (
            "{ \"tools\": { \"node\": \"22\" },\n \"env\": { \"A\": \"${tools.node.bin}\" } }",
            "`${tools.node.bin}` is not a property of a tool",
            "write `${tools.NAME.dir}` for the directory of a tool",
        ),
        // The tools of another environment are not those of the default one.
        (
            "{ \"environments\": { \"e\": { \"tools\": { \"node\": \"22\" } } },\n \"env\": { \"A\": \"${tools.node.dir}\" } }",
            "`${tools.node.dir}` is the directory of a tool that is not in the manifest",
            "`devshell add node`",
        ),
    ] {
        sandbox.manifest(manifest);
        let outcome = sandbox.run(&["run", "--", "true"]);
        outcome.code(125).stderr_contains(message).stderr_contains(hint).stderr_contains("devshell.json:2:16");
    }
}

#[test]
fn removing_a_tool_whose_directory_is_used_is_refused() {
    let registry = Registry::new();
    let sandbox = project(&registry, r#"{ "tools": { "node": "22" }, "env": { "A": "${tools.node.dir}" } }"#);
    let before = sandbox.read("devshell.json");
    let outcome = sandbox.run(&["remove", "node"]);
    assert!(!outcome.ended_well(), "{outcome}");
    outcome.stderr_contains("`${tools.node.dir}` is the directory of a tool that is not in the manifest");
    assert_eq!(sandbox.read("devshell.json"), before);
}

#[test]
fn native_addons_are_built_with_the_headers_of_the_locked_node() {
    let registry = Registry::new();
    let sandbox = project(&registry, r#"{ "tools": { "node": "22" }, "env": { "N": "${tools.node.dir}" } }"#);
    let show = ["run", "--", "sh", "-c", "test \"$npm_config_nodedir\" = \"$N\" && echo the locked one"];
    // What the caller has is of another node.
    let foreign = sandbox.devshell(&show).env("npm_config_nodedir", "/usr").env("NPM_CONFIG_NODEDIR", "/usr").run();
    foreign.success().stdout("the locked one\n");
    sandbox.run(&["why", "npm_config_nodedir"]).success().stdout_contains("  node: sets it to ");
    // The manifest has the last word, and `keep` lets the caller's through.
    sandbox.manifest(r#"{ "tools": { "node": "22" }, "env": { "npm_config_nodedir": "/own" } }"#);
    sandbox.run(&["run", "--", "sh", "-c", "echo $npm_config_nodedir"]).success().stdout("/own\n");
    sandbox.manifest(r#"{ "tools": { "node": "22" }, "keep": ["npm_config_nodedir"] }"#);
    let kept = sandbox.devshell(&["run", "--", "sh", "-c", "echo $npm_config_nodedir"]);
    kept.env("npm_config_nodedir", "/usr").run().success().stdout("/usr\n");
    // A node that runs other tools, and is not in the manifest, changes nothing.
    sandbox.manifest(r#"{ "tools": { "npm:headers": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "sh", "-c", "echo ${npm_config_nodedir-none}"]).success().stdout("none\n");
}

//! Packages beside a tool (`with`): how they are written, locked and found.

use serde_json::{Value, json};

use crate::support::{Package, Registry, Sandbox, package, tool};

const MANIFEST: &str = r#"{ "tools": { "node": "22", "npm:top": { "version": "1", "with": ["npm:plugin@^2"] } } }"#;

fn top() -> Package {
    let text = "cat \"$(dirname \"$0\")/../../plugin/name\"; echo \"$@\"\n";
    package("top", "1.0.0").bin("top", "bin/top.js").file("bin/top.js", text)
}

fn plugin() -> Package {
    package("plugin", "2.1.0").bin("plugin", "p.js").file("p.js", "echo p\n").file("name", "the plugin\n")
}

fn at(package: &Package) -> Value {
    json!({
        "path": format!("node_modules/{}", package.name), "registry": "npm", "package": package.name,
        "version": package.version, "integrity": package.integrity(),
    })
}

/// The lock of a project with a tool, and a package beside it, as `lock` writes it.
fn lock(sandbox: &Sandbox, with: &Value, packages: &[Package]) -> String {
    let mut lock = sandbox.lock();
    lock["tools"].as_array_mut().unwrap().push(json!({
        "tool": "npm:top", "requirement": "1", "version": "1.0.0", "runtime": "node", "with": with,
        "commands": { "top": "node_modules/top/bin/top.js" },
        "artifacts": packages.iter().map(at).collect::<Vec<_>>(),
    }));
    lock.to_string()
}

fn project(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    registry.publish([top(), plugin()]);
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    let lock = lock(&sandbox, &json!(["plugin@^2"]), &[top(), plugin()]);
    sandbox.write("devshell.lock", lock);
    sandbox.manifest(MANIFEST);
    sandbox
}

#[test]
fn what_is_beside_a_tool_is_in_its_tree_and_none_of_its_commands() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    // node starts with what finds the package from the project's files; its stand-in says so.
    sandbox.run(&["run", "top", "a b"]).success().stdout("the plugin\na b\n").stderr_contains("with.mjs\n");
    sandbox.run(&["run", "plugin"]).code(127);
    sandbox.run(&["verify"]).success();
    sandbox.run(&["list"]).success().stdout_contains("npm:top  1.0.0   top  (with plugin@^2)\n");
    let listed = sandbox.run(&["list", "--json"]).success().json();
    assert_eq!(listed[1]["with"], json!(["plugin@^2"]), "{listed}");
    sandbox.run(&["why", "npm:top"]).success().stdout_contains("plugin@^2");
    sandbox.age(40);
    sandbox.run(&["run", "top"]).success();
    sandbox.run(&["gc", "--yes"]).success();
    sandbox.run(&["--offline", "run", "top"]).success().stdout_contains("the plugin\n");
}

/// The same packages at the same places without `with`, because the tool needs them itself, are another directory:
/// there, nothing is to be found from outside.
#[test]
fn a_tree_with_the_same_packages_and_nothing_beside_it_is_another_one() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    sandbox.run(&["run", "top"]).success().stderr_contains("with.mjs\n");
    let text = sandbox.read("devshell.lock").replace("\"with\":[\"plugin@^2\"]", "\"with\":[]");
    sandbox.write("devshell.lock", text);
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:top": "1" } }"#);
    sandbox.run(&["run", "top"]).success().stdout_contains("the plugin\n").stderr_lacks("with.mjs");
}

#[test]
fn a_lock_that_has_something_else_beside_a_tool_is_stale_or_refused() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    for with in [r#"["npm:plugin@^3"]"#, r#"["plugin@^2", "npm:more"]"#, "[]"] {
        sandbox.manifest(MANIFEST.replace(r#"["npm:plugin@^2"]"#, with));
        sandbox.run(&["run", "top"]).code(3).stderr_contains("devshell.lock is stale: it lacks npm:top 1\n");
    }
    // The source's name may be left out, and the order says nothing.
    sandbox.manifest(MANIFEST.replace("npm:plugin", "plugin"));
    sandbox.run(&["run", "top"]).success();
    // A lock comes out of a repository: what it says to be beside the tool has to be there.
    let good = sandbox.read("devshell.lock");
    for (from, to) in [("\"node_modules/plugin\"", "\"node_modules/other\""), ("\"2.1.0\"", "\"1.9.9\"")] {
        assert!(good.contains(from), "{good}");
        sandbox.write("devshell.lock", good.replace(from, to));
        sandbox.run(&["run", "top"]).code(125).stderr_contains("`npm:top` has no `plugin@^2` beside it");
    }
}

/// node has what finds the packages since 18.19 and 20.6.
#[test]
fn a_node_that_is_too_old_for_packages_beside_a_tool_is_refused() {
    let registry = Registry::new();
    let sandbox = project(&registry);
    registry.publish(tool("node", "16.20.2"));
    registry.publish(tool("node", "20.6.0"));
    let good = sandbox.read("devshell.lock");
    let said = |place: &str, options: &str| {
        format!(
            "devshell: `npm:top`{place} has `with`, which needs node ^18.19 or >=20.6; `node` is locked to 16.20.2\n\
             hint: `devshell add{options} node@22`\n"
        )
    };
    let old = MANIFEST.replace("\"22\", ", "\"16\",\n");
    sandbox.manifest(&old);
    sandbox.run(&["lock"]).code(5).stderr_contains(&said(" (line 2)", ""));
    // What is added is in no file yet, so it has no line.
    sandbox.run(&["add", "node@16"]).code(5).stderr_contains(&said("", ""));
    assert_eq!(sandbox.read("devshell.lock"), good);
    // Another environment has its own, which is newer, or older.
    let node = |version: &str| format!(r#""environments": {{ "ci": {{ "tools": {{ "node": "{version}" }} }} }} }}"#);
    let with = |manifest: &str, version: &str| manifest.strip_suffix(" }").unwrap().to_owned() + ", " + &node(version);
    sandbox.manifest(with(&old, "20"));
    sandbox.run(&["lock"]).code(5).stderr_contains(&said(" (line 2)", ""));
    // What is removed is no reason to look at the rest.
    sandbox.run(&["remove", "-e", "ci", "node"]).success();
    sandbox.manifest(with(MANIFEST, "16"));
    sandbox.run(&["lock"]).code(5).stderr_contains(&said(" (line 1)", " -e ci"));
    sandbox.manifest(with(MANIFEST, "20"));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "-e", "ci", "top"]).success().stderr_contains("with.mjs\n");
}

#[test]
fn mistakes_about_packages_beside_a_tool_have_their_place() {
    let registry = Registry::new();
    registry.publish(tool("esbuild", "0.25.0"));
    registry.publish([plugin()]);
    let sandbox = Sandbox::new().with_registry(&registry);
    for (tools, code, said) in [
        (r#""npm:a": { "with": ["pypi:b"] }"#, 4, "devshell.json:1:34"),
        (r#""npm:a": { "with": ["pypi:b"] }"#, 4, "`pypi:b` is from pypi, and the tool is from npm"),
        (r#""npm:a": { "with": ["b", "b@2"] }"#, 4, "`b` appears twice"),
        (r#""npm:a": { "with": ["b@lts"] }"#, 4, "`lts` is a name, and a lock needs a number"),
        (r#""deb:a": { "suite": "trixie", "with": ["b"] }"#, 4, "`with` is for tools of npm and of Python package"),
        (r#""git": { "with": ["b"] }"#, 4, "`git` is the host's, and nothing can be installed beside it"),
        (r#""esbuild": { "with": ["b"] }"#, 5, "`esbuild` (line 1) has `with`, and is an executable by itself"),
        (r#""esbuild": { "with": ["pypi:b"] }"#, 5, "hint: "),
        // The catalog knows that it is npm's.
        (
            r#""prettier": { "with": ["pypi:b"] }"#,
            5,
            "`prettier` (line 1) is from npm, and its `with` has packages of pypi",
        ),
    ] {
        registry.publish(tool("prettier", "3.0.0"));
        sandbox.manifest(format!(r#"{{ "tools": {{ {tools} }} }}"#));
        let outcome = sandbox.run(&["lock"]);
        outcome.code(code).stderr_contains(said);
    }
    let twice = r#"{ "tools": { "npm:a": { "version": "1", "with": ["b"] } }, "environments": { "e": { "tools": { "npm:a": "1" } } } }"#;
    sandbox.manifest(twice);
    sandbox.run(&["lock"]).code(4).stderr_contains("`npm:a` 1 is described differently at line 1");
}

#[test]
fn a_plugin_that_is_added_as_a_tool_says_where_it_belongs() {
    let registry = Registry::with([package("@s/plugin", "1.0.0")]);
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.run(&["init"]).success();
    let outcome = sandbox.run(&["add", "npm:@s/plugin"]);
    outcome.code(5).stderr_contains("`npm:@s/plugin` 1.0.0 provides no command\n");
    outcome.stderr_contains("\"npm:TOOL\": { \"with\": [\"npm:@s/plugin\"] }\n");
    let usage = sandbox.run(&["add", "npm:a", "npm:b", "--with", "c"]);
    usage.code(2);
    sandbox.run(&["add", "host:cat", "--with", "c"]).code(2).stderr_contains("`--with` is for tools of npm");
}

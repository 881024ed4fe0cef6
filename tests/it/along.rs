//! What `devshell add` adds along with a tool: `npm` with `node`.

use crate::support::{Registry, Sandbox, tool};

fn project(registry: &Registry) -> Sandbox {
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.run(&["init"]).success();
    sandbox
}

#[test]
fn npm_and_npx_come_along_with_node_in_the_release_that_belongs_to_it() {
    let registry = Registry::new();
    for (name, versions) in [("node", &["20.1.0", "22.3.0", "26.0.0"][..]), ("npm", &["10.9.0", "11.2.0", "12.1.0"])] {
        for version in versions {
            registry.publish(tool(name, version));
        }
    }
    for (word, npm, version) in
        [("node@22", "^10", "10.9.0"), ("node@20", "^10", "10.9.0"), ("node", "^12.1", "12.1.0")]
    {
        let sandbox = project(&registry);
        let outcome = sandbox.run(&["add", word]);
        outcome.success().stderr_contains("also adding `npm`; `devshell remove npm` takes it out again\n");
        let manifest = sandbox.read("devshell.json");
        assert!(manifest.contains(&format!("\"npm\": \"{npm}\"")), "{manifest}");
        sandbox.run(&["run", "--", "npm", "-v"]).success().stdout(&format!("npm {version}: -v\n"));
        sandbox.run(&["run", "--", "npx"]).success().stdout(&format!("npx {version}:\n"));
        // It is a tool like any other, and does not come back.
        sandbox.run(&["remove", "npm"]).success();
        sandbox.run(&["add", "node@>=20"]).success().stderr_lacks("also adding");
        sandbox.run(&["run", "--", "npm"]).code(127);
    }
}

#[test]
fn a_npm_that_is_chosen_or_out_of_reach_changes_nothing() {
    let registry = Registry::new();
    registry.publish(tool("node", "22.3.0"));
    let sandbox = project(&registry);
    let outcome = sandbox.run(&["add", "node"]);
    outcome.success().stderr_contains("`npm`, which usually comes with `node`, cannot be reached; it is left out\n");
    sandbox.run(&["run", "--", "node", "--version"]).success().stdout("v22.3.0\n");
    for version in ["10.9.0", "12.1.0"] {
        registry.publish(tool("npm", version));
    }
    let sandbox = project(&registry);
    sandbox.run(&["add", "node", "npm"]).success().stderr_lacks("also adding").stderr_contains("+ npm 12.1.0\n");
    // In an environment beside the default one, which has it.
    sandbox.run(&["add", "-e", "other", "node@22"]).success().stderr_lacks("also adding");
}

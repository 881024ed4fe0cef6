//! Capitals in the names of repositories: forges make no difference between them and small letters.

use super::release;
use crate::support::{Forge, Sandbox};

/// A sandbox with a tool of a repository, and what its forge was asked.
fn with_tool() -> (Forge, Sandbox) {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    forge.publish("Acme/Tool", [release("1.0.0")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest(r#"{ "tools": { "github:acme/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    (forge, sandbox)
}

#[test]
fn a_repository_is_the_same_in_other_capitals() {
    let (forge, sandbox) = with_tool();
    let before = sandbox.read("devshell.json");
    sandbox.run(&["add", "github:Acme/Tool"]).success().stderr_contains(
        "devshell: `github:acme/tool` is in the manifest already, as `1`; `github:acme/tool@…` changes that\n",
    );
    assert_eq!(sandbox.read("devshell.json"), before);
    sandbox.run(&["add", "github:ACME/tool@=1.0.0"]).success();
    assert_eq!(sandbox.read("devshell.json"), before.replace("\"1\"", "\"=1.0.0\""));
    // What is locked is still good, and gets the manifest's capitals.
    sandbox.manifest(r#"{ "tools": { "github:Acme/Tool": "=1.0.0" } }"#);
    sandbox.run(&["lock", "--check"]).success();
    forge.forget_requests();
    sandbox.run(&["lock"]).success();
    assert_eq!(forge.questions(), [""; 0]);
    let lock = sandbox.read("devshell.lock");
    assert!(lock.contains("\"github:Acme/Tool\"") && lock.contains("\"Acme/Tool\""), "{lock}");
    sandbox.remove("devshell.lock");
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.read("devshell.lock"), lock);
    sandbox.run(&["remove", "github:acme/tool"]).success();
    assert!(!sandbox.read("devshell.json").contains("Tool"));
}

#[test]
fn a_repository_that_is_there_twice_is_a_mistake() {
    let (_forge, sandbox) = with_tool();
    sandbox.manifest("{ \"tools\": {\n  \"github:acme/tool\": \"1\",\n  \"github:Acme/tool\": \"2\" } }");
    sandbox
        .run(&["lock"])
        .code(4)
        .stderr_contains("`github:Acme/tool` is the repository of `github:acme/tool`, at line 2");
}

/// An environment's own requirement takes the place of the default one.
#[test]
fn an_environment_may_write_other_capitals() {
    let (_forge, sandbox) = with_tool();
    sandbox.manifest(
        r#"{ "tools": { "github:acme/tool": "1" }, "environments": { "e": { "tools": { "github:Acme/Tool": "=1.0.0" } } } }"#,
    );
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "-e", "e", "--", "tool"]).success().stdout("1.0.0 linux_amd64\n");
}

/// A repository that is bound to a server is asked there in whatever capitals.
#[test]
fn registries_are_bound_in_any_capitals() {
    let forge = Forge::with("ACME/tool", [release("1.0.0")]);
    let sandbox = Sandbox::new();
    let bound = format!(r#""github:Acme/*": "{}""#, forge.url());
    sandbox.config(format!(r#"{{ "registries": {{ {bound}, "github": "http://127.0.0.1:1/" }} }}"#));
    sandbox.manifest(r#"{ "tools": { "github:ACME/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
}

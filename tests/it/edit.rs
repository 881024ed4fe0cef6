//! `devshell add` and `devshell remove`: the manifest's comments stay, and a failure writes
//! nothing.

use crate::support::{Registry, Sandbox, package, tool, tree};

const MANIFEST: &str = r#"{
  // what we build with
  "tools": {
    "esbuild": "0.28", // the bundler
  },
  "scripts": { "build": "esbuild" }, /* done */
}
"#;

fn sandbox() -> (Registry, Sandbox) {
    let registry = Registry::with(
        [tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("turbo", "2.5.4"), tool("prettier", "3.1.0")].concat(),
    );
    registry.publish(tool("turbo", "1.13.2"));
    registry.publish(tool("turbo", "2.5.4"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    (registry, sandbox)
}

#[test]
fn a_tool_is_added_locked_and_fetched() {
    let (registry, sandbox) = sandbox();
    sandbox.run(&["-q", "add", "turbo"]).success().stdout("").stderr("");
    assert_eq!(
        sandbox.read("devshell.json"),
        MANIFEST.replace("// the bundler\n", "// the bundler\n    \"turbo\": \"^2.5\",\n")
    );
    sandbox.run(&["lock", "--check"]).success();
    registry.forget_requests();
    sandbox.run(&["run", "turbo", "hello"]).success().stderr("");
    assert_eq!(registry.requests(), [""; 0]);
}

#[test]
fn a_version_is_taken_as_it_is_said() {
    let (_registry, sandbox) = sandbox();
    for (word, line, version) in [
        ("turbo@1", r#""turbo": "1""#, "1.13.2"),
        ("turbo@*", r#""turbo": "*""#, "2.5.4"),
        ("turbo@>=1,<2", r#""turbo": ">=1,<2""#, "1.13.2"),
        ("turbo@=2.5.4", r#""turbo": "=2.5.4""#, "2.5.4"),
    ] {
        sandbox.run(&["add", word]).success();
        let text = sandbox.read("devshell.json");
        assert_eq!(text.matches("turbo").count(), 1, "{text}");
        assert!(text.contains(line) && text.contains("// the bundler"), "{text}");
        let lock = sandbox.lock();
        let turbo = lock["tools"].as_array().unwrap().iter().find(|tool| tool["tool"] == "turbo").unwrap();
        assert_eq!(turbo["version"], version);
        sandbox.run(&["lock", "--check"]).success();
    }
    // Without one, what is there stays.
    let before = tree(sandbox.project());
    sandbox
        .run(&["add", "turbo"])
        .success()
        .stderr("devshell: `turbo` is in the manifest already, as `=2.5.4`; `turbo@…` changes that\n");
    assert_eq!(tree(sandbox.project()), before);
}

#[test]
fn several_tools_and_environments_at_once() {
    let (_registry, sandbox) = sandbox();
    sandbox.run(&["add", "-e", "web", "prettier@3", "host:sh"]).success();
    let text = sandbox.read("devshell.json");
    assert!(text.contains("/* done */") && text.contains("\"environments\""), "{text}");
    sandbox.run(&["list", "-e", "web"]).success().stdout_contains("prettier  3.1.0");
    sandbox.run(&["run", "prettier"]).code(127).stderr(
        "devshell: `prettier` is not in this dev shell\n\
         hint: it is in the environment `web`: `devshell run -e web prettier`\n",
    );
    sandbox.run(&["run", "-e", "web", "prettier", "x"]).success().stdout("prettier 3.1.0: x\n");
    let refused = sandbox.run(&["remove", "prettier"]);
    refused
        .code(2)
        .stderr_contains("devshell: the manifest has no tool `prettier`")
        .stderr_lacks("did you mean `prettier`?");
}

#[test]
fn a_failure_writes_nothing() {
    let (registry, sandbox) = sandbox();
    registry.publish([package("tree", "1.0.0").bin("tree", "t.js").dependency("leaf", "1")]);
    let before = tree(sandbox.project());
    for (arguments, code, expected) in [
        (&["add", "turboo"][..], 5, "devshell: `turboo` is not in the catalog\nhint: did you mean `turbo`?"),
        (&["add", "turbo", "npm:absent"], 5, "devshell: the npm registry has no package `absent`\n"),
        (&["add", "turbo@99"], 5, "devshell: no version of `turbo` satisfies `99`\nhint: the newest is 2.5.4;"),
        (&["add", "npm:tree"], 5, "devshell: the dependencies of `npm:tree` cannot be resolved\n"),
        (&["add", "turbo@latest"], 2, "devshell: `latest` is a name, and a lock needs a number"),
        (&["add", "turbo@"], 2, "devshell: the version requirement is empty"),
        (&["add", "brew:jq"], 2, "devshell: `brew:jq` names the source `brew`"),
        (&["add", "a b"], 2, "devshell: `a b` is not a tool name"),
        (&["add"], 2, "error: "),
        (&["remove", "turbo"], 2, "devshell: the manifest has no tool `turbo`\n"),
        (&["remove", "esbuild", "node"], 2, "devshell: the manifest has no tool `node`\n"),
        (&["remove", "esbuil"], 2, "devshell: the manifest has no tool `esbuil`\nhint: did you mean `esbuild`?\n"),
        (&["remove", "-e", "docs", "esbuild"], 2, "devshell: the manifest has no environment `docs`\n"),
    ] {
        let outcome = sandbox.run(arguments);
        outcome.code(code).stdout("");
        assert!(outcome.errors().starts_with(expected), "{outcome}");
        assert_eq!(tree(sandbox.project()), before, "{arguments:?}");
    }
}

#[test]
fn a_download_that_fails_leaves_the_manifest_alone() {
    let (registry, sandbox) = sandbox();
    for package in tool("turbo", "2.5.4") {
        registry.fault(package.tarball_path(), crate::support::Fault::NotFound);
    }
    let before = tree(sandbox.project());
    sandbox.run(&["add", "turbo"]).code(5).stderr_contains(" is not on the active registry\n");
    assert_eq!(tree(sandbox.project()), before);
}

#[test]
fn a_tool_is_removed_from_both_files() {
    let (registry, sandbox) = sandbox();
    sandbox.run(&["add", "turbo@2", "prettier@3"]).success();
    registry.forget_requests();
    sandbox
        .run(&["remove", "turbo", "prettier"])
        .success()
        .stderr("devshell: - node 22.3.0\ndevshell: - prettier 3.1.0\ndevshell: - turbo 2.5.4\n");
    assert_eq!(sandbox.read("devshell.json"), MANIFEST);
    sandbox.run(&["lock", "--check"]).success();
    assert_eq!(registry.requests(), [""; 0]);
}

#[test]
fn the_manifest_may_be_called_jsonc() {
    let (_registry, sandbox) = sandbox();
    fs_err::rename(sandbox.project().join("devshell.json"), sandbox.project().join("devshell.jsonc")).unwrap();
    sandbox.run(&["add", "turbo"]).success();
    assert!(sandbox.read("devshell.jsonc").contains("\"turbo\": \"^2.5\""));
    sandbox.run(&["remove", "turbo"]).success();
    assert_eq!(sandbox.read("devshell.jsonc"), MANIFEST);
    assert!(!sandbox.project().join("devshell.json").exists());
}

#[test]
fn the_manifests_mode_and_link_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_registry, sandbox) = sandbox();
    let real = sandbox.project().join("real.json");
    fs_err::rename(sandbox.project().join("devshell.json"), &real).unwrap();
    fs_err::set_permissions(&real, std::fs::Permissions::from_mode(0o600)).unwrap();
    fs_err::os::unix::fs::symlink("real.json", sandbox.project().join("devshell.json")).unwrap();
    sandbox.run(&["add", "turbo"]).success();
    assert!(sandbox.project().join("devshell.json").is_symlink());
    assert_eq!(fs_err::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(sandbox.read("real.json").contains("turbo"));
}

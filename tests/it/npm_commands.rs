//! What starts a command of a package on npm: its own first line says so, as where npm links it.

use crate::support::{Package, Registry, Sandbox, package, tool};

/// A package with commands, each a file with its text.
fn with_commands(name: &str, commands: &[(&str, &str)]) -> Package {
    let package = package(name, "1.0.0");
    commands.iter().fold(package, |package, (command, text)| {
        let path = format!("bin/{command}");
        // Packages are often published without modes: npm makes what it links to executable.
        package.bin(command, &path).file(&path, text)
    })
}

/// A project that has `npm:x`, with `node` and further tools.
fn project(registry: &Registry, commands: &[(&str, &str)], tools: &str) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    registry.publish([with_commands("x", commands)]);
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(format!(r#"{{ "tools": {{ "node": "22", "npm:x": "1"{tools} }} }}"#));
    sandbox.run(&["lock"]).success();
    sandbox
}

#[test]
fn its_own_first_line_says_what_starts_a_command() {
    let registry = Registry::new();
    let sandbox = project(
        &registry,
        &[
            // The stand-in for node is a shell that says nothing of itself.
            ("plain", "echo \"by node: $*\"\n"),
            ("by-env", "#!/usr/bin/env node\necho \"by node: $*\"\n"),
            ("flags", "#!/usr/bin/env -S node -e\nfalse\necho not reached\n"),
            ("shell", "#!/bin/sh -e\necho \"$0 $*\"; false; echo not reached\n"),
            ("bash", "#!/usr/bin/env bash\necho \"${BASH_VERSION:+bash} $*\"\n"),
        ],
        "",
    );
    for command in ["plain", "by-env"] {
        sandbox.run(&["run", command, "a b", "c"]).success().stdout("by node: a b c\n");
    }
    sandbox.run(&["run", "flags"]).code(1).stdout("");
    let outcome = sandbox.run(&["run", "shell", "a b"]);
    outcome.code(1).stdout_contains("/bin/shell a b\n");
    assert!(!outcome.text().contains("not reached"), "{outcome}");
    sandbox.run(&["run", "bash", "a"]).success().stdout("bash a\n");
    // The links say what they are, so that `verify` knows a changed one, and `gc` what they lead to.
    sandbox.run(&["verify"]).success();
    sandbox.age(40);
    sandbox.run(&["run", "bash", "a"]).success();
    sandbox.run(&["gc", "--yes"]).success();
    sandbox.run(&["--offline", "run", "bash", "a"]).success().stdout("bash a\n");
}

/// An executable is none of node's business. No public package that was tried has one as the command of a tool
/// outside the catalog.
#[test]
fn an_executable_is_started_as_it_is() {
    let registry = Registry::new();
    registry.publish(tool("node", "22.3.0"));
    let mut text = fs_err::read(if cfg!(target_os = "macos") { "/usr/bin/true" } else { "/bin/true" }).unwrap();
    text.extend_from_slice(b"\n");
    registry.publish([package("x", "1.0.0").bin("x", "x").executable("x", text)]);
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:x": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "x"]).success().stdout("");
    let link = String::from_utf8(sandbox.run(&["which", "x"]).success().bytes().to_owned()).unwrap();
    assert!(fs_err::read_link(link.trim()).is_ok(), "{link}");
}

#[test]
fn an_interpreter_that_is_missing_is_named_with_what_brings_it() {
    let registry = Registry::new();
    let sandbox = project(&registry, &[("x", "#!/usr/bin/env deno\n")], "");
    let outcome = sandbox.run(&["run", "x"]);
    outcome.code(125).stdout("");
    outcome.stderr_contains("`x` of `npm:x` is run by `deno`, which is neither in the manifest nor on this machine\n");
    outcome.stderr_contains("hint: `devshell add deno`\n");
    // One of several leaves the others.
    let sandbox =
        project(&registry, &[("good", "#!/bin/sh\necho good\n"), ("x", "#!/usr/bin/env nothing-like-it\n")], "");
    sandbox.run(&["run", "good"]).success().stdout("good\n");
    sandbox.run(&["run", "x"]).code(127).stderr_contains("nothing-like-it");
}

#[test]
fn a_tool_of_the_manifest_is_the_interpreter_before_the_hosts() {
    let registry = Registry::new();
    registry.publish([with_commands("own-sh", &[("bash", "echo \"own bash: $1 $2\" | sed 's=/.*/==g'\n")])]);
    let sandbox = project(&registry, &[("x", "#!/usr/bin/env bash\n")], r#", "npm:own-sh": "1""#);
    sandbox.run(&["run", "x", "a"]).success().stdout("own bash: x a\n");
}

//! `devshell not-there`, as the handlers of the shells call it.

use crate::support::{Registry, Sandbox, tool};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "24.3.0"));
    let mut sandbox = Sandbox::new().with_registry(registry);
    let host = sandbox.host_directory("hostbin");
    for command in ["hosttool", "python3", "node", "tsc"] {
        sandbox.write_executable(host.join(command), "#!/bin/sh\n");
    }
    sandbox.manifest(
        r#"{
            "tools": { "node": "24", "npm:typescript-language-server": "1" },
            "scripts": { "serve": "true", "build": "true" },
            "environments": { "docs": { "tools": { "npm:@a/tool": "1", "npm:turbo": "2" }, "scripts": { "book": "true" } } }
        }"#,
    );
    sandbox
}

#[test]
fn each_way_to_a_command_is_told() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let is_not = |what: &str| format!("devshell: {what} is not in this dev shell\n");
    for (name, expected) in [
        ("build", is_not("`build`") + "hint: `devshell run build` runs the manifest's script of that name\n"),
        ("biuld", is_not("`biuld`") + "hint: did you mean `devshell run build`?\n"),
        ("book", is_not("`book`") + "hint: it is in the environment `docs`: `devshell run -e docs book`\n"),
        (
            "hosttool",
            is_not("`hosttool`")
                + "hint: the host has it at [ROOT]/hostbin/hosttool; `devshell add host:hosttool` adds it\n",
        ),
        (
            "python3",
            is_not("`python3` (Python interpreter of the host)")
                + "hint: `devshell add python@3.13` pins one; the host has it \
                   at [ROOT]/hostbin/python3; `devshell add host:python` adds it\n",
        ),
        (
            "docker",
            is_not("`docker` (container engine client)")
                + "hint: `devshell add deb:docker-cli` adds Debian's package\n",
        ),
        (
            "xcodebuild",
            is_not("`xcodebuild` (build tool of Xcode)")
                + "hint: the host has none either; once it is installed there, `devshell add host:xcodebuild` adds it\n",
        ),
        ("prettier", is_not("`prettier` (opinionated code formatter)") + "hint: `devshell add prettier` adds it\n"),
        (
            "tsc",
            is_not("`tsc` (TypeScript compiler)")
                + "hint: `devshell add typescript` adds it; `devshell add host:tsc` adds the host's, at [ROOT]/hostbin/tsc\n",
        ),
        (
            "typescript-language-server",
            is_not("`typescript-language-server`")
                + "hint: the manifest has `npm:typescript-language-server`: `devshell reload` loads what is new, \
                   `devshell list` shows its commands\n",
        ),
        ("frobnicate", is_not("`frobnicate`") + "hint: `devshell search frobnicate` looks for a tool\n"),
        ("./frobnicate", is_not("`./frobnicate`")),
        ("a\u{1b}]0;x\u{7}\nb", is_not("`a\\u{1b}]0;x\\u{7}\\nb`")),
        ("--known", is_not("`--known`")),
        ("", String::new()),
        (" ", String::new()),
    ] {
        let outcome = sandbox.devshell(&["not-there", "--shell", "bash", "--", name]).run();
        outcome.code(127).stdout("").stderr(&expected);
    }
    // It is called by name alone, too.
    sandbox.run(&["not-there", "--shell", "nu", "prettier"]).code(127).stderr_contains("`devshell add prettier`");
    assert_eq!(registry.requests(), [""; 0], "no registry is asked");
}

#[test]
fn whoever_has_a_handler_of_their_own_hears_of_known_names_only() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let known = |name: &str| sandbox.run(&["not-there", "--known", "--shell", "zsh", "--", name]);
    known("prettier").code(127).stderr_contains("`devshell add prettier`");
    known("biuld").code(127).stderr_contains("did you mean");
    known("frobnicate").code(1).stdout("").stderr("");
    known("./frobnicate").code(1).stdout("").stderr("");
}

/// The manifest is that of the dev shell, also when the user has gone elsewhere; and where there is
/// none, or one with mistakes, the catalog still knows.
#[test]
fn the_dev_shells_own_manifest_counts() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let manifest = sandbox.read("devshell.json");
    sandbox.manifest("{}");
    let inside = String::from_utf8(sandbox.run(&["run", "--", "env", "-0"]).success().bytes().to_vec()).unwrap();
    sandbox.manifest(manifest);
    let inside: Vec<(&str, &str)> = inside.split('\0').filter_map(|line| line.split_once('=')).collect();
    let ask = |name: &str| {
        let call = sandbox.devshell(&["not-there", "--shell", "bash", name]).directory("..");
        call.envs(inside.iter().copied()).run()
    };
    ask("build").code(127).stderr_contains("`devshell run build`");
    sandbox.manifest("{ nonsense");
    ask("serve").code(127).stderr_contains("`devshell search serve`");
    ask("prettier").code(127).stderr_contains("`devshell add prettier`");
    sandbox.remove("devshell.json");
    ask("prettier").code(127).stderr_contains("`devshell add prettier`");
}

/// A slip of the finger in a command that is there.
#[test]
fn a_command_of_the_dev_shell_may_be_meant() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "24" } }"#);
    sandbox.run(&["lock"]).success();
    let asked = sandbox.run(&["run", "--", "devshell", "not-there", "--shell", "bash", "basenaem"]);
    asked.code(127).stderr_contains("devshell: `basenaem` is not in this dev shell\nhint: did you mean `basename`?\n");
}

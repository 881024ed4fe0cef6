//! `devshell run`: scripts of the manifest and commands, as if the user had typed them there.

use crate::support::{HERE, Registry, Sandbox, native, tool};

const MANIFEST: &str = r#"{
  "scripts": {
    "show": "printf '<%s>' \"$0\" \"$@\"",
    "plain": "printf '<%s>'",
    "first": "echo ${1:-none}",
    "where": "echo \"$PWD $DEVSHELL_CWD\"",
    "seven": "exit 7",
    "term": "kill -TERM $$",
    "nested": "devshell run seven",
    "cat": "echo the script",
    "true": "echo $((1 + 1))"
  },
  "environments": { "docs": { "scripts": { "seven": "exit 8" } } }
}"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.manifest(MANIFEST);
    sandbox
}

#[test]
fn words_reach_scripts_and_commands_unchanged() {
    let sandbox = sandbox();
    for (words, expected) in [
        (&["show"][..], "<show>"),
        (&["show", "a b", "", "$x", "'\"", "*"], "<show><a b><><$x><'\"><*>"),
        (&["show", "--", "-x", "--help", "--isolation", "none"], "<show><--><-x><--help><--isolation><none>"),
        (&["show", "-C", "..", "-e", "docs", "--offline"], "<show><-C><..><-e><docs><--offline>"),
        // One that does not look at its arguments gets them behind.
        (&["plain", "a b", "c"], "<a b><c>"),
        (&["first"], "none\n"),
        (&["first", "x", "y"], "x\n"),
        (&["printf", "<%s>", "a b", "--", "$x"], "<a b><--><$x>"),
        // The script is preferred, unless a command is asked for.
        (&["cat"], "the script\n"),
        (&["--", "cat"], "from standard input\n"),
        (&["--isolation", "none", "--", "cat"], "from standard input\n"),
        (&["-e", "docs", "--", "cat"], "from standard input\n"),
        (&["-ve", "docs", "--", "cat"], "from standard input\n"),
        (&["--environment=docs", "--", "cat"], "from standard input\n"),
        (&["-C", ".", "--", "cat"], "from standard input\n"),
        (&["true"], "2\n"),
        (&["--", "true"], ""),
    ] {
        sandbox.devshell(&["run"]).args(words).stdin("from standard input\n").run().success().stdout(expected);
    }
}

#[test]
fn scripts_stand_beside_the_manifest_and_commands_where_the_user_stands() {
    let sandbox = sandbox();
    sandbox.write("src/deep/file", "");
    let run = |arguments: &[&str], from: &str| sandbox.devshell(arguments).directory(from).run().text();
    assert_eq!(run(&["run", "where"], "src/deep"), "[PROJECT] [PROJECT]/src/deep\n");
    assert_eq!(run(&["run", "pwd"], "src/deep"), "[PROJECT]/src/deep\n");
    // `-C` is as good as having gone there.
    assert_eq!(run(&["-C", "shop/src", "run", "where"], ".."), "[PROJECT] [PROJECT]/src\n");
    assert_eq!(run(&["run", "-C", "shop/src", "pwd"], ".."), "[PROJECT]/src\n");
    assert_eq!(run(&["run", "-C", "shop/src", "printenv", "PWD"], ".."), "[PROJECT]/src\n");
}

#[test]
fn the_end_of_a_command_is_the_commands_own() {
    let sandbox = sandbox();
    sandbox.run(&["run", "seven"]).code(7).stdout("").stderr("");
    sandbox.run(&["run", "-e", "docs", "seven"]).code(8);
    sandbox.run(&["run", "nested"]).code(7);
    sandbox.run(&["run", "--", "sh", "-c", "exit 125"]).code(125).stderr("");
    // The process has become the command, so that the signal is real.
    sandbox.run(&["run", "term"]).signal(15);
    // Those that a caller in the background ignores would tell nothing.
    for signal in [9, 13, 15] {
        sandbox.run(&["run", "--", "sh", "-c", &format!("kill -{signal} $$; echo survived")]).signal(signal);
    }
}

#[test]
fn no_process_of_devshells_remains() {
    let sandbox = sandbox();
    let parent = std::process::id();
    sandbox.run(&["run", "--", "sh", "-c", "echo $PPID"]).success().stdout(&format!("{parent}\n"));
}

#[test]
fn a_command_that_cannot_start_says_why() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    sandbox.write_executable(host.join("hosttool"), "#!/bin/sh\n");
    sandbox.manifest(r#"{ "scripts": { "serve": "true" } }"#);
    sandbox.write("data", "no program");
    sandbox.write_executable("lost", "#!/nowhere/interpreter\n");
    for (words, code, expected) in [
        (&["serv"][..], 127, "devshell: `serv` is not in this dev shell\nhint: did you mean `serve`?\n"),
        (
            &["frobnicate"],
            127,
            "devshell: `frobnicate` is not in this dev shell\n\
             hint: `devshell list` shows the tools, `devshell run` the scripts\n",
        ),
        (&["esbuild"], 127, "devshell: `esbuild` is not in this dev shell\nhint: `devshell add esbuild` adds it\n"),
        (
            &["hosttool"],
            127,
            "devshell: `hosttool` is not in this dev shell\n\
             hint: the host has it at [ROOT]/hostbin/hosttool; `devshell add host:hosttool` adds it\n",
        ),
        (&["./absent"], 127, "devshell: `./absent` is not in this dev shell\n"),
        (&["./data"], 126, "devshell: `./data` cannot be run\n  because Permission denied (os error 13)\n"),
        (
            &["./lost"],
            126,
            "devshell: `[PROJECT]/./lost` cannot be run, because the interpreter it names does not exist\n",
        ),
        (&["."], 126, "devshell: `.` cannot be run\n"),
    ] {
        let outcome = sandbox.devshell(&["run", "--"]).args(words).run();
        outcome.code(code).stdout("");
        assert!(outcome.errors().starts_with(expected), "{outcome}");
    }
}

#[test]
fn arguments_that_would_go_astray_are_refused() {
    let sandbox = Sandbox::new();
    for script in ["echo a;", "echo a &", "echo a # b", "echo a\\necho b"] {
        sandbox.manifest(format!(r#"{{ "scripts": {{ "s": "{script}" }} }}"#));
        sandbox.run(&["run", "s"]).success().stdout_contains("a");
        sandbox.run(&["run", "s", "x"]).code(125).stdout("").stderr(
            "devshell: the script `s` does not say where its arguments go\nhint: write \"$@\" there in the manifest\n",
        );
    }
}

#[test]
fn devshells_own_failures_have_their_own_code() {
    let sandbox = Sandbox::new();
    sandbox.run(&["run", "true"]).code(125).stderr_contains("devshell: no devshell.json in `[PROJECT]` or above it\n");
    sandbox.manifest(r#"{ "tool": {} }"#);
    sandbox.run(&["run", "true"]).code(125).stderr_contains("unknown key `tool`");
    sandbox.manifest(r#"{ "env": { "TOKEN": { "required": "ask Ada" } } }"#);
    sandbox.run(&["run", "true"]).code(125).stderr(
        "devshell: the variable `TOKEN` is required: ask Ada\n\
         hint: export TOKEN=…, or put it in one of the manifest's `env_files`\n",
    );
    sandbox.manifest("{}");
    sandbox.run(&["run", "-e", "docs", "true"]).code(125).stderr_contains("the manifest has no environment `docs`");
    sandbox.run(&["run", "--isolation", "jail", "true"]).code(2);
}

#[test]
fn without_a_name_the_scripts_are_listed() {
    let sandbox = Sandbox::new();
    // For which neither a lock nor a tool is needed.
    sandbox.manifest(r#"{ "scripts": { "test": "pytest -q", "a": "b" }, "tools": { "host:absent": "*" } }"#);
    sandbox.run(&["run"]).success().stdout("a     b\ntest  pytest -q\n").stderr("");
    sandbox.manifest("{}");
    sandbox
        .run(&["run"])
        .success()
        .stdout("")
        .stderr("devshell: the manifest has no scripts; `devshell run -- COMMAND` runs a command\n");
}

#[test]
fn pinned_tools_are_run_by_the_locked_node_wherever_they_are_started_from() {
    let registry =
        Registry::with([tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("prettier", "3.1.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(
        r#"{ "tools": { "esbuild": "*", "prettier": "3" }, "scripts": { "both": "esbuild a && prettier b" } }"#,
    );
    sandbox.run(&["lock"]).success();
    let expected = format!("esbuild 0.28.1 of {}: a\nprettier 3.1.0: b\n", native("esbuild"));
    sandbox.run(&["-q", "run", "both"]).success().stdout(&expected).stderr("");
    // The private node is not on PATH.
    sandbox.run(&["run", "--", "node", "--version"]).code(127);
    sandbox.manifest(r#"{ "tools": { "prettier": "3", "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "node", "--version"]).success().stdout("v22.3.0\n");
}

#[test]
fn an_environment_for_another_kind_of_machine_is_made_and_not_entered() {
    let registry = Registry::with(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "22" }, "scripts": { "test": "node --version" } }"#);
    let other = if HERE == "aarch64-linux" { "x86_64-linux" } else { "aarch64-linux" };
    let on_other = |arguments: &[&str]| sandbox.devshell(arguments).env("DEVSHELL_PLATFORM", other).run();
    for arguments in [&["lock"][..], &["install"], &["list"], &["which", "node"], &["env"], &["run"]] {
        on_other(arguments).success();
    }
    let refusal = format!(
        "devshell: DEVSHELL_PLATFORM is `{other}`, but this machine ({HERE}) cannot run programs for {other}\n\
         hint: unset it here; `devshell install` fetches the tools for {other}\n"
    );
    for arguments in [&["run", "test"][..], &["run", "--", "true"], &["enter", "--", "true"], &["enter"]] {
        on_other(arguments).code(125).stdout("").stderr(&refusal);
    }
    // A C library makes no other machine: programs may be static.
    sandbox.manifest(r#"{ "name": "shop" }"#);
    sandbox.run(&["lock"]).success();
    for platform in [HERE.to_owned(), format!("{HERE}-musl")].iter().filter(|name| !name.contains("darwin-")) {
        sandbox.devshell(&["run", "--", "true"]).env("DEVSHELL_PLATFORM", platform).run().success();
    }
}

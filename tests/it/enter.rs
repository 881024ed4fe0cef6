//! `devshell enter` without a terminal: one command, or a script from standard input. What a
//! person sees at a prompt is the terminal tests' affair.

use crate::support::{HERE, Registry, Sandbox, native, tool};

const SHELLS: [&str; 4] = ["sh", "bash", "zsh", "fish"];

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish(tool("esbuild", "0.28.1"));
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox
        .manifest(r#"{ "name": "shop", "tools": { "esbuild": "*" }, "env": { "GREETING": "it's ${DEVSHELL_NAME}" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    // Each would spoil the output, or win over PATH, if it were read.
    for file in [".profile", ".bashrc", ".bash_profile", ".zshenv", ".zshrc", ".zprofile", ".config/fish/config.fish"] {
        sandbox.write(sandbox.home().join(file), "echo an rc file was read\nexport PATH=/nowhere\n");
    }
    sandbox
}

#[test]
fn a_script_from_standard_input_is_run_by_the_shell_asked_for() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    for shell in SHELLS {
        let path = sandbox.find(shell);
        for asked in [shell, path.to_str().unwrap()] {
            let run = sandbox.devshell(&["enter", "--shell", asked]).env("DEVSHELL_PLATFORM", HERE);
            let run = run.stdin("cd /\nesbuild \"$GREETING\" one\nexit 3\n").run();
            run.code(3).stdout(&format!("esbuild 0.28.1 of {}: it's shop one\n", native("esbuild"))).stderr("");
        }
    }
}

#[test]
fn the_script_really_runs_in_that_shell() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    for (shell, script) in [
        ("bash", "[[ -n $BASH_VERSION ]] && shopt -q login_shell || echo \"${BASH##*/}\""),
        ("zsh", "[[ -n $ZSH_VERSION && ! -o login ]] && echo zsh"),
        ("fish", "status is-login; or test -n \"$FISH_VERSION\"; and echo fish"),
    ] {
        sandbox.find(shell);
        let run = sandbox.devshell(&["enter", "--shell", shell]).stdin(format!("{script}\n")).run();
        run.success().stdout(&format!("{shell}\n")).stderr("");
    }
}

#[test]
fn without_being_asked_it_is_the_calling_shell_else_that_of_the_variable() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let script = "echo \"${BASH_VERSION:+bash}${ZSH_VERSION:+zsh}\"\n";
    for (variable, expected) in [("bash", "bash\n"), ("zsh", "zsh\n")] {
        let run = sandbox.devshell(&["enter"]).env("SHELL", sandbox.find(variable));
        run.stdin(script).run().success().stdout(expected);
    }
    // The one who types `devshell` in zsh stays in zsh, whatever SHELL says.
    for (caller, no_rc, variable) in [("zsh", "-f", "bash"), ("bash", "--norc", "zsh")] {
        let command = format!("'{}' enter; true", crate::support::DEVSHELL);
        let run = sandbox.program(sandbox.find(caller), &[no_rc, "-c", &command]).env("SHELL", sandbox.find(variable));
        run.stdin(script).run().success().stdout(&format!("{caller}\n"));
    }
}

#[test]
fn a_command_behind_the_dashes_is_run_in_place() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.write("src/file", "");
    let from_below = |arguments: &[&str]| sandbox.devshell(arguments).directory("src").run();
    from_below(&["enter", "--", "sh", "-c", "pwd; echo \"$GREETING\"; exit 9"])
        .code(9)
        .stdout("[PROJECT]/src\nit's shop\n")
        .stderr("");
    from_below(&["enter", "--", "sh", "-c", "kill -TERM $$"]).signal(15);
    from_below(&["enter", "--", "absent"]).code(127).stderr_contains("devshell: `absent` is not in this dev shell\n");
    from_below(&["enter", "--", "./file"]).code(126);
    from_below(&["enter", "-e", "docs", "--", "true"]).code(125);
    from_below(&["enter", "true"]).code(2);
}

#[test]
fn an_empty_script_is_no_failure() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    for shell in SHELLS {
        sandbox.run(&["enter", "--shell", shell]).success().stdout("").stderr("");
    }
}

#[test]
fn the_hook_is_for_people_at_a_prompt() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.manifest(r#"{ "hooks": { "enter": "touch hooked" } }"#);
    sandbox.run(&["lock"]).success();
    for arguments in [&["run", "true"][..], &["enter", "--", "true"], &["enter", "--shell", "bash"], &["env"]] {
        sandbox.devshell(arguments).stdin("true\n").run().success();
    }
    assert!(!sandbox.project().join("hooked").exists());
}

#[test]
fn a_shell_that_is_not_there_is_named() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    for shell in ["nosuchshell", "/nowhere/bash"] {
        sandbox.run(&["enter", "--shell", shell]).code(125).stdout("").stderr(&format!(
            "devshell: `{shell}` is not a shell on this machine\nhint: name one: `devshell enter --shell bash`\n"
        ));
    }
}

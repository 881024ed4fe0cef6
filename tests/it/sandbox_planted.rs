//! At isolation `sandbox`, what a command makes although it could not change it if it were there: other programs would obey
//! it later, outside.
#![cfg(target_os = "linux")]

use crate::landlock::WITHOUT_NAMESPACES;
use crate::sandbox::{sh, shop};
use crate::support::DEVSHELL;

const OBEYED: &str = "which programs outside of the sandbox obey";

/// What a script makes of these, and what is named at the end.
const TABLE: &[(&str, &str)] = &[
    ("echo x >.envrc", "`[PROJECT]/.envrc`"),
    ("mkdir .vscode && echo x >.vscode/tasks.json", "`[PROJECT]/.vscode`"),
    ("ln -s /nowhere .mcp.json", "`[PROJECT]/.mcp.json`"),
    (
        "echo x >.npmrc; echo x >.gitmodules; mkdir -p .idea .zed .claude/hooks .codex .cursor",
        "`[PROJECT]/.gitmodules`, `[PROJECT]/.idea`, `[PROJECT]/.zed`, `[PROJECT]/.claude`, `[PROJECT]/.codex`, \
         `[PROJECT]/.cursor`, `[PROJECT]/.npmrc`",
    ),
    ("echo x >devshell.jsonc; exit 7", "`[PROJECT]/devshell.jsonc`"),
    ("mkdir .git/modules", "`[PROJECT]/.git/modules`"),
    // What is gone at the end, what was there before, and what no one obeys.
    ("echo x >.envrc; rm .envrc; echo x >new; echo x >.git/new; mkdir -p src && echo x >src/.envrc", ""),
];

#[test]
fn what_is_protected_and_was_not_there_is_named_at_the_end() {
    for (script, named) in TABLE {
        let sandbox = shop("");
        let expected = if named.is_empty() {
            String::new()
        } else {
            format!("devshell: check before you go on: the command made {named}, {OBEYED}\n")
        };
        sh(&sandbox, script).run().stderr(&expected);
    }
}

#[test]
fn a_repository_that_was_not_there_is_named_once() {
    let sandbox = shop("");
    sandbox.remove(".git");
    let outcome = sh(&sandbox, "git init -q").run();
    outcome
        .success()
        .stderr(&format!("devshell: check before you go on: the command made `[PROJECT]/.git`, {OBEYED}\n"));
    sh(&sandbox, "echo x >>.git/config").run().stderr_lacks(OBEYED).stderr_contains("Read-only file system");
}

/// Shells that read a script are commands too; where a person types, or nothing is protected, nothing is looked for.
#[test]
fn it_is_looked_for_where_it_is_protected() {
    let sandbox = shop("");
    let named = format!("devshell: check before you go on: the command made `[PROJECT]/.envrc`, {OBEYED}\n");
    sandbox.devshell(&["enter", "--shell", "sh"]).stdin("echo x >.envrc\n").run().success().stderr(&named);
    let sandbox = shop(r#""protect": false"#);
    sh(&sandbox, "echo x >.envrc").run().success().stderr("");
}

/// There, nothing new can be made next to what is protected.
#[test]
fn the_weaker_wall_lets_nothing_be_made() {
    let sandbox = shop(r#""or": "landlock""#);
    let run = sandbox.program(WITHOUT_NAMESPACES[0], &WITHOUT_NAMESPACES[1..]).arg(DEVSHELL);
    let script = "echo x >.envrc; mkdir .vscode; test -e .envrc -o -e .vscode || echo none";
    run.args(&["run", "--", "sh", "-c", script]).run().success().stdout("none\n").stderr_lacks(OBEYED);
}

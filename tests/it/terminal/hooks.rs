//! `hooks.enter`: once, before the first prompt of a person, and for nobody else.

use super::{PROMPT, everywhere, shop_with};
use crate::support::pty::Terminal;
use crate::support::{Registry, Sandbox};

const MANIFEST: &str = r#"{
    "name": "shop",
    "tools": { "node": "24" },
    "env": { "COLOUR": "green" },
    "hooks": { "enter": "node --version; echo \"$COLOUR at $PWD\"; echo ran >>hook.log; export FROM_HOOK=1" }
}"#;

fn runs(sandbox: &Sandbox) -> usize {
    fs_err::read_to_string(sandbox.project().join("hook.log")).unwrap_or_default().lines().count()
}

#[test]
fn the_hook_runs_once_before_the_first_prompt() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    sandbox.write("src/file", "");
    for ((shell, level), count) in everywhere().zip(1..) {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let shown = ["v24.3.0".to_owned(), format!("green at {}", sandbox.project().display())];
        assert_eq!(terminal.lines()[..2], shown, "{terminal}");
        // It is a child: what it exports goes with it.
        assert_eq!(terminal.variables().text("FROM_HOOK"), "-", "{terminal}");
        terminal.run("cd src; devshell enter");
        terminal.run("devshell run -- true");
        assert_eq!(terminal.noise(PROMPT), shown, "{terminal}");
        terminal.send_line("exit");
        terminal.exit_status();
        assert_eq!(runs(&sandbox), count, "{terminal}");
    }
}

#[test]
fn the_hook_does_not_run_where_no_person_sits() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    sandbox.run(&["run", "--", "true"]).success();
    sandbox.run(&["enter", "--", "true"]).success();
    sandbox.devshell(&["enter", "--shell", "bash"]).stdin("true\n").run().success();
    assert_eq!(runs(&sandbox), 0);
    // A CI system may well give its jobs a terminal.
    let mut terminal = Terminal::enter_with(&sandbox, "bash", &[], &[("CI", "true".as_ref())]);
    assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
    terminal.send_line("exit");
    terminal.exit_status();
    assert_eq!(runs(&sandbox), 0, "{terminal}");
}

#[test]
fn a_hook_that_fails_is_mentioned_and_keeps_nobody_out() {
    let registry = Registry::new();
    let sandbox =
        shop_with(&registry, r#"{ "name": "shop", "tools": { "node": "24" }, "hooks": { "enter": "exit 4" } }"#);
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        let notice = "devshell: the hook `exit 4` ended with exit status: 4";
        assert_eq!(terminal.noise(PROMPT), [notice], "{terminal}");
    }
}

//! The lock, when somebody enters who has none, or an old one.

use super::{MANIFEST, PROMPT, SHELLS, shop_with, unlocked};
use crate::support::pty::Terminal;
use crate::support::{Registry, tool};

#[test]
fn on_a_terminal_a_missing_lock_is_announced_and_written() {
    let registry = Registry::new();
    for shell in SHELLS {
        let sandbox = unlocked(&registry, MANIFEST);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        let notices = ["devshell: devshell.lock is missing; writing it", "devshell: + node 24.3.0"];
        assert_eq!(terminal.noise(PROMPT)[..2], notices, "{terminal}");
        sandbox.run(&["lock", "--check"]).success();
    }
}

#[test]
fn on_a_terminal_a_stale_lock_is_announced_and_written() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    registry.publish(tool("node", "26.0.0"));
    sandbox.manifest(MANIFEST.replace("24", "26"));
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
    assert_eq!(terminal.run("node --version"), "v26.0.0", "{terminal}");
    assert_eq!(terminal.noise(PROMPT)[0], "devshell: devshell.lock is stale; writing it", "{terminal}");
    sandbox.run(&["lock", "--check"]).success();
}

#[test]
fn under_ci_a_missing_lock_is_an_error_on_a_terminal_too() {
    let registry = Registry::new();
    let sandbox = unlocked(&registry, MANIFEST);
    for (ci, expected) in [("true", 3), ("1", 3), ("false", 0)] {
        let mut terminal = Terminal::enter_with(&sandbox, "bash", &[], &[("CI", ci.as_ref())]);
        if expected == 0 {
            assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
            terminal.send_line("exit");
        }
        assert_eq!(terminal.exit_status(), expected, "{terminal}");
        assert_eq!(sandbox.project().join("devshell.lock").exists(), expected == 0, "{terminal}");
        if expected != 0 {
            let error = [
                "devshell: devshell.lock is missing: it lacks node 24",
                "hint: type `devshell lock`, and commit the file",
            ];
            assert_eq!(terminal.noise(PROMPT), error, "{terminal}");
        }
    }
}

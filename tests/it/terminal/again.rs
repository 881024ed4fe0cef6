//! `devshell enter` typed inside a dev shell: the same one, another one, and one that changed.

use super::{MANIFEST, PROMPT, SHELLS, everywhere, shop, shop_with};
use crate::support::pty::Terminal;
use crate::support::{Registry, tool};

#[test]
fn entering_the_same_project_again_says_so() {
    let sandbox = shop();
    sandbox.write("src/file", "");
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        let said = "devshell: you are in the dev shell of shop already; `exit` leaves it\nstatus 0";
        assert_eq!(terminal.run("devshell enter && echo status 0"), said, "{terminal}");
        assert_eq!(terminal.run("cd src; devshell enter && echo status 0"), said, "{terminal}");
        // It is the shell it was: one `exit` ends it.
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

#[test]
fn another_project_nests_and_exit_comes_back() {
    let sandbox = shop();
    sandbox.write("../other/devshell.json", r#"{ "name": "other", "env": { "SHADE": "dark" } }"#);
    for shell in SHELLS {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        terminal.run("cd ../other");
        // The shell it is called from is the one it starts.
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), "(other) ready>", "{terminal}");
        assert_eq!(terminal.run("command -v node gcc || echo none"), "none", "{terminal}");
        assert_eq!(terminal.run("greet"), shell.greeting(), "{terminal}");
        let variables = terminal.variables();
        let names = ["DEVSHELL_NAME", "SHADE", "PWD"].map(|name| variables.text(name));
        let place = sandbox.home().join("other");
        assert_eq!(names, ["other", "dark", place.to_str().unwrap()], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.variables().text("DEVSHELL_NAME"), "shop", "{terminal}");
        terminal.send_line("exit 8");
        assert_eq!(terminal.exit_status(), 8, "{terminal}");
    }
}

#[test]
fn a_changed_lock_comes_into_force_when_entered_again() {
    for shell in SHELLS {
        let registry = Registry::new();
        let sandbox = shop_with(&registry, MANIFEST);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        terminal.prompt();
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        registry.publish(tool("node", "24.4.0"));
        sandbox.manifest(MANIFEST.replace("\"24\"", "\"24.4\""));
        sandbox.run(&["lock"]).success();
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.4.0", "{terminal}");
        assert_eq!(terminal.run("greet"), shell.greeting(), "{terminal}");
        // Now it is this one.
        let said = "devshell: you are in the dev shell of shop already; `exit` leaves it";
        assert_eq!(terminal.run("devshell enter"), said, "{terminal}");
    }
}

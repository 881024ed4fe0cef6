//! Leaving: everything is as it was, but for what the user did.

use super::{SHELLS, shop};
use crate::support::Registry;

#[test]
fn leaving_puts_everything_back() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        let mut terminal = shell.start_with(&sandbox, &[("LD_LIBRARY_PATH", "/lib/mine"), ("COLOUR", "it's\nblue")]);
        let before = terminal.variables();
        terminal.typed("cd shop");
        assert_eq!(terminal.variables().text("COLOUR"), "green", "{terminal}");
        assert_eq!(terminal.variables().text("LD_LIBRARY_PATH"), "-", "{terminal}");
        terminal.typed("cd ~");
        let after = terminal.variables();
        for name in before.beginning_with("").into_iter().chain(after.beginning_with("")) {
            if !["OLDPWD", "_"].contains(&name.as_str()) {
                assert_eq!(before.text(&name), after.text(&name), "{name}: {terminal}");
            }
        }
    }
}

#[test]
fn what_the_user_did_in_between_stays() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        let mut terminal = shell.start(&sandbox);
        let path = terminal.variables().text("PATH").to_owned();
        terminal.typed("cd shop");
        for line in [
            (shell.export)("COLOUR", "blue"),
            (shell.export)("OTHER", "new"),
            (shell.export)("GONE", "again"),
            if shell.name == "fish" { "set -a PATH /last".into() } else { "PATH=$PATH:/last".into() },
            if shell.name == "fish" { "set -p PATH /first".into() } else { "PATH=/first:$PATH".into() },
            if shell.name == "fish" { "set -e TOKEN".into() } else { "unset TOKEN".to_owned() },
        ] {
            terminal.typed(&line);
        }
        terminal.typed("cd ~");
        let variables = terminal.variables();
        let names = ["COLOUR", "OTHER", "GONE", "LIST", "TOKEN"].map(|name| variables.text(name));
        assert_eq!(names, ["blue", "new", "again", "mine", "-"], "{terminal}");
        assert_eq!(variables.text("PATH"), format!("/first:{path}:/last"), "{terminal}");
    }
}

/// A shell that is started inside, as tmux starts them, knows the way back too.
#[test]
fn a_shell_started_inside_leaves_as_well() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        terminal.typed(&format!("{} -i", shell.name));
        assert_eq!(terminal.variables().text("COLOUR"), "green", "{terminal}");
        terminal.typed("cd ~");
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "LIST", "GONE"].map(|name| variables.text(name)), ["-", "mine", "there"], "{terminal}");
        terminal.typed("exit");
        assert_eq!(terminal.variables().text("COLOUR"), "green", "{terminal}");
    }
}

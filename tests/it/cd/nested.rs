//! Projects inside of projects, and `devshell enter` beside the hook.

use super::{SHELLS, shop, typed, value};
use crate::support::Registry;

#[test]
fn the_nearest_allowed_project_is_in_force() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        sandbox.write("inner/devshell.json", r#"{ "name": "inner", "env": { "SHADE": "dark" } }"#);
        sandbox.write("inner/src/file", "");
        sandbox.devshell(&["lock"]).directory("inner").run().success();
        sandbox.run(&["allow"]).success();
        let mut terminal = shell.start(&sandbox);
        typed(&mut terminal, "cd shop");
        // One that is not allowed does not unload what is around it.
        let said = typed(&mut terminal, "cd inner");
        assert_eq!(said.len(), 1, "{terminal}");
        assert!(said[0].contains("/inner` may not change this shell"), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        let said = typed(&mut terminal, "devshell allow");
        assert_eq!(said.last().unwrap(), "devshell: entered inner", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "SHADE", "LIST"].map(|name| variables.text(name)), ["-", "dark", "mine"], "{terminal}");
        assert_eq!(typed(&mut terminal, "cd .."), ["devshell: entered shop", "hello"], "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "SHADE"].map(|name| variables.text(name)), ["green", "-"], "{terminal}");
    }
}

#[test]
fn what_is_entered_stays_and_is_entered_from_outside() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        let mut terminal = shell.start(&sandbox);
        typed(&mut terminal, "cd shop");
        let path = terminal.run("devshell run sh -c 'echo $PATH $LIST'");
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(variables.text("LIST"), "ours:mine", "{terminal}");
        assert_eq!(variables.beginning_with("__DEVSHELL"), [""; 0], "{terminal}");
        // What the hook had put in force is not taken for the host's.
        assert_eq!(terminal.run("devshell run sh -c 'echo $PATH $LIST'"), path, "{terminal}");
        assert!(typed(&mut terminal, "cd ~").is_empty(), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        typed(&mut terminal, "exit");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
    }
}

//! Projects inside of projects, and `devshell enter` beside the hook.

use super::{MANIFEST, SHELLS, shop, value};
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
        terminal.typed("cd shop");
        // One that is not allowed does not unload what is around it.
        let said = terminal.typed("cd inner");
        assert_eq!(said.len(), 1, "{terminal}");
        assert!(said[0].contains("/inner` is not allowed yet"), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        let said = terminal.typed("devshell allow");
        assert_eq!(said.last().unwrap(), "devshell: entered inner", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "SHADE", "LIST"].map(|name| variables.text(name)), ["-", "dark", "mine"], "{terminal}");
        assert_eq!(terminal.typed("cd .."), ["devshell: entered shop", "hello"], "{terminal}");
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
        terminal.typed("cd shop");
        let path = terminal.run("devshell run sh -c 'echo $PATH $LIST'");
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(variables.text("LIST"), "ours:mine", "{terminal}");
        assert_eq!(variables.beginning_with("__DEVSHELL"), [""; 0], "{terminal}");
        // What the hook had put in force is not taken for the host's.
        assert_eq!(terminal.run("devshell run sh -c 'echo $PATH $LIST'"), path, "{terminal}");
        assert!(terminal.typed("cd ~").is_empty(), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        terminal.typed("exit");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
    }
}

/// What the hook had put in force is no part of what a reload goes back to.
#[test]
fn a_reload_starts_from_outside_the_hook() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        sandbox.manifest(MANIFEST);
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        let names = ["COLOUR", "LIST", "GONE", "TOKEN"];
        let before = terminal.variables();
        assert_eq!(names.map(|name| before.text(name)), ["green", "ours:mine", "-", "s3cret"], "{terminal}");
        let env = r#""COLOUR": "green", "LIST": { "prepend": "ours" }, "GONE": { "unset": true }"#;
        sandbox.manifest(MANIFEST.replace(env, ""));
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        let after = terminal.variables();
        assert_eq!(names.map(|name| after.text(name)), ["-", "mine", "there", "s3cret"], "{terminal}");
        assert_eq!(after.text("DEVSHELL_HOST_PATH"), before.text("DEVSHELL_HOST_PATH"), "{terminal}");
        assert_eq!(after.beginning_with("__DEVSHELL"), [""; 0], "{terminal}");
    }
}

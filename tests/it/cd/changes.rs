//! What the user does to the files is noticed at the next prompt, wherever it was done.

use super::{MANIFEST, SHELLS, shop, value};
use crate::support::Registry;

#[test]
fn an_approval_elsewhere_is_noticed() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        sandbox.run(&["allow"]).success();
        assert_eq!(terminal.typed("true"), ["devshell: entered shop", "hello"], "{terminal}");
        sandbox.run(&["deny"]).success();
        assert_eq!(terminal.typed("true"), ["devshell: left shop"], "{terminal}");
    }
}

#[test]
fn files_that_come_and_go_are_noticed() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        sandbox.remove(".env");
        sandbox.run(&["allow"]).success();
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        assert_eq!(value(&mut terminal, "TOKEN"), "-", "{terminal}");
        sandbox.write(".env", "TOKEN=late\n");
        terminal.typed("devshell allow");
        assert_eq!(value(&mut terminal, "TOKEN"), "late", "{terminal}");
        sandbox.remove("devshell.json");
        assert_eq!(terminal.typed("true"), ["devshell: left shop"], "{terminal}");
        sandbox.manifest(MANIFEST);
        // It is, byte for byte, what was allowed.
        assert_eq!(terminal.typed("true"), ["devshell: entered shop", "hello"], "{terminal}");
    }
}

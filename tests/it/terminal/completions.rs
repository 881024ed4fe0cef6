//! The tabulator key in the real shells.

use super::{everywhere, shop_with};
use crate::support::pty::Terminal;
use crate::support::{Registry, package, tool};

const MANIFEST: &str = r#"{
    "name": "shop",
    "tools": { "node": "24", "npm:@a/tool": "1" },
    "env": { "LOG_LEVEL": "info" },
    "scripts": { "build": "echo built" },
    "environments": { "docs": { "scripts": { "book": "echo bound" } } }
}"#;

#[test]
fn words_are_completed() {
    let registry = Registry::with([package("@a/tool", "1.0.0").bin("atool", "a.js").file("a.js", "echo a")]);
    registry.publish(tool("prettier", "3.1.0"));
    let sandbox = shop_with(&registry, MANIFEST);
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        // fish would show the words before anybody asks for them.
        let setup = shell.choose([
            "eval \"$(devshell completions bash)\"",
            "autoload -Uz compinit; compinit -D; eval \"$(devshell completions zsh)\"",
            "set -g fish_autosuggestion_enabled 0; devshell completions fish | source",
        ]);
        assert_eq!(terminal.run(setup), "", "{terminal}");
        for (typed, completed) in [
            ("devshell run bui", "devshell run build"),
            ("devshell run -e do", "devshell run -e docs"),
            ("devshell run -e docs bo", "devshell run -e docs book"),
            ("devshell remove npm:@", "devshell remove npm:@a/tool"),
            ("devshell remove no", "devshell remove node"),
            ("devshell which ato", "devshell which atool"),
            ("devshell why LOG", "devshell why LOG_LEVEL"),
            ("devshell env --diff def", "devshell env --diff default"),
            ("devshell add typescript-", "devshell add typescript-language-server"),
            ("devshell out", "devshell outdated"),
            ("devshell lock --che", "devshell lock --check"),
            ("devshell -q run bui", "devshell -q run build"),
        ] {
            terminal.send(typed);
            terminal.wait_for(typed);
            terminal.send("\t");
            terminal.wait_for(completed);
            // Away with the line: the end of the input, and from there to its beginning.
            terminal.send("\x05\x15");
            terminal.wait_until_gone(completed);
        }
        terminal.send("devshell run bui\t");
        terminal.wait_for("devshell run build");
        terminal.send("\r");
        terminal.wait_for("built");
    }
}

//! What the user types at the prompt is the user's: it stays.

use super::{PROMPT, SHELLS, everywhere, shop};
use crate::support::pty::Terminal;

#[test]
fn what_is_typed_stays() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        let before = terminal.variables().text("PATH").to_owned();
        for line in [shell.export("TYPED", "1"), shell.export("COLOUR", "red"), shell.prepend_to_path("/typed")] {
            assert_eq!(terminal.run(&line), "", "{terminal}");
        }
        assert_eq!(terminal.run("alias node='echo mine'"), "", "{terminal}");
        let variables = terminal.variables();
        assert_eq!((variables.text("TYPED"), variables.text("COLOUR")), ("1", "red"), "{terminal}");
        assert_eq!(variables.text("PATH"), format!("/typed:{before}"), "{terminal}");
        assert_eq!(terminal.run("node"), "mine", "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
    }
}

/// Also when a hook of the user's changes PATH at each prompt: ours takes back the hook's change
/// and leaves what was typed.
#[test]
fn what_is_typed_stays_beside_a_hook_that_does_not() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        shell.write_rc(
            &sandbox,
            shell.choose([
                "hook() { PATH=/usr/bin:$PATH; }; PROMPT_COMMAND=hook",
                "precmd() { PATH=/usr/bin:$PATH }",
                "function hook --on-event fish_prompt; set -gx PATH /usr/bin $PATH; end",
            ]),
        );
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        let before = terminal.variables().text("PATH").to_owned();
        terminal.run(&shell.prepend_to_path("/typed"));
        terminal.run("true");
        assert_eq!(terminal.variables().text("PATH"), format!("/typed:{before}"), "{terminal}");
        let notice = "devshell: a prompt hook changed PATH; the dev shell's own is restored";
        assert_eq!(terminal.noise(PROMPT), [notice], "{terminal}");
    }
}

/// The history of the dev shell is the user's history.
#[test]
fn what_is_typed_is_remembered() {
    let sandbox = shop();
    for shell in SHELLS {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        terminal.prompt();
        terminal.run("echo remember me");
        terminal.send_line("exit");
        terminal.exit_status();
        let file = shell.choose([".bash_history", ".zsh_history", ".local/share/fish/fish_history"]);
        let history = sandbox.read(sandbox.home().join(file));
        assert!(history.contains("echo remember me"), "{history}");
        assert!(!history.contains("__devshell"), "{history}");
    }
}

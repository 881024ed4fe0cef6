//! What the user types at the prompt is the user's: it stays.

#[cfg(target_os = "linux")]
use super::{Dialect, SANDBOX};
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

/// Inside a wall, it is one of the project's own: the next session has it, and the user's is neither read nor written.
#[cfg(target_os = "linux")]
#[test]
fn what_is_typed_inside_a_wall_is_remembered_there() {
    let sandbox = shop();
    for shell in SHELLS {
        let own = shell.choose([".bash_history", ".zsh_history", ".local/share/fish/fish_history"]);
        let own =
            sandbox.write(sandbox.home().join(own), shell.choose(["a secret\n", "a secret\n", "- cmd: a secret\n"]));
        for typed in ["echo remember me", "echo remember this"] {
            let mut terminal = Terminal::enter(&sandbox, shell.name(), SANDBOX);
            terminal.prompt();
            terminal.send_line(typed);
            terminal.prompt();
            terminal.send_line("exit");
            terminal.exit_status();
        }
        let mut terminal = Terminal::enter(&sandbox, shell.name(), SANDBOX);
        terminal.prompt();
        // The last of them is `exit`. fish passes over what another session typed in the second in which it started.
        let lines = ["exit", "echo remember this", "exit", "echo remember me"];
        for line in lines.into_iter().filter(|_| shell != Dialect::Fish) {
            terminal.send("\x10");
            terminal.wait_for(line);
        }
        terminal.send("\x05\x15");
        terminal.wait_until_gone("echo remember me");
        let there = shell.choose(["bash_history", "zsh_history", "fish/fish_history"]);
        let count = format!("grep -c '[e]cho remember' $DEVSHELL_STATE/history/{there}");
        assert_eq!(terminal.run(&count), "2", "{terminal}");
        let find =
            "cat ~/.bash_history ~/.zsh_history ~/.local/share/fish/fish_history 2>/dev/null | grep -c '[s]ecret'";
        assert_eq!(terminal.run(find), "0", "{terminal}");
        let history = sandbox.read(&own);
        assert!(history.contains("secret") && !history.contains("remember"), "{history}");
    }
}

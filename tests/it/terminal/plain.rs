//! A session of a user whose rc file does nothing odd.

use super::{PROMPT, everywhere, shop};
use crate::support::pty::Terminal;

#[test]
fn the_users_shell_has_the_projects_tools() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        for (command, expected) in [
            ("node --version", "v24.3.0"),
            ("greet", shell.greeting()),
            ("command -v python3 gcc hosttool || echo none", "none"),
            ("pwd", sandbox.project().to_str().unwrap()),
        ] {
            assert_eq!(terminal.run(command), expected, "`{command}` in {terminal}");
        }
        let variables = terminal.variables();
        for (name, expected) in [
            ("COLOUR", "green"),
            ("SHELL", sandbox.find(shell.name()).to_str().unwrap()),
            ("DEVSHELL_ROOT", sandbox.project().to_str().unwrap()),
            ("DEVSHELL_NAME", "shop"),
            ("PWD", sandbox.project().to_str().unwrap()),
            ("TERM", "xterm"),
            ("XDG_DATA_DIRS", "-"),
            ("ZDOTDIR", "-"),
        ] {
            assert_eq!(variables.text(name), expected, "{name} in {terminal}");
        }
        assert_eq!(variables.beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

#[test]
fn leaving_passes_on_the_status_of_the_last_command() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.send_line("sh -c 'exit 9'");
        terminal.prompt();
        terminal.send_line("exit");
        assert_eq!(terminal.exit_status(), 9, "{terminal}");
    }
}

/// Also for a user who has no rc file at all.
#[test]
fn without_an_rc_file_it_is_the_same() {
    let sandbox = shop();
    for file in [".bashrc", ".zshrc", ".config/fish/config.fish"] {
        fs_err::remove_file(sandbox.home().join(file)).unwrap();
    }
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        assert!(terminal.prompt().starts_with("(shop) "), "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

#[test]
fn who_draws_the_prompt_alone_gets_no_marker() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let variables = [("DEVSHELL_NO_PROMPT", "1".as_ref())];
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), level, &variables);
        assert_eq!(terminal.prompt(), "ready>", "{terminal}");
        assert_eq!(terminal.run("echo $DEVSHELL_NAME"), "shop", "{terminal}");
        assert_eq!(terminal.prompt(), "ready>", "{terminal}");
    }
}

/// Inherited values would freeze the size of the window.
#[test]
fn the_size_is_that_of_the_window() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let caller = [("COLUMNS", "33".as_ref()), ("LINES", "22".as_ref())];
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), level, &caller);
        terminal.prompt();
        assert_eq!(terminal.run("echo $COLUMNS"), "120", "{terminal}");
    }
}

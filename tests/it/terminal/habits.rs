//! What the user's rc file taught their fingers: history, keys, completions; and what a terminal does
//! all day: jobs, pastes, another size. All of it is as it was outside.

use std::num::NonZeroU16;

use super::{Dialect, PROMPT, SHELLS, everywhere, shop};
use crate::support::pty::Terminal;

/// History goes where the user's rc file says, and by its rules.
#[test]
fn history_is_kept_by_the_users_rules() {
    let sandbox = shop();
    for shell in SHELLS {
        shell.write_rc(
            &sandbox,
            shell.choose([
                "HISTFILE=~/mine HISTCONTROL=ignorespace:erasedups HISTSIZE=50",
                "HISTFILE=~/mine HISTSIZE=50 SAVEHIST=50; setopt hist_ignore_space hist_ignore_all_dups",
                "set -g fish_history mine",
            ]),
        );
        let file = sandbox.home().join(shell.choose(["mine", "mine", ".local/share/fish/mine_history"]));
        sandbox.remove(&file);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]).about("history");
        terminal.prompt();
        for line in ["echo kept", " echo secret", "echo kept"] {
            terminal.send_line(line);
            terminal.prompt();
        }
        // The latest one comes back with the key for it.
        terminal.send("\x10");
        terminal.send_line(" again");
        terminal.wait_for("kept again");
        terminal.send_line("exit");
        terminal.exit_status();
        let history = sandbox.read(&file);
        assert_eq!(history.matches("echo kept").count(), 2, "without its double: {history}");
        for absent in ["secret", "__devshell"] {
            assert!(!history.contains(absent), "{history}");
        }
    }
}

#[test]
fn keys_are_bound_as_the_user_bound_them() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        shell.write_rc(
            &sandbox,
            shell.choose([
                r#"bind '"\C-t": "echo $((40 + 2))\C-m"'"#,
                r"bindkey -s '^T' 'echo $((40 + 2))\n'",
                r"bind \ct 'commandline \'echo (math 40 + 2)\'; commandline -f execute'",
            ]),
        );
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about("keys");
        terminal.prompt();
        terminal.send("\x14");
        terminal.wait_for("42");
        terminal.prompt();
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
    }
}

#[test]
fn words_are_completed_as_the_user_said() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        shell.write_rc(
            &sandbox,
            shell.choose([
                "complete -W 'alphabet' mine",
                "autoload -Uz compinit; compinit -D; _mine() { compadd alphabet }; compdef _mine mine",
                "set -g fish_autosuggestion_enabled 0; complete -c mine -f -a alphabet",
            ]),
        );
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about("completions");
        terminal.prompt();
        for typed in ["mine alp", "node; mine alp"] {
            terminal.send(typed);
            terminal.wait_for(typed);
            terminal.send("\t");
            terminal.wait_for("alphabet");
            terminal.send("\x05\x15");
            terminal.wait_until_gone("alphabet");
        }
    }
}

/// What is pasted stands there until somebody presses the key.
#[test]
fn a_paste_waits_for_enter() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.send("\x1b[200~echo fir''st\necho sec''ond\x1b[201~");
        terminal.wait_for("sec''ond");
        assert!(!terminal.lines().iter().any(|line| line.contains("first")), "{terminal}");
        terminal.send("\r");
        terminal.wait_for("second");
        terminal.wait_for("first");
        assert_eq!(terminal.run("echo $COLOUR"), "green", "{terminal}");
    }
}

#[test]
fn another_size_of_the_window_is_noticed() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        for columns in [70, 110] {
            terminal.resize(NonZeroU16::new(columns).unwrap());
            // A key shows that the shell is back from drawing its prompt anew.
            terminal.run("true");
            assert_eq!(terminal.run("echo $COLUMNS"), columns.to_string(), "{terminal}");
            assert_eq!(terminal.run("stty size </dev/tty"), format!("400 {columns}"), "{terminal}");
        }
        assert_eq!(terminal.variables().text("COLUMNS"), "-", "not exported: {terminal}");
    }
}

/// Inside a wall, the shell is another process's child.
#[test]
fn jobs_stop_and_go_on() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        stop_and_go_on(&mut terminal, shell);
    }
}

/// From a prompt, with a job; then the shell is left.
pub(super) fn stop_and_go_on(terminal: &mut Terminal, shell: Dialect) {
    terminal.send_line("sh -c 'echo wait$((40 + 2)); read -r word; echo got $word'");
    terminal.wait_for("wait42");
    terminal.send("\x1a");
    terminal.wait_for(shell.choose(["Stopped", "suspended", "has stopped"]));
    terminal.prompt();
    assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
    terminal.send_line("fg");
    // Typed, perhaps shown when it stopped, and shown when it goes on: what is typed before may be lost.
    terminal.wait_for_lines("got $word", if shell == Dialect::Fish { 2 } else { 3 });
    terminal.send_line("this");
    terminal.wait_for("got this");
    terminal.prompt();
    // ^C ends what runs, not the shell.
    terminal.send_line("sh -c 'echo sleep$((40 + 2)); exec sleep 1000'");
    terminal.wait_for("sleep42");
    terminal.send("\x03");
    terminal.prompt();
    terminal.send_line("exit 7");
    assert_eq!(terminal.exit_status(), 7, "{terminal}");
}

/// A dev shell inside of another shell can be laid aside.
#[test]
fn the_shell_itself_can_be_suspended() {
    let sandbox = shop();
    sandbox.write("../other/devshell.json", r#"{ "name": "other" }"#);
    for outer in [Dialect::Bash, Dialect::Zsh] {
        for (inner, level) in everywhere() {
            let mut terminal = Terminal::enter(&sandbox, outer.name(), &[]).about(inner.name());
            terminal.prompt();
            terminal.run("cd ../other");
            terminal.send_line(&format!("devshell enter --shell {} {}", inner.name(), level.join(" ")));
            assert_eq!(terminal.prompt(), "(other) ready>", "{terminal}");
            terminal.send_line("suspend");
            assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
            assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
            terminal.send_line("fg");
            assert_eq!(terminal.prompt(), "(other) ready>", "{terminal}");
            assert_eq!(terminal.run("echo $DEVSHELL_NAME"), "other", "{terminal}");
            terminal.send_line("exit 7");
            assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
            terminal.send_line("exit 8");
            assert_eq!(terminal.exit_status(), 8, "{terminal}");
        }
    }
}

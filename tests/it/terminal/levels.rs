//! The isolation levels at a prompt, where rc files have their say before.

use super::{Dialect, PROMPT, SHELLS, shop};
#[cfg(target_os = "linux")]
use crate::support::DEVSHELL;
use crate::support::pty::Terminal;

#[test]
fn at_pure_what_an_rc_file_exports_reaches_no_child() {
    let sandbox = shop();
    for shell in SHELLS {
        shell.write_rc(&sandbox, &shell.export("RC_EXPORT", "1"));
        let caller = [("FROM_CALLER", "1".as_ref()), ("LC_TIME", "C".as_ref())];
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), &["--isolation", "pure"], &caller);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let variables = terminal.variables();
        for (name, expected) in [
            ("RC_EXPORT", "-"),
            ("FROM_CALLER", "-"),
            ("LC_TIME", "C"),
            ("TERM", "xterm"),
            ("HOME", sandbox.home().to_str().unwrap()),
            ("COLOUR", "green"),
        ] {
            assert_eq!(variables.text(name), expected, "{name} in {terminal}");
        }
        assert_eq!(variables.beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
        // The shell itself has not lost it: the user's own functions may want it.
        assert_eq!(terminal.run("echo \"it is $RC_EXPORT\""), "it is 1", "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.run("greet"), shell.greeting(), "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
    }
}

#[test]
fn at_path_what_an_rc_file_exports_is_the_users_affair() {
    let sandbox = shop();
    for shell in SHELLS {
        shell.write_rc(&sandbox, &shell.export("RC_EXPORT", "1"));
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), &[], &[("FROM_CALLER", "1".as_ref())]);
        terminal.prompt();
        let variables = terminal.variables();
        assert_eq!((variables.text("RC_EXPORT"), variables.text("FROM_CALLER")), ("1", "1"), "{terminal}");
    }
}

#[test]
fn at_none_the_hosts_commands_come_behind_the_projects() {
    let sandbox = shop();
    for shell in SHELLS {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &["--isolation", "none"]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("hosttool"), "the host", "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
    }
}

/// The user's shell with the user's rc files, and none of the host's other files. What is written to the home directory is
/// gone with the shell.
#[cfg(target_os = "linux")]
#[test]
fn in_a_sandbox_the_shell_is_the_users_own() {
    let sandbox = shop();
    sandbox.write(sandbox.home().join(".ssh/id"), "a secret\n");
    for shell in SHELLS {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &["--isolation", "sandbox"]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("greet"), shell.greeting(), "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.run("echo $COLOUR"), "green", "{terminal}");
        assert_eq!(terminal.run("cat ~/.ssh/id 2>/dev/null; true"), "", "{terminal}");
        assert_eq!(terminal.run("ls -A ~ | tr '\\n' ' ' | grep -c ssh"), "0", "{terminal}");
        assert_eq!(terminal.run("echo x >~/new; cat ~/new"), "x", "{terminal}");
        assert_eq!(terminal.run("stty size </dev/tty"), "400 120", "{terminal}");
        assert_eq!(terminal.run("devshell run -- node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
        assert!(!sandbox.home().join("new").exists());
    }
}

/// Of the links on the way to it, none is inside.
#[cfg(target_os = "linux")]
#[test]
fn in_a_sandbox_a_directory_has_the_path_that_it_really_has() {
    let sandbox = shop();
    let alias = sandbox.home().join("alias");
    fs_err::os::unix::fs::symlink(sandbox.project(), &alias).unwrap();
    for shell in SHELLS {
        let words = [DEVSHELL, "enter", "--shell", shell.name(), "--isolation", "sandbox"];
        let mut terminal = Terminal::start(&sandbox, &words, &alias, &[("PWD", alias.as_os_str())]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let place = sandbox.project().to_str().unwrap();
        assert_eq!(terminal.run("pwd; echo $PWD"), format!("{place}\n{place}"), "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
    }
}

/// Where zsh looks for the user's rc files is no business of the level.
#[test]
fn at_every_level_a_zdotdir_of_the_callers_is_where_zsh_looks() {
    let sandbox = shop();
    Dialect::Zsh.write_rc(&sandbox, "");
    let elsewhere = sandbox.home().join("zsh");
    fs_err::create_dir(&elsewhere).unwrap();
    fs_err::rename(sandbox.home().join(".zshrc"), elsewhere.join(".zshrc")).unwrap();
    let levels = ["none", "path", "pure", "sandbox"];
    for level in levels.into_iter().filter(|level| cfg!(target_os = "linux") || *level != "sandbox") {
        let caller = [("ZDOTDIR", elsewhere.as_os_str())];
        let mut terminal = Terminal::enter_with(&sandbox, "zsh", &["--isolation", level], &caller);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("echo ${ZDOTDIR:t}"), "zsh", "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        let exported = if ["pure", "sandbox"].contains(&level) { "-" } else { elsewhere.to_str().unwrap() };
        assert_eq!(terminal.variables().text("ZDOTDIR"), exported, "{terminal}");
    }
}

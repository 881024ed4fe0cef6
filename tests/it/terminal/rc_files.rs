//! rc files that would push the dev shell aside, on purpose or not, and do not.

use super::{Dialect, LEVELS, PROMPT, everywhere, shop};
use crate::support::Sandbox;
use crate::support::pty::Terminal;

struct Case {
    /// What is done, in bash, zsh and fish; `ABSENT` where it cannot be.
    rc: [&'static str; 3],
    /// What is said about it, all in all.
    notices: &'static [&'static str],
    /// The shell had to begin again without the file.
    is_lost: bool,
}

const ABSENT: &str = "";

const fn quiet(rc: [&'static str; 3]) -> Case {
    Case { rc, notices: &[], is_lost: false }
}

const fn noticed(rc: [&'static str; 3], notices: &'static [&'static str]) -> Case {
    Case { rc, notices, is_lost: false }
}

const fn lost(rc: [&'static str; 3], notices: &'static [&'static str]) -> Case {
    Case { rc, notices, is_lost: true }
}

const CHANGED: &str = "devshell: your rc files changed `COLOUR` (RC:LAST); the dev shell's value holds";

/// `RC` in a notice is the shell's rc file, `LAST` its last line, where the case stands.
const CASES: &[Case] = &[
    // PATH
    quiet(["PATH=/usr/bin:$PATH", "path=(/usr/bin $path)", "set -gx PATH /usr/bin $PATH; fish_add_path /usr/sbin"]),
    quiet(["export PATH=/usr/bin", "export PATH=/usr/bin", "set -gx PATH /usr/bin"]),
    quiet(["unset PATH", "unset PATH", "set -e PATH"]),
    lost(
        ["readonly PATH", "readonly PATH", ABSENT],
        &["devshell: your RC made `PATH` read-only; starting again without it"],
    ),
    // ending early
    quiet(["set -e; false", "set -e; false", ABSENT]),
    quiet(["return 1", "return 1", "return 1"]),
    lost(["exit 3", "exit 3", ABSENT], &["devshell: your RC ended the shell; starting again without it"]),
    quiet([ABSENT, ABSENT, "exit 3"]),
    // variables
    noticed(["export COLOUR=red", "export COLOUR=red", "set -gx COLOUR red"], &[CHANGED]),
    noticed(["unset COLOUR", "unset COLOUR", "set -e COLOUR"], &[CHANGED]),
    noticed(["declare -i COLOUR=3", "typeset -i COLOUR=3", "set -gx COLOUR red green blue"], &[CHANGED]),
    quiet(["export COLOUR=green", "export COLOUR=green", "set -gx COLOUR green"]),
    quiet([ABSENT, ABSENT, "set -Ux COLOUR red; set -U fish_user_paths /usr/bin"]),
    quiet([
        "export NODE_OPTIONS=--trace-warnings LD_X=1",
        "export NODE_OPTIONS=--trace-warnings LD_X=1",
        "set -gx NODE_OPTIONS --trace-warnings; set -gx LD_X 1",
    ]),
    quiet(["ff() { :; }; export -f ff", ABSENT, ABSENT]),
    // what would hide a pinned command
    noticed(
        ["alias node='echo ALIAS'", "alias node='echo ALIAS'", "alias node 'echo ALIAS'"],
        &["devshell: dropped your alias `node`, which hid the dev shell's own"],
    ),
    noticed(
        ["node() { echo FUNCTION; }", "node() { echo FUNCTION }", "function node; echo FUNCTION; end"],
        &["devshell: dropped your function `node`, which hid the dev shell's own"],
    ),
    noticed(
        [ABSENT, "alias -g node='echo ALIAS'", ABSENT],
        &["devshell: dropped your alias `node`, which hid the dev shell's own"],
    ),
    noticed(
        [ABSENT, ABSENT, "abbr -a node 'echo ABBREVIATION'"],
        &["devshell: dropped your abbreviation `node`, which hid the dev shell's own"],
    ),
    // what runs at each prompt
    noticed(
        [
            "hook() { PATH=/usr/bin:$PATH; }; PROMPT_COMMAND=hook",
            "hook() { PATH=/usr/bin:$PATH }; precmd_functions+=(hook)",
            "function hook --on-event fish_prompt; set -gx PATH /usr/bin $PATH; end",
        ],
        &["devshell: a prompt hook changed PATH; the dev shell's own is restored"],
    ),
    quiet([
        "hook() { PS1='ready> '; }; PROMPT_COMMAND='hook # as some do'",
        "precmd() { PS1='ready> ' }",
        "function hook --on-event fish_prompt; function fish_prompt; echo -n 'ready> '; end; end",
    ]),
    // everything else
    quiet(["cd /", "cd /", "cd /"]),
    quiet(["set -u", "setopt no_unset ksh_arrays sh_word_split", ABSENT]),
    quiet(["cd() { :; }; export() { :; }", "cd() { : }; export() { : }", "function cd; end; builtin cd /"]),
];

/// The user's rc file does nothing: what each case is measured by.
fn usual_path(sandbox: &Sandbox, shell: Dialect, level: &[&str]) -> String {
    shell.write_rc(sandbox, "");
    let mut terminal = Terminal::enter(sandbox, shell.name(), level);
    terminal.prompt();
    terminal.variables().text("PATH").to_owned()
}

/// The environment is the project's, and stays so over some prompts.
#[track_caller]
fn check(sandbox: &Sandbox, terminal: &mut Terminal, path: &str) {
    assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
    assert_eq!(terminal.run("command -v python3 gcc || echo none"), "none", "{terminal}");
    let variables = terminal.variables();
    for (name, expected) in [
        ("PATH", path),
        ("COLOUR", "green"),
        ("PWD", sandbox.project().to_str().unwrap()),
        ("DEVSHELL_NAME", "shop"),
        ("NODE_OPTIONS", "-"),
        ("LD_X", "-"),
        ("XDG_DATA_DIRS", "-"),
    ] {
        assert_eq!(variables.text(name), expected, "{name} in {terminal}");
    }
    for prefix in ["__DEVSHELL_", "__devshell_", "BASH_FUNC_"] {
        assert_eq!(variables.beginning_with(prefix), [""; 0], "{terminal}");
    }
}

fn check_all(shell: Dialect) {
    for level in LEVELS {
        check_all_at(shell, level);
    }
}

fn check_all_at(shell: Dialect, level: &[&str]) {
    let sandbox = shop();
    let path = usual_path(&sandbox, shell, level);
    for case in CASES {
        let rc = shell.choose(case.rc);
        if rc == ABSENT {
            continue;
        }
        // fish keeps universal variables in a file.
        let _ = fs_err::remove_file(sandbox.home().join(".config/fish/fish_variables"));
        shell.write_rc(&sandbox, rc);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about(rc);
        let prompt = if case.is_lost { "(shop) " } else { PROMPT };
        assert!(terminal.prompt().starts_with(prompt), "{terminal}");
        check(&sandbox, &mut terminal, &path);
        if !case.is_lost {
            assert_eq!(terminal.run("greet"), shell.greeting(), "{terminal}");
        }
        let file = shell.choose(["~/.bashrc", "~/.zshrc", "~/.config/fish/config.fish"]);
        let last = shell.choose(["3", "4", "4"]);
        let notices = case.notices.iter().map(|notice| notice.replace("RC", file).replace("LAST", last));
        let notices: Vec<String> = notices.collect();
        assert_eq!(terminal.noise(prompt), notices, "{terminal}");
        for line in terminal.lines() {
            assert!(line.matches("(shop)").count() <= 1, "a marker too many: {terminal}");
        }
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

#[test]
fn a_bashrc_does_not_win() {
    check_all(Dialect::Bash);
}

#[test]
fn a_zshrc_does_not_win() {
    check_all(Dialect::Zsh);
}

#[test]
fn a_fish_configuration_does_not_win() {
    check_all(Dialect::Fish);
}

/// Neither file wins, and the last one's prompt has the marker.
#[test]
fn an_rc_file_that_becomes_fish_has_the_environment_there() {
    let sandbox = shop();
    for (shell, level) in everywhere().filter(|(shell, _)| *shell != Dialect::Fish) {
        let path = usual_path(&sandbox, shell, level);
        shell.write_rc(&sandbox, "export COLOUR=red LD_X=1 PATH=/usr/bin; exec fish");
        Dialect::Fish.write_rc(&sandbox, "set -gx PATH /usr/sbin $PATH; set -gx COLOUR blue; cd /");
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about("exec fish");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        check(&sandbox, &mut terminal, &path);
        assert_eq!(terminal.run("greet"), Dialect::Fish.greeting(), "{terminal}");
        let notice = CHANGED.replace("RC:LAST", "~/.config/fish/config.fish:4");
        assert_eq!(terminal.noise(PROMPT), [notice], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

/// An rc file may ask something; what is typed then is its own, and not lost to devshell.
#[test]
fn an_rc_file_may_read_what_is_typed() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        shell.write_rc(
            &sandbox,
            shell.choose([
                "read -r -p 'who? ' who; echo \"it is $who\"",
                "read -r 'who?who? '; echo \"it is $who\"",
                "read -P 'who? ' who; echo \"it is $who\"",
            ]),
        );
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about("read");
        terminal.wait_for("who?");
        terminal.send_line("me");
        terminal.wait_for("it is me");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
    }
}

/// zsh reads another file of the user's before our .zshrc has its turn.
#[test]
fn a_zshenv_does_not_win() {
    for level in LEVELS {
        check_zshenv_at(level);
    }
}

fn check_zshenv_at(level: &[&str]) {
    let sandbox = shop();
    let path = usual_path(&sandbox, Dialect::Zsh, level);
    let lost = "devshell: your ~/.zshenv ended the shell; starting again without it";
    let changed = CHANGED.replace("RC:LAST", "~/.zshenv:1");
    for (text, notice) in [
        ("export PATH=/usr/bin COLOUR=red LD_X=1; cd /; return 1", Some(changed.as_str())),
        ("setopt ksh_arrays sh_word_split all_export; alias builtin=nope source=nope", None),
        ("emulate sh", None),
        ("unsetopt rcs", None),
        ("exit 3", Some(lost)),
    ] {
        sandbox.write(sandbox.home().join(".zshenv"), format!("{text}\n"));
        let mut terminal = Terminal::enter(&sandbox, "zsh", level).about(text);
        assert!(terminal.prompt().starts_with("(shop) "), "{terminal}");
        check(&sandbox, &mut terminal, &path);
        assert_eq!(terminal.noise("(shop) "), Vec::from_iter(notice), "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

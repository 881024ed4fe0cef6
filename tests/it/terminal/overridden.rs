//! A variable of the project's that an rc file sets to something else: the project's value holds, and
//! one line says whose it was.

use super::{Dialect, LEVELS, PROMPT, everywhere, shop_with};
use crate::support::pty::Terminal;
use crate::support::{Registry, Sandbox};

const MANIFEST: &str = r#"{
    "name": "shop",
    "tools": { "node": "24" },
    "env": { "COLOUR": "green", "SHADE": "dark", "LINES_OF_IT": "one\ntwo", "LIST_PATH": { "prepend": "/a" } }
}"#;

/// Enters, and gives what is said before and at the first prompts.
#[track_caller]
fn said(sandbox: &Sandbox, shell: Dialect, level: &[&str], about: &str) -> Vec<String> {
    let mut terminal = Terminal::enter(sandbox, shell.name(), level).about(about);
    assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
    let variables = terminal.variables();
    for (name, value) in [("COLOUR", "green"), ("SHADE", "dark"), ("LINES_OF_IT", "one\ntwo"), ("LIST_PATH", "/a")] {
        assert_eq!(variables.text(name), value, "{name} in {terminal}");
    }
    terminal.run("true");
    assert_eq!(variables.beginning_with("__devshell_"), [""; 0], "{terminal}");
    let noise = terminal.noise(PROMPT);
    terminal.send_line("exit 7");
    assert_eq!(terminal.exit_status(), 7, "{terminal}");
    noise
}

#[test]
fn the_line_that_set_it_is_named() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    for (shell, level) in everywhere() {
        let file = shell.choose(["~/.bashrc", "~/.zshrc", "~/.config/fish/config.fish"]);
        // The lines of `write_rc` come first.
        let first = shell.choose(["3", "4", "4"]).parse::<usize>().unwrap();
        shell.write_rc(
            &sandbox,
            &[shell.export("OTHER", "1"), shell.export("COLOUR", "red"), shell.export("OTHER", "2")].join("\n"),
        );
        let notice =
            format!("devshell: your rc files changed `COLOUR` ({file}:{}); the dev shell's value holds", first + 1);
        assert_eq!(said(&sandbox, shell, level, "one"), [notice], "{shell:?}");

        sandbox.write("../.bash_aliases", format!("\n{}\n", shell.export("SHADE", "bright")));
        let unset = shell.choose(["unset COLOUR", "unset COLOUR", "set -e COLOUR"]);
        let hidden = shell.choose([
            "for name in LINES_OF; do export ${name}_IT=x; done",
            "for name in LINES_OF; do export ${name}_IT=x; done",
            "for name in LINES_OF; set -gx {$name}_IT x; end",
        ]);
        shell.write_rc(&sandbox, &format!("{unset}\nsource ~/.bash_aliases\n{hidden}"));
        let notice = format!(
            "devshell: your rc files changed `COLOUR` ({file}:{first}), `LINES_OF_IT`, `SHADE` (~/.bash_aliases:2); \
             the dev shell's values hold"
        );
        assert_eq!(said(&sandbox, shell, level, "several"), [notice], "{shell:?}");
    }
}

/// What rc files do every day is no reason to speak.
#[test]
fn the_usual_is_not_mentioned() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    for (shell, level) in everywhere() {
        for rc in [
            shell.prepend_to_path("/usr/games"),
            shell.export("COLOUR", "green"),
            shell.export("EDITOR", "vi"),
            shell.choose(["COLOUR=green", "typeset COLOUR=green", "set -U COLOUR red"]).to_owned(),
        ] {
            let _ = fs_err::remove_file(sandbox.home().join(".config/fish/fish_variables"));
            shell.write_rc(&sandbox, &rc);
            assert_eq!(said(&sandbox, shell, level, &rc), [""; 0], "{shell:?}: {rc}");
        }
    }
}

/// Files that zsh reads from elsewhere are found there, too.
#[test]
fn zsh_may_have_its_files_elsewhere() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    sandbox.write("../.zshenv", "ZDOTDIR=~/.config/zsh\n");
    Dialect::Zsh.write_rc(&sandbox, "export COLOUR=red");
    let elsewhere = sandbox.home().join(".config/zsh");
    fs_err::create_dir_all(&elsewhere).unwrap();
    fs_err::rename(sandbox.home().join(".zshrc"), elsewhere.join(".zshrc")).unwrap();
    let notice = "devshell: your rc files changed `COLOUR` (~/.config/zsh/.zshrc:4); the dev shell's value holds";
    for level in LEVELS {
        assert_eq!(said(&sandbox, Dialect::Zsh, level, "ZDOTDIR"), [notice]);
    }
}

/// What the start file itself takes away and sets again was changed by no rc file.
#[test]
fn an_environment_of_the_callers_is_no_ones_fault() {
    let sandbox = Sandbox::new().with_python();
    sandbox.manifest(r#"{ "name": "shop", "python": { "version": ">=3.8", "from": "host" } }"#);
    sandbox.run(&["lock"]).success();
    for (shell, level) in everywhere() {
        shell.write_rc(&sandbox, "");
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), level, &[("VIRTUAL_ENV", "/mine".as_ref())]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let value = terminal.variables().text("VIRTUAL_ENV").to_owned();
        assert!(value.starts_with(sandbox.home().to_str().unwrap()), "{value}: {terminal}");
        assert!(!terminal.lines().iter().any(|line| line.contains("your rc files changed")), "{terminal}");
    }
}

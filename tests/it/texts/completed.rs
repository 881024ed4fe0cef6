//! The tabulator key where a project's scripts are called what a shell would run. A manifest takes
//! any name without white space and control characters.

use serde_json::{Map, Value, json};

use crate::support::pty::Terminal;
use crate::support::{Sandbox, shell};

/// The beginning that is typed, and the name behind it.
const NAMES: [(&str, &str); 9] = [
    ("aa", "aa$(touch${IFS}pwned)"),
    ("bb", "bb;touch${IFS}pwned;"),
    ("cc", "cc`touch${IFS}pwned`"),
    ("dd", "dd&&>pwned"),
    ("ee", "ee>pwned"),
    ("ff", "ff'\"\\|touch${IFS}pwned"),
    ("gg", "gg*?[a]{b,c}~!!"),
    ("hh", "hh:=<(touch${IFS}pwned)"),
    ("ii", "ii\u{e4}%q\\u0041"),
];

fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    let scripts: Map<String, Value> =
        NAMES.iter().map(|(begin, name)| ((*name).to_owned(), json!(format!("echo ran-{begin}")))).collect();
    sandbox.manifest(json!({ "name": "shop", "scripts": scripts }).to_string());
    for (file, text) in [
        (".bashrc", "PS1='ready> '\nset +H\n"),
        (".zshrc", "PS1='ready> '\n"),
        (".config/fish/config.fish", "function fish_prompt; echo -n 'ready> '; end\nset -g fish_greeting\n"),
    ] {
        sandbox.write(sandbox.home().join(file), text);
    }
    sandbox.run(&["lock"]).success();
    sandbox
}

#[test]
fn a_completed_name_is_one_word_and_no_code() {
    let sandbox = project();
    for (shell, setup) in [
        ("bash", "eval \"$(devshell completions bash)\""),
        ("zsh", "autoload -Uz compinit; compinit -D; eval \"$(devshell completions zsh)\""),
        ("fish", "set -g fish_autosuggestion_enabled 0; devshell completions fish | source"),
    ] {
        let mut terminal = Terminal::enter(&sandbox, shell, &[]);
        terminal.prompt();
        assert_eq!(terminal.run(setup), "", "{terminal}");
        for (begin, name) in NAMES {
            terminal.send(&format!("devshell run {begin}\t\r"));
            terminal.wait_for(&format!("ran-{begin}"));
            terminal.prompt();
            assert!(!sandbox.project().join("pwned").exists(), "{name} in {terminal}");
        }
    }
}

/// nushell's completer offers texts that nushell reads as one word, the name.
#[test]
fn nushell_is_offered_quoted_names() {
    let sandbox = project();
    let nu = shell("nu");
    let script = sandbox.run(&["completions", "nushell"]).text();
    let begin = script.find("  def \"nu-complete devshell project\"").unwrap();
    let end = script[begin..].find("\n  }\n").unwrap();
    let completer = &script[begin..begin + end + 5];
    sandbox.write("completer.nu", completer);
    let program = "source completer.nu; nu-complete devshell project 'devshell run ' | get value | to json --raw";
    let path = std::path::Path::new(crate::support::DEVSHELL).parent().unwrap();
    let run = |program: &str| {
        let path = std::env::join_paths(std::iter::once(path.to_owned()).chain(std::env::split_paths(sandbox.path())));
        sandbox.program(&nu, &["--no-config-file", "-c", program]).env("PATH", path.unwrap()).run()
    };
    let offered = run(program);
    offered.success();
    let offered: Vec<String> = serde_json::from_slice(offered.bytes()).unwrap();
    assert_eq!(offered.len(), NAMES.len(), "{offered:?}");
    for ((_, name), text) in NAMES.iter().zip(&offered) {
        run(&format!("^printf '%s' {text}")).success().stdout(name);
    }
    assert!(!sandbox.project().join("pwned").exists());
}

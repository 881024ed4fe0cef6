//! What a shell writes for itself while it runs, inside a wall: nothing of it is left on the host, and nothing is said about
//! it at the prompt.
#![cfg(target_os = "linux")]

use super::{Dialect, MANIFEST, PROMPT, SHELLS, shop_with};
use crate::landlock::WITHOUT_NAMESPACES;
use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Registry, Sandbox, tree};

/// A project in a sandbox with these keys, for a user whose shells write as much as they can.
fn shop(keys: &str) -> Sandbox {
    let manifest = MANIFEST.replacen('{', &format!(r#"{{ "isolation": "sandbox", "sandbox": {{ {keys} }},"#), 1);
    let sandbox = shop_with(&Registry::new(), &manifest).on_whole_host();
    for shell in SHELLS {
        shell.write_rc(
            &sandbox,
            shell.choose([
                "HISTFILE=~/.config/history; shopt -s histappend; PROMPT_COMMAND='history -a'",
                "autoload -Uz compinit && compinit; HISTFILE=~/.config/history; setopt incappendhistory",
                "set -U from_settings 1",
            ]),
        );
    }
    let universal = "# VERSION: 3.0\nSETUVAR --export theirs:1\n";
    sandbox.write(sandbox.home().join(".config/fish/fish_variables"), universal);
    sandbox
}

/// All that is in the home directory, but for the project and what is devshell's own.
fn home(sandbox: &Sandbox) -> Vec<(String, String)> {
    let is_own = |path: &str| path.is_empty() || ["shop", ".local", ".cache"].iter().any(|own| path.starts_with(own));
    tree(sandbox.home()).into_iter().filter(|(path, _)| !is_own(path)).collect()
}

fn work(sandbox: &Sandbox, shell: Dialect, before: &[&str], variables: &[(&str, &str)]) {
    let words = [before, &[DEVSHELL, "enter", "--shell", shell.name()]].concat();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let mut terminal = Terminal::start(sandbox, &words, sandbox.project(), &variables);
    assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
    let set = shell.choose(["mine=1; echo $mine", "mine=1; echo $mine", "set -U mine 1; echo $mine$from_settings"]);
    let expected = shell.choose(["1", "1", "11"]);
    assert_eq!(terminal.run(set), expected, "{terminal}");
    assert_eq!(terminal.run("echo again"), "again", "{terminal}");
    let noise = terminal.noise(PROMPT);
    let expected = usize::from(!before.is_empty());
    assert_eq!(noise.iter().filter(|line| !line.contains("weaker here")).count(), 0, "{terminal}");
    assert_eq!(noise.len(), expected, "{terminal}");
    terminal.send_line("exit");
    terminal.exit_status();
}

#[test]
fn nothing_is_left_and_nothing_is_said() {
    for keys in ["", r#""read": ["~/.config"]"#, r#""read": ["~/.config/fish/fish_variables"]"#] {
        let sandbox = shop(keys);
        let before = home(&sandbox);
        for shell in SHELLS {
            work(&sandbox, shell, &[], &[]);
            assert_eq!(home(&sandbox), before, "{shell:?} {keys}");
        }
    }
}

/// As in a pane of tmux.
#[test]
fn nor_in_tmux_and_inside_the_weaker_wall() {
    let sandbox = shop(r#""or": "landlock""#);
    let before = home(&sandbox);
    for shell in SHELLS {
        work(&sandbox, shell, &[], &[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")]);
        work(&sandbox, shell, WITHOUT_NAMESPACES, &[]);
        assert_eq!(home(&sandbox), before, "{shell:?}");
    }
}

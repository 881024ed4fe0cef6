//! Prompts that are made anew each time, and other tools' hooks at each prompt, in the shapes that
//! the frameworks give them.

use super::{Dialect, MANIFEST, everywhere, shop};
use crate::support::Sandbox;
use crate::support::pty::Terminal;

const ABSENT: &str = "";

const MOVED: &str = "devshell: a prompt hook changed PATH; the dev shell's own is restored";

/// The shape of oh-my-zsh and its like: a prompt with functions in it, set again by each prompt.
const THEME: [&str; 3] = [
    r#"branch() { echo "on main"; }; theme() { local last=$?; PS1='$(branch) '"$last ready> "; }; PROMPT_COMMAND=theme"#,
    "setopt prompt_subst; autoload -Uz add-zsh-hook; branch() { echo 'on main' }
theme() { PROMPT='$(branch) %(?.0.%?) ready> ' }; add-zsh-hook precmd theme",
    "function branch; echo on main; end; function fish_prompt; set -l last $status; echo -n (branch) $last 'ready> '; end",
];

/// The shape of starship: a program prints the prompt each time.
const STARSHIP: [&str; 3] = [
    r#"starship_precmd() { local last=$?; PS1="$(starship on main "$last")"; }
PROMPT_COMMAND="starship_precmd${PROMPT_COMMAND:+;$PROMPT_COMMAND}""#,
    r"starship_precmd() { LAST=$? }; precmd_functions+=(starship_precmd); setopt prompt_subst
PROMPT='$(starship on main $LAST)'",
    "function fish_prompt; set -l last $status; starship on main $last; end",
];

/// The shape of powerlevel10k: what the rc file prints is held back, a first prompt is shown at once,
/// and the true one replaces it.
const INSTANT: [&str; 3] = [
    ABSENT,
    r#"unsetopt prompt_cr prompt_sp; exec {out}>&1 {err}>&2 >~/printed 2>&1; print -rnu $out -- "on main 0 instant>"
_instant() { exec 1>&$out 2>&$err; exec {out}>&- {err}>&-; print -n '\r\e[K'
  precmd_functions=(${precmd_functions:#_instant}); [[ ! -s ~/printed ]] || { echo "WARNING: printed"; cat ~/printed } }
precmd_functions=(_instant $precmd_functions _p9k_precmd); _p9k_precmd() { PROMPT="on main %? ready> " }"#,
    ABSENT,
];

fn with_programs() -> Sandbox {
    let sandbox = shop();
    let host = sandbox.root().join("hostbin");
    sandbox.write_executable(host.join("starship"), "#!/bin/sh\nprintf '%s ready> ' \"$*\"\n");
    // Both say so once: that is how the real ones keep from adding to PATH again and again.
    sandbox.write_executable(
        host.join("direnv"),
        r#"#!/bin/sh
test -z "$DIRENV_DIR" || exit 0
test "$2" = fish && echo 'set -gx DIRENV_DIR here; set -gx PATH /direnv $PATH' && exit
echo 'export DIRENV_DIR=here PATH="/direnv:$PATH"'
"#,
    );
    sandbox.write_executable(
        host.join("mise"),
        r#"#!/bin/sh
case $PATH in /mise:*) exit 0 ;; esac
test "$3" = fish && echo 'set -gx MISE_SHELL fish; set -gx PATH /mise $PATH' && exit
echo 'export MISE_SHELL=sh PATH="/mise:$PATH"'
"#,
    );
    sandbox
}

/// One prompt after another has its marker, once, and the status of the command before.
#[track_caller]
fn check(sandbox: &Sandbox, (shell, level): (Dialect, &[&str]), rc: &str, notices: &[&str]) {
    shell.write_rc(sandbox, rc);
    let mut terminal = Terminal::enter(sandbox, shell.name(), level).about(rc);
    assert_eq!(terminal.prompt(), "(shop) on main 0 ready>", "{terminal}");
    for status in [0, 3, 0] {
        terminal.send_line(&format!("sh -c 'exit {status}'"));
        assert_eq!(terminal.prompt(), format!("(shop) on main {status} ready>"), "{terminal}");
    }
    assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
    assert_eq!(terminal.noise("(shop) on main"), notices, "{terminal}");
    for line in terminal.lines() {
        assert!(line.matches("(shop)").count() <= 1, "a marker too many: {terminal}");
    }
    terminal.send_line("exit 7");
    assert_eq!(terminal.exit_status(), 7, "{terminal}");
}

#[test]
fn a_prompt_that_is_made_anew_has_one_marker() {
    let sandbox = with_programs();
    let dropped = "devshell: dropped your alias `node`, which hid the dev shell's own";
    for (shell, level) in everywhere() {
        for prompt in [THEME, STARSHIP, INSTANT] {
            let rc = shell.choose(prompt);
            if rc != ABSENT {
                check(&sandbox, (shell, level), rc, &[]);
                let alias = shell.choose(["alias node=gone", "alias node=gone", "alias node gone"]);
                check(&sandbox, (shell, level), &format!("{rc}\n{alias}"), &[dropped]);
            }
        }
    }
}

/// direnv's hook, and that of mise, as their own commands print them for a rc file.
const DIRENV: [&str; 3] = [
    r#"_direnv_hook() { local last=$?; trap -- '' SIGINT; eval "$(direnv export bash)"; trap - SIGINT; return $last; }
PROMPT_COMMAND="_direnv_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}""#,
    r#"_direnv_hook() { trap -- '' SIGINT; eval "$(direnv export zsh)"; trap - SIGINT }
precmd_functions=(_direnv_hook $precmd_functions)"#,
    "function __direnv_export_eval --on-event fish_prompt; direnv export fish | source; end",
];

const MISE: [&str; 3] = [
    r#"_mise_hook() { local last=$?; eval "$(mise hook-env -s bash)"; return $last; }
PROMPT_COMMAND="_mise_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}""#,
    r#"_mise_hook() { eval "$(mise hook-env -s zsh)" }; precmd_functions=(_mise_hook $precmd_functions)"#,
    "function __mise_env_eval --on-event fish_prompt; mise hook-env -s fish | source; end",
];

/// What such a hook sets stays set, but PATH.
#[test]
fn hooks_of_other_tools_go_on_working() {
    let sandbox = with_programs();
    // Session commands are linked for people and their prompts; these two come with a name of the host's.
    let host = sandbox.root().join("hostbin");
    let read = format!(r#"{{ "sandbox": {{ "read": ["{}"] }}, "#, host.display());
    sandbox.manifest(MANIFEST.replacen('{', &read, 1));
    for (shell, level) in everywhere() {
        for (hook, name) in [(DIRENV, "DIRENV_DIR"), (MISE, "MISE_SHELL")] {
            let program = if name == "MISE_SHELL" { "mise" } else { "direnv" };
            let hook = shell.choose(hook).replace(&format!("{program} "), &format!("{}/{program} ", host.display()));
            let theme = shell.choose(THEME);
            let rc = if shell == Dialect::Bash { format!("{theme}\n{hook}") } else { format!("{hook}\n{theme}") };
            check(&sandbox, (shell, level), &rc, &[MOVED]);

            let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about(&hook);
            terminal.prompt();
            let variables = terminal.variables();
            assert_ne!(variables.text(name), "-", "{terminal}");
            let path = variables.text("PATH");
            assert!(path.starts_with(sandbox.data().to_str().unwrap()), "{path} in {terminal}");
        }
    }
}

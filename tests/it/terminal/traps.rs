//! bash's DEBUG trap, by which other programs know when a command begins. The three integrations are models of what
//! liquidprompt 2.1, VS Code 1.100 and bash-preexec 0.6 do, in their own order and with their own names.

use super::{Dialect, LEVELS, shop};
use crate::support::Sandbox;
use crate::support::pty::Terminal;

fn start(sandbox: &Sandbox, level: &[&str], rc: &str) -> Terminal {
    Dialect::Bash.write_rc(sandbox, rc);
    let terminal = Terminal::enter(sandbox, "bash", level).about(rc);
    terminal.prompt();
    terminal
}

/// A timer that starts with the first command after a prompt, as many have it. It would start again with a command of
/// ours after the user's last hook, and count the time at the prompt.
#[test]
fn a_timer_counts_nothing_at_the_prompt() {
    for level in LEVELS {
        check_timer_at(level);
    }
}

fn check_timer_at(level: &[&str]) {
    let sandbox = shop();
    for hook in [
        "PROMPT_COMMAND=finish",
        "PROMPT_COMMAND='finish; '",
        "PROMPT_COMMAND='finish # mine'",
        "PROMPT_COMMAND=(true finish)",
    ] {
        let rc = format!(
            "trap 'began=${{began-$BASH_COMMAND}}' DEBUG\nfinish() {{ echo \"from ${{began-nothing}}\"; unset began; }}\n{hook}"
        );
        let mut terminal = start(&sandbox, level, &rc);
        // What began it is what was typed, at each prompt.
        assert_eq!(terminal.typed("true one"), ["from true one"], "{terminal}");
        assert_eq!(terminal.typed("true two"), ["from true two"], "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        // A file that is read again defines the hook again.
        terminal.typed(". ~/.bashrc");
        terminal.typed("true");
        assert_eq!(terminal.typed("true three").last().unwrap(), "from true three", "{terminal}");
    }
}

/// liquidprompt knows its own hook by its name, when the trap sees it.
const BY_NAME: &str = r#"
seen=0; trap '[ "$BASH_COMMAND" != __lp_set_prompt ] || seen=$((seen + 1))' DEBUG
__lp_set_prompt() { echo "seen $seen"; seen=0; }; PROMPT_COMMAND+=(__lp_set_prompt)"#;

/// VS Code tells each command that is run, but those whose names begin as its own.
const BY_BEGINNING: &str = r#"
running=1
__vsc_prompt_cmd_original() { printf 'D '; printf '%s\n' "${current-none}"; unset current; running=0; }
preexec() { [ "$running" = 0 ] || return; running=1; [[ $BASH_COMMAND == __vsc_prompt* ]] || current=$BASH_COMMAND; }
trap preexec DEBUG; PROMPT_COMMAND=__vsc_prompt_cmd_original"#;

/// bash-preexec sets itself up at the first prompt, around all other hooks.
const AROUND: &str = r#"
__bp_precmd_invoke_cmd() { mode=; }
__bp_interactive_mode() { [ "${1-}" != force ] && (( ${#FUNCNAME[*]} > 1 )) || mode=on; }
__bp_invoke() {
  [ -n "${mode-}" ] || return
  mode=
  local hook
  for hook in "${PROMPT_COMMAND[@]}"; do case $'\n'$hook$'\n' in *$'\n'"$BASH_COMMAND"$'\n'*) return ;; esac; done
  echo "PRE $BASH_COMMAND"
}
__bp_install() {
  trap __bp_invoke DEBUG
  local at
  for at in "${!PROMPT_COMMAND[@]}"; do [ "${PROMPT_COMMAND[at]}" != __bp_install ] || unset -v "PROMPT_COMMAND[at]"; done
  PROMPT_COMMAND=__bp_precmd_invoke_cmd${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
  PROMPT_COMMAND+=(__bp_interactive_mode)
  __bp_precmd_invoke_cmd
  __bp_interactive_mode force
}
declare -ft __bp_install; PROMPT_COMMAND+=(__bp_install)"#;

#[test]
fn integrations_see_what_they_see_outside() {
    for level in LEVELS {
        check_integrations_at(level);
    }
}

fn check_integrations_at(level: &[&str]) {
    let sandbox = shop();
    let mut terminal = start(&sandbox, level, BY_NAME);
    for _ in 0..3 {
        assert_eq!(terminal.typed("true"), ["seen 1"], "{terminal}");
    }
    let mut terminal = start(&sandbox, level, BY_BEGINNING);
    assert_eq!(terminal.typed("true one"), ["D true one"], "{terminal}");
    assert_eq!(terminal.typed(""), ["D none"], "{terminal}");
    assert_eq!(terminal.typed("true two"), ["D true two"], "{terminal}");
    let mut terminal = start(&sandbox, level, AROUND);
    for line in ["true one", "true two"] {
        assert_eq!(terminal.typed(line), [format!("PRE {line}")], "the first one counts too: {terminal}");
    }
    assert!(terminal.typed("").is_empty(), "{terminal}");
    assert_eq!(terminal.typed("true three"), ["PRE true three"], "{terminal}");
    assert_eq!(terminal.run("command -v node >/dev/null && echo there").lines().last(), Some("there"), "{terminal}");
}

//! The hook among the user's own settings: options of the shell, variables that cannot be set, other hooks, and what
//! stands after a `cd` on its line.

use super::{SHELLS, Shell, shop, value};
use crate::support::pty::Terminal;
use crate::support::{HERE, Registry, Sandbox};

/// Starts a shell whose rc file has more lines before the hook.
fn start(sandbox: &Sandbox, shell: &Shell, before: &str) -> Terminal {
    let (file, text) = shell.rc;
    sandbox.write(sandbox.home().join(file), format!("{before}\n{text}"));
    shell.start(sandbox).about(before)
}

fn allowed(registry: &Registry) -> Sandbox {
    let sandbox = shop(registry);
    sandbox.run(&["allow"]).success();
    sandbox
}

#[test]
fn a_command_after_cd_has_the_environment_of_the_new_directory() {
    let registry = Registry::new();
    let sandbox = allowed(&registry);
    for shell in &SHELLS {
        let mut terminal = shell.start(&sandbox);
        let (show, subshell) = match shell.name {
            "fish" => ("echo \"<$COLOUR>\"", false),
            _ => ("echo \"<${COLOUR-}>\"", true),
        };
        let said = terminal.typed(&format!("cd shop && {show}"));
        assert_eq!(said, ["devshell: entered shop", "hello", "<green>"], "{terminal}");
        assert_eq!(terminal.typed(&format!("cd ~ && {show}")), ["devshell: left shop", "<>"], "{terminal}");
        if subshell {
            // For one command, without a word.
            assert_eq!(terminal.typed(&format!("(cd shop && {show}); {show}")), ["<green>", "<>"], "{terminal}");
            let said = terminal.typed("pushd shop >/dev/null; popd >/dev/null");
            assert_eq!(said.last().map(String::as_str), Some("devshell: left shop"), "{terminal}");
        }
        assert_eq!(terminal.typed("cd /nowhere || echo no").last().unwrap(), "no", "{terminal}");
    }
}

#[test]
fn no_option_of_the_shell_is_in_the_way() {
    let registry = Registry::new();
    let sandbox = allowed(&registry);
    for (shell, options) in [
        (
            &SHELLS[0],
            "set -o nounset -o noclobber -o pipefail -o allexport; shopt -s nullglob extglob nocasematch failglob",
        ),
        (&SHELLS[0], "set -e; IFS=/:; alias cd='builtin cd'"),
        (&SHELLS[0], "set -o posix"),
        (
            &SHELLS[1],
            "setopt no_unset err_exit ksh_arrays sh_word_split no_clobber all_export no_nomatch warn_create_global",
        ),
        (&SHELLS[1], "emulate ksh; mine() { :; }; precmd_functions=(mine mine)"),
        (&SHELLS[1], "alias -g devshell=gone; unalias -m '*'; setopt glob_subst null_glob sh_file_expansion"),
    ] {
        let mut terminal = start(&sandbox, shell, options);
        assert_eq!(terminal.typed("cd shop"), ["devshell: entered shop", "hello"], "{terminal}");
        let _ = fs_err::remove_file(sandbox.project().join("variables")); // for noclobber
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "LIST", "TOKEN"].map(|name| variables.text(name)), ["green", "ours:mine", "s3cret"]);
        for prefix in ["__devshell_cd", "BASH_FUNC___devshell"] {
            assert_eq!(variables.beginning_with(prefix), [""; 0], "{terminal}");
        }
        assert!(terminal.typed("true").is_empty(), "{terminal}");
        assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
        let _ = fs_err::remove_file(sandbox.project().join("variables"));
        assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
    }
}

#[test]
fn a_variable_that_cannot_be_set_keeps_a_project_out_as_a_whole() {
    let registry = Registry::new();
    let sandbox = allowed(&registry);
    let is_typed = "`COLOUR` is an array or a number";
    for (shell, line, why) in [
        (&SHELLS[0], "readonly PATH", "`PATH` is read-only"),
        (&SHELLS[0], "readonly COLOUR=blue", "`COLOUR` is read-only"),
        (&SHELLS[1], "typeset -r PATH", "`PATH` is read-only"),
        (&SHELLS[1], "typeset -r COLOUR=blue", "`COLOUR` is read-only"),
        (&SHELLS[1], "typeset -i COLOUR=3", is_typed),
        (&SHELLS[1], "COLOUR=(red blue)", is_typed),
    ] {
        let mut terminal = start(&sandbox, shell, line);
        let before = terminal.variables();
        let text = format!("devshell: {why} in this shell, so nothing is loaded");
        assert_eq!(terminal.typed("cd shop"), [text], "{terminal}");
        let after = terminal.variables();
        for name in ["PATH", "COLOUR", "LIST", "TOKEN", "DEVSHELL_NAME", "__DEVSHELL_UNDO"] {
            assert_eq!(before.text(name), after.text(name), "{name}: {terminal}");
        }
        for line in ["true", "cd ~"] {
            assert!(terminal.typed(line).is_empty(), "{line}: {terminal}");
        }
    }
    // fish has such variables of its own.
    sandbox.manifest(super::MANIFEST.replace("COLOUR", "status"));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--isolation", "none", "true"]).success();
    sandbox.run(&["allow"]).success();
    let mut terminal = SHELLS[2].start(&sandbox);
    let text = "devshell: `status` is read-only in this shell, so nothing is loaded";
    assert_eq!(terminal.typed("cd shop"), [text], "{terminal}");
    assert_eq!(value(&mut terminal, "LIST"), "mine", "{terminal}");
}

/// Flakes have variables with any name.
#[test]
fn what_is_zshs_own_takes_what_fits_it() {
    let registry = Registry::new();
    let sandbox = allowed(&registry);
    let more = r#""COLOUR": "green", "LINES": "a\nb", "path": "x", "HISTSIZE": "77""#;
    sandbox.manifest(super::MANIFEST.replace(r#""COLOUR": "green""#, more));
    sandbox.run(&["install"]).success();
    sandbox.run(&["run", "--isolation", "none", "true"]).success();
    sandbox.run(&["allow"]).success();
    let mut terminal = SHELLS[1].start(&sandbox);
    assert_eq!(terminal.typed("cd shop"), ["devshell: entered shop", "hello"], "{terminal}");
    assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
    assert_eq!(value(&mut terminal, "HISTSIZE"), "77", "{terminal}");
    assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
    assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
    assert_eq!(
        terminal.typed("cd shop; devshell enter --isolation none"),
        ["devshell: entered shop", "hello", "hello"],
        "{terminal}"
    );
    assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
}

#[test]
fn a_prompt_command_that_is_read_only_leaves_cd() {
    let registry = Registry::new();
    let sandbox = allowed(&registry);
    let mut terminal = start(&sandbox, &SHELLS[0], "readonly PROMPT_COMMAND=true");
    let text = "devshell: PROMPT_COMMAND is read-only in this shell, so only `cd` loads projects";
    assert!(terminal.lines().iter().any(|line| line == text), "{terminal}");
    assert_eq!(terminal.typed("cd shop"), ["devshell: entered shop", "hello"], "{terminal}");
    assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
}

#[test]
fn no_child_inherits_the_hook() {
    let registry = Registry::new();
    let sandbox = allowed(&registry);
    for version in ["", "500"] {
        older(&sandbox, version, "export PROMPT_COMMAND='history -a'");
        let mut terminal = SHELLS[0].start(&sandbox).about(version);
        terminal.send_line("bash --norc");
        terminal.prompt();
        assert!(terminal.typed("true").is_empty(), "{terminal}");
    }
}

/// bash before 5.1 has one PROMPT_COMMAND, and keeps no PIPESTATUS for a part of it: the hook takes the same way there, if it
/// is made to believe that it is there.
fn older(sandbox: &Sandbox, version: &str, before: &str) {
    let edit = format!("sed 's/__devshell_cd_version=.*/__devshell_cd_version={version}/'");
    let edit = if version.is_empty() { "cat" } else { &edit };
    let text = format!("PS1='ready> '\n{before}\neval \"$(devshell hook bash | {edit})\"\n");
    sandbox.write(sandbox.home().join(SHELLS[0].rc.0), text);
}

#[test]
fn a_prompt_that_shows_how_a_pipeline_ended_still_does() {
    let registry = Registry::new();
    let sandbox = allowed(&registry);
    for version in ["", "500"] {
        for theme in ["PROMPT_COMMAND=theme", "PROMPT_COMMAND='theme # mine'", "PROMPT_COMMAND='theme; true'"] {
            older(
                &sandbox,
                version,
                &format!("theme() {{ local all=\"$? ${{PIPESTATUS[*]}}\"; PS1=\"$all ready> \"; }}; {theme}"),
            );
            let mut terminal = Terminal::start(&sandbox, &["bash", "-i"], sandbox.home(), &[]).about(theme);
            terminal.prompt();
            for (line, prompt) in [
                ("false | true | (exit 3)", "3 1 0 3 ready>"),
                ("(exit 4)", "4 4 ready>"),
                ("cd shop", "0 0 ready>"),
                ("true | false", "1 0 1 ready>"),
            ] {
                terminal.send_line(line);
                assert_eq!(terminal.prompt(), prompt, "{terminal}");
            }
        }
    }
}

#[test]
fn an_environment_for_another_kind_of_machine_is_refused_once() {
    let registry = Registry::new();
    let other = if HERE == "aarch64-linux" { "x86_64-linux" } else { "aarch64-linux" };
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        sandbox.run(&["allow"]).success();
        let mut terminal = shell.start_with(&sandbox, &[("DEVSHELL_PLATFORM", other)]);
        let said = terminal.typed("cd shop").join("\n");
        assert!(said.starts_with(&format!("devshell: DEVSHELL_PLATFORM is `{other}`, but this machine (")), "{said}");
        assert!(terminal.typed("true").is_empty(), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
    }
}

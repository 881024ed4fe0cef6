//! A command that is not in the dev shell: what the real shells say when one is typed.

use super::{Dialect, PROMPT, SHELLS, everywhere, shop, shop_with};
use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Registry};

const MANIFEST: &str = r#"{
    "name": "shop",
    "tools": { "node": "24" },
    "env": { "COLOUR": "green" },
    "scripts": { "serve": "true" }
}"#;

/// Types a line, and gives what stands between it and the next prompt, and the status it left. It
/// stands alone, since fish shows a command's place in a line with more on it.
#[track_caller]
fn answer(terminal: &mut Terminal, shell: Dialect, line: &str) -> (Vec<String>, String) {
    terminal.send_line(line);
    terminal.prompt();
    let lines = terminal.lines();
    let typed = lines.iter().rposition(|shown| shown.starts_with(PROMPT) && shown.ends_with(line));
    let typed = typed.unwrap_or_else(|| panic!("{line}: {terminal}"));
    let said = lines[typed + 1..lines.len() - 1].to_vec();
    terminal.send_line(shell.choose(["echo it was $?", "echo it was $?", "echo it was $status"]));
    terminal.prompt();
    let status = terminal.lines().into_iter().rfind(|line| line.starts_with("it was ")).unwrap_or_default();
    (said, status.trim_start_matches("it was ").to_owned())
}

#[test]
fn it_is_said_how_to_have_it() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    let host = sandbox.root().join("hostbin");
    let host = host.display();
    registry.forget_requests();
    for shell in SHELLS {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        terminal.prompt();
        for (command, what, hint) in [
            ("tsc", "`tsc` (TypeScript compiler)", "`devshell add typescript` adds it".to_owned()),
            (
                "gcc --version",
                "`gcc` (GNU C compiler)",
                format!(
                    "`devshell add deb:gcc` adds Debian's package; `devshell add host:gcc` adds the host's, at {host}/gcc"
                ),
            ),
            (
                "hosttool",
                "`hosttool`",
                format!("the host has it at {host}/hosttool; `devshell add host:hosttool` adds it"),
            ),
            ("serv", "`serv`", "did you mean `devshell run serve`?".to_owned()),
        ] {
            let said = [format!("devshell: {what} is not in this dev shell"), format!("hint: {hint}")];
            assert_eq!(answer(&mut terminal, shell, command), (said.to_vec(), "127".to_owned()), "{terminal}");
        }
        // Wherever the user stands.
        terminal.run("cd /");
        let (said, _) = answer(&mut terminal, shell, "serv");
        assert_eq!(said[1], "hint: did you mean `devshell run serve`?", "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
    assert_eq!(registry.requests(), [""; 0], "nothing is asked");
}

/// In a pipeline, in a subshell and where its output is caught, it is an error like any other.
#[test]
fn it_may_be_missing_anywhere() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        let said = "devshell: `tsc` (TypeScript compiler) is not in this dev shell";
        let piped = terminal.run("echo in | tsc | cat; echo out");
        assert!(piped.starts_with(said) && piped.ends_with("\nout"), "{terminal}");
        let caught = terminal.run(shell.choose([
            "caught=$(tsc); echo \"<$caught> $?\"; (tsc); echo $?",
            "caught=$(tsc); echo \"<$caught> $?\"; (tsc); echo $?",
            "set caught (tsc); echo \"<$caught> $status\"; begin; tsc; end; echo $status",
        ]));
        assert_eq!(caught.matches(said).count(), 2, "{terminal}");
        assert!(caught.contains("\n<> 127\n") && caught.ends_with("\n127"), "{terminal}");
        // fish speaks of it past all redirections.
        if shell != Dialect::Fish {
            assert_eq!(terminal.run("tsc 2>/dev/null; echo $?"), "127", "{terminal}");
        }
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
    }
}

/// Ours first, and the user's only for what devshell knows nothing of.
#[test]
fn the_users_own_handler_has_the_rest() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        shell.write_rc(
            &sandbox,
            shell.choose([
                "command_not_found_handle() { echo \"own: $*\" >&2; return 42; }",
                "command_not_found_handler() { local -a words=(own: $@); print -u2 $words[1,-1]; return 42 }",
                "function fish_command_not_found; echo own: $argv >&2; end",
            ]),
        );
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about("own handler");
        terminal.prompt();
        for _ in 0..2 {
            let (said, status) = answer(&mut terminal, shell, "frobnicate \"'a b'\"");
            assert_eq!(said, ["own: frobnicate 'a b'"], "{terminal}");
            // fish has 127, whatever its handler returns.
            assert_eq!(status, shell.choose(["42", "42", "127"]), "{terminal}");
            let (said, status) = answer(&mut terminal, shell, "tsc");
            assert!(said.len() == 2 && said[0].starts_with("devshell: `tsc`"), "{terminal}");
            assert_eq!(status, "127", "{terminal}");
        }
    }
}

/// fish brings a handler along, which speaks for the distribution; the other shells bring none.
#[test]
fn of_a_name_that_nobody_knows_little_is_said() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        let (said, status) = answer(&mut terminal, shell, "frobnicate");
        let ours =
            ["devshell: `frobnicate` is not in this dev shell", "hint: `devshell search frobnicate` looks for a tool"];
        let expected = if shell == Dialect::Fish { &["fish: Unknown command: frobnicate"][..] } else { &ours[..] };
        assert_eq!((said, status.as_str()), (expected.iter().map(ToString::to_string).collect(), "127"), "{terminal}");
        // What would paint the screen is spelled out.
        let painted = shell.choose(["$'a\\e[7mb'", "$'a\\e[7mb'", "a\\e\\[7mb"]);
        let spelled = shell.choose(["`a\\u{1b}[7mb` is not", "`a\\u{1b}[7mb` is not", "a\\e\\[7mb"]);
        let (said, _) = answer(&mut terminal, shell, painted);
        assert!(said[0].contains(spelled), "{terminal}");
    }
}

/// With devshell itself gone from PATH, nothing is called in circles.
#[test]
fn without_devshell_the_shell_speaks_for_itself() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.send_line(shell.choose(["PATH=/nowhere", "PATH=/nowhere", "set PATH"]));
        terminal.prompt();
        let expected = shell.choose([
            "bash: frobnicate: command not found",
            "zsh: command not found: frobnicate",
            "fish: Unknown command: frobnicate",
        ]);
        let (said, status) = answer(&mut terminal, shell, "frobnicate");
        assert_eq!((said, status.as_str()), (vec![expected.to_owned()], "127"), "{terminal}");
    }
}

/// A hook asks for its own programs at each prompt: what it misses is said once.
#[test]
fn a_prompt_hook_that_misses_its_program_says_so_once() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        shell.write_rc(
            &sandbox,
            shell.choose([
                "tick() { tsc; }; PROMPT_COMMAND=tick",
                "tick() { tsc }; precmd_functions+=(tick)",
                "function tick --on-event fish_prompt; tsc; end",
            ]),
        );
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about("hook");
        for line in ["true", "true", "true"] {
            terminal.prompt();
            terminal.send_line(line);
        }
        terminal.prompt();
        let text = "devshell: `tsc` (TypeScript compiler) is not in this dev shell";
        let said = |terminal: &Terminal| terminal.lines().iter().filter(|line| *line == text).count();
        assert_eq!(said(&terminal), 1, "{terminal}");
        // What is typed is another matter.
        terminal.send_line("tsc");
        terminal.prompt();
        assert_eq!(said(&terminal), 2, "{terminal}");
    }
}

/// A link that leads nowhere is remembered by zsh as a command that is there.
#[test]
fn a_devshell_that_is_gone_is_not_called_again_and_again() {
    let sandbox = shop();
    for shell in SHELLS {
        let program = sandbox.root().join(format!("gone-{}", shell.name()));
        sandbox.program("cp", &[DEVSHELL]).arg(&program).run().success();
        let words = [program.to_str().unwrap(), "enter", "--shell", shell.name()];
        let mut terminal = Terminal::start(&sandbox, &words, sandbox.project(), &[]).about("gone");
        terminal.prompt();
        terminal.run("devshell --version");
        sandbox.remove(&program);
        let expected = shell.choose([
            "bash: frobnicate: command not found",
            "zsh: command not found: frobnicate",
            "fish: Unknown command: frobnicate",
        ]);
        let (said, status) = answer(&mut terminal, shell, "frobnicate");
        assert_eq!((said, status.as_str()), (vec![expected.to_owned()], "127"), "{terminal}");
    }
}

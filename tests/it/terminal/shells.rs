//! The shells beside bash, zsh and fish: a table of them, and what holds for each.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::further::{FURTHER, Further, HOOK};
use super::{MANIFEST, PROMPT, shop_with, values};
use crate::support::pty::{Terminal, Variables};
use crate::support::{DEVSHELL, Registry, Sandbox, make_pipe, serve_once, shell, tool};

/// The project `shop`, with a program that writes down the variables it finds.
fn shop(registry: &Registry, manifest: &str) -> Sandbox {
    let sandbox = shop_with(registry, manifest);
    sandbox.write_executable(sandbox.home().join("report"), "#!/bin/sh\nenv -0 >\"$HOME/shop/variables\"\n");
    sandbox
}

/// A session in one of them.
struct Session {
    terminal: Terminal,
    is_posix: bool,
}

impl Session {
    /// Types a line, and gives what it prints. ksh93 shows its prompt once more when something was
    /// typed before it was ready, so the output is marked where that can be said.
    #[track_caller]
    fn answer(&mut self, line: &str) -> String {
        if self.is_posix { self.terminal.run(line) } else { self.terminal.answer(line) }
    }

    /// A new shell's prompt. elvish shows another one while it computes the first.
    #[track_caller]
    fn first_prompt(&self) -> String {
        if self.prompt().starts_with("???>") {
            self.wait_until_gone("???>");
        }
        self.prompt()
    }

    /// The variables that a child process of the shell finds.
    #[track_caller]
    fn report(&mut self) -> Variables {
        let said = self.answer("~/report");
        assert_eq!(said, "", "{self}");
        self.terminal.reported()
    }
}

impl std::ops::Deref for Session {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

impl std::ops::DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Terminal {
        &mut self.terminal
    }
}

impl std::fmt::Display for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.terminal.fmt(f)
    }
}

/// Enters, and waits for the first prompt, which begins so.
#[track_caller]
fn enter(sandbox: &Sandbox, further: &Further, begins: &str, more: &[(&str, &OsStr)]) -> Session {
    enter_about("", sandbox, further, begins, more)
}

/// The same, with what a failure calls it.
#[track_caller]
fn enter_about(what: &str, sandbox: &Sandbox, further: &Further, begins: &str, more: &[(&str, &OsStr)]) -> Session {
    let own = further.variables(sandbox);
    let own = own.iter().map(|(name, value)| (*name, value.as_os_str()));
    let variables: Vec<(&str, &OsStr)> = own.chain(more.iter().copied()).collect();
    let terminal = Terminal::enter_with(sandbox, shell(further.name).to_str().unwrap(), &[], &variables);
    let terminal = terminal.about(what);
    let session = Session { terminal, is_posix: further.is_posix() };
    assert!(session.first_prompt().starts_with(begins), "{session}");
    session
}

/// What devshell said.
fn notices(terminal: &Terminal) -> Vec<String> {
    terminal.lines().into_iter().filter(|line| line.starts_with("devshell: ")).collect()
}

#[test]
fn the_users_shell_has_the_projects_tools() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in &FURTHER {
        further.write_rc(&sandbox, "");
        let mut terminal = enter(&sandbox, further, PROMPT, &[]);
        assert_eq!(terminal.answer("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.answer("greet"), "hello", "{terminal}");
        let variables = terminal.report();
        for (name, expected) in [
            ("COLOUR", "green"),
            ("SHELL", shell(further.name).to_str().unwrap()),
            ("HOME", sandbox.home().to_str().unwrap()),
            ("DEVSHELL_ROOT", sandbox.project().to_str().unwrap()),
            ("DEVSHELL_NAME", "shop"),
            ("PWD", sandbox.project().to_str().unwrap()),
            ("TERM", "xterm"),
            ("ENV", "-"),
        ] {
            assert_eq!(variables.text(name), expected, "{name} in {terminal}");
        }
        let path = variables.text("PATH");
        assert!(!path.contains("hostbin") && path.contains("links-1"), "{path} in {terminal}");
        assert_eq!(variables.beginning_with("__"), [""; 0], "{terminal}");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        for line in terminal.lines() {
            assert!(line.matches("(shop)").count() <= 1, "a marker too many: {terminal}");
        }
        assert_eq!(notices(&terminal), [""; 0], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

#[test]
fn who_draws_the_prompt_alone_gets_no_marker() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in &FURTHER {
        further.write_rc(&sandbox, "");
        let mut terminal = enter(&sandbox, further, "ready>", &[("DEVSHELL_NO_PROMPT", "1".as_ref())]);
        assert_eq!(terminal.report().text("DEVSHELL_NAME"), "shop", "{terminal}");
        assert_eq!(terminal.prompt(), "ready>", "{terminal}");
        assert!(terminal.lines().iter().all(|line| !line.contains("(shop)")), "{terminal}");
    }
}

#[test]
fn aliases_of_ones_own_are_there_and_nothing_is_left_behind() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    sandbox.config(r#"{ "aliases": { "hi": "echo 'my own'" } }"#);
    for further in &FURTHER {
        further.write_rc(&sandbox, "");
        let mut terminal = enter(&sandbox, further, PROMPT, &[]);
        if further.is_posix() || further.name == "xonsh" {
            assert_eq!(terminal.answer("hi"), "my own", "{terminal}");
        }
        assert_eq!(terminal.report().beginning_with("__"), [""; 0], "{terminal}");
    }
}

#[track_caller]
fn check(sandbox: &Sandbox, terminal: &mut Session, path: &str) {
    // The hooks of older versions of xonsh have no order: there PATH may be taken back, with the
    // notice, as late as before the command.
    assert_eq!(terminal.answer("node --version").lines().last(), Some("v24.3.0"), "{terminal}");
    let variables = terminal.report();
    for (name, expected) in [
        ("PATH", path),
        ("COLOUR", "green"),
        ("PWD", sandbox.project().to_str().unwrap()),
        ("NODE_OPTIONS", "-"),
        ("LD_X", "-"),
    ] {
        assert_eq!(variables.text(name), expected, "{name} in {terminal}");
    }
    assert_eq!(variables.beginning_with("__"), [""; 0], "{terminal}");
}

/// What PATH is when the rc file does nothing.
fn usual_path(sandbox: &Sandbox, further: &Further) -> String {
    further.write_rc(sandbox, "");
    enter(sandbox, further, PROMPT, &[]).report().text("PATH").to_owned()
}

#[test]
fn an_rc_file_does_not_win() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in &FURTHER {
        let path = usual_path(&sandbox, further);
        for (rc, said) in further.cases {
            further.write_rc(&sandbox, rc);
            let mut terminal = enter_about(rc, &sandbox, further, PROMPT, &[]);
            check(&sandbox, &mut terminal, &path);
            assert_eq!(terminal.answer("greet"), "hello", "{terminal}");
            let said: Vec<String> =
                said.iter().map(|text| text.replace('~', sandbox.home().to_str().unwrap())).collect();
            assert_eq!(notices(&terminal), said, "{terminal}");
            terminal.send_line("exit 7");
            assert_eq!(terminal.exit_status(), 7, "{terminal}");
        }
    }
}

#[test]
fn an_rc_file_that_leaves_no_other_way_is_left_out() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in FURTHER.iter().filter(|further| further.begins_again) {
        let path = usual_path(&sandbox, further);
        for (rc, what) in [("exit 3", "ended the shell"), ("readonly PATH", "made `PATH` read-only")] {
            further.write_rc(&sandbox, rc);
            let mut terminal = enter_about(rc, &sandbox, further, "(shop) ", &[]);
            check(&sandbox, &mut terminal, &path);
            let file = sandbox.home().join(further.rc);
            let said = format!("devshell: your {} {what}; starting again without it", file.display());
            assert_eq!(notices(&terminal), [said], "{terminal}");
        }
    }
}

/// It would do so without end: in a terminal that it is to be the shell of, and where another project was entered.
#[test]
fn an_rc_file_that_becomes_a_dev_shell_does_so_once() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    fs_err::os::unix::fs::symlink(DEVSHELL, sandbox.root().join("hostbin/devshell")).unwrap();
    sandbox.write("../other/devshell.json", r#"{ "name": "other" }"#);
    for further in &FURTHER {
        let path = shell(further.name);
        let exec = if further.name == "xonsh" { "xexec" } else { "exec" };
        let become_it = |project: &str| {
            further.write_rc(&sandbox, &format!("cd ~/{project}\n{exec} devshell enter --shell {}", path.display()));
        };
        become_it("shop");
        let words = [path.to_str().unwrap(), "-i"];
        // Those without a file of their own do not show that they read one: another project that it enters is entered.
        if further.rc == ".shrc" {
            let variables = further.variables(&sandbox);
            let variables = variables.iter().map(|(name, value)| (*name, value.as_os_str())).collect::<Vec<_>>();
            let mut terminal = Terminal::enter_with(&sandbox, words[0], &[], &variables).about(further.name);
            check_begun_again(&mut terminal, &sandbox);
            continue;
        }
        let mut terminal = Terminal::start(&sandbox, &words, sandbox.home(), &[]).about(further.name);
        check_begun_again(&mut terminal, &sandbox);
        if further.name == "mksh" {
            continue;
        }
        become_it("other");
        let mut terminal = Terminal::enter(&sandbox, words[0], &[]);
        check_begun_again(&mut terminal, &sandbox);
    }
}

#[track_caller]
fn check_begun_again(terminal: &mut Terminal, sandbox: &Sandbox) {
    // mksh is not replaced while it has a trap for its end, so its own start file notices.
    terminal.wait_for("; starting again without ");
    terminal.wait_for("(shop) ");
    terminal.prompt();
    terminal.send_line("~/report; exit");
    assert_eq!(terminal.exit_status(), 0, "one shell: {terminal}");
    let variables = terminal.reported();
    let place = sandbox.project().to_str().unwrap();
    let said = ["DEVSHELL_NAME", "COLOUR", "PWD"].map(|name| variables.text(name).to_owned());
    assert_eq!(said, ["shop", "green", place], "{terminal}");
    assert_eq!(variables.beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
}

/// Where the shell gives up the file, and everything behind it, what was put in force before stays.
#[test]
fn an_rc_file_with_a_mistake_does_not_win() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in FURTHER.iter().filter(|further| further.is_posix()) {
        let path = usual_path(&sandbox, further);
        for rc in ["if then", ". /nowhere/file"] {
            sandbox.write(sandbox.home().join(further.rc), format!("{rc}\n"));
            let mut terminal = enter_about(rc, &sandbox, further, "(shop) ", &[]);
            check(&sandbox, &mut terminal, &path);
        }
    }
}

#[test]
fn what_is_typed_stays_beside_a_hook_that_does_not() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in &FURTHER {
        let path = usual_path(&sandbox, further);
        further.write_rc(&sandbox, further.hook.unwrap_or_default());
        let mut terminal = enter(&sandbox, further, PROMPT, &[]);
        check(&sandbox, &mut terminal, &path);
        assert_eq!(terminal.answer(further.prepend_to_path), "", "{terminal}");
        assert_eq!(terminal.answer("greet"), "hello", "{terminal}");
        assert_eq!(terminal.report().text("PATH"), format!("/typed:{path}"), "{terminal}");
        let said: &[&str] = if further.hook.is_some() { &[HOOK] } else { &[] };
        assert_eq!(notices(&terminal), said, "{terminal}");
    }
}

#[test]
fn values_arrive_byte_for_byte() {
    let sandbox = shop(&Registry::new(), values::MANIFEST);
    for further in &FURTHER {
        further.write_rc(&sandbox, "");
        let odd: &[u8] =
            if further.holds_bytes { values::ODD } else { b"\x1b[31m\t'\"$(touch pwned)`touch pwned`\n!x" };
        let caller = [("ODD", OsStr::from_bytes(odd)), ("BESIDE", OsStr::from_bytes(odd))];
        let mut terminal = enter(&sandbox, further, PROMPT, &caller);
        let variables = terminal.report();
        for (name, expected) in
            values::EXPECTED.into_iter().chain([("ODD", [b"first:", odd].concat().as_slice()), ("BESIDE", odd)])
        {
            let shown = |value: &[u8]| value.escape_ascii().to_string();
            assert_eq!(variables.bytes(name).map(shown), Some(shown(expected)), "{name} in {terminal}");
        }
        assert!(!sandbox.project().join("pwned").exists(), "a value was evaluated: {terminal}");
    }
}

#[test]
fn a_name_with_code_in_it_is_only_shown() {
    for name in ["$(touch pwned)`touch pwned`", "50% !! \\u %n {x}", "it's \"läden\""] {
        let sandbox =
            shop(&Registry::new(), &serde_json::json!({ "name": name, "tools": { "node": "24" } }).to_string());
        for further in &FURTHER {
            further.write_rc(&sandbox, "");
            let expected = format!("({name}) ready>");
            let mut terminal = enter_about(name, &sandbox, further, &expected, &[]);
            terminal.answer("greet");
            assert_eq!(terminal.prompt(), expected, "{terminal}");
            assert!(!sandbox.project().join("pwned").exists(), "the name was evaluated: {terminal}");
        }
    }
}

#[test]
fn at_pure_what_an_rc_file_exports_reaches_no_child() {
    let sandbox = shop(&Registry::new(), &MANIFEST.replace("{ \"name\"", "{ \"isolation\": \"pure\", \"name\""));
    for (name, rc) in [
        ("nu", "$env.RC_EXPORT = '1'"),
        ("xonsh", "$RC_EXPORT = '1'"),
        ("elvish", "set-env RC_EXPORT 1"),
        ("ksh", "export RC_EXPORT=1"),
        ("mksh", "export RC_EXPORT=1"),
        ("yash", "export RC_EXPORT=1"),
        ("dash", "export RC_EXPORT=1"),
        ("ash", "export RC_EXPORT=1"),
        ("tcsh", "setenv RC_EXPORT 1"),
    ] {
        let further = FURTHER.iter().find(|further| further.name == name).unwrap();
        further.write_rc(&sandbox, rc);
        let mut terminal = enter(&sandbox, further, PROMPT, &[("LC_TIME", "C".as_ref()), ("STRANGE", "1".as_ref())]);
        let variables = terminal.report();
        let values = ["RC_EXPORT", "STRANGE", "LC_TIME", "COLOUR", "TERM"].map(|name| variables.text(name));
        assert_eq!(values, ["-", "-", "C", "green", "xterm"], "{terminal}");
        assert_eq!(terminal.answer("node --version"), "v24.3.0", "{terminal}");
    }
}

#[test]
fn reload_takes_the_place_of_the_shell() {
    const NOTE: &str = "devshell: the manifest or the lock has changed; `devshell reload` applies it";
    for further in &FURTHER {
        let registry = Registry::new();
        let sandbox = shop(&registry, MANIFEST);
        further.write_rc(&sandbox, "");
        let mut terminal = enter(&sandbox, further, PROMPT, &[]);
        registry.publish(tool("node", "24.4.0"));
        sandbox.manifest(MANIFEST.replace("24", "24.4").replace("green", "blue"));
        sandbox.run(&["lock"]).success();
        let Some(process) = further.process else {
            let said = terminal.answer("devshell reload");
            assert!(said.contains("this shell cannot be reloaded in place"), "{terminal}");
            continue;
        };
        let number = |said: String| said.lines().next().map(str::to_owned);
        let before = number(terminal.answer(process));
        terminal.answer("greet");
        let noted = if further.notes_changes { vec![NOTE] } else { vec![] };
        assert_eq!(notices(&terminal), noted, "{terminal}");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.first_prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.answer("node --version"), "v24.4.0", "{terminal}");
        assert_eq!(terminal.answer("greet"), "hello", "{terminal}");
        assert_eq!(number(terminal.answer(process)), before, "{terminal}");
        let variables = terminal.report();
        assert_eq!(variables.text("COLOUR"), "blue", "{terminal}");
        assert_eq!(variables.beginning_with("__"), [""; 0], "{terminal}");
        // A mistake costs nobody the shell.
        sandbox.manifest("{ nonsense");
        terminal.answer("devshell reload");
        assert_eq!(terminal.answer("node --version"), "v24.4.0", "{terminal}");
        assert_eq!(number(terminal.answer(process)), before, "{terminal}");
    }
}

#[test]
fn reload_gives_back_what_was_replaced() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in FURTHER.iter().filter(|further| further.process.is_some()) {
        further.write_rc(&sandbox, "");
        sandbox.manifest(MANIFEST);
        let caller = [("COLOUR", OsStr::new("it's\nred")), ("LD_LIBRARY_PATH", OsStr::new("/mine"))];
        let mut terminal = enter(&sandbox, further, PROMPT, &caller);
        let names = ["COLOUR", "LD_LIBRARY_PATH"];
        let variables = terminal.report();
        assert_eq!(names.map(|name| variables.text(name)), ["green", "-"], "{terminal}");
        let keep = r#""keep": ["LD_LIBRARY_PATH"], "env""#;
        sandbox.manifest(MANIFEST.replace(r#""COLOUR": "green""#, "").replace(r#""env""#, keep));
        terminal.send_line("devshell reload");
        assert_eq!(terminal.first_prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.answer("greet"), "hello", "{terminal}");
        let variables = terminal.report();
        assert_eq!(names.map(|name| variables.text(name)), ["it's\nred", "/mine"], "{terminal}");
    }
}

#[test]
fn a_reload_reads_a_pipe_once() {
    let sandbox = shop(&Registry::new(), &MANIFEST.replace(r#""env""#, r#""env_files": [".env"], "env""#));
    let pipe = sandbox.project().join(".env");
    make_pipe(&pipe);
    for further in FURTHER.iter().filter(|further| further.process.is_some()) {
        further.write_rc(&sandbox, "");
        let served = serve_once(&pipe, "TOKEN=one\n");
        let mut terminal = enter(&sandbox, further, PROMPT, &[]);
        served.join().unwrap();
        let served = serve_once(&pipe, "TOKEN='two'\n");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.first_prompt(), PROMPT, "{terminal}");
        served.join().unwrap();
        assert_eq!(terminal.answer("greet"), "hello", "{terminal}");
        let variables = terminal.report();
        assert_eq!(variables.text("TOKEN"), "two", "{terminal}");
        assert_eq!(variables.beginning_with("__"), [""; 0], "{terminal}");
    }
}

#[test]
fn a_script_on_standard_input_runs_in_each() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    for further in &FURTHER {
        // The rc file would be heard.
        further.write_rc(&sandbox, "echo FROM_RC");
        let mut called = sandbox.devshell(&["enter", "--shell", shell(further.name).to_str().unwrap()]);
        for (name, value) in further.variables(&sandbox) {
            called = called.env(name, value);
        }
        let outcome = called.stdin("node --version\nsh -c 'echo in $COLOUR'\nexit 4\n").run();
        // xonsh ends with a newline of its own.
        assert_eq!(outcome.code(4).text().trim_end(), "v24.3.0\nin green", "{outcome}");
    }
}

/// Its process is Python's.
#[test]
fn a_calling_xonsh_is_found() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    sandbox.write("script", "print(6 * 7)\n");
    let line = format!("{DEVSHELL} enter < script");
    sandbox.program(shell("xonsh"), &["--no-rc", "-c", &line]).run().success().stdout("42\n");
}

/// It has a hook for the purpose, which asks devshell, and else has its own words.
#[test]
fn nushell_says_what_is_not_there() {
    let sandbox = shop(&Registry::new(), MANIFEST);
    let further = &FURTHER[0];
    further.write_rc(&sandbox, "");
    let mut terminal = enter(&sandbox, further, PROMPT, &[]);
    let said = terminal.answer("nosuchcommand");
    assert!(said.contains("nosuchcommand") && !said.contains("Usage"), "{terminal}");
    assert_eq!(terminal.answer("node --version"), "v24.3.0", "{terminal}");
}

//! `devshell enter` in rc files, and in shells that made PATH from nothing: whether one is inside is looked at.

use super::{Dialect, MANIFEST, PROMPT, SHELLS, everywhere, shop};
use crate::support::pty::{REPORT, Terminal};
use crate::support::{DEVSHELL, Sandbox, make_pipe, serve_once};

/// The host has devshell itself, which is called in rc files.
fn sandbox() -> Sandbox {
    let sandbox = shop();
    let host = sandbox.root().join("hostbin");
    fs_err::os::unix::fs::symlink(DEVSHELL, host.join("devshell")).unwrap();
    sandbox
}

const NOTE: &str =
    "devshell: your rc files run `exec devshell enter` in the dev shell too; starting again without them";
const ALREADY: &str = "devshell: you are in the dev shell of shop already; `exit` leaves it";

/// A terminal whose rc file becomes a dev shell is that dev shell, and does not end.
#[test]
fn an_rc_file_may_become_a_dev_shell() {
    for (shell, level) in everywhere() {
        let sandbox = sandbox();
        let line = format!("cd ~/shop; and exec devshell enter --shell {} {}", shell.name(), level.join(" "));
        let line = if matches!(shell, Dialect::Fish) { line } else { line.replace("; and", " &&") };
        shell.write_rc(&sandbox, &line);
        let mut terminal = Terminal::start(&sandbox, &[shell.name(), "-i"], sandbox.home(), &[]);
        terminal.wait_for(NOTE);
        assert!(terminal.prompt().starts_with("(shop) "), "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "DEVSHELL_NAME"].map(|name| variables.text(name)), ["green", "shop"], "{terminal}");
        assert_eq!(variables.beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(variables.text("XDG_DATA_DIRS"), "-", "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "one shell: {terminal}");
    }
}

/// What is entered is what was asked for, whichever project the rc file is about.
#[test]
fn such_a_file_does_not_replace_another_project() {
    let sandbox = sandbox();
    sandbox.write("../other/devshell.json", r#"{ "name": "other" }"#);
    for (shell, level) in everywhere() {
        let line = format!("cd ~/other; exec devshell enter --shell {}", shell.name());
        shell.write_rc(&sandbox, &line);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.wait_for(NOTE);
        assert!(terminal.prompt().starts_with("(shop) "), "{terminal}");
        let variables = terminal.variables();
        let place = sandbox.project().to_str().unwrap();
        assert_eq!(["DEVSHELL_NAME", "PWD"].map(|name| variables.text(name)), ["shop", place], "{terminal}");
    }
}

/// Without `exec`, the shell that reads the file is the dev shell in the end, and entering has an end.
#[test]
fn an_rc_file_that_enters_says_once_that_one_is_inside() {
    let sandbox = sandbox();
    for (shell, level) in everywhere() {
        shell.write_rc(&sandbox, "devshell enter");
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [ALREADY], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
    let mut sandbox = shop().on_whole_host();
    let host = sandbox.host_directory("hostbin");
    fs_err::os::unix::fs::symlink(DEVSHELL, host.join("devshell")).unwrap();
    for (shell, file) in [("ksh", ".kshrc"), ("tcsh", ".tcshrc"), ("mksh", ".mkshrc"), ("yash", ".yashrc")] {
        sandbox.write(sandbox.home().join(file), "devshell enter\n");
        let mut terminal = Terminal::enter(&sandbox, shell, &[]);
        assert!(terminal.prompt().contains("(shop) "), "{terminal}");
        terminal.wait_for(ALREADY);
        terminal.send_line(&format!("{REPORT}; exit 7"));
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
        assert_eq!(terminal.reported().beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
    }
}

/// A shell that keeps to itself what it was given is made once more: of the same manifest, and with what a pipe said.
#[test]
fn what_is_made_again_is_what_was_entered() {
    let mut sandbox = shop().on_whole_host();
    let host = sandbox.host_directory("hostbin");
    fs_err::os::unix::fs::symlink(DEVSHELL, host.join("devshell")).unwrap();
    let second = r#"{ "name": "second", "env": { "COLOUR": "blue" }, "env_files": [".env"] }"#;
    sandbox.write("second.json", second);
    let (manifest, pipe) = (sandbox.project().join("second.json"), sandbox.project().join(".env"));
    make_pipe(&pipe);
    for (shell, file) in [
        ("ksh", ".kshrc"),
        ("tcsh", ".tcshrc"),
        ("yash", ".yashrc"),
        ("elvish", ".config/elvish/rc.elv"),
        ("dash", ".shrc"),
    ] {
        let rc = sandbox.home().join(file);
        sandbox.write(&rc, "exec devshell enter\n");
        let mut variables = vec![("DEVSHELL_MANIFEST", manifest.as_os_str())];
        variables.extend((shell == "dash").then_some(("ENV", rc.as_os_str())));
        let served = serve_once(&pipe, "TOKEN=one\n");
        let mut terminal = Terminal::enter_with(&sandbox, shell, &[], &variables).about(shell);
        terminal.wait_for("; starting again without ");
        terminal.wait_for("(second) ");
        served.join().unwrap();
        terminal.prompt();
        terminal.send_line(&format!("{REPORT}; exit 7"));
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
        let variables = terminal.reported();
        let said = ["DEVSHELL_NAME", "COLOUR", "TOKEN"].map(|name| variables.text(name).to_owned());
        assert_eq!(said, ["second", "blue", "one"], "{terminal}");
        assert_eq!(variables.beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
    }
}

/// As tmux starts one in every pane: /etc/profile has made PATH from nothing.
#[test]
fn a_login_shell_inside_is_outside_and_can_enter() {
    let sandbox = sandbox();
    let path = sandbox.path().to_str().unwrap();
    sandbox.write(sandbox.home().join(".bash_profile"), format!("PATH='{path}'; PS1='login> '\n"));
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    terminal.prompt();
    terminal.send_line("bash -l");
    assert_eq!(terminal.prompt(), "login>", "{terminal}");
    let said = terminal.run("devshell reload");
    assert!(said.starts_with("devshell: you are not in a dev shell"), "{said} in {terminal}");
    assert_eq!(terminal.run("devshell run sh -c 'echo $DEVSHELL_HOST_PATH'"), path, "{terminal}");
    terminal.send_line("devshell enter --shell bash");
    assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
    assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
    assert_eq!(terminal.run("devshell enter"), ALREADY, "{terminal}");
    // What one puts first by hand does not lead outside.
    assert_eq!(terminal.run("PATH=~/bin:$PATH; devshell enter"), ALREADY, "{terminal}");
}

/// Nor does a shell that the rc file becomes know of the dev shell, whatever variables it was left.
#[test]
fn a_shell_that_the_rc_file_became_can_enter() {
    let sandbox = sandbox();
    Dialect::Bash.write_rc(&sandbox, "[ -n \"$ONCE\" ] || ONCE=1 exec zsh");
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    assert_eq!(terminal.prompt(), "ready>", "{terminal}");
    assert!(!terminal.variables().beginning_with("__DEVSHELL_").is_empty(), "{terminal}");
    terminal.send_line("devshell enter --shell zsh");
    assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
    let variables = terminal.variables();
    assert_eq!(variables.beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
    assert_eq!(variables.text("COLOUR"), "green", "{terminal}");
}

/// A server that was started inside has the dev shell's variables in every pane. There the cd hook works, and takes
/// them back.
#[test]
fn in_a_pane_of_tmux_the_cd_hook_starts_from_outside() {
    let sandbox = sandbox();
    let tmux = sandbox.find("tmux").display().to_string();
    sandbox.manifest(MANIFEST.replace(r#""COLOUR": "green""#, r#""COLOUR": "green", "TOKEN": "of shop""#));
    sandbox.write("../b/devshell.json", r#"{ "name": "b", "env": { "SHADE": "dark" } }"#);
    let b = |words: &[&str]| {
        sandbox.devshell(words).directory("../b").run().success();
    };
    b(&["lock"]);
    b(&["run", "--isolation", "none", "true"]);
    b(&["allow"]);
    let path = sandbox.path().to_str().unwrap();
    sandbox.write(sandbox.home().join(".bash_profile"), format!("PATH='{path}'\n. ~/.bashrc\n"));
    Dialect::Bash.write_rc(&sandbox, "eval \"$(devshell hook bash)\"");
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
    let socket = sandbox.root().join("tmux").display().to_string();
    let pane = format!("{tmux} -S {socket} -f /dev/null");
    let set = |words: &str| format!("{pane} {words}");
    terminal.run(&set("new-session -d -x 100 -y 20 'exec bash -l'"));
    for (line, names, expected) in [
        ("cd ~", ["TOKEN", "COLOUR", "SHADE", "DEVSHELL_NAME", "DEVSHELL_OUTER"], ["-", "-", "-", "-", "-"]),
        ("cd ~/b", ["TOKEN", "COLOUR", "SHADE", "DEVSHELL_NAME", "DEVSHELL_OUTER"], ["-", "-", "dark", "b", "-"]),
    ] {
        terminal.run(&set(&format!("send-keys '{line}' Enter '{REPORT}; {tmux} wait-for -S done' Enter")));
        terminal.run(&set("wait-for done"));
        let variables = terminal.reported();
        assert_eq!(names.map(|name| variables.text(name)), expected, "{line}: {terminal}");
    }
    // The session itself stays as it is, whatever its own hook thinks of `cd`.
    terminal.run("cd ~/b");
    assert_eq!(terminal.variables().text("TOKEN"), "of shop", "{terminal}");
    terminal.run(&set("kill-server"));
}

/// A person can make the value inside; what is called there still lacks it.
#[test]
fn a_required_variable_is_named_and_keeps_no_one_out() {
    let required =
        r#""COLOUR": "green", "TOKEN": { "required": "type `devshell run login`" } }, "env_files": [".env"]"#;
    let scripts = r#"{ "scripts": { "login": "echo TOKEN=made >.env" }, "#;
    let manifest = MANIFEST.replacen("{ ", scripts, 1).replace(r#""COLOUR": "green" }"#, required);
    for (shell, level) in everywhere() {
        let sandbox = sandbox();
        sandbox.manifest(&manifest);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let missing = "devshell: the variable `TOKEN` is required: type `devshell run login`";
        assert_eq!(terminal.noise(PROMPT), [missing], "{terminal}");
        assert!(terminal.run("devshell run true").starts_with(missing), "{terminal}");
        assert_eq!(terminal.run("devshell run login"), missing, "{terminal}");
        assert_eq!(terminal.run("devshell run printenv TOKEN"), "made", "{terminal}");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("printenv TOKEN"), "made", "{terminal}");
    }
}

/// What the session was entered with holds for what is typed in it.
#[test]
fn the_options_of_the_entry_hold_inside() {
    let docs = r#""environments": { "docs": { "scripts": { "build": "echo built" } } }, "env""#;
    for shell in SHELLS {
        let sandbox = sandbox();
        sandbox.manifest(MANIFEST.replace(r#""env""#, docs));
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &["-e", "docs", "--isolation", "pure"]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("devshell run build"), "built", "{terminal}");
        assert_eq!(terminal.run("devshell enter"), ALREADY, "{terminal}");
        let said = terminal.run("biuld 2>&1");
        assert!(said.contains("did you mean `devshell run build`?"), "{said} in {terminal}");
        terminal.send_line("devshell enter -e default");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert!(terminal.run("devshell run build 2>&1").contains("is not in this dev shell"), "{terminal}");
        terminal.send_line("exit");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("devshell run build"), "built", "{terminal}");
    }
}

//! The hook in nushell, which is told in JSON.

use super::shop;
use crate::support::pty::{Terminal, Variables};
use crate::support::{Registry, Sandbox, shell};

const CONFIG: &str = "$env.config.show_banner = false
$env.PROMPT_COMMAND = {|| 'ready' }
$env.PROMPT_COMMAND_RIGHT = ''
";

/// Of nushell's own making, or of any shell's.
const OWN: [&str; 5] = ["PWD", "OLDPWD", "CMD_DURATION_MS", "LAST_EXIT_CODE", "_"];

fn start(sandbox: &Sandbox) -> Terminal {
    sandbox.write(sandbox.home().join(".config/nushell/config.nu"), CONFIG);
    let hook = sandbox.run(&["hook", "nu"]).success().bytes().to_owned();
    sandbox.write(sandbox.home().join(".config/nushell/autoload/devshell.nu"), hook);
    let nu = shell("nu");
    let variables = [("GONE", "there".as_ref()), ("LIST", "mine".as_ref())];
    let terminal = Terminal::start(sandbox, &[nu.to_str().unwrap()], sandbox.home(), &variables);
    assert_eq!(terminal.prompt(), "ready>", "{terminal}");
    terminal
}

fn variables(terminal: &mut Terminal) -> Variables {
    terminal.answer("^env -0 | save -f ~/shop/variables");
    terminal.reported()
}

fn assert_same(before: &Variables, after: &Variables, terminal: &Terminal) {
    for name in before.beginning_with("").into_iter().chain(after.beginning_with("")) {
        if !OWN.contains(&name.as_str()) {
            assert_eq!(before.text(&name), after.text(&name), "{name}: {terminal}");
        }
    }
}

#[test]
fn what_is_not_allowed_changes_nothing_in_nushell() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let mut terminal = start(&sandbox);
    let before = variables(&mut terminal);
    terminal.answer("cd shop");
    terminal.wait_for("is not allowed yet");
    assert_same(&before, &variables(&mut terminal), &terminal);
    assert!(!sandbox.home().join("hellos").exists(), "{terminal}");
}

#[test]
fn what_is_allowed_comes_and_goes_in_nushell() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let mut terminal = start(&sandbox);
    let before = variables(&mut terminal);
    terminal.answer("cd shop");
    terminal.answer("devshell allow");
    terminal.wait_for("devshell: entered shop");
    assert_eq!(terminal.answer("node --version"), "v24.3.0", "{terminal}");
    let inside = variables(&mut terminal);
    let values = ["COLOUR", "LIST", "GONE", "TOKEN"].map(|name| inside.text(name));
    assert_eq!(values, ["green", "ours:mine", "-", "s3cret"], "{terminal}");
    terminal.answer("$env.PATH = ($env.PATH | append /mine)");
    terminal.answer("cd ~");
    terminal.wait_for("devshell: left shop");
    let after = variables(&mut terminal);
    assert_eq!(after.text("PATH"), format!("{}:/mine", before.text("PATH")), "{terminal}");
    terminal.answer("$env.PATH = ($env.PATH | drop 1)");
    assert_same(&before, &variables(&mut terminal), &terminal);
}

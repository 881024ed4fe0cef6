//! Inside the weaker wall of Landlock alone, on a machine without namespaces, a person's shell is what it is elsewhere.
#![cfg(target_os = "linux")]

use super::habits::stop_and_go_on;
use super::*;
use crate::landlock::WITHOUT_NAMESPACES;
use crate::support::DEVSHELL;
use crate::support::pty::Terminal;

#[test]
fn the_shell_is_the_users_own() {
    let manifest = MANIFEST.replacen('{', r#"{ "isolation": "sandbox", "sandbox": { "or": "landlock" },"#, 1);
    let sandbox = shop_with(&Registry::new(), &manifest).on_whole_host();
    sandbox.write(sandbox.home().join(".ssh/id"), "a secret\n");
    for shell in SHELLS {
        let words = [WITHOUT_NAMESPACES, &[DEVSHELL, "enter", "--shell", shell.name()]].concat();
        let mut terminal = Terminal::start(&sandbox, &words, sandbox.project(), &[]);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        terminal.wait_for_lines("the sandbox is weaker here", 1);
        assert_eq!(terminal.run("greet"), shell.greeting(), "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.run("cat ~/.ssh/id 2>/dev/null; true"), "", "{terminal}");
        assert_eq!(terminal.run("echo x >new; cat new; echo y >~/own; cat ~/own"), "x\ny", "{terminal}");
        assert_eq!(terminal.run("stty size </dev/tty"), "400 120", "{terminal}");
        assert_eq!(terminal.run("echo in between"), "in between", "{terminal}");
        stop_and_go_on(&mut terminal, shell);
    }
}

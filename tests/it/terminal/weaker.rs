//! Inside the weaker wall of Landlock alone, on a machine without namespaces, a person's shell is what it is elsewhere.
#![cfg(target_os = "linux")]

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
        terminal.send_line("sh -c 'echo wait$((40 + 2)); read -r word; echo got $word'");
        terminal.wait_for("wait42");
        terminal.send("\x1a");
        terminal.wait_for(shell.choose(["Stopped", "suspended", "has stopped"]));
        terminal.prompt();
        assert_eq!(terminal.run("echo in between"), "in between", "{terminal}");
        terminal.send_line("fg");
        terminal.wait_for_lines("got $word", if shell == Dialect::Fish { 2 } else { 3 });
        terminal.send_line("this");
        terminal.wait_for("got this");
        terminal.prompt();
        terminal.send_line("sh -c 'echo sleep$((40 + 2)); exec sleep 1000'");
        terminal.wait_for("sleep42");
        terminal.send("\x03");
        terminal.prompt();
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

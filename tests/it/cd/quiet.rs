//! An unchanged prompt costs next to nothing, as `strace` counts it.
#![cfg(target_os = "linux")]

use super::{SHELLS, shop};
use crate::support::Registry;
use crate::support::pty::Terminal;

/// More than the manifest, the lock, the env file, the hook's script and the decision need.
const HANDFUL: usize = 20;

#[test]
fn an_unchanged_prompt_starts_no_process_and_looks_at_a_few_files() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    let strace = which::which("strace").expect("strace is not installed, and this test is about it");
    for shell in &SHELLS {
        let trace = sandbox.root().join(format!("{}.trace", shell.name));
        let words = [strace.to_str().unwrap(), "-f", "-o", trace.to_str().unwrap(), shell.name, "-i"];
        let mut terminal = Terminal::start(&sandbox, &words, sandbox.home(), &[]);
        terminal.prompt();
        terminal.typed("cd shop");
        for mark in ["one", "two", "three"] {
            terminal.typed(&format!("test -e /mark-{mark}"));
        }
        terminal.send_line("exit");
        terminal.exit_status();
        let text = fs_err::read_to_string(&trace).unwrap();
        // Between two marks lie one command that does nothing, and one prompt.
        let looked_at = |mark: &str| text.rfind(&format!("\"/mark-{mark}\"")).expect(mark);
        let calls = &text[looked_at("two")..looked_at("three")];
        let count = |names: &[&str]| {
            // fish has threads of its own.
            let is_one = |line: &&str| {
                names.iter().any(|name| line.contains(&format!(" {name}("))) && !line.contains("CLONE_THREAD")
            };
            calls.lines().filter(is_one).count()
        };
        assert_eq!(count(&["clone", "clone3", "fork", "vfork", "execve"]), 0, "{}:\n{calls}", shell.name);
        let root = sandbox.project().to_string_lossy().into_owned();
        let looks = calls.lines().filter(|line| line.contains(&root) || line.contains("devshell")).count();
        assert!(looks > 0 && looks <= HANDFUL, "{}: {looks} times\n{calls}", shell.name);
    }
}

//! Plain shells started inside a dev shell: they are in its environment, read the user's own rc
//! files, and meet nothing of devshell's that they do not know.

use super::{PROMPT, SHELLS, everywhere, shop};
use crate::support::pty::Terminal;

#[test]
fn a_plain_shell_inside_has_the_environment_and_no_marker() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let path = terminal.variables().text("PATH").to_owned();
        for inner in SHELLS {
            terminal.send_line(inner.name());
            assert_eq!(terminal.prompt(), "ready>", "{terminal}");
            assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
            assert_eq!(terminal.run("greet"), inner.greeting(), "{terminal}");
            let variables = terminal.variables();
            assert_eq!((variables.text("PATH"), variables.text("COLOUR")), (path.as_str(), "green"), "{terminal}");
            terminal.send_line("exit");
            assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        }
        let noise = terminal.noise(PROMPT);
        // bash says `exit` when it ends.
        let unexpected = noise.iter().filter(|line| !line.starts_with("ready>") && *line != "exit");
        assert_eq!(unexpected.count(), 0, "{noise:?} in {terminal}");
    }
}

/// Jobs belong to the shell: no process of devshell's stands between.
#[test]
fn jobs_can_be_stopped_and_continued() {
    let sandbox = shop();
    // It says when it runs, so that it is stopped then and not before.
    sandbox.write_executable("job", "#!/bin/sh\necho job runs\nexec sleep 1000\n");
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.send_line("./job");
        terminal.wait_for("job runs");
        terminal.send("\x1a");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert!(terminal.run("jobs").contains("./job"), "{terminal}");
        terminal.send_line("kill %1; fg");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert!(!terminal.run("jobs").contains("./job"), "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

//! What scripts may use of the machine: with small limits, which the hidden verb takes as options, in the root directory of a
//! prefix that was caught while its packages were configured.

use std::path::PathBuf;

use super::Machine;
use super::ended::{Waiting, waiting};
use super::hostile::running;
use crate::support::pty::Terminal;
use crate::support::{Outcome, wait_until};

/// A root directory in which one package is to be configured, by a script that may change.
struct Caught {
    machine: Machine,
    root: PathBuf,
}

impl Caught {
    fn new() -> Self {
        let Waiting { machine, child, staging, .. } = waiting("l-waits");
        let root = machine.sandbox().root().join("tmp/caught");
        let copied = machine.sandbox().program("cp", &["-a"]).arg(staging.join("prefix")).arg(&root).run();
        copied.success();
        child.kill();
        let status = root.join("var/lib/dpkg/status");
        let text = fs_err::read_to_string(&status).unwrap();
        let settled = |paragraph: &str| {
            let is_ours = paragraph.starts_with("Package: l-waits\n");
            paragraph
                .replace("install ok unpacked", if is_ours { "install ok unpacked" } else { "install ok installed" })
        };
        let text: Vec<String> = text.split("\n\n").map(settled).collect();
        fs_err::write(status, text.join("\n\n")).unwrap();
        Self { machine, root }
    }

    /// Puts a script in the place of the package's, and returns the words that run it.
    fn words(&self, script: &str, limits: &[&str]) -> Vec<String> {
        let file = self.root.join("var/lib/dpkg/info/l-waits.postinst");
        let text = format!("#!/bin/sh\nnote=/usr/share/l-waits\nmkdir -p $note\n{script}\n");
        fs_err::remove_file(&file).unwrap();
        self.machine.sandbox().write_executable(&file, &text);
        let beside = |name: &str| {
            let path = self.root.with_file_name(name);
            self.machine.sandbox().remove(&path);
            for below in ["usr", "etc", "var"] {
                fs_err::create_dir_all(path.join(below)).unwrap();
            }
            path.display().to_string()
        };
        let verb = ["configure-packages"].iter().chain(limits).map(|word| (*word).to_owned());
        verb.chain([self.root.display().to_string(), beside("changes"), beside("work")]).collect()
    }

    #[track_caller]
    fn run(&self, script: &str, limits: &[&str]) -> Outcome {
        let words = self.words(script, limits);
        self.machine.devshell(&words.iter().map(String::as_str).collect::<Vec<_>>()).run()
    }

    fn note(&self, name: &str) -> String {
        fs_err::read_to_string(self.root.with_file_name("changes/usr/share/l-waits").join(name)).unwrap_or_default()
    }
}

#[test]
fn scripts_are_stopped_that_use_too_much() {
    let caught = Caught::new();
    let fine = caught.run("echo end >$note/end", &[]);
    fine.success().stderr_lacks("stopped");
    assert_eq!(caught.note("end"), "end\n");
    let bomb = r"perl -e 'my $n = 0; while ($n++ < 11) { fork } exec qw(sleep 98765.6)'";
    let many = r"perl -e 'for (1..60000) { open F, q(>), qq(/usr/share/l-waits/$_) } sleep 300'";
    let memory = r"perl -e '$x = q(x) x 600_000_000; sleep 300'";
    for (script, limit, said) in [
        ("sleep 98765.6", ["--seconds", "2"], "they took more than 2 s"),
        ("trap '' TERM HUP INT; setsid sleep 98765.6 & sleep 98765.6", ["--seconds", "2"], "they took more than 2 s"),
        (bomb, ["--processes", "300"], "they started more than 300 processes"),
        (
            "head -c 300M /dev/zero >$note/big; sleep 300",
            ["--disk", "64"],
            "they used more than 64 MiB of the disk, or all of it",
        ),
        (many, ["--files", "20000"], "they made more than 20000 files"),
        (memory, ["--memory", "200"], "they used more than 200 MiB of memory, or all of it"),
        (
            "head -c 600M /dev/zero >/tmp/big; sleep 300",
            ["--memory", "200"],
            "they used more than 200 MiB of memory, or all of it",
        ),
    ] {
        let outcome = caught.run(script, &limit);
        outcome.signal(9);
        let errors = outcome.errors();
        assert_eq!(errors.lines().last(), Some(&*format!("devshell: the scripts were stopped: {said}")), "{outcome}");
        wait_until("what scripts started ends", || running("98765.6").is_empty());
    }
}

/// Whatever the terminal is told would come from devshell.
#[test]
fn scripts_have_no_terminal() {
    let caught = Caught::new();
    let script = "echo GOTCHA >/dev/tty && echo written >$note/tty; echo GOTCHA >/dev/console; echo end >>$note/tty";
    let words = caught.words(script, &[]).join(" ");
    let machine = &caught.machine;
    machine.program(&["true"]).run().success();
    let line = format!("{} {words} </dev/null >/dev/null 2>errors; echo ended", machine.user.executable());
    let line = [machine.user.words().as_slice(), &["sh".to_owned(), "-c".to_owned(), line]].concat();
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let mut terminal = Terminal::start(machine.sandbox(), &line, &machine.sandbox().root().join("tmp"), &[]);
    terminal.wait_for("ended");
    assert_eq!(terminal.exit_status(), 0, "{terminal}");
    assert!(!terminal.to_string().contains("GOTCHA"), "{terminal}");
    assert_eq!(caught.note("tty"), "end\n");
}

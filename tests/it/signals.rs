//! Signals reach the program that a script is about: no shell of devshell's remains between. Whoever stops a
//! container, a service or a job knows one process only.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Sandbox;

/// Notes its number and its words, then waits for a signal, of which it notes the name.
const SERVER: &str = "#!/bin/sh
for signal in TERM INT HUP; do trap \"echo $signal >told; exit 0\" $signal; done
echo \"$PWD|$A|$*\" >there.new
echo $$ >number
mv there.new there
while :; do sleep 0.05; done
";

fn sandbox(line: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let manifest = serde_json::json!({ "scripts": { "start": line, "again": "devshell run start" } });
    sandbox.manifest(manifest.to_string());
    sandbox.write_executable("server", SERVER);
    sandbox.write("sub/file", "");
    sandbox.run(&["lock"]).success();
    sandbox
}

/// Starts a script, waits until its server runs, sends the signal to the one process that is known, and gives
/// what the server noted.
#[track_caller]
fn stopped(sandbox: &Sandbox, directory: &str, words: &[&str], signal: Signal) -> [String; 2] {
    let directory = sandbox.project().join(directory);
    let mut child = sandbox.devshell(words).spawn();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !directory.join("there").exists() {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "{words:?} has not started");
        std::thread::sleep(Duration::from_millis(5));
    }
    let number = fs_err::read_to_string(directory.join("number")).unwrap();
    assert_eq!(number.trim(), child.id().to_string(), "{words:?} is another process");
    kill_process(Pid::from_child(&child), signal).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{words:?}");
    let read = |name: &str| fs_err::read_to_string(directory.join(name)).unwrap().trim().to_owned();
    let noted = ["there", "told"].map(read);
    for name in ["there", "told", "number"] {
        fs_err::remove_file(directory.join(name)).unwrap();
    }
    noted
}

#[test]
fn they_reach_the_program_of_a_script() {
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT"), (Signal::HUP, "HUP")] {
        let sandbox = sandbox("./server");
        let place = sandbox.project().display().to_string();
        assert_eq!(stopped(&sandbox, "", &["run", "start"], signal), [format!("{place}||"), name.to_owned()]);
    }
}

#[test]
fn and_that_of_lines_that_are_more_than_one_word() {
    for (line, directory, words, expected) in [
        ("A='1 2' ./server 'a b' \"$HOME\" >log 2>&1", "", &[][..], "|1 2|a b [HOME]"),
        ("A=$(echo 3) ./server", "", &["x y", "z"], "|3|x y z"),
        ("cd sub && ../server", "sub", &[], "/sub||"),
        ("test -d sub && A=4 sh ./server # the end", "", &[], "|4|"),
    ] {
        let sandbox = sandbox(line);
        let noted = stopped(&sandbox, directory, &[&["run", "start"], words].concat(), Signal::TERM);
        let (place, home) = (sandbox.project().display().to_string(), sandbox.home().display().to_string());
        let expected = expected.replace("[HOME]", &home);
        assert_eq!(noted, [format!("{place}{expected}"), "TERM".to_owned()], "{line}");
    }
}

/// A script that calls another one, and a command of `enter`, hand their place on too.
#[test]
fn and_that_of_a_script_that_a_script_calls() {
    let sandbox = sandbox("./server");
    for words in [&["run", "again"][..], &["enter", "--", "devshell", "run", "again"], &["run", "--", "./server"]] {
        assert_eq!(stopped(&sandbox, "", words, Signal::TERM)[1], "TERM", "{words:?}");
    }
}

/// What a shell has still to do after its last command is done.
#[test]
fn a_line_that_needs_its_shell_keeps_it() {
    for (line, expected) in [
        ("trap 'echo trapped' EXIT && true", "trapped\n"),
        ("false || echo other", "other\n"),
        ("f() { echo function; }; f", "function\n"),
        ("echo one && echo two", "one\ntwo\n"),
        ("cd sub && pwd | sed 's|.*/||'", "sub\n"),
        ("for x in a b; do echo $x; done", "a\nb\n"),
    ] {
        sandbox(line).run(&["run", "start"]).success().stdout(expected).stderr("");
    }
}

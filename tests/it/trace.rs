//! `devshell trace`: what a command used of the host that the manifest does not name. How uses are recorded is tested in
//! crates/wall.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Registry, Sandbox, tool};

/// A locked project with a tool, and a program of the host that is on its PATH only.
struct Shop {
    sandbox: Sandbox,
    program: PathBuf,
}

const MANIFEST: &str = r#"{ "name": "shop", "tools": { "node": "22" }, "scripts": { "both": "node --version; cat" } }"#;

fn shop() -> Shop {
    let registry = Registry::with(tool("node", "22.3.0"));
    let mut sandbox = Sandbox::new().with_registry(&registry);
    let host = sandbox.host_directory("opt");
    let program = sandbox.write_executable(host.join("frobnicate"), "#!/bin/sh\necho frob\n");
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    Shop { sandbox, program }
}

/// The report of a command that ends well, as data.
#[track_caller]
fn traced(sandbox: &Sandbox, options: &[&str], words: &[&str]) -> Value {
    let output = sandbox.root().join("trace.json");
    let line = [&["trace", "--json", "-o", output.to_str().unwrap()][..], options, &["--"], words].concat();
    sandbox.run(&line).success();
    serde_json::from_str(&sandbox.read(output)).unwrap()
}

#[track_caller]
fn sh(sandbox: &Sandbox, script: &str) -> Value {
    traced(sandbox, &[], &["sh", "-c", script])
}

fn paths(files: &Value) -> Vec<&str> {
    files.as_array().map(|files| files.iter().map(|file| file["path"].as_str().unwrap()).collect()).unwrap_or_default()
}

const NOTHING: &str = "devshell: of the host, the command used nothing that the manifest does not name\n";

#[test]
fn the_command_runs_as_without_a_trace() {
    let Shop { sandbox, .. } = shop();
    let words = ["trace", "--", "sh", "-c", "cat; echo words >&2; node --version; exit 7"];
    let outcome = sandbox.devshell(&words).stdin("through\n").run();
    outcome.code(7).stdout("through\nv22.3.0\n").stderr(&format!("words\n{NOTHING}"));
    sandbox.devshell(&["trace", "both"]).stdin("script\n").run().success().stdout("v22.3.0\nscript\n");
    sandbox.run(&["trace", "--", "sh", "-c", "kill -TERM $$"]).signal(15).stderr(NOTHING);
    let outcome = sandbox.run(&["trace", "--", "no-such-command"]);
    outcome.code(127).stderr_contains("devshell: `no-such-command` is not in this dev shell\n");
    sandbox.write("data", "no program\n");
    sandbox.run(&["trace", "--", "./data"]).code(126).stderr_contains("`./data` cannot be run");
    sandbox.run(&["trace", "-o", "no/such/place", "--", "touch", "made"]).code(125).stderr_contains("no/such/place");
    assert!(!sandbox.project().join("made").exists());
}

#[test]
fn programs_are_shown_with_what_adds_them() {
    let Shop { sandbox, program } = shop();
    let path = program.display().to_string();
    let outcome = sandbox.run(&["trace", "--isolation", "none", "--", "frobnicate"]);
    outcome.success().stdout("frob\n").stderr(
        "devshell: the command used files of the host that the manifest does not name:\n  \
         devshell add host:frobnicate  frobnicate\n",
    );
    let report = sh(&sandbox, &path);
    assert_eq!(report["lines"][0]["tools"], serde_json::json!(["host:frobnicate"]));
    assert_eq!(paths(&report["lines"][0]["programs"]), [path.as_str()]);
    assert_eq!(report["ending"], "exit status: 0");
    // Its interpreter is a base utility.
    let provided = report["provided"].as_array().unwrap();
    assert!(provided.iter().any(|one| *one == fs_err::canonicalize("/bin/sh").unwrap().to_str().unwrap()), "{report}");

    sandbox.manifest(MANIFEST.replace("\"node\": \"22\"", "\"node\": \"22\", \"host:frobnicate\": \"*\""));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["trace", "--", "frobnicate"]).success().stderr(NOTHING);
}

#[test]
fn a_missing_program_is_shown_with_what_adds_it() {
    let Shop { sandbox, .. } = shop();
    let outcome = sandbox.run(&["trace", "--", "env", "rg", "x"]);
    outcome.code(127).stderr_contains("devshell: looked for and not found: `rg` (`devshell add ripgrep`)\n");
}

#[test]
fn a_path_of_the_host_for_a_tool_of_the_project_is_shown() {
    let Shop { sandbox, program } = shop();
    let other = sandbox.write_executable(program.with_file_name("node"), "#!/bin/sh\n");
    let script = sandbox.write_executable("tool.js", &format!("#!{}\n", other.display()));
    let outcome = sandbox.run(&["trace", "--", script.to_str().unwrap()]);
    let expected = "devshell: tool.js ran [ROOT]/opt/node, and not the dev shell's own `node`\n";
    outcome.success().stderr_contains(expected);
}

#[test]
fn files_of_the_home_directory_are_shown() {
    let Shop { sandbox, .. } = shop();
    sandbox.write(sandbox.home().join(".toolrc"), "x");
    for name in ["a", "b"] {
        sandbox.write(sandbox.home().join(".cache/tool").join(name), "x");
    }
    sandbox.write("own", "x");
    let script = "cat ~/.toolrc ~/.cache/tool/* own; echo x >~/.made";
    let outcome = sandbox.run(&["trace", "-q", "--", "sh", "-c", script]);
    outcome.success().stderr(
        "devshell: the command used files of the host that the manifest does not name:\n  \
         your home directory  ~/.cache/tool (2 files), ~/.made, ~/.toolrc\n",
    );
    let report = sh(&sandbox, script);
    let home = sandbox.home().display().to_string();
    let expected = [".cache/tool/a", ".cache/tool/b", ".made", ".toolrc"].map(|name| format!("{home}/{name}"));
    assert_eq!(paths(&report["files"]["home"]), expected);
    assert_eq!(report["files"]["home"][2]["actions"], serde_json::json!(["write"]));
}

#[test]
fn json_is_one_line_at_the_end() {
    let Shop { sandbox, .. } = shop();
    let outcome = sandbox.run(&["trace", "--json", "--", "sh", "-c", "echo words >&2; echo data"]);
    let errors = outcome.success().stdout("data\n").errors();
    let (words, report) = errors.split_once('\n').unwrap();
    assert_eq!((words, report.matches('\n').count()), ("words", 1), "{errors}");
    let report: Value = serde_json::from_str(report).unwrap();
    assert_eq!((&report["command"][0], &report["lost"]), (&"sh".into(), &0.into()));
}

#[test]
fn a_trace_in_a_trace_says_that_it_cannot_be() {
    let Shop { sandbox, .. } = shop();
    let outcome = sandbox.run(&["trace", "--", "devshell", "trace", "--", "echo", "x"]);
    outcome.code(125).stdout("").stderr_contains(
        "devshell: tracing is not possible here: another tracer already watches this process\n\
         hint: `devshell run -- COMMAND` runs it without a trace\n",
    );
    sandbox.run(&["trace", "--", "devshell", "run", "both"]).success().stdout("v22.3.0\n").stderr(NOTHING);
}

#[test]
fn inside_a_sandbox_it_shows_what_comes_from_the_host() {
    let registry = Registry::with(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().on_whole_host().with_registry(&registry);
    sandbox.manifest(MANIFEST);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox.write(sandbox.home().join(".gitconfig"), "x\n");
    sandbox.write(sandbox.home().join(".secret"), "x\n");
    let options = ["--isolation", "sandbox"];
    let script =
        "node --version; cat ~/.gitconfig; cat ~/.secret 2>/dev/null; echo x >~/.secret; cat ~/.secret; echo x >made";
    let report = traced(&sandbox, &options, &["sh", "-c", script]);
    let home = sandbox.home().display().to_string();
    assert_eq!(paths(&report["files"]["home"]), [format!("{home}/.gitconfig")], "{report}");
    assert_eq!(report["lines"], serde_json::json!([]), "{report}");
    assert_eq!(sandbox.read("made"), "x\n");
    // The host's other commands are at another place there.
    let report = traced(&sandbox, &options, &["sh", "-c", "/.host/usr/bin/python3 --version"]);
    let program = &report["lines"][0]["programs"][0];
    assert_eq!(program["path"], fs_err::canonicalize("/usr/bin/python3").unwrap().to_str().unwrap(), "{report}");
}

#[test]
fn what_it_starts_in_the_background_goes_on() {
    let Shop { sandbox, .. } = shop();
    sandbox.write("file", "late\n");
    let script =
        "(exec >/dev/null 2>&1 </dev/null; until test -e go; do sleep 0.01; done; cat file >part; mv part made) &";
    sandbox.run(&["trace", "--", "sh", "-c", script]).success();
    sandbox.write("go", "");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !sandbox.project().join("made").exists() {
        assert!(Instant::now() < deadline, "it was ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(sandbox.read("made"), "late\n");
}

#[test]
fn at_a_terminal_it_is_a_job() {
    for level in ["", "--isolation sandbox "] {
        let Shop { sandbox, .. } = shop();
        let mut terminal = Terminal::enter(&sandbox, "bash", &[]).about(level);
        terminal.prompt();
        terminal.send_line(&format!(
            "{DEVSHELL} trace {level}-- sh -c 'echo wait$((40 + 2)); read -r word; echo got $word; env no-such-tool'"
        ));
        terminal.wait_for("wait42");
        terminal.send("\x1a");
        terminal.wait_for("Stopped");
        terminal.prompt();
        terminal.send_line("fg");
        terminal.wait_for_lines("got $word", 3);
        terminal.send_line("this");
        terminal.wait_for("got this");
        terminal.wait_for("looked for and not found: `no-such-tool`");
        terminal.prompt();
        terminal.send_line(&format!("{DEVSHELL} trace {level}-- sh -c 'echo sleep$((40 + 2)); exec sleep 1000'"));
        terminal.wait_for("sleep42");
        terminal.send("\x03");
        terminal.prompt();
        terminal.send_line("echo status $?");
        terminal.wait_for("status 130");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

//! What the command line lets a sandbox have, besides what the manifest says.
#![cfg(target_os = "linux")]

use crate::sandbox::shop;
use crate::support::{Outcome, Sandbox};

/// A script that runs with these options.
fn sh(sandbox: &Sandbox, options: &[&str], script: &str) -> Outcome {
    sandbox.devshell(&["run"]).args(options).args(&["--", "sh", "-c", script]).run()
}

#[test]
fn paths_are_those_of_the_directory_and_come_to_the_manifests() {
    let sandbox = shop(r#""read": ["~/granted"]"#);
    for name in ["granted", "notes", "drafts"] {
        sandbox.write(sandbox.home().join(name).join("file"), format!("{name}\n"));
    }
    let script = "cat ~/granted/file; cat ~/notes/file ~/drafts/file .env 2>/dev/null; \
        touch ~/notes/made 2>/dev/null; touch ~/drafts/made; true";
    let options = ["--read", "../notes", "--write", "../drafts", "--deny", ".env"];
    sh(&sandbox, &options, script).success().stdout("granted\nnotes\ndrafts\n");
    assert!(sandbox.home().join("drafts/made").exists() && !sandbox.home().join("notes/made").exists());
    sh(&sandbox, &[], script).success().stdout("granted\nTOKEN=a secret\n").stderr_contains("drafts/made");
}

#[test]
fn what_is_obeyed_later_is_protected_or_not() {
    let script = "echo >>devshell.lock";
    for (manifest, option, is_written) in [
        ("", None, false),
        ("", Some("--no-protect"), true),
        (r#""protect": false"#, None, true),
        (r#""protect": false"#, Some("--protect"), false),
    ] {
        let sandbox = shop(manifest);
        let before = sandbox.read("devshell.lock");
        let options: Vec<&str> = option.into_iter().collect();
        sh(&sandbox, &options, script).code(if is_written { 0 } else { 2 });
        assert_eq!(sandbox.read("devshell.lock") != before, is_written, "{manifest} {option:?}");
    }
}

#[test]
fn sockets_and_devices_are_paths_or_words() {
    let sandbox = shop("");
    let socket = sandbox.root().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let is_there = format!("test -S {} && echo socket; test -c /dev/ptmx && echo device", socket.display());
    let path = socket.to_str().unwrap();
    sh(&sandbox, &["--socket", path], &is_there).success().stdout("socket\ndevice\n");
    sh(&sandbox, &["--device", "gpu"], "test -c /dev/null").success();
    sh(&sandbox, &["--socket", "ssh-agent"], &is_there).success().stdout("device\n");
}

#[test]
fn mistakes_name_the_option() {
    let sandbox = shop("");
    for (options, code, message) in [
        (&["--read", "../no"][..], 125, "devshell: `../no` does not exist\nhint: check the path after `--read`\n"),
        (&["--deny", ".evn"], 125, "devshell: `.evn` does not exist\nhint: check the path after `--deny`\n"),
        (
            &["--device", "devshell.json"],
            125,
            "devshell: `devshell.json` is not below `/dev/`\nhint: check the path after `--device`\n",
        ),
        (
            &["--isolation", "path", "--deny", ".env"],
            125,
            "devshell: `--deny` works only in a sandbox\nhint: add `--isolation sandbox`\n",
        ),
    ] {
        sh(&sandbox, options, "true").code(code).stderr(message);
    }
    sh(&sandbox, &["--publish", "0"], "true").code(2).stderr_contains("0 is not in 1..=65535");
    sh(&sandbox, &[], "devshell run --net none -- true").code(125).stderr(
        "devshell: `--net` changes nothing here: this process is in the project's sandbox already\n\
         hint: leave the sandbox first, or take the option out\n",
    );
}

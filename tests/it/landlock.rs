//! The weaker wall of Landlock alone, which a manifest allows where no other one can be built. What it holds is tested in
//! crates/wall.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader};

use crate::sandbox::shop;
use crate::support::{DEVSHELL, Invocation, Sandbox};

/// Starts a command in a namespace in which there can be no further ones.
pub const WITHOUT_NAMESPACES: &[&str] = &[
    "unshare",
    "--user",
    "--map-root-user",
    "sh",
    "-c",
    "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"",
];

fn run<'s>(sandbox: &'s Sandbox, words: &[&str]) -> Invocation<'s> {
    sandbox.program(WITHOUT_NAMESPACES[0], &WITHOUT_NAMESPACES[1..]).arg(DEVSHELL).args(&["run"]).args(words)
}

fn sh<'s>(sandbox: &'s Sandbox, script: &str) -> Invocation<'s> {
    run(sandbox, &["--", "sh", "-c", script])
}

const WARNING: &str = "devshell: the sandbox is weaker here: Landlock alone, because the kernel's setting `user.max_user_namespaces` is 0";

#[test]
fn it_takes_the_place_of_a_wall_that_cannot_be_built() {
    let sandbox = shop(r#""or": "landlock", "protect": false"#);
    for (script, expected) in [
        ("node --version", "v22.3.0\n"),
        ("cat ~/.ssh/id 2>/dev/null || echo none", "none\n"),
        ("ls -A ~ | tr '\\n' ' '; git config user.name", ".cache .gitconfig .local shop Ann\n"),
        ("echo x >~/file && cat ~/file && cd ~/shop && pwd -P", "x\n[PROJECT]\n"),
        // The host's other commands are seen, and cannot be started or read.
        ("/usr/bin/python3 -c 1 2>/dev/null || head -c 1 /usr/bin/python3 2>/dev/null || echo none", "none\n"),
        ("command -v python3 gcc curl || echo none", "none\n"),
        ("touch /usr/x /etc/x /tmp/x ~/../x ~/.local/share/devshell/x 2>/dev/null || echo refused", "refused\n"),
        ("echo x >$TMPDIR/file && cat $TMPDIR/file && echo y >made && cat made", "x\ny\n"),
        ("git add .env && git commit -q -m first && git log --format=%an:%s && git reset -q", "Ann:first\n"),
    ] {
        sh(&sandbox, script).run().success().stdout(expected).stderr(&format!("{WARNING}\n"));
    }
    assert_eq!(sandbox.read("made"), "y\n");
    // It is said each time, also if devshell is to be quiet.
    run(&sandbox, &["-q", "version"]).run().success().stdout("v22.3.0\n").stderr(&format!("{WARNING}\n"));
    run(&sandbox, &["again"]).run().success().stdout("v22.3.0\n").stderr(&format!("{WARNING}\n"));
}

#[test]
fn what_is_held_back_keeps_its_directory_as_it_is() {
    let sandbox = shop(r#""or": "landlock", "deny": [".env"]"#);
    sandbox.write("src/file", "");
    let frozen = format!("{WARNING}; no new files in `[PROJECT]`, `[PROJECT]/.git`\n");
    for (script, expected) in [
        ("cat .env 2>/dev/null || echo none", "none\n"),
        ("touch new .git/new 2>/dev/null || echo refused", "refused\n"),
        ("echo x >src/new && cat src/new", "x\n"),
        (
            "echo x 2>/dev/null >>devshell.json || echo x 2>/dev/null >.git/hooks/pre-commit || echo refused",
            "refused\n",
        ),
        ("git status --short src", "?? src/\n"),
    ] {
        sh(&sandbox, script).run().success().stdout(expected).stderr(&frozen);
    }
}

#[test]
fn nothing_is_weaker_where_a_wall_can_be_built_or_may_not_be_missing() {
    let sandbox = shop(r#""or": "landlock""#);
    sandbox.run(&["run", "--", "sh", "-c", "ls / >/dev/null && echo walled"]).success().stdout("walled\n").stderr("");
    // A wall that fails for a reason of its own is no machine without walls.
    let outside = format!("/proc/{}", std::process::id());
    let manifest = sandbox.project().join("devshell.json");
    let outcome = sandbox.devshell(&["run", "--", "true"]).env("DEVSHELL_MANIFEST", manifest).directory(&outside).run();
    let cannot = format!("cannot be built here: cannot go to `{outside}`");
    outcome.code(125).stderr_contains(&cannot).stderr_lacks("weaker");
    let sandbox = shop("");
    sh(&sandbox, "true").run().code(125).stderr_contains(
        "devshell: the wall around this dev shell cannot be built here: the kernel's setting `user.max_user_namespaces` is 0\n\
         hint: as root: `sysctl -w user.max_user_namespaces=15000`\n",
    );
}

/// Two walls were tried in one process: the signals of the second are passed on too.
#[test]
fn signals_reach_the_command() {
    let sandbox = shop(r#""or": "landlock""#);
    let script = "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.01; done";
    let mut child = sh(&sandbox, script).spawn();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "got");
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

/// What doctor finds about the sandbox: `STATE TEXT | HINT`.
fn doctor(sandbox: &Sandbox, words: &[&str]) -> String {
    let all = [words, &[DEVSHELL, "doctor", "--offline", "--json"]].concat();
    let json = sandbox.program(all[0], &all[1..]).run().json();
    let found = json["checks"].as_array().unwrap().iter().find(|check| check["check"] == "sandbox");
    let text = |found: &serde_json::Value, key: &str| found[key].as_str().unwrap_or("-").to_owned();
    found.map_or_else(String::new, |found| {
        format!("{} {} | {}", text(found, "state"), text(found, "text"), text(found, "hint"))
    })
}

#[test]
fn doctor_builds_a_wall_to_say_whether_it_can() {
    let because = "because the kernel's setting `user.max_user_namespaces` is 0";
    let hint = "as root: `sysctl -w user.max_user_namespaces=15000`";
    let known = doctor(&shop(""), &[]);
    let landlock = known.strip_prefix("good can be built; the kernel has ").unwrap().strip_suffix(" | -").unwrap();
    let cannot = "cannot be built: the kernel's setting `user.max_user_namespaces` is 0";
    assert_eq!(doctor(&shop(""), WITHOUT_NAMESPACES), format!("fault {cannot}; the kernel has {landlock} | {hint}"));
    let or = shop(r#""or": "landlock""#);
    assert_eq!(doctor(&or, &[]), known);
    assert_eq!(doctor(&or, WITHOUT_NAMESPACES), format!("skipped weaker here: {landlock} alone, {because} | {hint}"));
    sh(&or, "devshell doctor --offline | grep -o 'not tried.*'").run().stdout("not tried in a sandbox\n");
    or.manifest("{}");
    assert_eq!(doctor(&or, &[]), "");
}

#[test]
fn mistakes_are_found_with_their_places() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{\n  \"sandbox\": { \"or\": \"landlok\" }\n}");
    let outcome = sandbox.run(&["list"]);
    outcome.code(4).stderr_contains("`landlok` is not one of \"landlock\"").stderr_contains("did you mean `landlock`");
}

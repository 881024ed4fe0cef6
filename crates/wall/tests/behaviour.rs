//! What a command inside a wall may count on: its streams, its status, signals, its files; and what is left of it.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use yard::{User, Yard, hears, printed};

fn run(yard: &Yard, script: &str) -> Output {
    yard.wall().args(["sh", "-c", script]).output().unwrap()
}

#[track_caller]
fn prints(yard: &Yard, script: &str, expected: &str) {
    printed(&run(yard, script), script, expected);
}

#[test]
fn the_status_is_that_of_the_command() {
    let yard = Yard::new(User::Caller);
    for (script, status) in [("true", 0), ("exit 3", 3), ("kill -9 $$", 128 + 9), ("kill -TERM $$", 128 + 15)] {
        assert_eq!(run(&yard, script).status.code(), Some(status), "{script}");
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let yard = Yard::new(User::Caller);
    for (program, expected) in [
        ("/no/such/program", "wall: cannot run `/no/such/program`: No such file or directory"),
        ("/etc/passwd", "wall: cannot run `/etc/passwd`: Permission denied"),
    ] {
        let output = yard.wall().arg(program).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.starts_with(expected) && output.status.code() == Some(126), "{output:?}");
    }
    let output = Command::new(yard::program()).args(["/nowhere", "true"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("wall: cannot go to `/nowhere`: "), "{output:?}");
}

#[test]
fn every_user_has_their_files() {
    for user in User::all() {
        let yard = Yard::new(user);
        let expected = format!("{}\n", yard.project().display());
        prints(&yard, "pwd; : >made", &expected);
        let made = std::fs::metadata(yard.project().join("made")).unwrap();
        let project = std::fs::metadata(yard.project().join(".env")).unwrap();
        assert_eq!((made.uid(), made.gid()), (project.uid(), project.gid()), "{user:?}");
        prints(&yard, "echo x >/tmp/x && cat /tmp/x && test -w /dev/null && echo y >/dev/null", "x\n");
        prints(&yard, "test \"$(ps -o pid= -p $$ | tr -d ' ')\" = 2 && echo 2", "2\n");
    }
}

/// Root's wall has all users, so that `chown` works and other people's files can be written.
#[test]
fn root_is_root_for_the_files_of_others() {
    if User::all().len() < 2 {
        return;
    }
    let yard = Yard::new(User::Nobody);
    let mut command = yard.wall_of(User::Caller);
    let script = "stat -c %u .git/config; touch made && chown 4321:4321 made && stat -c %u:%g made";
    let output = command.args(["sh", "-c", script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "65534\n4321:4321\n", "{output:?}");
}

/// Nothing is mounted, made or changed where the wall is not.
#[test]
fn nothing_is_left_on_the_host() {
    let yard = Yard::new(User::Caller);
    let mut list = Command::new("find");
    list.arg(yard.path("")).args(["-printf", "%p %m %s %T@\n"]);
    let (files, mounts) = (list.output().unwrap().stdout, std::fs::read("/proc/self/mountinfo").unwrap());
    // One that is missing is not made either.
    let mut command = yard.wall();
    let output = command.args(["sh", "-c", "cat .env secrets/key 2>/dev/null; true"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let missing = yard.project().join("missing");
    let mut command = Command::new(yard::program());
    command.args([
        "--ro",
        "/usr",
        "--link",
        "/bin",
        "usr/bin",
        "--link",
        "/lib",
        "usr/lib",
        "--link",
        "/lib64",
        "usr/lib64",
    ]);
    command.arg("--rw").arg(yard.project()).arg("--hide").arg(&missing).arg("--protect").arg(&missing);
    let output = command.arg(yard.project()).args(["sh", "-c", "! test -e missing"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(list.output().unwrap().stdout, files);
    assert_eq!(std::fs::read("/proc/self/mountinfo").unwrap(), mounts);
}

#[test]
fn nothing_outlives_the_command() {
    let yard = Yard::new(User::Caller);
    // In the background, in a session of its own, and deaf to signals.
    let script = "for i in 1 2 3; do setsid sh -c 'trap \"\" HUP TERM; exec sleep 4321' >&2 & done; echo begun";
    let mut child =
        yard.wall().args(["sh", "-c", script]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    // They had the other end open.
    child.stderr.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn signals_reach_the_command() {
    let yard = Yard::new(User::Caller);
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::HUP, "HUP"), (Signal::USR1, "USR1"), (Signal::USR2, "USR2")]
    {
        hears(yard.wall(), signal, name);
    }
}

#[test]
fn who_kills_the_process_outside_kills_the_command() {
    let yard = Yard::new(User::Caller);
    let mut child =
        yard.wall().args(["sh", "-c", "echo ready; exec sleep 4321"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    let pid = Pid::from_child(&child);
    child.wait().unwrap();
    // Its output ends when the last process that has it does.
    assert!(lines.next().is_none());
    assert!(test_kill_process(pid).is_err());
}

#[test]
fn what_is_ignored_stays_ignored() {
    let yard = Yard::new(User::Caller);
    let wall = yard.wall();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(wall.get_program()).args(wall.get_args());
    let output = command.args(["sh", "-c", "kill -HUP $$; echo alive"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "alive\n", "{output:?}");
}

#[test]
fn the_network_is_the_hosts_or_localhost_alone() {
    let yard = Yard::new(User::Caller);
    let interfaces = "import socket; print(*(name for _, name in socket.if_nameindex()))";
    let python = |mut command: Command| command.args([yard::PYTHON, "-c", interfaces]).output().unwrap().stdout;
    assert_eq!(python(yard.wall()), b"lo\n");
    let mut host = Command::new(yard::program());
    host.arg("--net").args(yard.wall().get_args());
    let own = Command::new(yard::PYTHON).args(["-c", interfaces]).output().unwrap().stdout;
    assert_eq!(python(host), own);
    // A server inside is reached from inside.
    let serve = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname()); \
        print('reached')";
    let output = yard.wall().args([yard::PYTHON, "-c", serve]).output().unwrap();
    assert_eq!(output.stdout, b"reached\n", "{output:?}");
}

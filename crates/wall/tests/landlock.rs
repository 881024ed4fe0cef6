//! The wall that is made of Landlock alone: which attempts succeed, and what a command may count on.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use yard::{User, Yard, hears};

/// What namespaces would keep from succeeding, for whom it does, and the row of docs/isolation.md that says so.
const WEAKER: [(&str, For, &str); 7] = [
    ("change_the_mode_of_a_directory_outside", For::All, "Modes, owners and times of your own files"),
    ("change_the_mode_of_a_file_of_the_system", For::Root, "Modes, owners and times of your own files"),
    ("have_capabilities_for_mounts", For::Users, "The set of capabilities that a program could gain"),
    ("know_that_a_secret_is_there", For::All, "Names, sizes and times of files elsewhere"),
    ("list_a_hidden_directory", For::All, "Names in a denied directory"),
    ("see_a_disk", For::All, "Names, sizes and times of files elsewhere"),
    ("see_a_process_of_the_host", For::All, "Processes of the host"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    All,
    Root,
    Users,
}

fn run(yard: &Yard, script: &str) -> Output {
    yard.wall().args(["sh", "-c", script]).output().unwrap()
}

#[track_caller]
fn prints(yard: &Yard, script: &str, expected: &str) {
    let output = run(yard, script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{script}: {output:?}");
}

fn python(mut command: Command, script: &str) -> String {
    let output = command.args([yard::PYTHON, "-c", script]).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_it_does_not_hold_is_known() {
    for user in User::all() {
        let walled = Yard::new(user).by_landlock().walled();
        let is_root = user == User::Caller && rustix::process::geteuid().is_root();
        let other = if is_root { For::Users } else { For::Root };
        let mut expected: Vec<&str> =
            WEAKER.iter().filter(|(_, whom, _)| *whom != other).map(|(name, ..)| *name).collect();
        let mut succeeded: Vec<&str> = walled.lines().filter(|line| *line != "tried 65").collect();
        succeeded.sort_unstable();
        // Not every machine has a disk of these names.
        expected.retain(|name| *name != "see_a_disk" || succeeded.contains(name));
        assert_eq!(succeeded, expected, "{user:?}");
    }
}

#[test]
fn what_it_does_not_hold_is_in_the_docs() {
    let page = include_str!("../../../docs/isolation.md");
    for (name, _, row) in WEAKER {
        assert!(page.lines().any(|line| line.starts_with(&format!("| {row} | "))), "{name}: {row}");
    }
}

/// Around what is hidden or protected, a directory takes no new entries; elsewhere, everything is as without a wall.
#[test]
fn what_is_held_back_keeps_its_directory_as_it_is() {
    for user in User::all() {
        let yard = Yard::new(user).by_landlock();
        yard.make_directory("project/sub");
        let script = "pwd; ls -A | tr '\\n' ' '; echo; \
            echo a >sub/a && mv sub/a sub/b && ln sub/b sub/c && ln -s b sub/d && mkdir -p sub/e/f && rm -r sub/e && cat sub/d; \
            echo b >>.git/config && cat .git/config; cat .git/hooks/pre-push && echo read; \
            for path in new .git/new .git/hooks/new .git/hooks/pre-push; do echo x >$path && echo $path; done; \
            cat .env secrets/key; mv .git/config sub; ln .env sub/env; echo y >/dev/null && echo z";
        let expected = format!("{}\n.env .git attempts.py secrets sub \na\nb\nread\nz\n", yard.project().display());
        prints(&yard, script, &expected);
    }
}

#[test]
fn temporary_files_are_in_a_directory_that_is_gone_at_the_end() {
    let yard = Yard::new(User::Caller).by_landlock();
    let script = "umask 0; echo $TMPDIR; mkdir $TMPDIR/a && echo x >$TMPDIR/a/b && cat $TMPDIR/a/b; stat -c %a $TMPDIR/..; ls /tmp";
    let output = run(&yard, script);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let directory = lines.next().unwrap();
    assert!(directory.starts_with("/tmp/devshell-"), "{text}");
    assert_eq!(lines.collect::<Vec<_>>(), ["x", "700"]);
    assert!(!std::path::Path::new(directory).parent().unwrap().exists());
}

#[test]
fn what_still_runs_at_the_end_is_ended() {
    let yard = Yard::new(User::Caller).by_landlock();
    // In the background, in sessions of their own, deaf to signals, and children of what has ended.
    let script = "for i in 1 2 3; do setsid sh -c 'trap \"\" HUP TERM; (exec sleep 4321) & exec sleep 4321' >&2 & done; echo begun; exit 3";
    let mut child =
        yard.wall().args(["sh", "-c", script]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    // They had the other end open.
    child.stderr.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn who_kills_the_process_outside_ends_all() {
    let yard = Yard::new(User::Caller).by_landlock();
    let script = "setsid sleep 4321 & echo ready; exec sleep 4321";
    let mut child = yard.wall().args(["sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    // Their output ends when the last process that has it does.
    assert!(lines.next().is_none());
}

#[test]
fn signals_and_the_status_are_the_commands() {
    let yard = Yard::new(User::Caller).by_landlock();
    for (script, status) in [("exit 3", 3), ("kill -9 $$", 128 + 9), ("kill -TERM $$", 128 + 15)] {
        assert_eq!(run(&yard, script).status.code(), Some(status), "{script}");
    }
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::HUP, "HUP"), (Signal::USR1, "USR1")] {
        hears(yard.wall(), signal, name);
    }
}

/// ^C reaches all processes of a group, of which the one that waits for the command must not end.
#[test]
fn an_interrupt_of_the_whole_group_is_the_commands() {
    let yard = Yard::new(User::Caller).by_landlock();
    let wall = yard.wall();
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(wall.get_program()).args(wall.get_args());
    let script = "trap 'echo got; exit 5' INT; echo ready; kill -INT 0; while :; do sleep 0.01; done";
    let output = command.args(["sh", "-c", script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ready\ngot\n", "{output:?}");
    assert_eq!(output.status.code(), Some(5));
}

#[test]
fn there_are_no_sockets_but_those_of_the_network() {
    let yard = Yard::new(User::Caller).by_landlock();
    let script = "import ctypes, errno, socket\n\
        def made(call):\n\
        \x20   try:\n\
        \x20       call(); return 'made'\n\
        \x20   except OSError as error:\n\
        \x20       return errno.errorcode[error.errno]\n\
        S = socket\n\
        kinds = [(S.AF_INET, S.SOCK_STREAM), (S.AF_INET6, S.SOCK_DGRAM), (S.AF_NETLINK, S.SOCK_RAW), (S.AF_UNIX, S.SOCK_STREAM), (40, S.SOCK_STREAM)]\n\
        print(*(made(lambda: S.socket(family, kind)) for family, kind in kinds))\n\
        print(made(lambda: S.socket(S.AF_NETLINK, S.SOCK_RAW, 15)))\n\
        print(*(made(lambda: S.socketpair(S.AF_UNIX, kind)) for kind in (S.SOCK_STREAM, S.SOCK_SEQPACKET, S.SOCK_DGRAM, S.SOCK_RAW)))\n\
        libc = ctypes.CDLL(None, use_errno=True)\n\
        print(libc.syscall(425, 1, 0), errno.errorcode[ctypes.get_errno()])\n\
        calls = [libc.msgget, libc.msgrcv, libc.semget, libc.semop, libc.shmget, libc.shmat, libc.shmctl, lambda *zeros: libc.mq_open(b'/x', 0)]\n\
        print({(call(0, 0, 0, 0, 0) and errno.errorcode[ctypes.get_errno()]) for call in calls})\n";
    let last = "made made EACCES EACCES\n-1 ENOSYS\n{'ENOSYS'}\n";
    assert_eq!(python(yard.wall(), script), format!("EACCES EACCES EACCES EACCES EACCES\nEACCES\n{last}"));
    let mut host = Command::new(yard::program());
    host.arg("--net").args(yard.wall().get_args());
    assert_eq!(python(host, script), format!("made made made EACCES EACCES\nEACCES\n{last}"));
}

#[test]
fn what_cannot_be_held_is_an_error() {
    let mut command = Command::new(yard::program());
    command.args(["--landlock", "--link", "/usr/bin/env", "/usr/bin/python3", "/", "true"]);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(125), "{errors}");
    assert!(errors.starts_with("wall: cannot put something else at `/usr/bin/env`: "), "{errors}");
}

//! What a trace records, and that the command does not notice it. The example of this crate prints each use as
//! `ACTION PATH REAL by PROGRAM xTIMES`.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use yard::{example, hears};

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.0.path()).unwrap().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn executable(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn command(&self) -> Command {
        let mut command = Command::new(example("trace"));
        command.current_dir(self.0.path()).env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        command
    }

    fn trace(&self, words: &[&str]) -> Output {
        self.command().args(words).output().unwrap()
    }

    fn sh(&self, script: &str) -> Output {
        self.trace(&["/bin/sh", "-c", script])
    }
}

fn uses(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect()
}

/// Whether there is a use that begins like this.
#[track_caller]
fn has(output: &Output, beginning: &str) {
    assert!(uses(output).iter().any(|line| line.starts_with(beginning)), "no `{beginning}` in {:#?}", uses(output));
}

#[track_caller]
fn lacks(output: &Output, part: &str) {
    assert!(!uses(output).iter().any(|line| line.contains(part)), "`{part}` in {:#?}", uses(output));
}

fn real(path: &str) -> String {
    fs::canonicalize(path).unwrap().display().to_string()
}

#[test]
fn programs_and_files_are_recorded_with_their_programs() {
    let place = Place::new();
    let file = place.write("file", "text\n");
    symlink(&file, place.path("link")).unwrap();
    let output = place.sh("cat link link; cat ./file; : >new; exit 3");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b"text\ntext\ntext\n"[..]));
    let (sh, cat) = (real("/bin/sh"), real("/usr/bin/cat"));
    has(&output, &format!("Run /bin/sh {sh} by {}", example("trace").display()));
    has(&output, &format!("Run /usr/bin/cat {cat} by {sh} x2"));
    has(&output, &format!("Read {} {} by {cat} x2", place.path("link").display(), file.display()));
    let here = place.path("");
    has(&output, &format!("Read {}./file {} by {cat} x1", here.display(), file.display()));
    let new = place.path("new");
    has(&output, &format!("Write {0} {0} by {sh} x1", new.display()));
}

#[test]
fn interpreters_of_scripts_are_recorded() {
    let place = Place::new();
    let first = place.executable("first", "#! /bin/sh -e\ntrue\n");
    let second = place.executable("second", &format!("#!{}\n", first.display()));
    let output = place.trace(&[second.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    has(&output, &format!("Run {0} {0} by {1}", first.display(), second.display()));
    has(&output, &format!("Run /bin/sh {} by {}", real("/bin/sh"), first.display()));
}

#[test]
fn all_ways_to_run_and_to_open_are_heard() {
    let place = Place::new();
    for name in ["a", "b", "c", "d", "e"] {
        place.write(name, "x");
    }
    let directory = place.path("");
    let script = format!(
        "import ctypes, os, struct\n\
         libc = ctypes.CDLL(None)\n\
         here = os.open({directory:?}, os.O_RDONLY)\n\
         os.open('a', os.O_RDONLY, dir_fd=here)\n\
         libc.syscall(437, here, b'b', struct.pack('QQQ', 0, 0, 0), ctypes.c_long(24))\n\
         os.open('c', os.O_RDWR)\n\
         if os.uname().machine == 'x86_64': libc.syscall(2, b'd', 0)\n\
         if os.uname().machine == 'x86_64': libc.syscall(85, b'e', 0o600)\n\
         program = os.open('/usr/bin/true', os.O_PATH)\n\
         os.execve(program, ['true'], {{}})\n"
    );
    let output = place.trace(&["/usr/bin/python3", "-c", &script]);
    assert!(output.status.success(), "{output:?}");
    let python = real("/usr/bin/python3");
    for (action, name) in [("Read", "a"), ("Read", "b"), ("Write", "c"), ("Read", "d"), ("Write", "e")] {
        if cfg!(target_arch = "x86_64") || !["d", "e"].contains(&name) {
            let path = place.path(name);
            has(&output, &format!("{action} {0} {0} by {python}", path.display()));
        }
    }
    has(&output, &format!("Run {0} {0} by {python}", real("/usr/bin/true")));
}

#[test]
fn directories_and_what_does_not_exist_are_left_out_but_programs() {
    let place = Place::new();
    place.write("file", "");
    let output = place.sh("ls . >/dev/null; cat nothing; env no-such-program; cat file");
    lacks(&output, &format!("Read {} ", place.path("").display()));
    lacks(&output, "/nothing");
    lacks(&output, "Write /dev/null");
    has(&output, &format!("Run /usr/bin/no-such-program nothing by {}", real("/usr/bin/env")));
    has(&output, &format!("Read {}", place.path("file").display()));
    let ignored = place.path("");
    let name = ignored.file_name().unwrap().to_str().unwrap();
    let script = format!("cat file; cat ../{name}/file");
    let output = place.trace(&["--ignore", ignored.to_str().unwrap(), "/bin/sh", "-c", &script]);
    assert!(output.status.success(), "{output:?}");
    lacks(&output, "/file");
}

#[test]
fn the_status_is_that_of_the_command() {
    let place = Place::new();
    for (script, status) in [("true", 0), ("exit 3", 3), ("kill -9 $$", 128 + 9), ("kill -TERM $$", 128 + 15)] {
        assert_eq!(place.sh(script).status.code(), Some(status), "{script}");
    }
    assert_eq!(place.trace(&["/no/such/program"]).status.code(), Some(126));
    assert_eq!(place.trace(&["/etc/hostname"]).status.code(), Some(126));
}

/// A process has one listener at most.
#[test]
fn a_trace_in_a_trace_is_refused() {
    let place = Place::new();
    let nested = example("trace");
    let output = place.trace(&[nested.to_str().unwrap(), "/bin/true"]);
    assert_eq!(output.status.code(), Some(125));
    has(&output, "trace: cannot trace the command: Device or resource busy (os error 16) (true)");
}

#[test]
fn a_wall_can_be_around_it() {
    let place = Place::new();
    place.write("file", "text\n");
    let output = place.trace(&["--wall", "/bin/sh", "-c", "cat file; kill -TERM $$"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(128 + 15), &b"text\n"[..]), "{output:?}");
    let file = place.path("file");
    has(&output, &format!("Read {0} {0} by {1}", file.display(), real("/usr/bin/cat")));
}

#[test]
fn signals_reach_the_command() {
    let place = Place::new();
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::HUP, "HUP"), (Signal::USR1, "USR1")] {
        let mut command = place.command();
        command.stderr(Stdio::null());
        hears(command, signal, name);
    }
}

/// Each open of a program of several threads waits for its own answer.
#[test]
fn threads_and_processes_are_answered_at_once() {
    let place = Place::new();
    let script = "import threading, subprocess\n\
        def work():\n\
        \x20for number in range(20): open('/etc/passwd').close()\n\
        \x20subprocess.run(['/bin/sh', '-c', 'cat /etc/passwd'], stdout=subprocess.DEVNULL, check=True)\n\
        threads = [threading.Thread(target=work) for _ in range(16)]\n\
        for thread in threads: thread.start()\n\
        for thread in threads: thread.join()\n\
        print('done')\n";
    let output = place.trace(&["/usr/bin/python3", "-c", script]);
    assert_eq!(output.stdout, b"done\n", "{output:?}");
    has(&output, &format!("Read /etc/passwd /etc/passwd by {} x320", real("/usr/bin/python3")));
    has(&output, &format!("Read /etc/passwd /etc/passwd by {} x16", real("/usr/bin/cat")));
}

/// It is answered by another process, which ends with the last one that needs it.
#[test]
fn what_runs_in_the_background_goes_on_after_the_command() {
    let place = Place::new();
    place.write("file", "late\n");
    let script = "(exec >/dev/null 2>&1 </dev/null; until test -e go; do sleep 0.01; done; cat file >part; \
        mv part made) & echo $!";
    let output = place.sh(script);
    assert!(output.status.success(), "{output:?}");
    place.write("go", "");
    let made = wait_for(&place.path("made"));
    assert_eq!(made, "late\n");
}

#[track_caller]
fn wait_for(path: &Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(text) = fs::read_to_string(path) {
            return text;
        }
        assert!(Instant::now() < deadline, "{} has not come", path.display());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn who_kills_the_process_outside_kills_the_command() {
    let place = Place::new();
    let mut command = place.command();
    let command = command.args(["/bin/sh", "-c", "echo ready; exec sleep 4321"]).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    // Its output ends when the last process that has it does.
    assert!(lines.next().is_none());
}

//! Services with the real executable: `up`, `run` of scripts that need some, and the verbs beside them. A service here is a
//! small program of `sh` or Python.
#![cfg(target_os = "linux")]

mod beside;
mod failures;
mod kills;
mod order;
mod output;
mod ports;
mod shared;
mod terminal;
mod verbs;
mod walled;

use std::io::{Read, Write as _};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{DEADLINE, Invocation, Sandbox};

/// How long anything may be there after the process that had it was killed.
const SURVIVED: Duration = Duration::from_secs(5);

/// A server: `listen.py PORT [ADDRESS]`. With `DAEMON`, it is a process in a session of its own, and its first one waits.
const LISTEN: &str = r#"
import os, signal, socket, sys
if os.environ.get("DAEMON"):
    if os.fork():
        signal.pause()
    os.setsid()
    if os.fork():
        os._exit(0)
address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
family = socket.AF_INET6 if ":" in address else socket.AF_INET
server = socket.create_server((address, int(sys.argv[1])), family=family)
while True:
    server.accept()[0].close()
"#;

/// A Python that every user may run.
fn python() -> String {
    let of_system = std::path::Path::new("/usr/bin/python3");
    let path = if of_system.exists() { of_system } else { crate::support::python() };
    path.display().to_string()
}

/// A project with these services, and other keys of the manifest.
fn shop(services: Value, others: Value) -> Sandbox {
    let sandbox = Sandbox::new();
    furnish(&sandbox, services, others);
    sandbox
}

fn furnish(sandbox: &Sandbox, services: Value, mut others: Value) {
    others["services"] = services;
    sandbox.manifest(others.to_string());
    sandbox.write("listen.py", LISTEN);
}

/// A service that says when it is ready, and ends in order.
fn plain(needs: &[&str]) -> Value {
    let run = "trap 'echo over; exit 0' TERM; echo on; sleep 1000 & wait";
    json!({ "run": run, "ready": { "line": "on" }, "needs": needs })
}

/// A service that listens at a port of this name.
fn listening(variable: &str, wished: u16, needs: &[&str]) -> Value {
    let run = format!("exec {} -IS listen.py \"${variable}\"", python());
    json!({ "run": run, "ready": { "port": variable }, "ports": { variable: wished }, "needs": needs })
}

/// The first of ten ports that no other test wishes for.
fn port() -> u16 {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 40).unwrap();
    20_000 + 300 * process + 10 * (COUNT.fetch_add(1, Ordering::Relaxed) % 30)
}

/// Says what was measured, past the harness, which shows only what failed.
fn measured(text: &str) {
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// Waits until something holds. It looks often enough to measure by it.
#[track_caller]
fn until(what: &str, within: Duration, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < within, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The processes that run below a sandbox, in words: those that have its directory among their variables.
fn processes(sandbox: &Sandbox) -> Vec<String> {
    let root = sandbox.root().as_os_str().as_encoded_bytes().to_vec();
    let entries = fs_err::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let is_ours = |path: &std::path::PathBuf| {
        let variables = fs_err::read(path.join("environ")).unwrap_or_default();
        variables.windows(root.len()).any(|window| window == root)
    };
    let shown = |path: std::path::PathBuf| {
        let words = fs_err::read(path.join("cmdline")).unwrap_or_default();
        format!("{} {}", path.display(), String::from_utf8_lossy(&words).replace('\0', " "))
    };
    entries.filter(is_ours).map(shown).collect()
}

/// Nothing of a sandbox is left, soon enough after a moment.
#[track_caller]
fn assert_gone(sandbox: &Sandbox, since: Instant) {
    loop {
        let left = processes(sandbox);
        if left.is_empty() {
            return;
        }
        assert!(since.elapsed() < SURVIVED, "still there after {:?}:\n{}", since.elapsed(), left.join("\n"));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A process that runs, and what it has printed so far.
#[must_use]
struct Running {
    child: Child,
    out: Arc<Mutex<Vec<u8>>>,
    errors: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

/// How it ended.
#[derive(Debug)]
struct Ended {
    status: ExitStatus,
    out: Vec<u8>,
    errors: String,
}

impl Running {
    fn start(invocation: Invocation) -> Self {
        let mut child = invocation.spawn();
        let (out, errors) = (Arc::default(), Arc::default());
        let readers = vec![collect(child.stdout.take().unwrap(), &out), collect(child.stderr.take().unwrap(), &errors)];
        Self { child, out, errors, readers }
    }

    fn up(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start(sandbox.devshell(&["up"]).args(arguments))
    }

    fn text(&self) -> String {
        let both = [&self.out, &self.errors].map(|bytes| String::from_utf8_lossy(&bytes.lock().unwrap()).into_owned());
        both.concat()
    }

    /// Waits until it has printed this.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        self.wait_for_count(text, 1);
    }

    #[track_caller]
    fn wait_for_count(&mut self, text: &str, count: usize) {
        let since = Instant::now();
        while self.text().matches(text).count() < count {
            let has_ended =
                self.child.try_wait().unwrap().is_some() && self.readers.iter().all(JoinHandle::is_finished);
            let is_there = self.text().matches(text).count() >= count;
            assert!(is_there || (!has_ended && since.elapsed() < DEADLINE), "no `{text}` in\n{}", self.text());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for its end.
    #[track_caller]
    fn end(mut self) -> Ended {
        let since = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(since.elapsed() < DEADLINE, "it has not ended:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(1));
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let out = std::mem::take(&mut *self.out.lock().unwrap());
        let errors = String::from_utf8_lossy(&self.errors.lock().unwrap()).into_owned();
        Ended { status, out, errors }
    }

    /// Asks it to end, and waits for that.
    #[track_caller]
    fn stop(self) -> Ended {
        self.signal(Signal::INT);
        self.end()
    }
}

/// One that a test has not waited for.
impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Ended {
    #[track_caller]
    fn code(&self, expected: i32) -> &Self {
        assert_eq!(self.status.code(), Some(expected), "{self:?}");
        self
    }

    #[track_caller]
    fn errors(&self, expected: &str) -> &Self {
        let found = without_times(&self.errors);
        assert!(found == expected, "standard error should be\n{expected}\nand is\n{found}");
        self
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

fn collect(mut from: impl Read + Send + 'static, into: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            into.lock().unwrap().extend_from_slice(&buffer[..count]);
        }
    })
}

/// A text with `after T s` for how long each start took.
fn without_times(text: &str) -> String {
    let mut parts = text.split(" ready after ");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str(" ready after T");
        shown.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'));
    }
    shown
}

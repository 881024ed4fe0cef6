//! A devshell that ends while it configures packages, and several at once.

use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Machine;
use super::hostile::{package, running};
use crate::support::{DEADLINE, wait_until};

/// How many scripts have waited. Each waits so many seconds as no other one, by which it is found.
static COUNT: AtomicU32 = AtomicU32::new(10_000);

/// A devshell that configures a package, whose script waits.
pub struct Waiting {
    pub machine: Machine,
    wait: String,
    pub child: Started,
    pub staging: PathBuf,
}

/// A process that is killed at the latest when this goes.
pub struct Started {
    child: Child,
    /// Words of command lines of what it starts.
    words: [String; 2],
}

impl Started {
    /// As `kill -9` does.
    pub fn kill(mut self) {
        self.end(Signal::KILL);
    }

    /// Nothing of it is left soon, long before the script would have ended.
    pub fn end(&mut self, signal: Signal) {
        let _ = kill_process(Pid::from_child(&self.child), signal);
        self.child.wait().unwrap();
        let since = Instant::now();
        wait_until("what it had started ends", || self.words.iter().all(|word| running(word).is_empty()));
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts one, and returns when the script has begun.
pub fn waiting(name: &str) -> Waiting {
    let wait = format!("9.{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let script = format!("echo begun >$note/begun; sleep {wait}; echo end >$note/end");
    let machine = Machine::with(&[package(name, &script)]);
    let (child, staging) = start(&machine, name, &wait);
    Waiting { machine, wait, child, staging }
}

fn start(machine: &Machine, name: &str, wait: &str) -> (Started, PathBuf) {
    let entries = || fs_err::read_dir(machine.builds()).into_iter().flatten().map(|entry| entry.unwrap().path());
    // What killed ones left.
    let earlier: Vec<PathBuf> = entries().collect();
    let child = machine.devshell(&["install"]).spawn();
    let mut child = Started { child, words: [wait.to_owned(), String::new()] };
    let start = Instant::now();
    loop {
        let begun = PathBuf::from("changes/usr/share").join(name).join("begun");
        if let Some(staging) = entries().find(|path| path.join(&begun).exists() && !earlier.contains(path)) {
            child.words[1] = staging.join("work").display().to_string();
            return (child, staging);
        }
        assert!(start.elapsed() < 3 * DEADLINE, "no script began");
        std::thread::yield_now();
    }
}

#[test]
fn a_devshell_that_is_killed_leaves_nothing_that_runs_or_counts() {
    let Waiting { machine, wait, mut child, .. } = waiting("k-waits");
    for signal in [Signal::KILL, Signal::TERM, Signal::INT] {
        child.end(signal);
        assert!(machine.prefixes().is_empty());
        machine.run(&["verify"]).success();
        child = start(&machine, "k-waits", &wait).0;
    }
    child.kill();
    // It is made by the next one.
    let install = machine.run(&["install"]);
    install.success().stderr_contains("configuring ").stderr_lacks("could not");
    assert_eq!(fs_err::read_to_string(machine.prefix().join("usr/share/k-waits/end")).unwrap(), "end\n");
    machine.run(&["install"]).success().stderr_lacks("configuring ");
}

#[test]
fn several_at_once_make_it_once() {
    let machine = Machine::with(&[package("s-slow", "echo end >$note/end; sleep 1")]);
    let children: Vec<Child> = (0..3).map(|_| machine.devshell(&["install"]).spawn()).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let errors: Vec<String> = outputs.iter().map(|it| String::from_utf8_lossy(&it.stderr).into_owned()).collect();
    assert!(outputs.iter().all(|output| output.status.success()), "{errors:?}");
    assert_eq!(errors.iter().filter(|errors| errors.contains("configuring ")).count(), 1, "{errors:?}");
    assert!(machine.prefix().join("usr/share/s-slow/end").exists());
}

//! `kill -9` at any moment: whatever was being done, the store holds nothing that is not whole,
//! manifest and lock are the old or the new ones, and the next command simply works.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use crate::support::{Package, Registry, Sandbox, package, tool, tree};

/// How many kills, of a command that was still running: few in an ordinary run, more with `DEVSHELL_KILLS=1000`.
fn kills() -> u32 {
    std::env::var_os("DEVSHELL_KILLS").map_or(25, |number| number.to_str().unwrap().parse().unwrap())
}

/// A tool of many files, so that there is something to be killed in.
fn packages() -> Vec<Package> {
    let mut hello = package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n");
    for number in 0..50 {
        hello = hello.file(&format!("share/{}/{number}", number % 10), format!("{number}\n").repeat(100));
    }
    let other = package("other", "1.0.0").bin("other", "other.js").file("other.js", "echo other\n");
    [vec![hello, other], tool("node", "22.3.0")].concat()
}

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish(packages());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox
}

/// Runs `devshell` with these arguments and kills it after a while. Returns whether it was still
/// running.
fn killed(sandbox: &Sandbox, arguments: &[&str], after: Duration) -> bool {
    let start = Instant::now();
    let mut child = sandbox.devshell(arguments).spawn();
    // The moment is what is tried out here; nothing waits for anything.
    std::thread::sleep(after.saturating_sub(start.elapsed()));
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

/// Moments at which to kill, spread evenly over the time that a run takes. That time is what was seen last: it changes
/// with whatever else the machine does.
struct Moments {
    whole: Duration,
    number: u32,
}

impl Moments {
    fn new(whole: Duration) -> Self {
        Self { whole, number: 0 }
    }

    /// Multiples of the golden ratio leave no gaps, however many they are.
    fn next(&mut self) -> Duration {
        self.number += 1;
        self.whole.mul_f64((f64::from(self.number) * 0.618_033_988_749_895).fract())
    }

    /// Learns from a kill whether the command was still running then. Returns 1 if it was, else 0.
    fn count(&mut self, after: Duration, was_running: bool) -> u32 {
        self.whole = if was_running { self.whole.max(after.mul_f64(1.1)) } else { after };
        u32::from(was_running)
    }
}

/// Every object that can be seen holds exactly what its list of hashes says.
fn assert_whole(objects: &Path) {
    let Ok(entries) = fs_err::read_dir(objects) else { return };
    for entry in entries {
        let object = entry.unwrap().path();
        let is_hidden = object.file_name().unwrap().to_string_lossy().starts_with('.');
        if is_hidden || !object.is_dir() {
            continue;
        }
        let sums = fs_err::read_to_string(object.with_extension("sha256")).unwrap();
        let listed: BTreeSet<String> = sums.lines().map(str::to_owned).collect();
        let files = tree(&object).into_keys().filter(|path| object.join(path).is_file());
        let found: BTreeSet<String> = files
            .map(|path| {
                let bytes = fs_err::read(object.join(&path)).unwrap();
                format!("{}  {path}", devshell::digest::hex(&Sha256::digest(bytes)))
            })
            .collect();
        assert_eq!(found, listed, "{}", object.display());
    }
}

#[test]
fn an_install_that_is_killed_leaves_nothing_half_done() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let objects = sandbox.data().join("objects-1");
    let start = Instant::now();
    sandbox.run(&["run", "hello"]).success();
    let mut moments = Moments::new(start.elapsed());
    let mut hits = 0;
    while hits < kills() {
        let after = moments.next();
        sandbox.remove(&objects);
        hits += moments.count(after, killed(&sandbox, &["run", "hello"], after));
        assert_whole(&objects);
        sandbox.run(&["run", "hello"]).success().stdout("hello\n");
        assert_whole(&objects);
        let left: Vec<String> = tree(&objects).into_keys().filter(|path| path.starts_with(".staging-")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn an_edit_that_is_killed_leaves_the_old_files_or_the_new_ones() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let files = || [sandbox.read("devshell.json"), sandbox.read("devshell.lock")];
    let old = files();
    let start = Instant::now();
    sandbox.run(&["add", "npm:other"]).success();
    let mut moments = Moments::new(start.elapsed());
    let new = files();
    let mut hits = 0;
    while hits < kills() {
        let after = moments.next();
        sandbox.write("devshell.json", &old[0]);
        sandbox.write("devshell.lock", &old[1]);
        hits += moments.count(after, killed(&sandbox, &["add", "npm:other"], after));
        for (index, text) in files().iter().enumerate() {
            assert!(*text == old[index] || *text == new[index], "{text}");
        }
        sandbox.run(&["add", "npm:other"]).success();
        assert_eq!(files(), new);
    }
}

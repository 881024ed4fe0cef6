//! Scratch places: private whatever the umask, gone after every signal that can be met, and known
//! to `gc` and `doctor` after the one that cannot.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{DEVSHELL, Fault, Gate, Index, Sandbox, set_age, wait_until, wheel};

/// No place.
const NONE: [PathBuf; 0] = [];

/// A project whose lock waits for its index.
struct Project {
    gate: Gate,
    index: Index,
    sandbox: Sandbox,
}

impl Project {
    fn new() -> Self {
        let index = Index::with([wheel("alpha", "1.0")]);
        index.require_password("me", "s3cret");
        let gate = Gate::default();
        index.fault("/simple/alpha/", Fault::Gate(gate.clone()));
        let sandbox = Sandbox::new().with_index(&index).with_python();
        sandbox.manifest(r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["r.txt"] } }"#);
        sandbox.write("r.txt", "alpha\n");
        sandbox.write(sandbox.home().join(".netrc"), "machine 127.0.0.1 login me password s3cret\n");
        Self { gate, index, sandbox }
    }

    /// A `devshell lock` that uv works for, started by a line of shell.
    fn lock(&self, before: &str) -> Child {
        let script = format!("{before}; exec \"$0\" lock");
        let child = self.sandbox.program("sh", &["-c", &script]).arg(DEVSHELL).spawn();
        self.gate.wait_for_client();
        child
    }

    fn places(&self) -> Vec<PathBuf> {
        let entries = fs_err::read_dir(self.sandbox.cache().join("scratch-1")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// What `gc` would take, as `KIND PATH`.
    fn garbage(&self) -> Vec<String> {
        let json: Value = self.sandbox.run(&["gc", "--json"]).success().json();
        let items = json["items"].as_array().unwrap().iter();
        items.map(|item| format!("{} {}", item["kind"], item["path"]).replace('"', "")).collect()
    }

    fn leftovers(&self) -> String {
        let checks: Value = self.sandbox.run(&["--offline", "doctor", "--json"]).json();
        let checks = checks["checks"].as_array().unwrap().iter();
        checks.filter(|check| check["check"] == "leftovers").map(|check| check["text"].as_str().unwrap()).collect()
    }

    /// Whether some process works with this sandbox's uv cache.
    fn has_uv(&self) -> bool {
        let cache = self.sandbox.cache().join("uv-1");
        let named = format!("UV_CACHE_DIR={}\0", cache.display());
        let processes = fs_err::read_dir("/proc").unwrap().flatten();
        let environs = processes.filter_map(|entry| fs_err::read(entry.path().join("environ")).ok());
        environs.into_iter().any(|bytes| String::from_utf8_lossy(&bytes).contains(&named))
    }
}

fn modes(directory: &Path, found: &mut Vec<(PathBuf, u32)>) {
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs_err::symlink_metadata(&path).unwrap();
        found.push((path.clone(), metadata.permissions().mode() & 0o7777));
        if metadata.is_dir() {
            modes(&path, found);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_takes_the_place_and_the_child_along() {
    for (umask, signal) in [("000", Signal::INT), ("022", Signal::TERM), ("077", Signal::HUP)] {
        let project = Project::new();
        let mut child = project.lock(&format!("umask {umask}"));
        let scratch = project.sandbox.cache().join("scratch-1");
        let mut found = vec![(scratch.clone(), fs_err::metadata(&scratch).unwrap().permissions().mode() & 0o7777)];
        modes(&scratch, &mut found);
        for (path, mode) in &found {
            let place = path.strip_prefix(&scratch).unwrap();
            let expected = match place.components().count() {
                0 | 1 => 0o700,
                _ if path.is_file() => 0o600,
                _ => continue,
            };
            assert_eq!(*mode, expected, "umask {umask}: {}", path.display());
        }
        assert!(found.len() > 4 && project.has_uv(), "{found:?}");
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status:?}");
        assert_eq!(project.places(), NONE, "after {signal:?}");
        wait_until("uv ends", || !project.has_uv());
        assert_eq!(project.garbage(), [""; 0]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_process_left_is_known_and_goes() {
    let project = Project::new();
    let mut child = project.lock("true");
    // While it is in use it is no leftover, however old.
    for place in project.places() {
        set_age(&place, 40);
    }
    assert_eq!((project.places().len(), project.garbage(), project.leftovers().as_str()), (1, vec![], "none"));
    project.sandbox.run(&["gc", "--yes", "--older-than", "0"]).success();
    assert_eq!(project.places().len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let place = project.places().remove(0);
    assert!(project.sandbox.read(place.join("pyproject.toml")).contains("manifest"));
    // And at once when it is left.
    assert_eq!(project.garbage(), [format!("leftover {}", place.display())]);
    assert!(project.leftovers().starts_with("1 left by killed processes, "), "{}", project.leftovers());
    project.sandbox.run(&["gc", "--yes"]).success();
    assert_eq!((project.places().len(), project.leftovers().as_str()), (0, "none"));
}

#[test]
fn the_next_place_sweeps_those_that_were_left() {
    let project = Project::new();
    let left = project.sandbox.cache().join("scratch-1/uv-left");
    project.sandbox.write(left.join("pyproject.toml"), "s3cret");
    project.gate.open();
    project.sandbox.run(&["lock"]).success();
    assert_eq!(project.places(), NONE);
    assert!(!project.index.requests_for("alpha").is_empty());
}

/// `nohup`, and a script's jobs in the background.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let project = Project::new();
    let mut child = project.lock("trap '' HUP INT");
    for signal in [Signal::HUP, Signal::INT] {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }
    project.gate.open();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(project.sandbox.read("devshell.lock").contains("alpha"));
    assert_eq!(project.places(), NONE);
}

/// Places of a devshell that made them without a lock, in the cache itself and in npm's.
#[test]
fn what_an_earlier_devshell_left_goes_after_a_day() {
    let project = Project::new();
    let [old, young] = [3, 0].map(|days| {
        [".uv-", "npm-cli-1/scratch-"].map(|name| {
            let place = project.sandbox.cache().join(format!("{name}{days}aBcDe"));
            project.sandbox.write(place.join("settings"), "s3cret");
            set_age(&place, days);
            place
        })
    });
    let expected = [&old[0], &old[1]].map(|place| format!("leftover {}", place.display()));
    assert_eq!(project.garbage(), expected);
    assert!(project.leftovers().starts_with("2 left by killed processes, "), "{}", project.leftovers());
    project.sandbox.run(&["gc", "--yes"]).success();
    assert_eq!([&old, &young].map(|places| places.iter().filter(|place| place.exists()).count()), [0, 2]);
}

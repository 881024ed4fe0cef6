//! `devshell gc` where it cannot see everything, and where something stands in its way.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, SystemTime};

use fs_err::File;

use crate::support::{
    DEVSHELL, Invocation, Outcome, Registry, Sandbox, not_run, set_age, tool, tree, two_users, wait_until,
};

/// The time of a root that a sweep has taken, in seconds since 1970.
const MARK: i64 = 1_234_567;

/// A project with a tool that was used.
fn shop(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "name": "shop", "tools": { "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "node", "--version"]).success();
    sandbox
}

/// A dev shell that runs until a file `go` is there, and then uses its tool.
fn starting(sandbox: &Sandbox) -> Child {
    let script = "touch ready; while [ ! -e go ]; do sleep 0.01; done; node --version";
    sandbox.devshell(&["run", "--", "sh", "-c", script]).spawn()
}

fn running(sandbox: &Sandbox) -> Child {
    let child = starting(sandbox);
    wait_until("the process runs", || sandbox.project().join("ready").exists());
    child
}

/// The root of the one environment.
fn root(sandbox: &Sandbox) -> PathBuf {
    fs_err::read_dir(sandbox.data().join("roots")).unwrap().next().unwrap().unwrap().path()
}

/// Locks a root the way a sweep does, and says whether that was possible.
fn lock(root: &Path) -> Option<File> {
    let file = File::open(root).unwrap();
    file.file().try_lock().is_ok().then_some(file)
}

#[track_caller]
fn go(sandbox: &Sandbox, child: Child) {
    sandbox.write("go", "");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "v22.3.0\n", "{output:?}");
}

/// A script in namespaces of its own. `None`, which is said, where the system lets nobody have them.
fn elsewhere<'s>(sandbox: &'s Sandbox, options: &[&str], script: &str, test: &str) -> Option<Invocation<'s>> {
    let unshare = which::which("unshare").expect("`unshare` (util-linux) is needed to be in another container");
    let path = std::env::var_os("PATH").unwrap();
    let is_let = rustix::process::geteuid().is_root()
        && sandbox.program(&unshare, options).args(&["true"]).env("PATH", &path).run().ended_well();
    if !is_let {
        not_run(test, "this user may not have namespaces; try it as root");
        return None;
    }
    Some(sandbox.program(unshare, options).args(&["sh", "-ec", script, DEVSHELL]).env("PATH", path))
}

const ANOTHER_CONTAINER: &[&str] = &["--pid", "--fork", "--mount-proc"];

fn node(sandbox: &Sandbox) -> Option<PathBuf> {
    let entries = fs_err::read_dir(sandbox.data().join("objects-1")).unwrap();
    entries.map(|entry| entry.unwrap().path()).find(|path| path.join("bin/node").exists())
}

#[test]
fn what_runs_in_another_container_stays() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let sweep = r#"test "$(ls -d /proc/[0-9]* | wc -l)" -lt 5; exec "$0" gc --yes"#;
    let sweep = || elsewhere(&sandbox, ANOTHER_CONTAINER, sweep, "sweep::what_runs_in_another_container_stays");
    let Some(run) = sweep() else { return };
    let child = running(&sandbox);
    let start = sandbox.write(sandbox.cache().join("start-1/ab/start.sh"), "of its shell");
    sandbox.age(40);
    run.run().success();
    assert!(node(&sandbox).is_some() && start.exists());
    // What leaving or reloading the dev shell takes back is in the cache.
    assert_eq!(fs_err::read_dir(sandbox.cache().join("environments-1")).unwrap().count(), 1);
    go(&sandbox, child);
    // The same sweep finds it all once that has ended.
    sandbox.age(40);
    sweep().unwrap().run().success();
    assert_eq!((node(&sandbox), start.exists()), (None, false));
}

/// What a sweep may have done to the store, given the root.
type Change = fn(&Sandbox, &Path);

/// The moment is when the command has read what is known of its environment, and a sweep has its root.
#[cfg(target_os = "linux")]
#[test]
fn a_command_that_starts_while_a_sweep_takes_its_tools_gets_them_again() {
    let registry = Registry::new();
    registry.publish(tool("node", "22.3.0"));
    let changes: [(&str, Change); 4] = [
        ("the tool is gone", |sandbox, _| sandbox.remove(node(sandbox).unwrap())),
        ("its root is marked", |_, root| {
            let mark = SystemTime::UNIX_EPOCH + Duration::from_secs(MARK.unsigned_abs());
            File::open(root).unwrap().file().set_modified(mark).unwrap();
        }),
        ("its root is gone", |sandbox, root| sandbox.remove(root)),
        ("its root is another file", |sandbox, root| {
            let text = sandbox.read(root);
            sandbox.remove(root);
            sandbox.write(root, text);
        }),
    ];
    for (name, change) in changes {
        let sandbox = Sandbox::new().with_registry(&registry);
        sandbox.manifest(r#"{ "name": "shop", "tools": { "node": "22" } }"#);
        sandbox.run(&["lock"]).success();
        sandbox.run(&["run", "node", "--version"]).success();
        let root = root(&sandbox);
        let inode = format!(":{} 0 EOF", fs_err::metadata(&root).unwrap().ino());
        let held = lock(&root).unwrap();
        let child = starting(&sandbox);
        let waits = |line: &str| line.contains("-> FLOCK") && line.ends_with(&inode);
        wait_until(name, || fs_err::read_to_string("/proc/locks").unwrap().lines().any(waits));
        change(&sandbox, &root);
        drop(held);
        wait_until(name, || sandbox.project().join("ready").exists());
        assert!(lock(&root).is_none(), "{name}: no sweep takes what it has now");
        assert!(fs_err::metadata(&root).unwrap().mtime() > MARK, "{name}");
        go(&sandbox, child);
    }
}

#[test]
fn a_sweep_marks_the_roots_of_what_it_deletes() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let root = root(&sandbox);
    let time = || fs_err::metadata(&root).unwrap().mtime();
    let before = time();
    // By this its root is found, so it stays, and the links that it names go.
    let home = format!("home = {}/bin\n", node(&sandbox).unwrap().display());
    sandbox.write(".venv/pyvenv.cfg", home);
    let child = running(&sandbox);
    sandbox.run(&["gc", "--all", "--yes"]).success();
    assert_eq!(time(), before, "it is in use");
    go(&sandbox, child);
    sandbox.run(&["gc", "--all"]).success().stdout_contains("links ");
    assert_eq!(time(), before, "nothing was deleted");
    sandbox.run(&["gc", "--all", "--yes"]).success().stdout_contains("links ");
    assert_eq!(time(), MARK);
    sandbox.run(&["run", "node", "--version"]).success().stdout("v22.3.0\n");
    assert!(time() >= before);
}

#[test]
fn a_dev_shell_is_seen_after_its_environment_was_composed_once_more() {
    let registry = Registry::new();
    let mut sandbox = shop(&registry);
    let host = sandbox.host_directory("more");
    let sweep = "exec \"$0\" gc --yes";
    let Some(run) = elsewhere(&sandbox, ANOTHER_CONTAINER, sweep, "sweep::a_dev_shell_is_seen") else { return };
    let child = running(&sandbox);
    let root = |sandbox: &Sandbox| {
        let newest = |path: &PathBuf| fs_err::metadata(path).unwrap().modified().unwrap();
        let roots = fs_err::read_dir(sandbox.data().join("roots")).unwrap().map(|entry| entry.unwrap().path());
        sandbox.read(roots.max_by_key(newest).unwrap())
    };
    let before = root(&sandbox);
    // The same environment: once with the same content, once with another base utility.
    sandbox.remove(sandbox.cache());
    sandbox.run(&["run", "true"]).success();
    assert_eq!(root(&sandbox), before);
    sandbox.write_executable(host.join("cat"), "#!/bin/sh\n");
    sandbox.run(&["run", "true"]).success();
    assert_ne!(root(&sandbox), before);
    sandbox.age(40);
    run.run().success();
    assert!(node(&sandbox).is_some());
    go(&sandbox, child);
}

#[test]
fn without_proc_nothing_is_deleted() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.age(40);
    let before = tree(&sandbox.data());
    let script = r#"mount -t tmpfs none /proc; "$0" gc --json >shown; exec "$0" gc --yes"#;
    let Some(run) = elsewhere(&sandbox, &["--mount"], script, "sweep::without_proc_nothing_is_deleted") else { return };
    run.run().code(1).stderr_contains(
        "devshell: `/proc` cannot be read, so devshell cannot see which running processes use the store\n\
         hint: mount it: `mount -t proc proc /proc`\n",
    );
    assert!(sandbox.read("shown").contains("objects-1"));
    assert_eq!(tree(&sandbox.data()), before);
}

#[test]
fn what_cannot_be_moved_aside_stays_as_it_was() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, _]) = two_users(&sandbox, "sweep::what_cannot_be_moved_aside") else { return };
    alice.sh("022", r#""$0" -q run node --version"#).run().success();
    let data = alice.home.join(".local/share/devshell");
    let all = || tree(&data).into_iter().map(|(path, about)| (path, about.split(' ').next().unwrap().to_owned()));
    let before: Vec<(String, String)> = all().collect();
    for path in tree(&data).keys() {
        set_age(&data.join(path), 40);
    }
    let mode = |mode: &str| {
        let script = format!("chmod {mode} '{0}/objects-1' '{0}/links-1' '{0}/roots'", data.display());
        alice.sh("022", &script).run().success();
    };
    // No name in there can be changed, for an object, a directory of links or a root.
    mode("a-w");
    let outcome = alice.sh("022", r#""$0" gc --yes"#).run();
    outcome.code(1).stderr_contains("devshell: it cannot be deleted: failed to rename");
    mode("u+w");
    assert_eq!(all().collect::<Vec<_>>(), before, "{outcome}");
    alice.sh("022", r#""$0" verify"#).run().success();
    for path in tree(&data).keys() {
        set_age(&data.join(path), 40);
    }
    alice.sh("022", r#""$0" -q gc --yes"#).run().success();
    assert!(fs_err::read_dir(data.join("objects-1")).unwrap().next().is_none());
}

#[test]
fn what_was_moved_aside_by_a_sweep_that_was_killed_goes() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let before = tree(&sandbox.data()).into_keys().collect::<Vec<_>>();
    let data = sandbox.data();
    let left = ["objects-1/.trash-0-ab/bin/a", "links-1/.trash-1-cd/bin/a", "roots/.trash-0-ef", ".trash-z/0/a"];
    let cached = ["environments-1/.trash-0-ab", ".trash-0-uv-1/a/b"];
    let paths = left.map(|path| data.join(path)).into_iter().chain(cached.map(|path| sandbox.cache().join(path)));
    let paths: Vec<PathBuf> = paths.map(|path| sandbox.write(path, "a")).collect();
    let json = sandbox.run(&["gc", "--yes", "--json"]).success().json();
    assert_eq!(json["items"].as_array().unwrap().len(), paths.len(), "{json}");
    assert!(paths.iter().all(|path| !path.exists()));
    let mut after = tree(&sandbox.data()).into_keys().collect::<Vec<_>>();
    after.retain(|path| path != ".lock");
    assert_eq!(after, before.into_iter().filter(|path| path != ".lock").collect::<Vec<_>>());
}

#[test]
fn on_an_empty_machine_there_is_nothing_to_do() {
    let sandbox = Sandbox::new();
    let before = tree(sandbox.home());
    let gc = |arguments: &[&str]| -> Outcome { sandbox.run(&[&["gc"], arguments].concat()) };
    gc(&["--all", "--yes"]).success().stdout("").stderr("devshell: there is nothing else to delete\n");
    for arguments in [&[][..], &["--yes"], &["--older-than", "1", "--yes"]] {
        gc(arguments).success().stdout("").stderr_contains("devshell: everything was used within ");
        assert_eq!(tree(sandbox.home()), before);
    }
    // A cache alone can be swept without a store.
    let old = sandbox.write(sandbox.cache().join("npm-1/old"), "old");
    set_age(&old, 40);
    gc(&["--yes"]).success().stdout_contains("cache ");
    assert!(!old.exists() && !sandbox.data().exists());
}

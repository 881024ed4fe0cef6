//! A project's Python: packages from the files that it names, in an environment that all checkouts
//! of one lock share.

use std::path::PathBuf;

use crate::support::{Fault, Gate, Index, Sandbox, Wheel, tree, wheel};

const MANIFEST: &str = r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] } }"#;

/// A package that says its version, as a module and as a command.
fn package(name: &str, version: &str) -> Wheel {
    let module = name.replace('-', "_");
    wheel(name, version)
        .module(&format!("{module}.py"), format!("VERSION = {version:?}\ndef main(): print({name:?}, VERSION)\n"))
        .entry_point(name, &format!("{module}:main"))
}

fn index() -> Index {
    Index::with(["alpha", "beta", "gamma"].into_iter().flat_map(|name| ["1.0", "1.1"].map(|v| package(name, v))))
}

fn project(index: &Index, requirements: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_index(index).with_python();
    sandbox.manifest(MANIFEST);
    sandbox.write("requirements.txt", requirements);
    sandbox
}

/// Another checkout of the same project.
fn checkout(sandbox: &Sandbox) -> PathBuf {
    let other = sandbox.home().join("other");
    for file in ["devshell.json", "devshell.lock", "requirements.txt"] {
        sandbox.write(other.join(file), sandbox.read(file));
    }
    other
}

#[track_caller]
fn python(sandbox: &Sandbox, script: &str) -> String {
    sandbox.run(&["run", "--", "python", "-c", script]).success().text()
}

/// The environments that are there.
fn environments(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir() && path.to_string_lossy().ends_with("-python")).collect()
}

#[test]
fn the_dev_shell_has_the_projects_python() {
    let index = index();
    let sandbox = project(&index, "alpha\nbeta==1.0\n");
    sandbox.run(&["lock"]).success().stderr_contains("+ python >=3.8 (the host's) with 2 packages\n");
    let shown =
        "import sys, os, alpha, beta; print(sys.prefix == os.environ['VIRTUAL_ENV'], alpha.VERSION, beta.VERSION)";
    assert_eq!(python(&sandbox, shown), "True 1.1 1.0\n");
    sandbox.run(&["run", "alpha"]).success().stdout("alpha 1.1\n");
    let place =
        "for name in python python3; do test \"$(command -v $name)\" -ef \"$VIRTUAL_ENV/bin/python\" && echo ok; done";
    sandbox.run(&["run", "--", "sh", "-c", place]).success().stdout("ok\nok\n");
    let environment = sandbox.run(&["run", "--", "sh", "-c", "printf %s $VIRTUAL_ENV"]);
    assert_eq!(environment.success().bytes(), environments(&sandbox)[0].as_os_str().as_encoded_bytes());
    // The host's is not it.
    sandbox.run(&["run", "--", "sh", "-c", "command -v uv"]).code(127);
}

#[test]
fn the_callers_variables_do_not_bend_it() {
    let index = index();
    let sandbox = project(&index, "alpha\n");
    sandbox.run(&["lock"]).success();
    sandbox.write("evil/alpha.py", "VERSION = 'evil'\n");
    let evil = sandbox.project().join("evil");
    let script = "import os, alpha; print(alpha.VERSION, *[os.environ.get(n) for n in ('PYTHONPATH', 'PYTHONHOME')])";
    let arguments = ["run", "--", "python", "-c", script];
    let run = ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"];
    let run = run.into_iter().fold(sandbox.devshell(&arguments), |run, name| run.env(name, &evil));
    run.run().success().stdout("1.1 None None\n");
}

#[test]
fn checkouts_with_the_same_lock_share_an_environment() {
    let index = index();
    let sandbox = project(&index, "alpha\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "alpha"]).success();
    let other = checkout(&sandbox);
    index.forget_requests();
    let prefix = ["run", "--", "python", "-c", "import sys; print(sys.prefix)"];
    let there = sandbox.devshell(&prefix).directory(&other).run();
    assert_eq!(there.success().bytes(), sandbox.run(&prefix).success().bytes());
    assert_eq!((environments(&sandbox).len(), index.requests()), (1, vec![]));
    // Another lock has another environment, and the old one stays what it was.
    sandbox.write(other.join("requirements.txt"), "alpha==1.0\n");
    sandbox.devshell(&["lock"]).directory(&other).run().success();
    sandbox.devshell(&["run", "alpha"]).directory(&other).run().success().stdout("alpha 1.0\n");
    sandbox.run(&["run", "alpha"]).success().stdout("alpha 1.1\n");
    assert_eq!(environments(&sandbox).len(), 2);
}

#[test]
fn pip_shows_the_packages_and_changes_none() {
    let index = index();
    let sandbox = project(&index, "alpha\nbeta\n");
    sandbox.run(&["lock"]).success();
    let list = sandbox.run(&["run", "--", "pip", "list"]);
    list.success().stdout_contains("alpha").stdout_contains("beta").stdout_contains("1.1");
    sandbox.run(&["run", "--", "python", "-m", "pip", "list"]).success().stdout_contains("alpha");
    sandbox.run(&["run", "--", "pip", "show", "alpha"]).success().stdout_contains("Version: 1.1\n");
    sandbox.run(&["run", "--", "pip", "freeze"]).success().stdout("alpha==1.1\nbeta==1.1\n");
    sandbox.run(&["run", "--", "pip", "check"]).success();
    let environment = environments(&sandbox).remove(0);
    // Python keeps the bytecode of what it imports.
    let files = || {
        let mut files = tree(&environment);
        files.retain(|path, _| !path.contains("__pycache__"));
        files
    };
    let before = files();
    index.forget_requests();
    for command in [
        &["pip", "install", "gamma"][..],
        &["pip3", "install", "-r", "requirements.txt"],
        &["python", "-m", "pip", "install", "gamma"],
        &["pip", "uninstall", "-y", "alpha"],
    ] {
        let outcome = sandbox.devshell(&["run", "--"]).args(command).run();
        outcome.code(1).stdout("").stderr_contains("would change packages that devshell.lock decides\n");
        outcome.stderr_contains("`devshell lock`");
    }
    assert!(files() == before);
    assert_eq!(index.requests(), [""; 0]);
}

#[test]
fn the_interpreters_path_stays_and_leads_to_the_current_lock() {
    let index = index();
    index.remove("alpha", "1.1");
    let sandbox = project(&index, "alpha\n");
    sandbox.run(&["lock"]).success();
    let first = sandbox.read("devshell.lock");
    let state = String::from_utf8(sandbox.run(&["state", "path"]).success().bytes().to_owned()).unwrap();
    let interpreter = PathBuf::from(state.trim_end()).join("python/bin/python");
    let says = |expected: &str| {
        let script = "import alpha, sys; print(alpha.VERSION, sys.executable)";
        let run = sandbox.program(&interpreter, &["-c", script]).run();
        assert_eq!(String::from_utf8_lossy(run.success().bytes()), format!("{expected} {}\n", interpreter.display()));
    };
    sandbox.run(&["run", "--", "true"]).success();
    says("1.0");
    index.publish([package("alpha", "1.1")]);
    sandbox.remove(sandbox.cache().join("uv-1"));
    sandbox.run(&["update", "python"]).success();
    sandbox.run(&["run", "--", "true"]).success();
    says("1.1");
    // And back, as when another commit is checked out.
    sandbox.write("devshell.lock", &first);
    sandbox.run(&["run", "--", "true"]).success();
    says("1.0");
    let inner = sandbox.run(&["run", "--", "sh", "-c", "echo $DEVSHELL_STATE"]);
    assert_eq!(inner.success().bytes(), sandbox.run(&["state", "path"]).success().bytes());
}

/// What the docs say: `devshell install` is enough for an editor.
#[test]
fn installing_is_enough_for_an_editor() {
    let index = index();
    let sandbox = project(&index, "alpha\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    let state = String::from_utf8(sandbox.run(&["state", "path"]).success().bytes().to_owned()).unwrap();
    let interpreter = PathBuf::from(state.trim_end()).join("python/bin/python");
    sandbox.program(interpreter, &["-c", "import alpha; print(alpha.VERSION)"]).run().success().stdout("1.1\n");
}

/// Two who want the same environment at the same time: one makes it, the other waits for it.
#[test]
fn an_environment_is_made_once() {
    let index = index();
    let sandbox = project(&index, "alpha\n");
    sandbox.run(&["lock"]).success();
    let other = checkout(&sandbox);
    let gate = Gate::default();
    index.fault(package("alpha", "1.1").path(), Fault::Gate(gate.clone()));
    let first = sandbox.devshell(&["run", "alpha"]).spawn();
    gate.wait_for_client();
    let second = sandbox.devshell(&["run", "alpha"]).directory(&other).spawn();
    gate.open();
    for child in [first, second] {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "alpha 1.1\n", "{output:?}");
    }
    assert_eq!((environments(&sandbox).len(), index.downloads()), (1, vec![package("alpha", "1.1").file_name()]));
}

#[test]
fn whoever_is_killed_leaves_nothing_that_is_taken_for_an_environment() {
    let index = index();
    let sandbox = project(&index, "alpha\n");
    sandbox.run(&["lock"]).success();
    let gate = Gate::default();
    index.fault(package("alpha", "1.1").path(), Fault::Gate(gate.clone()));
    let mut child = sandbox.devshell(&["run", "alpha"]).spawn();
    gate.wait_for_client();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(environments(&sandbox).is_empty());
    gate.open();
    sandbox.run(&["run", "alpha"]).success().stdout("alpha 1.1\n");
    assert_eq!(environments(&sandbox).len(), 1);
}

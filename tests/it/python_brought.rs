//! The interpreter that uv brings, and what becomes of interpreters and environments that nobody
//! uses any more.

use std::path::PathBuf;

use crate::support::{BUILD, Fault, Index, Invocation, Outcome, Registry, Sandbox, Wheel, brought, wheel};

fn package(name: &str, version: &str) -> Wheel {
    wheel(name, version)
        .module(&format!("{name}.py"), format!("VERSION = {version:?}\ndef main(): print({name:?}, VERSION)\n"))
        .entry_point(name, &format!("{name}:main"))
}

/// A project with a Python of uv's, which is to be had on a server.
struct Project {
    server: Registry,
    _index: Index,
    sandbox: Sandbox,
}

impl Project {
    fn new() -> Self {
        let (server, index) = (Registry::new(), Index::with([package("alpha", "1.0")]));
        let sandbox = Sandbox::new().with_index(&index).with_python();
        let version = &brought().version;
        sandbox.manifest(format!(
            r#"{{ "python": {{ "version": "={version}", "requirements": ["requirements.txt"] }} }}"#
        ));
        sandbox.write("requirements.txt", "alpha\n");
        brought().offer(&server, None);
        Self { server, _index: index, sandbox }
    }

    fn devshell(&self, arguments: &[&str]) -> Invocation<'_> {
        let list = format!("{}pythons.json", self.server.url());
        self.sandbox.devshell(arguments).env("UV_PYTHON_DOWNLOADS_JSON_URL", list)
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        self.devshell(arguments).run()
    }

    fn interpreter(&self) -> PathBuf {
        self.sandbox.data().join(format!("pythons-1/{}+{BUILD}", brought().version))
    }
}

#[test]
fn the_lock_names_the_build_and_the_store_has_it() {
    let project = Project::new();
    let version = &brought().version;
    project.run(&["lock"]).success().stderr_contains(&format!("+ python {version} with 1 package\n"));
    let lock = project.sandbox.lock();
    let python = &lock["python"][0];
    assert_eq!((&python["version"], &python["build"]), (&version.as_str().into(), &BUILD.into()), "{lock}");
    assert!(!project.sandbox.read("devshell.lock").contains("://"), "{lock}");
    assert!(!project.interpreter().exists(), "locking asked only what there is");
    let script = "import alpha, sys; print('%d.%d.%d' % sys.version_info[:3], sys.base_prefix)";
    let outcome = project.run(&["run", "--", "python", "-c", script]);
    let shown = String::from_utf8(outcome.success().bytes().to_owned()).unwrap();
    let place = shown.trim_end().strip_prefix(&format!("{version} ")).unwrap();
    assert!(PathBuf::from(place).starts_with(project.interpreter()), "{shown}");
    assert_eq!(project.server.count(&format!("/{BUILD}/cpython.tar.gz")), 1);
    // It is there now, for other projects and without a network. The host needs no Python.
    project.server.forget_requests();
    let other = project.sandbox.home().join("other");
    project.sandbox.write(other.join("requirements.txt"), "");
    for file in ["devshell.json", "requirements.txt"] {
        project.sandbox.write(other.join(file), project.sandbox.read(file));
    }
    project.sandbox.write(other.join("devshell.lock"), project.sandbox.read("devshell.lock"));
    let run = project.sandbox.devshell(&["--offline", "run", "alpha"]).directory(&other);
    run.run().success().stdout("alpha 1.0\n").stderr("");
    assert_eq!(project.server.requests(), [""; 0]);
}

/// The lowest Python asked for need not be there: what is locked depends on no interpreter.
#[test]
fn locking_fetches_no_interpreter() {
    let project = Project::new();
    project.sandbox.manifest(
        r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] },
             "tools": { "pypi:alpha": "*" } }"#,
    );
    project.run(&["lock"]).success();
    assert_eq!(project.server.requests(), [""; 0]);
    assert!(!project.sandbox.data().join("pythons-1").exists());
}

/// What an environment of the store has, completion finds without starting anything.
#[test]
fn programs_that_are_there_are_offered() {
    let project = Project::new();
    let version = &brought().version;
    project
        .sandbox
        .manifest(format!(r#"{{ "python": {{ "version": "={version}" }}, "tools": {{ "pypi:alpha": "*" }} }}"#));
    project.run(&["lock"]).success();
    let completed = || project.run(&["candidates", "--", "run", "--", ""]);
    completed().success().stdout("");
    project.run(&["run", "alpha"]).success().stdout("alpha 1.0\n");
    completed().success().stdout("alpha\tpypi:alpha\n");
}

#[test]
fn a_build_with_another_hash_is_refused() {
    let project = Project::new();
    project.run(&["lock"]).success();
    brought().offer(&project.server, Some(&"1".repeat(64)));
    project.run(&["install"]).code(5).stdout("").stderr_contains("Hash mismatch for `cpython-");
    let there = project.interpreter().join("bin").exists();
    let entries = fs_err::read_dir(project.interpreter()).map(|entries| {
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("cpython")).count()
    });
    assert_eq!((there, entries.unwrap_or_default()), (false, 0));
    brought().offer(&project.server, None);
    project.run(&["run", "alpha"]).success().stdout("alpha 1.0\n");
}

#[test]
fn where_a_build_cannot_be_fetched_other_pythons_are_named() {
    let project = Project::new();
    project.run(&["lock"]).success();
    project.server.fault(format!("/{BUILD}/cpython.tar.gz"), Fault::Status(403, usize::MAX));
    let version = &brought().version;
    let outcome = project.devshell(&["install"]).env("UV_HTTP_RETRIES", "0").run();
    // Its address once at most, and the next command to type.
    outcome.code(5).stderr_contains(&format!("devshell: Python {version} cannot be fetched from 127.0.0.1: "));
    outcome.stderr_contains("hint: `devshell add python@3.").stderr_contains(" --from host` takes this machine's 3.");
    outcome.stderr_lacks("://").stderr_lacks("uv says");
    if cfg!(target_os = "linux") {
        outcome.stderr_contains(" --from deb` takes Debian's; ");
    }
}

#[test]
fn an_interpreter_stays_while_it_is_used() {
    let project = Project::new();
    project.run(&["lock"]).success();
    project.run(&["run", "alpha"]).success();
    project.run(&["verify"]).success();
    project.sandbox.age(40);
    project.run(&["run", "alpha"]).success();
    project.run(&["gc", "--yes"]).success();
    project.run(&["--offline", "run", "alpha"]).success().stdout("alpha 1.0\n").stderr("");
    project.sandbox.age(40);
    let said = project.run(&["gc", "--yes"]);
    said.success();
    assert!(!project.interpreter().exists(), "{said}");
    project.run(&["run", "alpha"]).success().stdout("alpha 1.0\n");
}

/// The environments of a kind that are there.
fn environments(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs_err::read_dir(sandbox.data().join("builds-1")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn environments_that_were_used_lately_stay_and_others_go() {
    let index =
        Index::with([package("alpha", "1.0"), package("alpha", "2.0"), package("tool", "1.0").requires("alpha")]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    sandbox.manifest(
        r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] },
             "tools": { "pypi:tool": "*" } }"#,
    );
    sandbox.write("requirements.txt", "alpha<2\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "alpha"]).success().stdout("alpha 1.0\n");
    let first = environments(&sandbox);
    assert_eq!(first.len(), 2, "{first:?}");
    sandbox.write("requirements.txt", "alpha>=2\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "alpha"]).success().stdout("alpha 2.0\n");
    assert_eq!(environments(&sandbox).len(), 3);
    sandbox.run(&["verify"]).success();
    sandbox.age(29);
    sandbox.run(&["gc", "--yes"]).success();
    assert_eq!(environments(&sandbox).len(), 3);
    sandbox.age(40);
    sandbox.run(&["run", "alpha"]).success();
    sandbox.run(&["gc", "--yes"]).success();
    let left = environments(&sandbox);
    let project = first.iter().find(|name| name.ends_with("-python")).unwrap();
    assert!(left.len() == 2 && !left.contains(project), "{left:?}");
    index.forget_requests();
    sandbox.run(&["run", "tool"]).success().stdout("tool 1.0\n");
    sandbox.run(&["verify"]).success();
    // What went comes back when it is wanted.
    sandbox.write("requirements.txt", "alpha<2\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "alpha"]).success().stdout("alpha 1.0\n");
    // Installing counts as a use.
    sandbox.age(40);
    sandbox.run(&["install"]).success();
    sandbox.run(&["gc", "--yes"]).success();
    sandbox.run(&["--offline", "run", "tool"]).success().stdout("tool 1.0\n").stderr("");
}

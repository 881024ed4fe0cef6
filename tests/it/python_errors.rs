//! What goes wrong with a project's Python: each mistake with its place and what to do, and the
//! environment of before goes on working.

use crate::support::{Fault, Index, Outcome, Sandbox, Wheel, source, wheel};

fn package(name: &str, version: &str) -> Wheel {
    wheel(name, version).module(&format!("{name}.py"), format!("VERSION = {version:?}\n"))
}

/// A project whose environment has `alpha` 1.0 and works.
struct Project {
    index: Index,
    sandbox: Sandbox,
    lock: String,
}

const WORKING: &str = "alpha==1.0\n";

impl Project {
    fn new() -> Self {
        let index = Index::with(["1.0", "1.1"].map(|version| package("alpha", version)));
        let sandbox = Sandbox::new().with_index(&index).with_python();
        write(&sandbox, r#""version": ">=3.8", "from": "host", "requirements": ["requirements.txt"]"#);
        sandbox.write("requirements.txt", WORKING);
        sandbox.run(&["lock"]).success();
        sandbox.run(&["install"]).success();
        let lock = sandbox.read("devshell.lock");
        let project = Self { index, sandbox, lock };
        project.works();
        project
    }

    /// With what there was, the environment of before works.
    #[track_caller]
    fn works(&self) {
        let script = "import alpha; print(alpha.VERSION)";
        self.sandbox.run(&["run", "--", "python", "-c", script]).success().stdout("1.0\n").stderr("");
    }

    /// With these requirements there is no lock, and the one of before stays.
    #[track_caller]
    fn refuses_to_lock(&self, requirements: &str) -> Outcome {
        self.sandbox.write("requirements.txt", requirements);
        let outcome = self.once(&["lock"]);
        outcome.code(5).stdout("");
        assert_eq!(self.sandbox.read("devshell.lock"), self.lock);
        self.sandbox.write("requirements.txt", WORKING);
        self.works();
        outcome
    }

    /// Runs devshell with a uv that asks an index once. It would wait for longer each time before it asks again.
    #[track_caller]
    fn once(&self, arguments: &[&str]) -> Outcome {
        self.sandbox.devshell(arguments).env("UV_HTTP_RETRIES", "0").run()
    }

    /// With these requirements there is a lock, and nothing can be installed from it.
    #[track_caller]
    fn refuses_to_install(&self, requirements: &str, spoil: impl FnOnce(&Index)) -> Outcome {
        self.sandbox.write("requirements.txt", requirements);
        self.sandbox.run(&["lock"]).success();
        spoil(&self.index);
        let before = self.environments();
        let outcome = self.once(&["install"]);
        outcome.code(5).stdout("");
        self.once(&["run", "--", "true"]).code(125);
        assert_eq!(self.environments(), before);
        self.sandbox.write("requirements.txt", WORKING);
        self.sandbox.write("devshell.lock", &self.lock);
        self.works();
        outcome
    }

    /// What can be seen as an environment, and what is left of making one.
    fn environments(&self) -> Vec<String> {
        let entries = fs_err::read_dir(self.sandbox.data().join("builds-1")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with(".lock-")).collect();
        names.sort();
        names
    }
}

fn write(sandbox: &Sandbox, python: &str) {
    sandbox.manifest(format!("{{\n  \"python\": {{ {python} }}\n}}\n"));
}

#[test]
fn other_bytes_than_the_locked_ones_are_refused() {
    let project = Project::new();
    project.index.publish([package("beta", "1.0")]);
    let spoil = |index: &Index| {
        index.tamper("beta-1.0-py3-none-any.whl", package("beta", "1.0").module("evil.py", "").bytes());
    };
    let outcome = project.refuses_to_install("alpha==1.1\nbeta\n", spoil);
    outcome.stderr_contains("Hash mismatch for `beta==1.0`");
}

#[test]
fn what_the_index_has_no_more_is_named() {
    let project = Project::new();
    project.index.publish([package("beta", "1.0"), package("beta", "1.1")]);
    project.index.yank("beta", "1.0", "broken");
    // A yanked version that is pinned is had as long as it is there.
    project.sandbox.write("requirements.txt", "beta==1.0\n");
    project.sandbox.run(&["lock"]).success();
    let outcome = project.refuses_to_install("beta==1.0\n", |index| index.remove("beta", "1.0"));
    outcome.stderr_contains("`beta-1.0-py3-none-any.whl` is not on the active index");
    project.sandbox.remove(project.sandbox.cache());
    let outcome = project.refuses_to_lock("\nbeta==1.0\n");
    outcome.stderr_contains("devshell: the packages of requirements.txt:2 cannot be locked\n");
}

#[test]
fn what_would_have_to_be_built_is_built_only_with_leave() {
    let project = Project::new();
    project.index.publish([source(package("source", "1.0"))]);
    let outcome = project.refuses_to_lock("alpha\nsource\n");
    outcome.stderr_contains("devshell: the packages of requirements.txt:2 cannot be locked\n");
    outcome.stderr_contains("hint: ").stderr_contains(r#""allow-build": ["source"]"#);
    assert!(!project.index.downloads().contains(&"source-1.0.tar.gz".to_owned()), "its code may have run");

    let manifest = project.sandbox.read("devshell.json");
    project.sandbox.write("requirements.txt", "alpha\nsource\n");
    write(
        &project.sandbox,
        r#""version": ">=3.8", "from": "host", "requirements": ["requirements.txt"], "allow-build": ["source"]"#,
    );
    project.sandbox.run(&["lock"]).success();
    let script = "import alpha, source; print(alpha.VERSION, source.VERSION)";
    project.sandbox.run(&["run", "--", "python", "-c", script]).success().stdout("1.0 1.0\n");
    project.sandbox.write("requirements.txt", WORKING);
    project.sandbox.manifest(manifest);
    project.sandbox.write("devshell.lock", &project.lock);
    project.works();
}

#[test]
fn a_conflict_is_named_by_its_lines() {
    let project = Project::new();
    project.index.publish([package("beta", "1.0").requires("alpha>=1.1")]);
    let outcome = project.refuses_to_lock("# ours\nbeta\n\nalpha<1.1\n");
    outcome.stderr_contains("devshell: the packages of requirements.txt:2, requirements.txt:4 cannot be locked\n");
    outcome.stderr_contains("because uv says: ").stderr_contains("all versions of beta depend on alpha>=1.1");
    let outcome = project.refuses_to_lock("alpha\nno-such-package\n");
    outcome.stderr_contains("devshell: the packages of requirements.txt:2 cannot be locked\n");
    let outcome = project.refuses_to_lock("alpha\nalpha >>> 1\n");
    outcome.stderr_contains("requirements.txt").stderr_contains("alpha >>> 1");
}

#[test]
fn an_index_that_is_down_is_named() {
    let project = Project::new();
    project.index.publish([package("beta", "1.0")]);
    project.index.fault("/simple/beta/", Fault::Status(503, usize::MAX));
    let outcome = project.refuses_to_lock("alpha\nbeta\n");
    outcome.stderr_contains("503").stderr_contains("[INDEX]/beta/");
    // At installing, too.
    let project = Project::new();
    project.index.publish([package("beta", "1.0")]);
    let outcome = project.refuses_to_install("beta\n", |index| {
        index.fault("/files/beta-1.0-py3-none-any.whl", Fault::Status(503, usize::MAX));
    });
    outcome.stderr_contains("503").stderr_contains("beta");
}

#[test]
fn the_host_has_to_have_the_python_that_is_asked_for() {
    let mut project = Project::new();
    // A lock is for other machines too, so making it asks nothing of this one.
    write(&project.sandbox, r#""version": ">=3.19", "from": "host", "requirements": ["requirements.txt"]"#);
    project.sandbox.run(&["lock"]).success();
    let outcome = project.sandbox.run(&["install"]);
    outcome.code(5).stderr_contains("devshell: the host has no Python that satisfies `>=3.19`\nhint: the host's is 3.");
    write(&project.sandbox, r#""version": ">=3.8", "from": "host", "requirements": ["requirements.txt"]"#);
    project.sandbox.write("devshell.lock", &project.lock);
    project.works();
    // One that says it is another one.
    let path = project.sandbox.path().to_owned();
    let directory = project.sandbox.host_directory("old");
    let old = "#!/bin/sh\ncase $1 in -c) echo \"$0\";; *) echo Python 3.7.17;; esac\n";
    project.sandbox.write_executable(directory.join("python3"), old);
    let outcome = project.sandbox.run(&["install"]);
    outcome.code(5).stderr(
        "devshell: the host has no Python that satisfies `>=3.8`\n\
         hint: the host's is 3.7.17; relax `python.version`, or let uv bring one: \"from\": \"uv\"\n",
    );
    project.sandbox.set_path(path);
    project.works();
}

#[test]
fn a_file_that_is_missing_is_named_where_the_manifest_asks_for_it() {
    let project = Project::new();
    write(&project.sandbox, r#""version": ">=3.8", "from": "host", "requirements": ["requirements.txt", "dev.txt"]"#);
    for verb in [&["lock"][..], &["install"]] {
        let outcome = project.sandbox.run(verb);
        outcome.code(4).stdout("");
        outcome.stderr_contains("--> devshell.json:2:").stderr_contains("[PROJECT]/dev.txt");
    }
    // A file that another one refers to.
    write(&project.sandbox, r#""version": ">=3.8", "from": "host", "requirements": ["requirements.txt"]"#);
    project.sandbox.write("requirements.txt", "alpha==1.0\n-r absent.txt\n");
    project.sandbox.run(&["lock"]).code(4).stderr_contains("[PROJECT]/absent.txt");
    project.sandbox.write("requirements.txt", WORKING);
    project.works();
}

#[test]
fn a_python_that_uv_has_no_build_of_is_refused() {
    let project = Project::new();
    write(&project.sandbox, r#""version": "3.99", "requirements": ["requirements.txt"]"#);
    project.sandbox.run(&["lock"]).code(5).stderr(
        "devshell: uv has no build of Python that satisfies `3.99`\nhint: relax `python.version` in the manifest\n",
    );
    assert_eq!(project.sandbox.read("devshell.lock"), project.lock);
    write(&project.sandbox, r#""version": ">=3.8", "from": "host", "requirements": ["requirements.txt"]"#);
    project.works();
}

#[test]
fn mistakes_in_the_block_have_their_places() {
    let project = Project::new();
    for (python, said) in [
        (r#""from": "host""#, "`python` has no version"),
        (r#""version": "3", "from": "conda""#, "conda"),
        (r#""version": "3", "requirements": ["../outside.txt"]"#, "`../outside.txt` leads out of the project"),
        (r#""version": "3", "packages": []"#, "packages"),
    ] {
        write(&project.sandbox, python);
        let outcome = project.sandbox.run(&["install"]);
        outcome.code(4).stderr_contains(said).stderr_contains("--> devshell.json:2:");
    }
    project.sandbox.manifest(r#"{ "python": { "version": "3" }, "tools": { "host:python": "3" } }"#);
    project.sandbox.run(&["install"]).code(4).stderr_contains("--> devshell.json:1:").stderr_contains("host:python");
}

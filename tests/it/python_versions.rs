//! For which Pythons packages are locked: those that the manifest asks for, and CPython alone; and
//! what has no wheel for them is named at once, without a hint to build what has one.

use std::path::PathBuf;

use crate::support::{Index, Outcome, Sandbox, Wheel, sdist, source, wheel};

struct Project {
    index: Index,
    sandbox: Sandbox,
    /// What a build would leave.
    trace: PathBuf,
}

impl Project {
    fn new(index: Index) -> Self {
        let sandbox = Sandbox::new().with_index(&index).with_python();
        let trace = sandbox.root().join("trace");
        Self { index, sandbox, trace }
    }

    /// Locks these requirements for these Pythons; `more` are further keys of the block.
    #[track_caller]
    fn lock(&self, version: &str, requirements: &str, more: &str) -> Outcome {
        let block = format!(r#""version": "{version}", "from": "host", "requirements": ["requirements.txt"]{more}"#);
        self.sandbox.manifest(format!("{{ \"python\": {{ {block} }} }}"));
        self.sandbox.write("requirements.txt", requirements);
        let lock = self.sandbox.project().join("devshell.lock");
        if lock.exists() {
            fs_err::remove_file(lock).unwrap();
        }
        self.sandbox.run(&["lock"])
    }

    /// The packages of a lock, each with its version and its marker.
    #[track_caller]
    fn locked(&self, version: &str, requirements: &str) -> Vec<String> {
        self.lock(version, requirements, "").success();
        self.packages()
    }

    fn packages(&self) -> Vec<String> {
        let lock: serde_json::Value = serde_json::from_str(&self.sandbox.read("devshell.lock")).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let artifacts = lock["python"][0]["artifacts"].as_array().cloned().unwrap_or_default();
        let shown = artifacts.iter().map(|one| {
            let marker = one["marker"].as_str().map(|marker| format!(" ; {marker}")).unwrap_or_default();
            format!("{} {}{marker}", text(&one["package"]), text(&one["version"]))
        });
        let mut shown: Vec<String> = shown.collect();
        shown.dedup();
        shown
    }

    /// Nothing of a package ran.
    #[track_caller]
    fn built_nothing(&self) {
        assert!(!self.trace.exists(), "{}", self.sandbox.read(&self.trace));
        let files = self.index.downloads();
        assert!(!files.iter().any(|file| file.ends_with(".tar.gz")), "{files:?}");
    }
}

/// A package with compiled parts, for one Python.
fn compiled(name: &str, version: &str, minor: u32) -> [Wheel; 2] {
    ["manylinux_2_17_x86_64", "macosx_11_0_arm64"].map(|platform| {
        let tag = format!("cp3{minor}-cp3{minor}-{platform}");
        wheel(name, version).tag(&tag).requires_python(&format!(">=3.{minor}"))
    })
}

#[test]
fn what_dropped_an_old_python_is_locked_in_the_version_that_has_wheels_for_it() {
    let project = Project::new(Index::with([compiled("num", "1.0", 11), compiled("num", "2.0", 12)].concat()));
    assert_eq!(project.locked("3.11", "num"), ["num 1.0"]);
    assert_eq!(project.locked(">=3.11,<3.12", "num"), ["num 1.0"]);
    assert_eq!(project.locked("3.12", "num"), ["num 2.0"]);
    let both = ["num 1.0 ; python_full_version == '3.11.*'", "num 2.0 ; python_full_version == '3.12.*'"];
    assert_eq!(project.locked(">=3.11,<3.13", "num"), both);
}

#[test]
fn a_python_that_is_not_asked_for_keeps_nothing_from_being_locked() {
    // Without a solution for 3.13: `old` needs what is only there for 3.12.
    let project = Project::new(Index::with(compiled("num", "1.0", 12)));
    project.index.publish([wheel("old", "1.0").requires("num==1.0")]);
    assert_eq!(project.locked("3.12", "old"), ["num 1.0", "old 1.0"]);
    let newer = project.lock(">=3.13,<3.14", "old", "");
    newer.code(5).stderr_contains("num");
    // Below the first release of a series there is no one to please either.
    project.index.publish([wheel("late", "2.0").requires_python(">=3.12.4"), wheel("late", "1.0")]);
    assert_eq!(project.locked("~3.12.4", "late"), ["late 2.0"]);
    assert_eq!(project.locked("=3.12.6", "late"), ["late 2.0"]);
}

#[test]
fn only_cpython_counts() {
    let project = Project::new(Index::with([
        wheel("web", "1.0")
            .requires("fast; platform_python_implementation == 'CPython'")
            .requires("slow; platform_python_implementation == 'PyPy'")
            .requires("other; implementation_name == 'pypy'"),
        wheel("fast", "1.0"),
    ]));
    project.index.publish(["slow", "other"].map(|name| sdist(wheel(name, "1.0"), &project.trace)));
    assert_eq!(project.locked(">=3.9", "web"), ["fast 1.0", "web 1.0"]);
    project.built_nothing();
}

#[test]
fn all_packages_without_wheels_are_named_at_once_and_none_that_has_one() {
    let project = Project::new(Index::with([
        // Newer ones have wheels, and need what has none.
        wheel("scene", "2.0").requires("cairo"),
        wheel("plain", "1.0"),
    ]));
    let only_source = [("cairo", "1.0"), ("odf", "1.0"), ("scene", "1.0")];
    project.index.publish(only_source.map(|(name, version)| source(wheel(name, version))));
    let outcome = project.lock(">=3.9", "plain\nscene\nodf\n", "");
    outcome.code(5).stderr(
        "devshell: the packages of requirements.txt:3 cannot be locked\n  because `cairo` and `odf` have no wheels for \
         Python >=3.9 in the versions asked for; they would have to be built\nhint: if their builds may run on your \
         machines, say so: \"python\": { …, \"allow-build\": [\"cairo\", \"odf\"] }\n",
    );
    project.built_nothing();
    // What the hint says does it.
    project.lock(">=3.9", "plain\nscene\nodf\n", r#", "allow-build": ["cairo", "odf"]"#).success();
    assert_eq!(project.packages(), ["cairo 1.0", "odf 1.0", "plain 1.0", "scene 2.0"]);
}

#[test]
fn what_has_a_wheel_is_never_built() {
    let project = Project::new(Index::with([wheel("num", "2.0")]));
    project.index.publish(["1.0", "2.0"].map(|version| source(wheel("num", version))));
    // An older version has none: a newer one does.
    let outcome = project.lock(">=3.9", "num<2", "");
    outcome.code(5).stderr_contains("`num` has no wheel for Python >=3.9 in the versions asked for");
    outcome.stderr_contains("hint: num 2.0 would have wheels for Python >=3.9; change the bounds");
    outcome.stderr_lacks("allow-build");
    // Leave to build is no order to.
    project.lock(">=3.9", "num", r#", "allow-build": ["num"]"#).success();
    project.sandbox.run(&["install"]).success();
    project.built_nothing();
    // But the older one may be built, if it is wanted.
    project.lock(">=3.9", "num<2", r#", "allow-build": ["num"]"#).success();
    assert_eq!(project.packages(), ["num 1.0"]);
}

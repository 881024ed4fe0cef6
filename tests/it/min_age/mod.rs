//! `min-age`: what was published a short while ago is not locked yet, by what each registry says of its times.

mod toolchains;
mod trees;
mod vendors;

use crate::releases;
use crate::support::{
    Debian, Forge, Index, Outcome, Package, Registry, Sandbox, Signer, Wheel, ago, deb, hours_ago, package, tool, wheel,
};

const THREE_DAYS: &str = r#""min-age": "3 days""#;

fn manifest(sandbox: &Sandbox, top: &str, tools: &str) {
    let comma = if top.is_empty() { "" } else { "," };
    sandbox.manifest(format!("{{ {top}{comma} \"tools\": {{ {tools} }} }}"));
}

/// With the same platform wherever the tests run.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.devshell(arguments).env("DEVSHELL_PLATFORM", "x86_64-linux").run()
}

#[track_caller]
fn version(sandbox: &Sandbox) -> String {
    let lock = sandbox.lock();
    let tool = lock["tools"].as_array().unwrap().iter().find(|locked| locked["tool"] != "node").unwrap();
    tool["version"].as_str().unwrap().to_owned()
}

fn plain(name: &str, version: &str, hours: i64) -> Package {
    package(name, version).bin(name, "main.js").file("main.js", "echo").published(Some(hours_ago(hours)))
}

#[test]
fn a_young_version_of_npm_waits() {
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([plain("a", "1.0.0", 1000), plain("a", "1.1.0", 80), plain("a", "1.2.0", 30)]);
    let sandbox = Sandbox::new().with_registry(&registry);
    // Without a minimum age, the longer document is not asked for.
    manifest(&sandbox, "", r#""npm:a": "1""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(version(&sandbox), "1.2.0");
    assert!(registry.headers("accept").iter().all(|accept| accept.contains("install-v1")));
    // What is locked stays.
    manifest(&sandbox, THREE_DAYS, r#""npm:a": "1""#);
    run(&sandbox, &["lock", "--check"]).success();
    run(&sandbox, &["outdated"]).success().stdout("");
    sandbox.remove("devshell.lock");
    run(&sandbox, &["lock"]).success().stderr_contains("devshell:   npm:a 1.2.0 is 1 day old; locking 1.1.0\n");
    assert_eq!(version(&sandbox), "1.1.0");
    assert!(!sandbox.read("devshell.lock").contains("min-age"), "no clock is in the lock");
    run(&sandbox, &["update"]).success();
    assert_eq!(version(&sandbox), "1.1.0");
    // A tool may be exempt, and ask for more.
    manifest(&sandbox, THREE_DAYS, r#""npm:a": { "version": "1", "min-age": "0" }"#);
    run(&sandbox, &["outdated"]).success().stdout_contains("1.2.0");
    run(&sandbox, &["update"]).success();
    assert_eq!(version(&sandbox), "1.2.0");
    manifest(&sandbox, "", r#""npm:a": { "version": "1", "min-age": "2 weeks" }"#);
    run(&sandbox, &["update"]).success();
    assert_eq!(version(&sandbox), "1.2.0");
    sandbox.remove("devshell.lock");
    run(&sandbox, &["lock"]).success();
    assert_eq!(version(&sandbox), "1.0.0");
    // Nothing is old enough.
    manifest(&sandbox, THREE_DAYS, r#""npm:a": "~1.2""#);
    run(&sandbox, &["lock"]).code(5).stderr(
        "devshell: no version of `npm:a` within `~1.2` is old enough: 1.2.0 is 1 day old, and `min-age` is 3 days\n\
         hint: wait, or exempt the tool in the manifest: \"npm:a\": { \"version\": …, \"min-age\": \"0\" }\n",
    );
    // A registry without times.
    registry.publish([plain("b", "1.0.0", 0).published(None)]);
    manifest(&sandbox, THREE_DAYS, r#""npm:b": "1""#);
    run(&sandbox, &["lock"]).code(5).stderr(
        "devshell: the npm registry does not say when versions of `npm:b` were published, and `min-age` is 3 days\n\
         hint: exempt the tool in the manifest: \"npm:b\": { \"version\": …, \"min-age\": \"0\" }\n",
    );
}

#[test]
fn add_takes_what_is_old_enough_by_the_users_settings() {
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([plain("a", "1.0.0", 1000), plain("a", "2.0.0", 30)]);
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.config(r#"{ "min-age": "3 days" }"#);
    sandbox.manifest("{}");
    run(&sandbox, &["add", "npm:a"]).success().stderr_contains("npm:a 2.0.0 is 1 day old; locking 1.0.0\n");
    assert!(sandbox.read("devshell.json").contains("\"npm:a\": \"^1.0\""), "{}", sandbox.read("devshell.json"));
    // The longer of two counts.
    manifest(&sandbox, r#""min-age": "1 hour""#, r#""npm:a": "*""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(version(&sandbox), "1.0.0");
    // A platform that is added asks for no other version, however young the one is that is locked.
    sandbox.config("{}");
    manifest(&sandbox, r#""platforms": ["x86_64-linux"]"#, r#""esbuild": "0.28""#);
    registry.publish(tool("esbuild", "0.28.1").into_iter().map(|package| package.published(Some(hours_ago(1)))));
    run(&sandbox, &["lock"]).success();
    sandbox.config(r#"{ "min-age": "3 days" }"#);
    manifest(&sandbox, "", r#""esbuild": "0.28""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["artifacts"].as_array().unwrap().len(), 4);
}

/// An address says nothing of times.
#[test]
fn downloads_have_no_age() {
    let registry = Registry::new();
    registry.serve("/tool", "#!/bin/sh\n");
    let sandbox = Sandbox::new().with_registry(&registry);
    let tool = |more: &str| {
        let url = registry.url();
        format!(r#""url:tool": {{ "version": "1.0", "url": "{url}tool", "format": "file"{more} }}"#)
    };
    manifest(&sandbox, THREE_DAYS, &tool(""));
    run(&sandbox, &["lock"]).code(5).stderr(
        "devshell: the publisher's server does not say when versions of `url:tool` were published, and `min-age` is 3 days\n\
         hint: exempt the tool in the manifest: \"url:tool\": { \"version\": …, \"min-age\": \"0\" }\n",
    );
    manifest(&sandbox, THREE_DAYS, &tool(r#", "min-age": "0""#));
    run(&sandbox, &["lock"]).success();
    manifest(&sandbox, THREE_DAYS, &tool(""));
    run(&sandbox, &["lock", "--check"]).success();
}

#[test]
fn a_young_release_waits() {
    for forge_name in ["github", "gitlab", "codeberg"] {
        let releases = [
            releases::release("1.0.0"),
            releases::release("1.1.0").published(hours_ago(80)),
            releases::release("1.2.0").published(hours_ago(5)),
        ];
        let forge = Forge::with("acme/tool", releases);
        let sandbox = Sandbox::new().with_forge(&forge);
        manifest(&sandbox, THREE_DAYS, &format!(r#""{forge_name}:acme/tool": "1""#));
        run(&sandbox, &["lock"])
            .success()
            .stderr_contains(&format!("{forge_name}:acme/tool 1.2.0 is 5 hours old; locking 1.1.0\n"));
        assert_eq!(version(&sandbox), "1.1.0");
        manifest(&sandbox, THREE_DAYS, &format!(r#""{forge_name}:acme/tool": "1.2""#));
        run(&sandbox, &["lock"]).code(5).stderr_contains("is old enough: 1.2.0 is 5 hours old");
    }
}

/// The page that is full of young releases is not the last one that is asked for.
#[test]
fn older_releases_are_on_further_pages() {
    let young = (1..4).map(|patch| releases::release(&format!("1.1.{patch}")).published(hours_ago(5)));
    let forge = Forge::with("acme/tool", [releases::release("1.0.0")].into_iter().chain(young));
    forge.page(2);
    let sandbox = Sandbox::new().with_forge(&forge);
    manifest(&sandbox, THREE_DAYS, r#""github:acme/tool": "1""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!((version(&sandbox).as_str(), forge.questions().len()), ("1.0.0", 2));
}

/// A tool in Python, and one whose executable is in a wheel.
#[test]
fn a_young_wheel_waits() {
    let ruff = |version: &str, hours| {
        wheel("ruff", version)
            .tag("py3-none-manylinux_2_17_x86_64")
            .script("ruff", "#!/bin/sh\n")
            .uploaded(&hours_ago(hours))
    };
    let program = |version: &str, hours| {
        let wheel = wheel("left", version).module("left.py", "def main(): pass\n").entry_point("left", "left:main");
        wheel.requires("shared").uploaded(&hours_ago(hours))
    };
    let shared = |version: &str, hours| wheel("shared", version).module("shared.py", "").uploaded(&hours_ago(hours));
    let index = Index::with([ruff("0.14.1", 100), ruff("0.14.2", 20)]);
    index.publish([program("1.0", 100), program("1.1", 50), shared("1.0", 100), shared("2.0", 3)]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let python = r#""python": { "version": ">=3.8", "from": "host" }, "platforms": ["x86_64-linux"]"#;
    manifest(&sandbox, &format!("{THREE_DAYS}, {python}"), r#""ruff": "*", "pypi:left": "*""#);
    run(&sandbox, &["lock"])
        .success()
        .stderr_contains("ruff 0.14.2 is 20 hours old; locking 0.14.1\n")
        .stderr_contains("pypi:left 1.1 is 2 days old; locking 1.0\n");
    let lock = sandbox.lock();
    let versions: Vec<&str> =
        lock["tools"][0]["artifacts"].as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.0", "1.0"], "{lock}");
    run(&sandbox, &["outdated"]).success().stdout("");
    // A page in HTML has no times.
    index.html_only();
    sandbox.remove("devshell.lock");
    run(&sandbox, &["lock"])
        .code(5)
        .stderr_contains("the Python package index does not say when versions of `ruff` were published");
}

fn alpha(version: &str, hours: i64) -> Wheel {
    wheel("alpha", version).module("alpha.py", "").uploaded(&hours_ago(hours))
}

#[test]
fn the_packages_of_a_project_wait_too() {
    let index = Index::with([alpha("1.0", 100), alpha("1.1", 10)]);
    index.publish([wheel("beta", "1.0").module("beta.py", "")]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    sandbox.write("requirements.txt", "alpha\n");
    let manifest = |top: &str, more: &str| {
        let python = format!(r#""version": ">=3.8", "from": "host", "requirements": ["requirements.txt"]{more}"#);
        sandbox.manifest(format!(r#"{{ {top} "python": {{ {python} }} }}"#));
    };
    let locked = || sandbox.lock()["python"][0]["artifacts"][0]["version"].as_str().unwrap().to_owned();
    manifest(r#""min-age": "3 days","#, "");
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(), "1.0");
    assert!(!sandbox.read("devshell.lock").contains("newer"), "no clock is in the lock");
    // What the block says itself counts instead.
    manifest(r#""min-age": "3 days","#, r#", "exclude-newer": "2 hours""#);
    run(&sandbox, &["lock"]).success();
    run(&sandbox, &["update"]).success();
    assert_eq!(locked(), "1.1");
    // What is locked stays, also when there is something more to lock.
    manifest(r#""min-age": "3 days","#, "");
    sandbox.write("requirements.txt", "alpha\nbeta\n");
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(), "1.1");
    run(&sandbox, &["update"]).success();
    assert_eq!(locked(), "1.1");
    // Nothing is old enough, or nothing has a time.
    sandbox.write("requirements.txt", "alpha>=1.1\n");
    sandbox.remove("devshell.lock");
    let exempt = "exempt the packages in the manifest: \"python\": { …, \"min-age\": \"0\" }\n";
    let young = run(&sandbox, &["lock"]);
    young.code(5).stderr_contains("hint: `min-age` is 3 days, and `alpha` was published at ").stderr_contains(exempt);
    // Not even uv's cache knows a time.
    let index = Index::with([alpha("1.1", 10)]);
    index.html_only();
    sandbox.set_index(index.url());
    sandbox.write("requirements.txt", "alpha\n");
    let silent = "hint: `min-age` is 3 days, and the index does not say when `alpha` was published: ";
    run(&sandbox, &["lock"]).code(5).stderr_contains(&format!("{silent}{exempt}"));
    manifest(r#""min-age": "3 days","#, r#", "min-age": "0""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(), "1.1");
}

#[test]
fn a_young_index_of_debian_waits_or_an_older_one_is_asked_for() {
    let debian = Debian::with([deb("tool", "1.0-1").command("tool", "echo 1.0")]);
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let url = debian.url();
    let config = |more: &str| {
        sandbox
            .config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc"{more} }} }} }}"#));
    };
    config("");
    let tool = |more: &str| format!(r#""deb:tool": {{ "version": "*", "suite": "trixie"{more} }}"#);
    manifest(&sandbox, THREE_DAYS, &tool(""));
    run(&sandbox, &["lock"]).success();
    assert_eq!(version(&sandbox), "1.0-1");
    // Today there is a newer one.
    debian.made("trixie", ago(5));
    debian.point_release("trixie", [deb("tool", "2.0-1").command("tool", "echo 2.0")]);
    run(&sandbox, &["lock", "--check"]).success();
    run(&sandbox, &["update"])
        .code(5)
        .stderr_contains("the index of `trixie` was made 20")
        .stderr_contains("UTC, and `min-age` is 3 days\n")
        .stderr_contains("hint: an archive of snapshots has older ones: \"registries\"");
    config(&format!(r#", "snapshot": "{}""#, debian.snapshot_url()));
    run(&sandbox, &["update"]).success();
    assert_eq!(version(&sandbox), "1.0-1");
    run(&sandbox, &["run", "tool"]).success().stdout("1.0\n");
    manifest(&sandbox, THREE_DAYS, &tool(r#", "min-age": "0""#));
    run(&sandbox, &["update"]).success();
    assert_eq!(version(&sandbox), "2.0-1");
    // What is locked stays.
    manifest(&sandbox, THREE_DAYS, &tool(""));
    run(&sandbox, &["lock", "--check"]).success();
    run(&sandbox, &["update"]).success();
    assert_eq!(version(&sandbox), "2.0-1");
}

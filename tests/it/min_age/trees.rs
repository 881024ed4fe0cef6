//! Trees of npm packages: dependencies wait too, and what is locked stays.

use super::{THREE_DAYS, manifest, plain, run};
use crate::support::{Npm, Package, Registry, Sandbox, ago, hours_ago, package, tool};

/// The tool, which needs others.
fn top(version: &str, hours: i64) -> Package {
    plain("top", version, hours).dependency("shared", "1")
}

fn shared(version: &str, hours: i64) -> Package {
    package("shared", version).published(Some(hours_ago(hours)))
}

/// The version of each package in the tree that is locked.
#[track_caller]
fn tree(sandbox: &Sandbox) -> String {
    let lock = sandbox.lock();
    let tool = lock["tools"].as_array().unwrap().iter().find(|tool| tool["tool"] == "npm:top").unwrap();
    let packages = tool["artifacts"].as_array().unwrap().iter();
    let shown =
        packages.map(|one| format!("{} {}", one["package"].as_str().unwrap(), one["version"].as_str().unwrap()));
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_young_dependency_waits_and_one_that_is_locked_stays() {
    // From before the packages are published, however long the test takes.
    let (early, late) = (hours_ago(900), hours_ago(30));
    let (top, old, young) = (top("1.0.0", 1000), shared("1.0.0", 900), shared("1.1.0", 30));
    let plugin = package("plugin", "1.0.0").published(Some(hours_ago(800)));
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([top.clone(), old.clone(), young.clone(), plugin.clone()]);
    let sandbox = Sandbox::new().with_registry(&registry);
    let npm = Npm::imitated(&sandbox);
    npm.answers_since(&early, &[("top", &top), ("shared", &old)]);
    npm.answers_since(&late, &[("top", &top), ("shared", &young)]);
    manifest(&sandbox, THREE_DAYS, r#""npm:top": "1""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(tree(&sandbox), "shared 1.0.0, top 1.0.0");
    let asked = npm.asked();
    assert!(asked.len() == 1 && *asked[0] > *hours_ago(73) && *asked[0] < *hours_ago(71), "{asked:?}");
    // Without a minimum age, npm is given no time.
    manifest(&sandbox, "", r#""npm:top": "1""#);
    run(&sandbox, &["update"]).success();
    assert_eq!(
        (tree(&sandbox).as_str(), npm.asked().as_slice()),
        ("shared 1.1.0, top 1.0.0", &["none".to_owned()][..])
    );
    // What is locked stays, to the byte.
    let before = sandbox.read("devshell.lock");
    manifest(&sandbox, THREE_DAYS, r#""npm:top": "1""#);
    run(&sandbox, &["lock", "--check"]).success();
    run(&sandbox, &["update"]).success();
    run(&sandbox, &["outdated"]).success().stdout("");
    assert_eq!(sandbox.read("devshell.lock"), before);
    // Also where the tree is asked for again, because something is added to it: then npm gets the time of what stays.
    npm.asked();
    npm.answers_since(&early, &[("top", &top), ("shared", &old), ("plugin", &plugin)]);
    npm.answers_since(&late, &[("top", &top), ("shared", &young), ("plugin", &plugin)]);
    manifest(&sandbox, THREE_DAYS, r#""npm:top": { "version": "1", "with": ["plugin@1"] }"#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(tree(&sandbox), "plugin 1.0.0, shared 1.1.0, top 1.0.0");
    let asked = npm.asked();
    assert!(asked.len() == 2 && *asked[1] > *late && *asked[1] < *hours_ago(29), "{asked:?}");
}

/// Another version of the tool has a tree of its own.
#[test]
fn where_the_tool_moves_its_tree_is_what_is_old_enough() {
    let late = hours_ago(30);
    let (first, second) = (top("1.0.0", 1000), top("1.1.0", 500));
    let (old, young) = (shared("1.0.0", 900), shared("1.1.0", 30));
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([first.clone(), old.clone(), young.clone()]);
    let sandbox = Sandbox::new().with_registry(&registry);
    let npm = Npm::imitated(&sandbox);
    npm.answers_since(&late, &[("top", &first), ("shared", &young)]);
    manifest(&sandbox, "", r#""npm:top": "1""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(tree(&sandbox), "shared 1.1.0, top 1.0.0");
    registry.publish([second.clone()]);
    npm.answers_since(&hours_ago(500), &[("top", &second), ("shared", &old)]);
    npm.answers_since(&late, &[("top", &second), ("shared", &young)]);
    manifest(&sandbox, THREE_DAYS, r#""npm:top": "1""#);
    run(&sandbox, &["update"]).success();
    assert_eq!(tree(&sandbox), "shared 1.0.0, top 1.1.0");
}

/// A young tool that is locked is found again when a platform is added: npm gets a time after it, by a whole second,
/// because registries have parts of one.
#[test]
fn a_platform_is_added_to_a_young_tree() {
    let time = ago(5).rfc3339();
    let young = top("1.0.0", 0).published(Some(time.replace('Z', ".750Z")));
    let shared = shared("1.0.0", 900);
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([young.clone(), shared.clone()]);
    let sandbox = Sandbox::new().with_registry(&registry);
    let npm = Npm::imitated(&sandbox);
    npm.answers_since(&time, &[("top", &young), ("shared", &shared)]);
    let here = r#""platforms": ["x86_64-linux"]"#;
    manifest(&sandbox, here, r#""npm:top": "1""#);
    run(&sandbox, &["lock"]).success();
    npm.asked();
    manifest(&sandbox, THREE_DAYS, r#""npm:top": "1""#);
    run(&sandbox, &["lock"]).success();
    assert_eq!(tree(&sandbox), "shared 1.0.0, top 1.0.0");
    let asked = npm.asked();
    assert!(asked.len() == 1 && *asked[0] > *time && *asked[0] < *hours_ago(4), "{asked:?}");
}

/// A dependency may come from a registry of its own, which has to say when its packages were published, too.
#[test]
fn each_registry_of_a_tree_gives_times() {
    let (top, other) = (top("1.0.0", 1000), package("@acme/part", "1.0.0").published(None));
    let (registry, own) = (Registry::with(tool("node", "22.3.0")), Registry::with([other.clone()]));
    registry.publish([top.clone()]);
    let sandbox = Sandbox::new().with_registry(&registry);
    Npm::imitated(&sandbox).answers_since(&hours_ago(1000), &[("top", &top), ("@acme/part", &other)]);
    let registries = format!(r#"{THREE_DAYS}, "registries": {{ "npm:@acme/*": "{}" }}"#, own.url());
    manifest(&sandbox, &registries, r#""npm:top": "1""#);
    run(&sandbox, &["lock"]).code(5).stderr(
        "devshell: the npm registry does not say when versions of `npm:top` were published, and `min-age` is 3 days\n\
         hint: exempt the tool in the manifest: \"npm:top\": { \"version\": …, \"min-age\": \"0\" }\n",
    );
    manifest(&sandbox, &registries, r#""npm:top": { "version": "1", "min-age": "0" }"#);
    run(&sandbox, &["lock"]).success();
}

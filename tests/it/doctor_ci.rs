//! `devshell doctor --ci`: what a job relies on, and where on a pull request its problems appear.

use serde_json::{Value, json};

use crate::support::{DEVSHELL, HERE, Invocation, Outcome, Package, Registry, Sandbox, package, sha256, tool};

const SHOP: &str = r#"{
  "tools": {
    "node": "22",
    "host:sh": "*"
  },
  "environments": { "docs": { "tools": { "npm:pages": "1" } } }
}
"#;

fn pages() -> Package {
    package("pages", "1.0.0").bin("pages", "pages.js").file("pages.js", "echo pages\n")
}

fn registry() -> Registry {
    let other = package("other", "1.0.0").bin("other", "other.js").file("other.js", "echo other\n");
    Registry::with([vec![pages(), other], tool("node", "22.3.0")].concat())
}

fn shop(registry: &Registry) -> Sandbox {
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(SHOP);
    sandbox.run(&["lock"]).success();
    registry.forget_requests();
    sandbox
}

/// In a job of GitHub Actions, in a repository that has the project in a directory `shop`.
fn job<'s>(sandbox: &'s Sandbox, words: &[&str]) -> Invocation<'s> {
    let command = sandbox.devshell(&["doctor", "--ci"]).args(words);
    command.env("CI", "true").env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", sandbox.home())
}

/// The checks of a kind: their states, texts and hints.
fn checks(report: &Value, name: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let all = report["checks"].as_array().unwrap().iter().filter(|check| check["check"] == name);
    all.map(|it| format!("{}: {} | {}", text(&it["state"]), text(&it["text"]), text(&it["hint"]))).collect()
}

fn check(invocation: Invocation, name: &str) -> String {
    let report: Value = serde_json::from_str(&invocation.args(&["--json"]).run().text()).unwrap();
    checks(&report, name).join("\n")
}

fn commands(outcome: &Outcome) -> Vec<String> {
    let errors = String::from_utf8(outcome.error_bytes().to_vec()).unwrap();
    errors.lines().filter(|line| line.starts_with("::")).map(str::to_owned).collect()
}

#[test]
fn a_job_that_has_everything_is_healthy_and_no_registry_is_asked() {
    let registry = registry();
    let sandbox = shop(&registry);
    sandbox.run(&["install"]).success();
    registry.forget_requests();
    let outcome = job(&sandbox, &["--json"]).run();
    outcome.success().stderr("");
    let report: Value = serde_json::from_str(&outcome.text()).unwrap();
    assert_eq!(report["healthy"], true);
    let names: Vec<&str> =
        report["checks"].as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    let expected = [
        "devshell",
        "CI system",
        "store",
        "cache",
        "state",
        "leftovers",
        "project",
        "owners",
        "manifest",
        "lock",
        "host tool",
        "loader",
        "tools",
        "other tools",
    ];
    assert_eq!(names, expected);
    assert_eq!(checks(&report, "tools"), ["good: 1 of 1 are installed | -"]);
    assert_eq!(checks(&report, "other tools"), ["good: no object of another lock | -"]);
    assert_eq!(registry.requests(), [""; 0]);
    // For people it is a table.
    job(&sandbox, &[]).run().success().stdout_contains("good   CI system    GitHub Actions, which sets GITHUB_ACTIONS");
    sandbox.run(&["doctor", "-e", "docs"]).code(2);
}

#[test]
fn what_a_restored_store_lacks_and_has_too_much_is_counted() {
    let registry = registry();
    let sandbox = shop(&registry);
    let lacks = "fault: 1 of 1 are not installed: node 22.3.0 | `devshell install`";
    assert_eq!(check(job(&sandbox, &[]), "tools"), lacks);
    sandbox.run(&["install"]).success();
    let docs = "fault: 1 of 2 are not installed: npm:pages 1.0.0 | `devshell install -e docs`";
    assert_eq!(check(job(&sandbox, &["-e", "docs"]), "tools"), docs);
    sandbox.run(&["install", "-e", "docs"]).success();
    assert_eq!(check(job(&sandbox, &["-e", "docs"]), "tools"), "good: 2 of 2 are installed | -");
    assert!(check(job(&sandbox, &["-e", "nowhere"]), "tools").starts_with("fault: "));
    sandbox.write("../other/devshell.json", r#"{ "tools": { "npm:other": "1" } }"#);
    for words in [["lock"], ["install"]] {
        sandbox.devshell(&words).directory("../other").run().success();
    }
    let others = check(job(&sandbox, &[]), "other tools");
    assert!(others.starts_with("good: 1 object of other locks; `devshell gc --only-here --yes` frees "), "{others}");
    sandbox.devshell(&["gc", "--only-here", "--yes"]).env("CI", "1").run().success();
    assert_eq!(check(job(&sandbox, &[]), "other tools"), "good: no object of another lock | -");
}

#[test]
fn a_problem_appears_at_its_line_on_the_pull_request() {
    let registry = registry();
    let sandbox = shop(&registry);
    sandbox.run(&["install", "--all"]).success();
    sandbox.manifest(SHOP.replace("\"22\"", "\"23\""));
    let outcome = job(&sandbox, &["--json"]).run();
    outcome.code(1);
    let stale = "::error file=shop/devshell.json,line=3,title=devshell%3A lock::devshell.lock is stale: it lacks \
                 node 23%0Ahint: type `devshell lock`, and commit the file";
    assert_eq!(commands(&outcome), [stale]);
    let report: Value = serde_json::from_str(&outcome.text()).unwrap();
    let lock = report["checks"].as_array().unwrap().iter().find(|check| check["check"] == "lock").unwrap();
    assert_eq!(lock["place"], json!({ "file": "devshell.json", "line": 3 }));
    // On another system, and for a person, there is nothing but the report.
    assert_eq!(commands(&job(&sandbox, &[]).env("GITHUB_ACTIONS", "").run()), [""; 0]);
    let plain = sandbox.devshell(&["doctor", "--offline"]).env("GITHUB_ACTIONS", "true").run();
    assert_eq!(commands(plain.code(1)), [""; 0]);
    // Each mistake is at its own line.
    sandbox.manifest("{\n  \"tools\": { \"node\": 22 },\n  \"isolaton\": \"pure\"\n}\n");
    let said = commands(job(&sandbox, &[]).run().code(1));
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("::error file=shop/devshell.json,line=2,title=devshell%3A manifest::"), "{said:?}");
    assert!(said[1].starts_with("::error file=shop/devshell.json,line=3,title=devshell%3A manifest::"), "{said:?}");
    sandbox.manifest("{ \"devshell\": \">=99\" }");
    assert!(commands(job(&sandbox, &[]).run().code(1))[0].contains(",line=1,title=devshell%3A manifest::"));
    sandbox.manifest(SHOP);
    let lock = sandbox.read("devshell.lock");
    sandbox.write("devshell.lock", lock.replace("\"format\": 1,", "\"format\": 1,\n<<<<<<< ours"));
    let conflict = "::error file=shop/devshell.lock,line=3,title=devshell%3A lock::devshell.lock has conflict markers";
    assert!(commands(job(&sandbox, &[]).run().code(1))[0].starts_with(conflict));
    sandbox.write("devshell.lock", lock);
    sandbox.manifest("{\n\"tools\": {\n\"host:no-such-command\": \"*\" } }");
    sandbox.run(&["lock"]).success();
    let host = "::error file=shop/devshell.json,line=3,title=devshell%3A host tool::";
    assert!(commands(job(&sandbox, &[]).run().code(1))[0].starts_with(host));
}

#[test]
fn a_system_is_known_by_its_variables() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{}");
    let system = |variables: &[(&str, &str)]| {
        check(sandbox.devshell(&["doctor", "--ci"]).envs(variables.iter().copied()), "CI system")
    };
    assert_eq!(system(&[]), "skipped: none: CI is not set | -");
    assert_eq!(system(&[("CI", "true")]), "good: one that devshell does not know, which sets CI | -");
    assert_eq!(system(&[("CI", "true"), ("GITLAB_CI", "true")]), "good: GitLab CI, which sets GITLAB_CI and CI | -");
    assert_eq!(
        system(&[("TF_BUILD", "True")]),
        "fault: Azure Pipelines sets TF_BUILD, but CI is not set, so devshell acts as on a person's machine | set it \
         for the whole job: `export CI=true`"
    );
}

#[test]
fn directories_that_are_declared_safe_are_absolute() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{}");
    let owners = |list: &str| check(job(&sandbox, &[]).env("DEVSHELL_SAFE_DIRECTORY", list), "owners");
    let project = sandbox.project().to_str().unwrap();
    assert!(check(job(&sandbox, &[]), "owners").starts_with("good: only you and root can write the project"));
    assert_eq!(owners(&format!("/x:{project}")), "good: DEVSHELL_SAFE_DIRECTORY covers the project | -");
    assert_eq!(owners("/x"), "good: DEVSHELL_SAFE_DIRECTORY does not cover the project, and need not | -");
    let relative = "fault: `shop` in DEVSHELL_SAFE_DIRECTORY is not absolute, so it does not count | ";
    assert_eq!(owners("/x:shop"), format!("{relative}`export DEVSHELL_SAFE_DIRECTORY=[PROJECT]`"));
    // Without a project, a job is in the wrong place.
    sandbox.write("../nowhere/file", "");
    let nowhere = job(&sandbox, &[]).directory("../nowhere").run();
    nowhere.code(1).stdout_contains("no devshell.json in").stderr_contains("::error title=devshell%3A project::");
}

#[test]
fn a_launcher_pins_the_devshell_of_the_job() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{}");
    let generate = |version: &str, hash: &str| {
        let sums = format!("{hash}  devshell-cli-{version}-{HERE}/devshell\n");
        sandbox.write("SHA256SUMS", sums);
        sandbox.run(&["generate", "launcher", "--sums", "SHA256SUMS"]).success();
    };
    let launcher = || check(job(&sandbox, &[]), "launcher");
    assert_eq!(launcher(), "");
    let own = env!("CARGO_PKG_VERSION");
    let hash = sha256(fs_err::read(DEVSHELL).unwrap());
    generate(own, &hash);
    assert_eq!(launcher(), format!("good: `./devshell` pins this executable: devshell {own}, sha256 {hash} | -"));
    let other = "0".repeat(64);
    generate(own, &other);
    let differs = format!("fault: this executable has the hash {hash}, and `./devshell` pins {other} | ");
    assert_eq!(launcher(), differs + "start devshell as `./devshell`, which compares what it fetches");
    generate("99.0.0", &hash);
    let outcome = job(&sandbox, &[]).run();
    let line = sandbox.read("devshell").lines().position(|line| line == "version='99.0.0'").unwrap() + 1;
    let said =
        format!("::error file=shop/devshell,line={line},title=devshell%3A launcher::this is devshell {own}, and ");
    assert!(commands(outcome.code(1))[0].starts_with(&said), "{outcome}");
    // Another file of that name is none.
    sandbox.write("devshell", "version='99.0.0'\n");
    assert_eq!(launcher(), "");
}

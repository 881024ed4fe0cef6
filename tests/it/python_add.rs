//! `devshell add python`: the block of the manifest, whatever Python is called; and `devshell list`, which shows it.

use crate::support::{Index, Sandbox, wheel};

fn index() -> Index {
    Index::with([wheel("alpha", "1.0"), wheel("beta", "2.0")])
}

fn sandbox(index: &Index, manifest: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_index(index).with_python();
    sandbox.manifest(manifest);
    sandbox
}

fn block(sandbox: &Sandbox) -> serde_json::Value {
    let text = sandbox.read("devshell.json").replace("// ours", "");
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["python"].clone()
}

#[test]
fn python_is_written_as_a_block_and_changed_there() {
    let index = index();
    let sandbox = sandbox(&index, "{}");
    sandbox.run(&["add", "python@>=3.8", "--from", "host"]).success().stderr_contains("+ python >=3.8 (the host's)\n");
    assert_eq!(block(&sandbox), serde_json::json!({ "version": ">=3.8", "from": "host" }));
    sandbox.run(&["run", "--", "python", "-c", "print('ok')"]).success().stdout("ok\n");
    // By another name, and with another version.
    sandbox.run(&["add", "python3@>=3.7"]).success();
    assert_eq!(block(&sandbox), serde_json::json!({ "version": ">=3.7", "from": "host" }));
    let outcome = sandbox.run(&["add", "python"]);
    outcome.success().stderr("devshell: `python` is in the manifest already, as `>=3.7`; `python@…` changes that\n");
    // What is in the block stays, and its files are named where a new one has none.
    sandbox.write("requirements.txt", "alpha\n");
    sandbox.manifest("{\n  \"python\": { \"version\": \"3\", \"from\": \"host\", \"requirements\": [\"requirements.txt\"] } // ours\n}\n");
    sandbox.run(&["add", "python@>=3.8"]).success().stderr_lacks("requirements.txt is there");
    assert!(sandbox.read("devshell.json").contains("// ours"));
    assert_eq!(block(&sandbox)["requirements"][0], "requirements.txt");
    sandbox.manifest("{}");
    let outcome = sandbox.run(&["add", "python@>=3.8", "--from", "host"]);
    outcome.success().stderr_contains("requirements.txt is there; to install its packages, write ");
}

#[test]
fn a_python_without_a_version_is_the_series_that_there_is() {
    let index = index();
    let sandbox = sandbox(&index, "{}");
    sandbox.run(&["add", "python", "--from", "host"]).success();
    let version = block(&sandbox)["version"].as_str().unwrap().to_owned();
    let script = "import sys; print('>=%d.%d' % sys.version_info[:2])";
    sandbox.run(&["run", "--", "python", "-c", script]).success().stdout(&format!("{version}\n"));
    // A tool of that name would be the same twice: it becomes the block.
    sandbox.manifest(r#"{ "tools": { "python": "*" } }"#);
    sandbox.run(&["add", "python@>=3.8", "--from", "host"]).success();
    assert!(!sandbox.read("devshell.json").contains("tools"), "{}", sandbox.read("devshell.json"));
}

#[test]
fn what_belongs_to_python_is_no_tool() {
    let index = index();
    let sandbox = sandbox(&index, "{}");
    for word in ["pip", "pip3@24", "venv", "pyenv", "virtualenv"] {
        let name = word.split('@').next().unwrap();
        let outcome = sandbox.run(&["add", word]);
        outcome.code(2).stderr_contains(&format!("`{name}` is not a tool; use the `python` block of the manifest"));
        outcome.stderr_contains("hint: `devshell add python@3.13` makes an environment");
    }
    sandbox.write("requirements.txt", "");
    sandbox.manifest(r#"{ "python": { "version": "3", "from": "host", "requirements": ["requirements.txt"] } }"#);
    sandbox
        .run(&["add", "pip"])
        .code(2)
        .stderr_contains("hint: write packages into requirements.txt, then `devshell lock`");
    sandbox.run(&["add", "host:sh", "--from", "host"]).code(2).stderr_contains("`--from` is for `python`");
    sandbox.run(&["add", "python@3", "-e", "docs"]).code(2).stderr_contains("share one Python");
}

#[test]
fn the_projects_python_is_listed_with_its_packages() {
    let index = index();
    let sandbox = sandbox(
        &index,
        r#"{ "python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] } }"#,
    );
    sandbox.write("requirements.txt", "alpha\nbeta\n");
    let outcome = sandbox.run(&["lock"]);
    outcome.success().stderr_contains("devshell.lock holds Python >=3.8 (the host's) with 2 packages\n");
    sandbox.run(&["list"]).success().stdout("python  >=3.8 (host)  2 packages\n");
    let listed = sandbox.run(&["list", "--json"]).json();
    assert_eq!(listed[0]["packages"], serde_json::json!({ "alpha": "1.0", "beta": "2.0" }));
}

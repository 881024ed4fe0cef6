//! `devshell why`: who put something there, and which line of which file asks for it.

use serde_json::json;

use crate::support::{Index, Outcome, Registry, Sandbox, package, tool, wheel};

const MANIFEST: &str = r#"{
    "tools": {
        "node": "22",
        "npm:@a/tool": "1",
        "host:git": ">=2",
    },
    "env": {
        "PLAIN": "x",
        "LIST": { "prepend": "${PLAIN}" },
        "PORT": { "default": "80" },
        "GONE": { "unset": true },
        "NEEDED": { "required": "ask" },
        "API_TOKEN": "s3cret",
        "HEADER": "Bearer ${API_TOKEN}",
    },
    "env_files": [".env", ".env.local"],
    "scripts": {
        "node": "node --version",
        "build": "make",
    },
    "environments": {
        "docs": {
            "env": { "BOOK": "1" },
            "scripts": { "build": "book", "open": "x" },
        },
    },
}"#;

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish([tool("node", "22.3.0")].concat());
    registry.publish([package("@a/tool", "1.0.0").bin("atool", "a.js").file("a.js", "echo a")]);
    let mut sandbox = Sandbox::new().with_registry(registry);
    let host = sandbox.host_directory("hostbin");
    sandbox.write_executable(host.join("git"), "#!/bin/sh\necho git version 2.40.1\n");
    for command in ["node", "ssh", "vim", "gcc"] {
        sandbox.write_executable(host.join(command), "#!/bin/sh\necho the host\n");
    }
    sandbox.manifest(MANIFEST);
    sandbox.write(".env", "# the team's\nFILE=s3cret\n");
    sandbox.write(".env.local", "FILE=s3crets\nPORT=90\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox
}

/// Asks with some variables of the caller's.
fn why(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let caller =
        [("LIST", "y"), ("GONE", "1"), ("NEEDED", "n"), ("LD_PRELOAD", ""), ("FILE", "s3cret!"), ("OTHER", "o")];
    sandbox.devshell(&["why"]).args(arguments).envs(caller).run()
}

const LINKS: &str = "[HOME]/.local/share/devshell/links-1/[KEY]/bin";
const OBJECTS: &str = "[HOME]/.local/share/devshell/objects-1/[KEY]";

#[test]
fn a_command_is_a_tool_of_a_line_and_hides_the_hosts() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    why(&sandbox, &["-q", "node"]).success().stderr("").stdout(&format!(
        "node, a command\n\
        \x20 runs       {LINKS}/node -> {OBJECTS}/bin/node\n\
        \x20 from       node 22.3.0, from npm\n\
        \x20 asked for  devshell.json:3, `node` `22`\n\
        \x20 hides      [ROOT]/hostbin/node, the host's\n\
        \n\
        node, a script\n\
        \x20 runs       node --version\n\
        \x20 asked for  devshell.json:18\n\
        \x20 typed      devshell run node\n\
        \n\
        node, a tool\n\
        \x20 is         node 22.3.0, from npm\n\
        \x20 asked for  devshell.json:3, `node` `22`\n\
        \x20 runs       npm:@a/tool\n"
    ));
    let json = why(&sandbox, &["--json", "node"]).json();
    let node = json!({ "name": "node", "requirement": "22", "version": "22.3.0", "source": "npm" });
    let place = json!({ "file": "devshell.json", "line": 3 });
    let found = &json["command"]["found"][0];
    assert_eq!((&found["kind"], &found["tool"], &found["place"]), (&json!("tool"), &node, &place), "{json}");
    assert_eq!(json["command"]["hides"], json!(sandbox.root().join("hostbin/node")));
    let script = json!({ "line": "node --version", "environment": null, "needs": [], "needed_by": [], "place": { "file": "devshell.json", "line": 18 } });
    assert_eq!(json["script"], script);
    assert_eq!(json["tool"]["runs"], json!(["npm:@a/tool"]));
    assert_eq!(json["variable"], json!(null));
}

#[test]
fn what_is_of_the_host_says_why_it_is_there() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    why(&sandbox, &["ssh"]).success().stdout(&format!(
        "ssh, a command\n\
        \x20 runs       {LINKS}/ssh -> [ROOT]/hostbin/ssh\n\
        \x20 from       companions: the host's, without which host:git cannot work\n\
        \x20 asked for  devshell.json:5, `host:git` `>=2`\n"
    ));
    let sed = why(&sandbox, &["sed"]);
    sed.success().stdout_contains("  from  base utilities: the host's, which any script may rely on\n");
    why(&sandbox, &["vim"]).success().stdout(
        "vim, a command\n\
        \x20 runs  [ROOT]/hostbin/vim\n\
        \x20 from  session commands: the host's, for interactive use, last on PATH\n\
        \x20 seen  while you type in `devshell enter`, and not by `devshell run`\n",
    );
    why(&sandbox, &["devshell"]).success().stdout_contains("  from  devshell itself\n");
    // With the host's PATH behind, the host's own is no longer hidden.
    let node = why(&sandbox, &["--isolation", "none", "node"]);
    node.success().stdout_contains("  after it   [ROOT]/hostbin/node (the host's PATH)\n");
    assert!(!node.text().contains("hides"), "{node}");
    let json = why(&sandbox, &["--isolation", "none", "--json", "gcc"]).json();
    assert_eq!(json["command"]["found"][0]["kind"], "host");
}

#[test]
fn a_variable_tells_each_step() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    for (name, rows) in [
        ("PLAIN", "value            x\ndevshell.json:8  sets it to x"),
        ("LIST", "value            x:y\ncaller           has y\ndevshell.json:9  puts x at the start"),
        (
            "PORT",
            "value             (not shown)\n.env.local:2      sets it to (not shown)\n\
                  devshell.json:10  would set it to (not shown), but it has another value",
        ),
        (
            "GONE",
            "value             none: it is not in the dev shell\ncaller            has 1\n\
                  devshell.json:11  removes it",
        ),
        ("LD_PRELOAD", "value      none: it is not in the dev shell\ncaller     has nothing\nisolation  removes it"),
        ("NEEDED", "value             n\ncaller            has n\ndevshell.json:12  requires it"),
        ("API_TOKEN", "value             (not shown)\ndevshell.json:13  sets it to (not shown)"),
        ("HEADER", "value             (not shown)\ndevshell.json:14  sets it to (not shown)"),
        ("OTHER", "value   o\ncaller  has o\n        passes unchanged"),
        ("DEVSHELL_NAME", "value     shop\ndevshell  sets it to shop"),
        (
            "FILE",
            "value         (not shown)\ncaller        has (not shown)\n\
                  .env.local:1  would set it to (not shown), but it has another value\n\
                  .env:2        would set it to (not shown), but it has another value",
        ),
    ] {
        let expected: String = rows.lines().map(|row| format!("  {row}\n")).collect();
        why(&sandbox, &[name]).success().stderr("").stdout(&format!("{name}, a variable\n{expected}"));
    }
    let json = why(&sandbox, &["--json", "LIST"]).json();
    let step = json!({ "deed": "prepend", "kind": "manifest", "text": "the manifest", "tool": null,
        "place": { "file": "devshell.json", "line": 9 }, "value": "x", "before": "y", "passed_over": false });
    assert_eq!(json["variable"], json!({ "value": "x:y", "caller": "y", "steps": [step] }));
    for name in ["FILE", "API_TOKEN", "HEADER"] {
        let outcome = why(&sandbox, &["--json", name]);
        assert!(!outcome.success().text().contains("s3cret"), "{outcome}");
    }
    // What a tool takes away is the tool's doing.
    let outcome = sandbox.devshell(&["why", "NODE_OPTIONS"]).env("NODE_OPTIONS", "-x").env("NEEDED", "n").run();
    outcome.success().stdout_contains("  devshell.json:3  node: removes it\n");
    // Asked from inside, the caller is who is outside.
    let asked = |words: &[&str]| sandbox.devshell(&[words, &["why", "PORT"]].concat()).env("NEEDED", "n").run();
    asked(&["run", "--", "devshell"]).success().stderr("").stdout(&asked(&[]).text());
    // A required variable that is missing keeps nobody from asking.
    let missing = sandbox.run(&["why", "NEEDED"]);
    missing.success().stdout_contains("  devshell.json:12  requires it, but it is not set\n");
}

#[test]
fn directories_of_path_and_other_names() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let json = why(&sandbox, &["--json", "node"]).json();
    let path = json["command"]["found"][0]["path"].as_str().unwrap().to_owned();
    for name in [path.as_str(), path.trim_end_matches("/node")] {
        let entry = why(&sandbox, &["--json", name]).json()["entry"].clone();
        assert_eq!((&entry["position"], &entry["tool"]["name"]), (&json!(1), &json!("node")), "{entry}");
    }
    let host = sandbox.root().join("hostbin");
    let host = host.to_str().unwrap();
    why(&sandbox, &[host]).code(1).stderr_contains("hint: `devshell env --explain` shows what is on PATH\n");
    why(&sandbox, &["--isolation", "none", host]).success().stdout_contains("  from       the host's PATH\n");
    let tool = "is         npm:@a/tool 1.0.0, from npm\n  asked for  devshell.json:4, `npm:@a/tool` `1`\n";
    why(&sandbox, &["npm:@a/tool"]).success().stdout_contains(tool);
    why(&sandbox, &["build"]).success().stdout_contains("make").stdout_contains("devshell.json:19");
    let docs = why(&sandbox, &["-e", "docs", "build"]);
    docs.success().stdout_contains("  runs         book\n  asked for    devshell.json:24\n  environment  docs\n");
}

#[test]
fn a_node_that_only_runs_others_is_asked_for_by_nobody() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:@a/tool": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["why", "node"]).success().stdout(
        "node, a tool\n\
        \x20 is         node 22.3.0, from npm\n\
        \x20 asked for  by no line in the manifest; the lock has `22` for the tools it runs\n\
        \x20 runs       npm:@a/tool\n",
    );
}

#[test]
fn the_projects_python_is_asked_for_by_its_block() {
    let alpha = wheel("alpha", "1.0").module("alpha.py", "def main(): pass\n").entry_point("alpha", "alpha:main");
    let index = Index::with([alpha]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let block = r#""python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] }"#;
    sandbox.manifest(format!("{{\n  {block}\n}}"));
    sandbox.write("requirements.txt", "alpha\n");
    sandbox.run(&["lock"]).success();
    let asked = "the project's, with its packages\n  asked for  devshell.json:2, `python` `>=3.8`\n";
    sandbox.run(&["why", "alpha"]).success().stdout_contains(asked);
    let found = &sandbox.run(&["why", "--json", "alpha"]).json()["command"]["found"][0];
    assert_eq!((&found["kind"], &found["tool"]["source"]), (&json!("python"), &json!("host")), "{found}");
    sandbox.run(&["why", "VIRTUAL_ENV"]).success().stdout_contains("  devshell.json:2  python: sets it to [HOME]/");
}

#[test]
fn nothing_of_a_name_ends_with_what_to_type() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let text =
        |name: &str, hint: &str| format!("devshell: nothing in this dev shell has the name `{name}`\nhint: {hint}\n");
    for (name, hint) in [
        ("PLAIM", "did you mean `PLAIN`?"),
        ("BOOK", "it is in the environment `docs`: `devshell why -e docs BOOK`"),
        ("open", "it is in the environment `docs`: `devshell why -e docs open`"),
        (
            "gcc",
            "`devshell add deb:gcc` adds Debian's package; `devshell add host:gcc` adds the host's, at [ROOT]/hostbin/gcc",
        ),
        ("biome", "`devshell add biome` adds it"),
    ] {
        why(&sandbox, &[name]).code(1).stdout("").stderr_contains(&text(name, hint));
    }
    let json = why(&sandbox, &["--json", "biome"]);
    let nothing = json!({ "name": "biome", "command": null, "script": null, "service": null, "variable": null, "entry": null, "tool": null });
    assert_eq!(json.code(1).json(), nothing);
    sandbox.remove("devshell.lock");
    sandbox.run(&["why", "node"]).code(3);
    sandbox.run(&["why"]).code(2);
}

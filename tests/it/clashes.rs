//! Two tools that provide one command: what manifest and lock show of it is found before anything is written.

use crate::support::{Debian, Package, Registry, Sandbox, Signer, deb, package, tool};

fn with_command(name: &str, version: &str, command: &str) -> Package {
    package(name, version).bin(command, "x.js").file("x.js", "echo x\n")
}

/// A project of a registry with `one` and `two`, of which `two` gets the command `one` in 1.1.
fn project() -> (Registry, Sandbox) {
    let registry = Registry::with([with_command("one", "1.0.0", "one"), with_command("two", "1.0.0", "two")]);
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    (registry, sandbox)
}

/// Expects that a command is refused, and changes neither manifest nor lock.
#[track_caller]
fn refused(sandbox: &Sandbox, words: &[&str], expected: &str) {
    let files = || ["devshell.json", "devshell.lock"].map(|file| fs_err::read(sandbox.project().join(file)).ok());
    let before = files();
    sandbox.run(words).code(4).stderr(expected);
    assert_eq!(files(), before, "{words:?}");
}

const TWICE: &str = "devshell: `npm:one` (line 3) and `npm:two` (line 4) both provide the command `one`\n\
                     hint: take one out, such as with `devshell remove npm:one`, or say which commands you want: \
                     \"npm:two\": { \"version\": …, \"commands\": [ … ] }\n";

#[test]
fn what_is_locked_has_each_command_once() {
    let (registry, sandbox) = project();
    registry.publish([with_command("two", "1.1.0", "one")]);
    let manifest = "{ \"tools\": {\n  \"node\": \"22\",\n  \"npm:one\": \"1\",\n  \"npm:two\": \"1\"\n} }\n";
    sandbox.manifest(manifest);
    refused(&sandbox, &["lock"], TWICE);
    // Each of the two ways that the hint names.
    sandbox.manifest(manifest.replace("two\": \"1\"", "two\": { \"version\": \"1\", \"commands\": [] }"));
    sandbox.run(&["lock"]).success();
    sandbox.manifest(manifest);
    sandbox.run(&["remove", "npm:one"]).success();
    sandbox.run(&["lock"]).success();
}

#[test]
fn an_update_that_brings_the_command_of_another_is_not_written() {
    let (registry, sandbox) = project();
    sandbox.manifest("{ \"tools\": {\n  \"node\": \"22\",\n  \"npm:one\": \"1\",\n  \"npm:two\": \"1\"\n} }\n");
    sandbox.run(&["lock"]).success();
    registry.publish([with_command("two", "1.1.0", "one")]);
    refused(&sandbox, &["update"], TWICE);
    refused(&sandbox, &["update", "--latest"], TWICE);
    sandbox.run(&["update", "npm:one"]).success();
}

/// In an environment, too, that the added tool is not named for.
#[test]
fn an_addition_is_taken_back() {
    let (registry, sandbox) = project();
    registry.publish([with_command("two", "1.1.0", "one")]);
    sandbox.manifest(
        "{ \"tools\": { \"node\": \"22\" },\n  \"environments\": { \"docs\": { \"tools\": { \"npm:one\": \"1\" } } } }\n",
    );
    sandbox.run(&["lock"]).success();
    registry.forget_requests();
    let removal = ["remove", "-e", "docs", "npm:one"];
    for words in [&["add", "npm:two"][..], &["add", "-e", "docs", "npm:two"]] {
        let files = ["devshell.json", "devshell.lock"].map(|file| sandbox.read(file));
        let outcome = sandbox.run(words);
        outcome.code(4).stderr_contains("both provide the command `one`\n").stderr_lacks("(line");
        outcome.stderr_contains(&format!("hint: take the other one out first: `devshell {}`\n", removal.join(" ")));
        assert_eq!(["devshell.json", "devshell.lock"].map(|file| sandbox.read(file)), files);
    }
    assert_eq!(registry.downloads(), [""; 0], "nothing has to be fetched to know it");
    sandbox.run(&["add", "npm:two@1.0"]).success();
    sandbox.run(&["remove", "npm:two"]).success();
    sandbox.run(&removal).success();
    sandbox.run(&["add", "npm:two"]).success();
}

/// Of two tools of a manifest on one line, of which neither is added.
#[test]
fn the_hint_names_the_environment_of_a_tool() {
    let (registry, sandbox) = project();
    registry.publish([with_command("two", "1.1.0", "one"), with_command("three", "1.0.0", "three")]);
    let docs = r#""environments": { "docs": { "tools": { "npm:one": "1", "npm:two": "1" } } }"#;
    sandbox.manifest(format!("{{ \"tools\": {{ \"node\": \"22\" }}, {docs} }}"));
    let removal = ["remove", "-e", "docs", "npm:one"];
    let hint = format!("such as with `devshell {}`, or say", removal.join(" "));
    for words in [&["lock"][..], &["add", "npm:three"]] {
        sandbox.run(words).code(4).stderr_contains("both provide the command `one`\n").stderr_contains(&hint);
    }
    sandbox.run(&removal).success();
    sandbox.run(&["add", "npm:three"]).success();
}

/// Of several conflicts, each can be taken out by itself.
#[test]
fn a_removal_leaves_other_conflicts() {
    let registry = Registry::with(["a", "b", "c", "d"].map(|name| {
        let command = if name < "c" { "one" } else { "two" };
        with_command(name, "1.0.0", command)
    }));
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:a": "1", "npm:b": "1", "npm:c": "1", "npm:d": "1" } }"#);
    sandbox.run(&["lock"]).code(4).stderr_contains("both provide the command `one`");
    sandbox.run(&["remove", "npm:a"]).success();
    sandbox.run(&["lock"]).code(4).stderr_contains("both provide the command `two`");
    sandbox.run(&["remove", "npm:c"]).success();
    sandbox.run(&["run", "one"]).success();
}

#[test]
fn packages_of_one_suite_settle_whose_a_command_is() {
    let awk = |name: &str| {
        let script = format!("update-alternatives --install /usr/bin/awk awk /usr/bin/{name} 10");
        deb(name, "1").command(name, &format!("echo {name}")).script("postinst", &script)
    };
    let debian = Debian::with([awk("mawk"), awk("nawk")]);
    let (_registry, sandbox) = project();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let deb = format!(r#"{{ "url": "{}", "keys": "archive.asc" }}"#, debian.url());
    sandbox.config(format!("{{ \"registries\": {{ \"deb\": {deb} }} }}"));
    let tools = ["mawk", "nawk"]
        .map(|name| format!(r#""deb:{name}": {{ "suite": "trixie", "commands": ["awk"] }}"#))
        .join(", ");
    let manifest = |more: &str| format!("{{\n\"tools\": {{ {tools}{more} }} }}\n");
    sandbox.manifest(manifest(""));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "awk"]).success().stdout("mawk\n");
    sandbox.manifest(manifest(",\n\"node\": \"22\", \"npm:one\": { \"version\": \"1\", \"commands\": [\"awk\"] }"));
    sandbox.run(&["lock"]).code(4).stderr_contains("`deb:mawk` (line 2) and `npm:one` (line 3) both provide");
}

/// The first of one's own tools on PATH has the command.
#[test]
fn ones_own_tools_may_have_a_command_twice() {
    let (registry, sandbox) = project();
    registry.publish([with_command("two", "1.1.0", "one")]);
    sandbox.config(r#"{ "tools": { "npm:one": "1", "npm:two": "1" } }"#);
    sandbox.run(&["lock", "--personal"]).success();
}

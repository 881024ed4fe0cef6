//! What the completion scripts ask for, word by word; `terminal/completions.rs` completes in real
//! shells.

use crate::support::{Archive, Outcome, Registry, Sandbox, package, tool};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish([tool("node", "22.3.0"), tool("esbuild", "0.28.1"), tool("turbo", "2.5.4")].concat());
    registry.publish([package("@a/tool", "1.0.0").bin("atool", "a.js").file("a.js", "echo a")]);
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(
        r#"{ "tools": { "node": "22", "esbuild": { "version": "0.28", "commands": [] }, "npm:@a/tool": "1" },
             "env": { "LOG_LEVEL": "info" },
             "scripts": { "build": "true\n", "test": "node --test" },
             "environments": { "docs": { "tools": { "turbo": "2" }, "scripts": { "book": "true" } } } }"#,
    );
    sandbox.run(&["lock"]).success();
    sandbox
}

fn candidates(sandbox: &Sandbox, words: &[&str]) -> Outcome {
    sandbox.devshell(&["candidates", "--"]).args(words).run()
}

/// `prefixes` and `python_tools` ask the same about their tools.
#[test]
fn commands_that_no_lock_names_are_offered() {
    let registry = Registry::new();
    registry.serve("/mytool.tar.gz", Archive::new().executable("mytool/bin/mine", "#!/bin/sh\n").packed("tar.gz"));
    let sandbox = Sandbox::new().with_registry(&registry);
    let url = format!(r#""url:mytool": {{ "version": "1", "url": "{}mytool.tar.gz" }}"#, registry.url());
    sandbox.manifest(format!(r#"{{ "tools": {{ "host:sh": "*", "host:no-such-command": "*", {url} }} }}"#));
    sandbox.run(&["lock"]).success();
    candidates(&sandbox, &["which", ""]).success().stdout("sh\thost:sh\n");
    sandbox.manifest(format!(r#"{{ "tools": {{ "host:sh": "*", {url} }} }}"#));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    candidates(&sandbox, &["which", ""]).success().stdout("mine\turl:mytool\nsh\thost:sh\n");
}

#[test]
fn each_place_has_its_candidates() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let other = sandbox.write("../other/devshell.json", r#"{ "scripts": { "elsewhere": "true" } }"#);
    let other = other.parent().unwrap().to_str().unwrap();
    let default = "atool\tnpm:@a/tool\nbuild\ttrue \nnode\tnode\ntest\tnode --test\n";
    let tools = "esbuild\t0.28\nnode\t22\nnpm:@a/tool\t1\nturbo\t2\n";
    for (words, expected) in [
        (&["run", ""][..], default),
        (&["-q", "run", "b"], default),
        (
            &["run", "-e", "docs", ""],
            "atool\tnpm:@a/tool\nbook\ttrue\nbuild\ttrue \nnode\tnode\ntest\tnode --test\nturbo\tturbo\n",
        ),
        (&["run", "-e", ""], "docs\tturbo\n"),
        (&["cache", "key", "-e", ""], "docs\tturbo\n"),
        (&["add", "--environment", ""], "docs\tturbo\n"),
        (&["run", "--", ""], "atool\tnpm:@a/tool\nnode\tnode\n"),
        (&["enter", "--", ""], "atool\tnpm:@a/tool\nnode\tnode\n"),
        (&["which", ""], "atool\tnpm:@a/tool\nnode\tnode\n"),
        (&["remove", "node", "n"], tools),
        (&["update", "--latest", ""], tools),
        (
            &["why", ""],
            "LOG_LEVEL\tvariable\natool\tnpm:@a/tool\nbuild\ttrue \nesbuild\t0.28\nnode\tnode\nnpm:@a/tool\t1\n\
             test\tnode --test\n",
        ),
        (&["env", "--diff", ""], "default\tnode esbuild npm:@a/tool\ndocs\tturbo\n"),
        (&["-C", other, "run", ""], "elsewhere\ttrue\n"),
    ] {
        candidates(&sandbox, words).success().stdout(expected).stderr("");
    }
    candidates(&sandbox, &["add", ""]).success().stdout_contains("typescript\tTypeScript compiler\n");
    candidates(&sandbox, &["init", ""]).success().stdout_contains("node\tnode 22");
}

#[test]
fn elsewhere_the_shell_knows_by_itself() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    for words in [
        &[][..],
        &[""],
        &["ru"],
        &["run", "-"],
        &["run", "build", ""],
        &["run", "--isolation", ""],
        &["enter", ""],
        &["env", "--format", ""],
        &["list", ""],
        &["why", "node", ""],
        &["env", "--diff", "docs", ""],
        &["-C", ""],
        &["nonsense", ""],
    ] {
        candidates(&sandbox, words).code(1).stdout("").stderr("");
    }
    // A project with mistakes, or none at all, has no candidates.
    sandbox.manifest("{");
    candidates(&sandbox, &["run", ""]).success().stdout("").stderr("");
    sandbox.remove("devshell.json");
    candidates(&sandbox, &["remove", ""]).success().stdout("").stderr("");
}

#[test]
fn every_shell_has_a_script_that_names_every_verb() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "nushell", "elvish", "powershell"] {
        let outcome = sandbox.run(&["completions", shell]);
        outcome.success().stderr("");
        for verb in ["add", "update", "outdated", "which", "why", "search", "state", "--offline"] {
            let option = verb.trim_start_matches('-');
            assert!(outcome.text().contains(option), "{verb} in {outcome}");
        }
    }
    // Whatever takes a text asks for what the project knows.
    let nushell = sandbox.run(&["completions", "nushell"]).text();
    assert!(!nushell.contains(": string "), "{nushell}");
    for line in ["...words: string@", "name: string@", "--environment(-e): string@", "^devshell candidates"] {
        assert!(nushell.contains(line), "{line} in {nushell}");
    }
    sandbox.run(&["completions", "tcsh"]).code(2);
    let help = sandbox.run(&["--help"]);
    assert!(!help.text().contains("candidates"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        let script = sandbox.run(&["completions", shell]);
        let file = sandbox.write(format!("script.{shell}"), script.bytes());
        sandbox.program(shell, &["-n"]).arg(file).run().success().stdout("").stderr("");
    }
}

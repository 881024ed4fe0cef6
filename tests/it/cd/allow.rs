//! Consent: nothing happens before it, and it ends with what it was given to.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::{MANIFEST, SHELLS, shop, value};
use crate::support::{Registry, Sandbox, make_pipe, serve_once, tool};

fn blocked(sandbox: &Sandbox) -> String {
    let text = "is not allowed yet; read its devshell.json, then type `devshell allow`";
    format!("devshell: `{}` {text}", sandbox.project().display())
}

/// Somebody else's repository, merely entered with `cd`.
#[test]
fn what_is_not_allowed_runs_nothing_and_changes_no_variable() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    for shell in &SHELLS {
        let mut terminal = shell.start(&sandbox);
        let before = terminal.variables();
        assert_eq!(terminal.typed("cd shop"), [blocked(&sandbox)], "{terminal}");
        let after = terminal.variables();
        for name in before.beginning_with("").into_iter().chain(after.beginning_with("")) {
            // Of the shell's own making.
            if !["PWD", "OLDPWD", "_", "SHLVL"].contains(&name.as_str()) {
                assert_eq!(before.text(&name), after.text(&name), "{name}: {terminal}");
            }
        }
        assert!(!sandbox.home().join("hellos").exists(), "{terminal}");
        assert!(terminal.typed("true").is_empty(), "it is said once: {terminal}");
    }
}

#[test]
fn what_is_allowed_is_in_force_until_one_leaves() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        let said = terminal.typed("devshell allow");
        assert_eq!(said[said.len() - 2..], ["devshell: entered shop", "hello"], "{terminal}");
        let variables = terminal.variables();
        let values = ["COLOUR", "LIST", "GONE", "TOKEN", "DEVSHELL_NAME"].map(|name| variables.text(name));
        assert_eq!(values, ["green", "ours:mine", "-", "s3cret", "shop"], "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        // A directory below is the same project, and the hook has run once.
        sandbox.write("src/file", "");
        assert!(terminal.typed("cd src").is_empty(), "{terminal}");
        assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
        let hellos = fs_err::read_to_string(sandbox.home().join("hellos")).unwrap();
        assert_eq!(hellos, "hello\n", "{terminal}");
    }
}

/// What is told of a change, and how it is made.
type Change<'a> = (&'a str, Box<dyn Fn() + 'a>);

#[test]
fn each_file_that_has_a_say_is_held_to_what_it_said() {
    let registry = Registry::new();
    registry.publish(tool("node", "24.4.0"));
    let sandbox = shop(&registry);
    let relocked = || {
        let text = sandbox.read("devshell.lock");
        sandbox.write("devshell.lock", format!("{text}\n"));
    };
    let changes: [Change; 4] = [
        ("~ devshell.json: env.COLOUR", Box::new(|| drop(sandbox.manifest(MANIFEST.replace("green", "red"))))),
        ("", Box::new(relocked)),
        ("~ .env: TOKEN", Box::new(|| drop(sandbox.write(".env", "TOKEN=other\n")))),
        (
            "~ ./hello.sh",
            Box::new(|| {
                sandbox.write_executable(sandbox.project().join("hello.sh"), "#!/bin/sh\necho changed >>~/hellos\n");
            }),
        ),
    ];
    for shell in &SHELLS {
        for (told, change) in &changes {
            sandbox.manifest(MANIFEST);
            sandbox.write(".env", "TOKEN=s3cret\n");
            sandbox.write_executable(sandbox.project().join("hello.sh"), "#!/bin/sh\n:\n");
            sandbox.run(&["lock"]).success();
            sandbox.run(&["allow"]).success();
            let mut terminal = shell.start(&sandbox);
            assert_eq!(terminal.typed("cd shop"), ["devshell: entered shop"], "{terminal}");
            change();
            let said = terminal.typed("true");
            let first = format!(
                "devshell: `{}` is not what you allowed, which stays active; `devshell allow` allows it as it is now",
                sandbox.project().display()
            );
            assert_eq!(said[0], first, "{terminal}");
            assert_eq!(said.get(1).map_or("", |line| line.trim_start_matches("devshell:").trim()), *told, "{terminal}");
            // What was allowed is in force, and nothing newer.
            let variables = terminal.variables();
            assert_eq!([variables.text("COLOUR"), variables.text("TOKEN")], ["green", "s3cret"], "{terminal}");
            assert!(terminal.typed("true").is_empty(), "it is said once: {terminal}");
            // Who comes anew gets nothing; what is typed needs no consent.
            assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
            terminal.typed("cd shop");
            assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
            let variable = if *told == "~ .env: TOKEN" { ("TOKEN", "other") } else { ("DEVSHELL_NAME", "shop") };
            let output = terminal.run(&format!("devshell run sh -c 'echo ${}'", variable.0));
            assert_eq!(output, variable.1, "{terminal}");
            assert!(!sandbox.home().join("hellos").exists(), "{terminal}");
        }
    }
}

#[test]
fn what_is_typed_carries_consent_on() {
    let registry = Registry::new();
    registry.publish(tool("esbuild", "0.28.1"));
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    let mut terminal = SHELLS[0].start(&sandbox);
    terminal.typed("cd shop");
    let said = terminal.typed("devshell add esbuild");
    assert_eq!(said.last().unwrap(), "devshell: shop has changed, and the new environment is loaded", "{terminal}");
    assert!(terminal.run("esbuild").starts_with("esbuild 0.28.1"), "{terminal}");
    // What somebody else changes meanwhile is not carried on.
    sandbox.manifest(sandbox.read("devshell.json").replace("green", "red"));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["allow", "--diff"]).code(1).stdout("~ devshell.json: env.COLOUR\n");
}

#[test]
fn decisions_are_listed_forgotten_and_hold_no_value() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow", "--list"]).success().stdout("");
    sandbox
        .run(&["allow", "--diff"])
        .code(1)
        .stdout_contains("+ .env: TOKEN\n")
        .stdout_contains("+ devshell.lock: node\n");
    sandbox.run(&["allow"]).success();
    sandbox.run(&["allow", "--diff"]).success().stdout("").stderr("");
    sandbox.run(&["allow", "--list"]).success().stdout("[PROJECT]  allowed\n");
    let directory = sandbox.home().join(".local/state/devshell/approvals-1");
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(fs_err::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs_err::read_to_string(path).unwrap();
        assert!(text.contains("TOKEN") && !text.contains("s3cret") && !text.contains("green"), "{text}");
    }
    sandbox.run(&["deny"]).success();
    sandbox.run(&["allow", "--list"]).success().stdout("[PROJECT]  denied\n");
    let mut terminal = SHELLS[0].start(&sandbox);
    assert!(terminal.typed("cd shop").is_empty(), "{terminal}");
    assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
    sandbox.remove("devshell.json");
    sandbox.run(&["-C", sandbox.home().to_str().unwrap(), "allow", "--prune"]).success();
    sandbox.run(&["allow", "--list", "--json"]).success().stdout("[]\n");
}

#[test]
fn automation_allows_by_digest() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let said: Value = serde_json::from_str(&sandbox.run(&["allow", "--diff", "--json"]).code(1).text()).unwrap();
    assert_eq!(said["standing"], "new");
    let digest = said["digest"].as_str().unwrap();
    for (allowed, expected) in [(digest, "green"), ("0", "-")] {
        let mut terminal = SHELLS[0].start_with(&sandbox, &[("DEVSHELL_ALLOW", allowed)]);
        terminal.typed("cd shop");
        assert_eq!(value(&mut terminal, "COLOUR"), expected, "{terminal}");
    }
}

/// A link to a device, or a pipe, would keep a prompt reading for ever.
#[test]
fn what_would_keep_a_prompt_waiting_is_refused() {
    let registry = Registry::new();
    for (name, manifest) in [
        (".env", MANIFEST.to_owned()),
        ("devshell.lock", MANIFEST.to_owned()),
        (
            "wanted.txt",
            MANIFEST.replacen('{', "{ \"python\": { \"version\": \">=3.8\", \"requirements\": [\"wanted.txt\"] },", 1),
        ),
    ] {
        for makes in [["ln", "-s", "/dev/zero"], ["mkfifo", "-m", "600"]] {
            let sandbox = shop(&registry);
            sandbox.manifest(&manifest);
            let path = sandbox.project().join(name);
            // An env file may be a pipe, and is not opened before the project is allowed.
            if (name, makes[0]) == (".env", "mkfifo") {
                continue;
            }
            let _ = fs_err::remove_file(&path);
            let status = std::process::Command::new(makes[0]).args(&makes[1..]).arg(&path).status().unwrap();
            assert!(status.success());
            // Everybody may write to that device, which is reason enough.
            let why = if makes[0] == "ln" { "can be written by other users" } else { "is not a plain file" };
            sandbox.run(&["allow"]).code(4).stderr_contains(why);
            let mut terminal = SHELLS[0].start(&sandbox);
            let said = terminal.typed("cd shop");
            assert!(said[0].contains(why) || said[0].contains("has mistakes"), "{terminal}");
            assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
            fs_err::remove_file(&path).unwrap();
            sandbox.write(name, "");
            assert_ne!(terminal.typed("true"), [""; 0], "a file in its place is noticed: {terminal}");
        }
    }
}

/// Consent covers that it is one; a program of the user's writes what is in it.
#[test]
fn a_pipe_is_not_opened_before_the_project_is_allowed() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let path = sandbox.project().join(".env");
    make_pipe(&path);
    let mut terminal = SHELLS[0].start(&sandbox);
    let said = terminal.typed("cd shop");
    assert!(said[0].contains("is not allowed yet"), "{terminal}");
    sandbox.run(&["allow"]).success();
    // Another file in its place is another one, whatever it contains.
    fs_err::remove_file(&path).unwrap();
    sandbox.write(".env", "A=1\n");
    sandbox.run(&["allow", "--diff"]).code(1).stdout_contains(".env");
}

/// The program at the other end may write only once: what the hook runs gets what the shell got, and so does the shell
/// in every other directory of the project.
#[test]
fn a_pipe_is_read_once_for_an_entry() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let path = sandbox.project().join(".env");
    make_pipe(&path);
    sandbox.write_executable(sandbox.project().join("hello.sh"), "#!/bin/sh\necho hello $TOKEN $LIST\n");
    sandbox.write("src/file", "");
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        let mut terminal = shell.start(&sandbox);
        for token in ["one", "two"] {
            let served = serve_once(&path, format!("TOKEN={token}\n"));
            let hello = format!("hello {token} ours:mine");
            assert_eq!(terminal.typed("cd shop"), ["devshell: entered shop", &hello], "{terminal}");
            served.join().unwrap();
            assert_eq!(terminal.typed("cd src"), [""; 0], "{terminal}");
            // A subshell has it, and a shell that is started here, whose hook knows of no answer.
            if shell.name != "fish" {
                assert_eq!(terminal.run("(cd ..; printenv TOKEN)"), token, "{terminal}");
            }
            let child = "sh -c 'devshell on-prompt bash \"\" >/dev/null; printenv TOKEN'";
            assert_eq!(terminal.run(child), token, "{terminal}");
            assert_eq!(terminal.typed("devshell run --help >/dev/null"), [""; 0], "{terminal}");
            assert_eq!(["TOKEN", "LIST"].map(|name| value(&mut terminal, name)), [token, "ours:mine"], "{terminal}");
            assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
            assert_eq!(value(&mut terminal, "TOKEN"), "-", "{terminal}");
        }
    }
}

#[test]
fn the_name_of_a_directory_does_not_move_the_terminal() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.write("a\u{1b}[2Jb/devshell.json", "{}");
    let mut terminal = SHELLS[0].start(&sandbox);
    terminal.typed("cd shop");
    let said = terminal.typed("cd a*");
    assert!(said[0].contains("/a\\u{1b}[2Jb` is not allowed yet"), "{terminal}");
}

//! A dev shell is evaluated when something of it has changed, and then once.

use std::path::Path;

use crate::support::nix::{World, nix, nixes};
use crate::support::pty::Terminal;
use crate::support::tree;

/// Runs something, and returns how often that evaluated.
#[track_caller]
fn evaluations(world: &World, words: &[&str]) -> usize {
    let before = world.evaluations();
    world.devshell(words).run().success();
    world.evaluations() - before
}

#[track_caller]
fn more(world: &World) -> usize {
    evaluations(world, &["run", "--", "true"])
}

#[test]
fn each_change_evaluates_once_and_nothing_else_does() {
    for nix in nixes() {
        let world = nix.world();
        world.sandbox.manifest(r#"{ "nix": { "attr": "reads", "watch": ["pin.txt"] } }"#);
        world.git(&["add", "."]);
        assert_eq!([more(&world), more(&world)], [1, 0], "Nix {}", nix.version);
        for (path, text) in [
            ("toolchain.txt", "2"),
            ("nix/more.nix", "\"other\""),
            ("nix/computed.nix", "\"other\""),
            ("listed/c", ""),
            ("maybe.txt", ""),
            ("copied.txt", "other"),
            ("pin.txt", "1"),
            ("flake.lock", r#"{ "nodes": { "root": {} }, "root": "root", "version": 7 }"#),
        ] {
            world.sandbox.write(path, text);
            world.git(&["add", "."]);
            assert_eq!([more(&world), more(&world)], [1, 0], "Nix {}, {path}", nix.version);
        }
        for path in ["README.md", "listed/a", "src/main.rs", "flake.nix"] {
            let text = fs_err::read_to_string(world.sandbox.project().join(path)).unwrap_or_default();
            // Of `flake.nix`, only the time changes.
            world.sandbox.write(path, if path == "flake.nix" { text } else { text + "more\n" });
            assert_eq!(more(&world), 0, "Nix {}, {path}", nix.version);
        }
    }
}

#[test]
fn to_check_out_and_back_evaluates_nothing() {
    let world = nix().world();
    world.choose("reads");
    let commit = ["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qam", "x"];
    world.git(&["add", "."]);
    world.git(&commit);
    world.git(&["checkout", "-qb", "other"]);
    world.sandbox.write("nix/more.nix", "\"other\"");
    world.git(&commit);
    assert_eq!(more(&world), 1);
    world.git(&["checkout", "-q", "-"]);
    assert_eq!(more(&world), 1);
    for branch in ["other", "-", "-"] {
        world.git(&["checkout", "-q", branch]);
        world.devshell(&["run", "--", "sh", "-c", "echo $MORE"]).run().success();
    }
    assert_eq!(world.evaluations(), 2);
    world.devshell(&["run", "--", "sh", "-c", "echo $MORE"]).run().success().stdout("other\n");
    assert_eq!(evaluations(&world, &["run", "--refresh", "--", "true"]), 1);
}

#[test]
fn nixs_collector_keeps_what_is_entered_and_what_is_gone_is_made_again() {
    for nix in nixes() {
        let world = nix.world();
        world.choose("ci");
        let greet = || world.devshell(&["run", "--", "greeter", "you"]).run().success().text();
        assert_eq!(greet(), "hello you from Nix\n");
        world.nix(&["store", "gc"]).run().success();
        assert_eq!((greet().as_str(), world.evaluations()), ("hello you from Nix\n", 1), "Nix {}", nix.version);
        // Earlier generations keep nothing.
        world.devshell(&["run", "--refresh", "--", "true"]).run().success();
        let state = world.sandbox.home().join(".local/state/devshell");
        let links: Vec<String> = tree(&state).into_keys().filter(|path| path.contains("/env-")).collect();
        assert_eq!(links.len(), 1, "{links:?}");
        let gone = fs_err::read_link(state.join(&links[0])).unwrap();
        world.nix(&["store", "delete", "--ignore-liveness", gone.to_str().unwrap()]).run().success();
        assert_eq!(greet(), "hello you from Nix\n");
        assert_eq!(world.evaluations(), 3, "Nix {}", nix.version);
    }
}

#[test]
fn devshells_collector_keeps_the_dev_shells_of_projects_in_use() {
    let world = nix().world();
    world.choose("ci");
    assert_eq!(more(&world), 1);
    world.devshell(&["gc", "--yes"]).run().success();
    assert_eq!(more(&world), 0);
    world.devshell(&["gc", "--only-here", "--yes"]).run().success();
    assert_eq!(more(&world), 0);
    let all = world.devshell(&["gc", "--all", "--yes", "--json"]).run().success().json();
    let kinds: Vec<&str> = all["items"].as_array().unwrap().iter().filter_map(|item| item["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "nix").count(), 1, "{all}");
    let state = world.sandbox.home().join(".local/state/devshell/nix-1");
    assert_eq!(fs_err::read_dir(&state).unwrap().count(), 0);
    assert_eq!(more(&world), 1);
}

#[test]
fn nothing_is_written_into_the_repository() {
    for nix in nixes() {
        let world = nix.world();
        world.sandbox.remove("flake.lock");
        let index = || fs_err::read(world.sandbox.project().join(".git/index")).unwrap();
        let (before, index_before) = (tree(world.sandbox.project()), index());
        world.devshell(&["run", "--", "true"]).run().success();
        assert!(tree(world.sandbox.project()) == before && index() == index_before, "Nix {}", nix.version);
    }
}

/// Only a person who is asked first sees flake.lock written.
#[test]
fn a_stale_flake_lock_is_refused_or_announced() {
    for nix in nixes() {
        let world = nix.world();
        let dependency = world.sandbox.root().join("dependency");
        world.sandbox.write(dependency.join("value.nix"), "\"of an input\"");
        let inputs =
            format!("inputs.other = {{ url = \"path:{}\"; flake = false; }};\n  outputs", dependency.display());
        let flake =
            world.sandbox.read("flake.nix").replacen("outputs", &inputs, 1).replace("{ self }", "{ self, other }");
        world.sandbox.write("flake.nix", flake.replace("WHICH = \"ci\"", "WHICH = import \"${other}/value.nix\""));
        world.choose("ci");
        let outcome = world.devshell(&["run", "--", "true"]).run();
        outcome.code(3).stderr_contains("the flake.lock of `.#ci` is missing or stale\nhint: type `nix flake lock`");
        assert!(!world.sandbox.project().join("flake.lock").exists());
        let variables = world.variables();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
        let mut terminal = Terminal::enter_with(&world.sandbox, "sh", &[], &variables);
        terminal.prompt();
        terminal.wait_for("flake.lock is missing or stale; Nix writes it, and adds it to git's index");
        assert_eq!(terminal.variables().text("WHICH"), "of an input", "{terminal}");
        assert!(world.sandbox.project().join("flake.lock").exists());
        world.devshell(&["run", "--", "sh", "-c", "echo $WHICH"]).run().success().stdout("of an input\n");
    }
}

#[test]
fn without_nix_what_is_kept_is_entered() {
    let world = nix().world();
    world.choose("ci");
    let nix = world.sandbox.root().join("nix-bin/nix");
    fs_err::rename(&nix, nix.with_file_name("away")).unwrap();
    let outcome = world.devshell(&["run", "--", "true"]).run();
    outcome
        .code(125)
        .stderr_contains("`flake.nix` needs Nix, and this machine has no `nix`")
        .stderr_contains("deb:nix-bin");
    fs_err::rename(nix.with_file_name("away"), &nix).unwrap();
    assert_eq!(more(&world), 1);
    fs_err::rename(&nix, nix.with_file_name("away")).unwrap();
    world.devshell(&["run", "--", "greeter", "x"]).run().success().stdout("hello x from Nix\n").stderr("");
    // What is here now cannot be evaluated.
    world.sandbox.write("flake.nix", world.sandbox.read("flake.nix") + "\n# changed\n");
    let outcome = world.devshell(&["run", "--", "greeter", "x"]).run();
    outcome.success().stdout("hello x from Nix\n");
    outcome.stderr_contains("has no `nix`; the dev shell is as it was before `flake.nix` changed\n");
}

#[test]
fn a_known_dev_shell_starts_no_nix() {
    let world = nix().world();
    world.choose("hooked");
    assert_eq!(more(&world), 1);
    let calls = world.sandbox.root().join("calls");
    let strace = which::which("strace").expect("`strace` is needed");
    let calls_text = calls.to_str().unwrap();
    let words = ["-f", "-qq", "-e", "trace=execve", "-o", calls_text, crate::support::DEVSHELL, "run", "--", "true"];
    world.sandbox.program(strace, &words).envs(world.variables()).run().success();
    let text = fs_err::read_to_string(&calls).unwrap();
    let started = text.lines().filter(|line| line.contains(" = 0")).filter_map(|line| line.split('"').nth(1));
    let started: Vec<&str> = started.filter_map(|path| Path::new(path).file_name()?.to_str()).collect();
    assert_eq!(started, ["devshell", "bash", "true"], "{text}");
}

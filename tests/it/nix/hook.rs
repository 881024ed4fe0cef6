//! The `shellHook`: what it sets is taken over, and nothing that it does keeps anyone from entering.

use super::variables;
use crate::support::nix::{nix, nixes};

#[test]
fn what_a_hook_exports_is_taken_over() {
    for nix in nixes() {
        let world = nix.world();
        world.choose("hooked");
        for _ in 0..2 {
            let outcome = world.devshell(&["run", "--", "env", "-0"]).run();
            let left = variables(&outcome);
            assert_eq!(left["FROM_HOOK"], "function of two words plain value");
            assert_eq!(left["XDG_DATA_DIRS"], "/from/the/hook");
            assert!(!left.contains_key("system") && !left.contains_key("DEVSHELL_SHELL_HOOK"));
            let own = format!("{}/own bin:", world.sandbox.project().display());
            assert!(left["PATH"].starts_with(&own), "{}", left["PATH"]);
        }
        assert_eq!(world.evaluations(), 1);
    }
}

#[test]
fn a_hook_that_ends_leaves_what_it_set_before() {
    let world = nix().world();
    for (name, note) in [
        ("ends", "devshell: the shellHook ended early, with exit status 3\n"),
        ("fails", "devshell: the shellHook ended early, with exit status 1\n"),
    ] {
        world.choose(name);
        let outcome = world.devshell(&["run", "--", "env", "-0"]).run();
        outcome.stderr_contains(note);
        let left = variables(&outcome);
        assert_eq!((left.get("BEFORE").map(String::as_str), left.get("AFTER")), (Some("1"), None), "{name}");
    }
    world.choose("odd");
    let outcome = world.devshell(&["run", "--", "sh", "-c", "echo $AFTER_EXEC"]).run();
    outcome.success().stdout("1\n").stderr_contains("the hook prints\n");
    outcome
        .stderr_contains("`exec zsh` in the shellHook was left out")
        .stderr_contains("`trap` on EXIT in the shellHook");
    world.choose("vanishes");
    let outcome = world.devshell(&["run", "--", "sh", "-c", "echo $name"]).run();
    outcome.success().stdout("dev-shell-env\n");
    outcome
        .stderr_contains("devshell: the shellHook of `.#vanishes` became another program; what it sets is missing\n");
}

#[test]
fn a_hook_gets_no_input_of_a_command_and_its_output_is_none() {
    let world = nix().world();
    world.choose("reading");
    let run = world.devshell(&["run", "--", "sh", "-c", "cat; echo \"$LINE.\""]).stdin("for the command\n");
    run.run().success().stdout("for the command\ngot .\n");
}

#[test]
fn a_hook_may_call_devshell_and_can_be_left_out() {
    let world = nix().world();
    world.sandbox.manifest(r#"{ "nix": { "attr": "hooked", "hook": false } }"#);
    world
        .devshell(&["run", "--", "sh", "-c", "echo \"[$FROM_HOOK]\""])
        .run()
        .success()
        .stdout("[]\n")
        .stderr_lacks("the hook");
    let calling = "shellHook = \"export INNER=$(devshell run -- sh -c 'echo inner')\";";
    let flake =
        world.sandbox.read("flake.nix").replace("shellHook = \"export BEFORE=1; exit 3; export AFTER=1\";", calling);
    world.sandbox.write("flake.nix", flake);
    world.choose("ends");
    world.devshell(&["run", "--", "sh", "-c", "echo \"$INNER\""]).run().success().stdout("inner\n");
}

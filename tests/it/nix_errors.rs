//! What Nix may answer on other machines, by a stand-in for `nix` that prints what a real one does.

use std::path::PathBuf;

use crate::support::{Sandbox, tree};

/// What `print-dev-env` prints.
const SHELL: &str = r#"{ "bashFunctions": {}, "variables": { "KIND": { "type": "exported", "value": "stand-in" } } }"#;

/// A project with a flake, and a `nix` that succeeds until it is given an error.
struct Stand {
    sandbox: Sandbox,
    error: PathBuf,
}

fn stand() -> Stand {
    let mut sandbox = Sandbox::new();
    let bin = sandbox.host_directory("nix-bin");
    let error = sandbox.root().join("error");
    let store = sandbox.write(sandbox.root().join("store/x-env"), "");
    let json = sandbox.write(sandbox.root().join("shell.json"), SHELL);
    // The argument after `--profile` is where the link belongs.
    let script = format!(
        "#!/bin/sh\nif [ -e {error} ]; then cat {error} >&2; exit 1; fi\nwhile [ $# -gt 0 ]; do\n\
         [ \"$1\" = --profile ] && {{ ln -sf {store} \"$2-1-link\"; ln -sf \"${{2##*/}}-1-link\" \"$2\"; }}\n shift\ndone\n\
         cat {json}\n",
        error = error.display(),
        store = store.display(),
        json = json.display(),
    );
    sandbox.write_executable(bin.join("nix"), &script);
    sandbox.write("flake.nix", "{ }");
    sandbox.manifest(r#"{ "nix": ".#ci" }"#);
    Stand { sandbox, error }
}

#[test]
fn each_error_has_a_way_on() {
    let Stand { sandbox, error } = stand();
    for (code, text, said, hint) in [
        (
            3,
            "error: lock file '/p/flake.lock' requires lock file changes but they're not allowed due to '--no-update-lock-file'",
            "the flake.lock of `.#ci` is missing or stale",
            "type `nix flake lock`, and commit flake.lock",
        ),
        (
            125,
            "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused",
            "the daemon of Nix is not running",
            "type `sudo systemctl start nix-daemon`",
        ),
        (
            125,
            "error: attribute 'currentSystem' missing",
            "`.#ci` looks at the machine while it is evaluated",
            "write \"nix\": { \"impure\": true } if that is meant",
        ),
        (
            125,
            "error: repository path '\"/p\"' is not owned by current user",
            "the repository belongs to another user, so Nix does not read it",
            "if you trust its owner, type `git config --global --add safe.directory DIRECTORY`",
        ),
        (
            125,
            "error: unable to download 'https://a.example/x.tar.gz': Could not resolve host (6)",
            "Nix cannot fetch what `.#ci` needs: unable to download 'https://a.example/x.tar.gz': Could not resolve host (6)",
            "try again while there is a network",
        ),
    ] {
        sandbox.write(&error, text);
        let expected = format!("devshell: {said}\nhint: {hint}\n");
        let outcome = sandbox.run(&["run", "--", "true"]);
        outcome.code(code).stderr(&format!("devshell: evaluating `.#ci` of flake.nix\n{expected}"));
    }
    sandbox.write(&error, "\u{1b}[31;1merror:\u{1b}[0m undefined variable 'x'\n");
    sandbox
        .run(&["run", "--", "true"])
        .code(125)
        .stderr_contains("Nix cannot evaluate `.#ci`: undefined variable 'x'\n");
}

#[test]
fn without_a_network_the_dev_shell_of_before_is_entered() {
    let Stand { sandbox, error } = stand();
    let kind = ["run", "--", "sh", "-c", "echo $KIND"];
    sandbox.run(&kind).success().stdout("stand-in\n");
    sandbox.write("flake.nix", "{ } # changed");
    sandbox.write(&error, "error: unable to download 'https://a.example/x': Could not resolve host (6)\n");
    let outcome = sandbox.run(&kind);
    outcome.success().stdout("stand-in\n");
    outcome.stderr_contains("Could not resolve host (6); the dev shell is as it was before `flake.nix` changed\n");
    // A mistake in the flake is none of the network's: a command does not run in what was there before.
    sandbox.write(&error, "error: undefined variable 'x'\n");
    sandbox.run(&kind).code(125);
    sandbox.remove(&error);
    sandbox.run(&kind).success().stdout("stand-in\n").stderr_contains("evaluating");
    sandbox.run(&kind).success().stderr("");
}

#[test]
fn what_is_not_there_is_named() {
    let Stand { sandbox, .. } = stand();
    sandbox.remove("flake.nix");
    let outcome = sandbox.run(&["run", "--", "true"]);
    outcome.code(125).stderr_contains("there is no file for `.#ci`, which line 1 of the manifest names");
    sandbox.manifest(r#"{ "nix": ".#ci", "environments": { "old": { "nix": { "file": "shell.nix" } } } }"#);
    sandbox.write("shell.nix", "{ }");
    sandbox.run(&["run", "-e", "old", "--", "sh", "-c", "echo $KIND"]).success().stdout("stand-in\n");
}

#[test]
fn another_channel_is_another_dev_shell() {
    let Stand { sandbox, .. } = stand();
    sandbox.manifest(r#"{ "nix": { "file": "shell.nix" } }"#);
    sandbox.write("shell.nix", "{ }");
    let channels = sandbox.home().join(".nix-defexpr/channels");
    for (number, is_evaluated) in [(1, true), (1, false), (2, true), (1, false)] {
        let target = sandbox.root().join(format!("channels-{number}"));
        fs_err::create_dir_all(&target).unwrap();
        fs_err::create_dir_all(channels.parent().unwrap()).unwrap();
        let _ = fs_err::remove_file(&channels);
        fs_err::os::unix::fs::symlink(&target, &channels).unwrap();
        let outcome = sandbox.run(&["run", "--", "true"]);
        assert_eq!(outcome.success().errors().contains("evaluating"), is_evaluated, "{number}");
    }
    let run = sandbox.devshell(&["run", "--", "true"]).env("NIX_PATH", "nixpkgs=/elsewhere").run();
    run.success().stderr_contains("evaluating `shell.nix` of shell.nix");
}

/// The repository did not ask for devshell, so nothing is written into it.
#[test]
fn a_flake_without_a_manifest_is_allowed_and_has_no_lock() {
    let Stand { sandbox, .. } = stand();
    sandbox.remove("devshell.json");
    let before = tree(sandbox.project());
    let outcome = sandbox.run(&["lock"]);
    outcome.success().stderr("devshell: there is nothing to lock: the lock of a flake is flake.lock\n");
    sandbox.run(&["lock", "--check"]).success();
    assert!(tree(sandbox.project()) == before);
    sandbox.run(&["allow"]).success().stdout_contains("+ flake.nix");
    sandbox.run(&["allow", "--list"]).success().stdout_contains("  allowed");
    sandbox.run(&["allow", "--prune"]).success().stderr("devshell: forgot 0 projects\n");
}

#[test]
fn init_and_doctor_mention_a_flake_that_is_not_used() {
    let Stand { sandbox, .. } = stand();
    sandbox.remove("devshell.json");
    sandbox
        .run(&["init"])
        .success()
        .stderr_contains("flake.nix is there: \"nix\": true in devshell.json adds its dev shell");
    sandbox.run(&["doctor"]).stdout_contains("flake.nix is not used; \"nix\": true in the manifest adds its dev shell");
    sandbox.manifest(r#"{ "nix": true }"#);
    let doctor = sandbox.run(&["doctor"]);
    assert!(!doctor.text().contains("is not used"), "{}", doctor.text());
}

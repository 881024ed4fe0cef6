//! A repository with a flake, in people's own shells.

use std::ffi::{OsStr, OsString};

use crate::support::nix::{World, nix};
use crate::support::pty::Terminal;
use crate::support::tree;

fn enter(world: &World, shell: &str) -> Terminal {
    let variables: Vec<(&str, OsString)> = world.variables();
    let variables: Vec<(&str, &OsStr)> = variables.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
    Terminal::enter_with(&world.sandbox, shell, &[], &variables)
}

/// Prompt and alias of each are the user's own.
#[test]
fn people_stay_in_their_own_shells() {
    let world = nix().world();
    let home = world.sandbox.home().to_owned();
    for (file, text) in [
        (".bashrc", "PS1='own> '\nalias greet='echo hello'\nexport XDG_DATA_DIRS=/mine\n"),
        (".zshrc", "PS1='own> '\nalias greet='echo hello'\nexport XDG_DATA_DIRS=/mine\n"),
        (
            ".config/fish/config.fish",
            "set -g fish_greeting\nfunction fish_prompt; echo -n 'own> '; end\nalias greet 'echo hello'\nset -gx XDG_DATA_DIRS /mine\n",
        ),
    ] {
        world.sandbox.write(home.join(file), text);
    }
    world.choose("hooked");
    world.devshell(&["install"]).run().success();
    for shell in ["bash", "zsh", "fish"] {
        let mut terminal = enter(&world, shell);
        assert_eq!(terminal.prompt(), "(shop) own>", "{terminal}");
        assert_eq!(terminal.run("greet"), "hello", "{terminal}");
        assert_eq!(terminal.run("greeter you"), "hello you from Nix", "{terminal}");
        let variables = terminal.variables();
        let values = ["FROM_HOOK", "XDG_DATA_DIRS", "IN_NIX_SHELL"].map(|name| variables.text(name));
        assert_eq!(values, ["function of two words plain value", "/from/the/hook", "impure"], "{terminal}");
        let before = world.evaluations();
        // A change is noted at the prompt, and taken over in place.
        let flake = world.sandbox.read("flake.nix");
        world.sandbox.write("flake.nix", flake.replace("/from/the/hook", &format!("/from/{shell}")));
        terminal.run("true");
        let note = "devshell: an env file or a file of Nix has changed; `devshell reload` applies it";
        assert!(terminal.lines().iter().any(|line| line == note), "{terminal}");
        assert_eq!(world.evaluations(), before, "{terminal}");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), "(shop) own>", "{terminal}");
        assert_eq!(terminal.variables().text("XDG_DATA_DIRS"), format!("/from/{shell}"), "{terminal}");
        world.sandbox.write("flake.nix", flake);
    }
    assert_eq!(world.evaluations(), 4);
}

#[test]
fn a_sandbox_has_the_store_of_nix_and_runs_the_hook_inside() {
    let world = nix().world();
    let calling = "shellHook = \"export INSIDE=$(cat /etc/hostname >/dev/null; ls $HOME | wc -l)\";";
    let flake = world.sandbox.read("flake.nix");
    let flake = flake.replace("shellHook = \"export BEFORE=1; exit 3; export AFTER=1\";", calling);
    world.sandbox.write("flake.nix", flake.replace("ends = shell {", "ends = shell { PATH = \"${greeter}/bin\";"));
    world.sandbox.write(world.sandbox.home().join("secret"), "");
    world.choose("ends");
    let outcome = world.devshell(&["run", "--isolation", "sandbox", "--", "greeter", "you"]).run();
    outcome.success().stdout("hello you from Nix\n");
    let inside =
        world.devshell(&["run", "--isolation", "sandbox", "--", "sh", "-c", "echo $INSIDE; ls $HOME | wc -l"]).run();
    let text = inside.success().text();
    let counts: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(counts[0], counts[1], "{text}");
    // What runs outside later cannot be written inside.
    let kept = world.sandbox.home().join(".local/state/devshell/nix-1");
    let before = tree(&kept);
    assert!(before.keys().any(|path| path.contains("/hook-")), "{before:?}");
    let attempt = format!("for file in $(find {} -type f); do echo 'touch ~/escaped' >> $file; done", kept.display());
    let outcome = world.devshell(&["run", "--isolation", "sandbox", "--", "sh", "-c", &attempt]).run();
    outcome.stderr_contains("Read-only file system");
    assert!(tree(&kept) == before);
}

#[test]
fn the_list_says_whether_it_is_evaluated() {
    let world = nix().world();
    world.choose("ci");
    world.devshell(&["list"]).run().success().stdout("nix  .#ci  its dev shell  (not evaluated)\n");
    world.devshell(&["install"]).run().success();
    world.devshell(&["list"]).run().success().stdout("nix  .#ci  its dev shell\n");
    world.sandbox.manifest("{}");
    world.devshell(&["doctor"]).run().stdout_contains("flake.nix is not used; \"nix\": true in the manifest adds");
}

#[test]
fn a_flake_without_a_manifest_is_one() {
    let world = nix().world();
    let outcome = world.devshell(&["run", "--", "greeter", "you"]).run();
    outcome.success().stdout("hello you from Nix\n");
    let project = world.sandbox.project().display().to_string();
    let note = format!("`{project}` has no devshell.json: the environment is the dev shell of its flake.nix\n");
    assert_eq!(outcome.errors().matches("no devshell.json").count(), 1);
    assert!(outcome.errors().replace("[PROJECT]", &project).contains(&note), "{}", outcome.errors());
    // It is known now, also further down.
    world.devshell(&["run", "--", "greeter", "you"]).directory("nix").run().success().stderr("");
    // Any manifest above it counts more.
    world.sandbox.write("web/default.nix", "{ }");
    world.devshell(&["run", "--", "greeter", "you"]).directory("web").run().success().stderr("");
    world.sandbox.remove("flake.nix");
    world.devshell(&["run", "--", "sh", "-c", "echo $STYLE"]).run().success().stdout("old shell\n");
}

#[test]
fn the_origin_of_each_part_is_known() {
    let world = nix().world();
    world.sandbox.manifest("{\n  \"nix\": \".#ci\", \"env\": { \"WHICH\": \"mine\" }\n}");
    let explained = world.devshell(&["env", "--explain"]).run().success().text();
    assert!(
        explained.contains("/bin  nix (.#ci)\n") && explained.contains("name=dev-shell-env  (nix (.#ci))\n"),
        "{explained}"
    );
    assert!(explained.contains("WHICH=mine  (manifest, line 2)\n"), "{explained}");
    let outcome = world.devshell(&["which", "-v", "greeter"]).run();
    outcome.success().stdout_contains("/bin/greeter  nix (.#ci)\n");
    world.sandbox.write_executable("own bin/mine", "#!/bin/sh\n");
    world.choose("hooked");
    let outcome = world.devshell(&["which", "-v", "mine"]).run();
    outcome.success().stdout_contains("/own bin/mine  shellHook of nix (.#hooked)\n");
    let explained = world.devshell(&["env", "--explain"]).run().success().text();
    let line = "FROM_HOOK=function of two words plain value  (shellHook of nix (.#hooked))\n";
    assert!(explained.contains(line), "{explained}");
    let why = world.devshell(&["why", "FROM_HOOK"]).run();
    why.success().stdout_contains("sets it to function of two words plain value");
    world.sandbox.manifest("{\n  \"nix\": \".#ci\"\n}");
    world
        .devshell(&["why", "greeter"])
        .run()
        .success()
        .stdout_contains("nix (.#ci)")
        .stdout_contains("devshell.json:2");
}

#[test]
fn the_first_tool_makes_a_manifest_of_it() {
    let world = nix().world();
    world.devshell(&["add", "host:sh"]).run().success();
    let manifest: serde_json::Value = serde_json::from_str(&world.sandbox.read("devshell.json")).unwrap();
    assert_eq!((&manifest["nix"], &manifest["tools"]["host:sh"]), (&true.into(), &"*".into()), "{manifest}");
    world.devshell(&["run", "--", "greeter", "you"]).run().success().stdout("hello you from Nix\n");
    assert!(world.sandbox.read("flake.nix").contains("greeter"));
}

//! What the cd hook does with a flake: nothing before it is allowed, and no evaluation at any prompt.

use std::ffi::{OsStr, OsString};

use crate::support::DEVSHELL;
use crate::support::nix::{World, nix};
use crate::support::pty::Terminal;

fn shell(world: &mut World, name: &str) -> Terminal {
    let bin = world.sandbox.host_directory("devshell-bin");
    if !bin.join("devshell").exists() {
        fs_err::os::unix::fs::symlink(DEVSHELL, bin.join("devshell")).unwrap();
    }
    let home = world.sandbox.home().to_owned();
    world.sandbox.write(home.join(".bashrc"), "PS1='ready> '\neval \"$(devshell hook bash)\"\n");
    world.sandbox.write(home.join(".zshrc"), "PS1='ready> '\neval \"$(devshell hook zsh)\"\n");
    let variables: Vec<(&str, OsString)> = world.variables();
    let variables: Vec<(&str, &OsStr)> = variables.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
    let terminal = Terminal::start(&world.sandbox, &[name, "-i"], &home, &variables);
    assert_eq!(terminal.prompt(), "ready>", "{terminal}");
    terminal
}

#[test]
fn a_prompt_evaluates_nothing_and_loads_what_is_evaluated() {
    for name in ["bash", "zsh"] {
        let mut world = nix().world();
        let mut terminal = shell(&mut world, name);
        // Who clones a flake did not ask for devshell.
        assert_eq!(terminal.typed("cd shop"), [""; 0], "{terminal}");
        assert_eq!((world.evaluations(), terminal.variables().text("WHICH")), (0, "-"), "{terminal}");
        let flake = world.sandbox.read("flake.nix");
        world.sandbox.write("flake.nix", flake.replace("unset system", "echo ran >>~/runs"));
        world.choose("hooked");
        terminal.typed("devshell allow");
        let note = "hint: ";
        assert!(!terminal.lines().iter().any(|line| line.contains(note)), "{terminal}");
        let root = world.sandbox.project().display().to_string();
        let text =
            format!("devshell: flake.nix of `{root}` is not evaluated as it is now; `devshell install` evaluates it");
        assert!(terminal.lines().join("").contains(&text), "{terminal}");
        assert_eq!(world.evaluations(), 0, "{terminal}");
        terminal.typed("devshell install");
        assert_eq!(world.evaluations(), 1, "{terminal}");
        assert_eq!(terminal.variables().text("FROM_HOOK"), "function of two words plain value", "{terminal}");
        assert_eq!(terminal.run("greeter you"), "hello you from Nix", "{terminal}");
        // A directory below is the same project, and the hook has run once.
        world.sandbox.write("src/file", "");
        terminal.typed("cd src");
        terminal.typed("cd ..");
        let runs = || fs_err::read_to_string(world.sandbox.home().join("runs")).unwrap();
        assert_eq!(runs().matches("ran").count(), 1, "{terminal}");
        // What is not allowed is not evaluated, and what was allowed stays.
        let flake = world.sandbox.read("flake.nix");
        world.sandbox.write("flake.nix", flake.replace("/from/the/hook", "/from/another"));
        terminal.typed("true");
        assert!(terminal.lines().join("").contains("is not what you allowed, which stays active"), "{terminal}");
        assert_eq!(terminal.variables().text("XDG_DATA_DIRS"), "/from/the/hook", "{terminal}");
        terminal.typed("devshell allow");
        assert!(terminal.lines().join("").contains("the dev shell of before stays active"), "{terminal}");
        assert_eq!((world.evaluations(), terminal.variables().text("XDG_DATA_DIRS")), (1, "/from/the/hook"));
        terminal.typed("devshell install");
        assert_eq!(
            (world.evaluations(), terminal.variables().text("XDG_DATA_DIRS")),
            (2, "/from/another"),
            "{terminal}"
        );
        terminal.typed("cd ~");
        assert_eq!(terminal.variables().text("FROM_HOOK"), "-", "{terminal}");
    }
}

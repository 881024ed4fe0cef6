//! What a shell remembers outlasts what it names: devshell itself, a directory, an entry of PATH, a manifest.

use std::os::unix::fs::symlink;

use super::{MANIFEST, SHELLS, Shell, shop, value};
use crate::support::{DEVSHELL, Registry, Sandbox};

/// Two versions of devshell with a directory each, and a link on PATH to the first, as package managers have it.
fn with_versions(registry: &Registry) -> Sandbox {
    let mut sandbox = shop(registry);
    let host = sandbox.host_directory("stable");
    for version in ["1.0", "1.1"] {
        let place = sandbox.root().join("versions").join(version);
        fs_err::create_dir_all(&place).unwrap();
        sandbox.program("cp", &[DEVSHELL]).arg(place.join("devshell")).run().success();
    }
    symlink(sandbox.root().join("versions/1.0/devshell"), host.join("devshell")).unwrap();
    sandbox.remove(sandbox.root().join("hostbin/devshell"));
    // Each version makes its own environment ready.
    for version in ["1.0", "1.1"] {
        let program = sandbox.root().join("versions").join(version).join("devshell");
        sandbox.program(program.to_str().unwrap(), &["run", "--isolation", "none", "true"]).run().success();
    }
    sandbox.run(&["allow"]).success();
    sandbox
}

fn upgrade(sandbox: &Sandbox) {
    let link = sandbox.root().join("stable/devshell");
    sandbox.remove(&link);
    symlink(sandbox.root().join("versions/1.1/devshell"), &link).unwrap();
    sandbox.remove(sandbox.root().join("versions/1.0"));
}

#[test]
fn an_upgrade_goes_unnoticed_by_the_hook_and_by_a_session() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = with_versions(&registry);
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        terminal.send_line("devshell enter");
        terminal.wait_for("(shop) ready>");
        terminal.prompt();
        upgrade(&sandbox);
        assert_eq!(terminal.run("devshell run sh -c 'echo $COLOUR'"), "green", "{terminal}");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        terminal.typed("exit");
        assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
    }
}

#[test]
fn without_devshell_a_project_can_be_left_and_it_is_said_once() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = with_versions(&registry);
        let mut terminal = shell.start(&sandbox);
        let before = terminal.variables();
        terminal.typed("cd shop");
        sandbox.remove(sandbox.root().join("versions"));
        assert!(terminal.typed("true").is_empty(), "{terminal}");
        let link = sandbox.root().join("stable/devshell");
        let text = format!("devshell: `{}` no longer exists, so `cd` loads no more projects", link.display());
        assert_eq!(terminal.typed("cd ~"), [text], "{terminal}");
        let after = terminal.variables();
        for name in ["PATH", "COLOUR", "LIST", "GONE", "DEVSHELL_ROOT", "__DEVSHELL_UNDO"] {
            assert_eq!(before.text(name), after.text(name), "{name}: {terminal}");
        }
        for line in ["true", "cd shop", "cd ~"] {
            assert!(terminal.typed(line).is_empty(), "{line}: {terminal}");
        }
        // Another devshell takes over.
        sandbox.remove(&link);
        symlink(DEVSHELL, &link).unwrap();
        assert_eq!(terminal.typed("cd shop"), ["devshell: entered shop", "hello"], "{terminal}");
    }
}

/// A link that was moved to another directory, or a directory that was replaced: its name is the same.
#[test]
fn another_directory_of_the_same_name_is_another_one() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        sandbox.run(&["allow"]).success();
        let plain = sandbox.home().join("plain");
        fs_err::create_dir(&plain).unwrap();
        let link = sandbox.home().join("current");
        symlink(sandbox.project(), &link).unwrap();
        let mut terminal = shell.start(&sandbox);
        assert_eq!(terminal.typed("cd ~/current"), ["devshell: entered shop", "hello"], "{terminal}");
        sandbox.remove(&link);
        symlink(&plain, &link).unwrap();
        assert_eq!(terminal.typed("cd ~/current"), ["devshell: left shop"], "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
    }
}

/// What Python's own `deactivate` does.
#[test]
fn an_old_path_that_comes_back_outside_loses_the_entries_of_the_project() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        let is_fish = shell.name == "fish";
        let mut terminal = shell.start(&sandbox);
        let path = value(&mut terminal, "PATH");
        terminal.typed("cd shop");
        terminal.typed(if is_fish { "set -g OLD $PATH; set PATH /venv $PATH" } else { "OLD=$PATH; PATH=/venv:$PATH" });
        terminal.typed("cd ~");
        terminal.typed(if is_fish { "set -gx PATH $OLD" } else { "PATH=$OLD" });
        assert!(value(&mut terminal, "PATH").contains("/links-1/"), "{terminal}");
        terminal.typed("cd /");
        assert_eq!(value(&mut terminal, "PATH"), path, "{terminal}");
    }
}

/// A file that is saved by halves, or whose mode is not right for a moment.
#[test]
fn a_project_that_cannot_be_read_keeps_what_was_allowed() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        sandbox.run(&["allow"]).success();
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        for broken in [
            &b"{ \"name\": \"shop\", \"env\": { \"COLOUR\": "[..],
            b"\xff\xfe",
            b"{ \"tools\": { \"nonsense:x\": \"*\" } }",
        ] {
            sandbox.manifest(broken);
            let said = terminal.typed("true");
            assert!(!said.is_empty() && !said.iter().any(|line| line.contains("left shop")), "{terminal}");
            assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
            assert!(terminal.typed("true").is_empty(), "it is said once: {terminal}");
        }
        sandbox.manifest(MANIFEST);
        assert!(terminal.typed("true").is_empty(), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        sandbox.write("devshell.jsonc", MANIFEST);
        let said = terminal.typed("true");
        assert!(said[0].contains("both devshell.json and devshell.jsonc"), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
    }
}

/// Ctrl-C ends the hook, and nothing else.
#[test]
fn a_hook_that_is_interrupted_leaves_the_environment() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.write_executable(sandbox.project().join("hello.sh"), "#!/bin/sh\necho working\nexec sleep 1000\n");
    sandbox.run(&["allow"]).success();
    for Shell { name, .. } in &SHELLS {
        let shell = SHELLS.iter().find(|shell| shell.name == *name).unwrap();
        let mut terminal = shell.start(&sandbox);
        terminal.send_line("cd shop");
        terminal.wait_for("working");
        assert!(terminal.lines().iter().any(|line| line == "devshell: entered shop"), "{terminal}");
        terminal.send("\x03");
        terminal.prompt();
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        assert!(terminal.typed("true").is_empty(), "{terminal}");
        assert_eq!(terminal.typed("cd ~"), ["devshell: left shop"], "{terminal}");
    }
}

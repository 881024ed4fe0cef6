//! What is not installed yet never holds up a prompt.

use super::{MANIFEST, SHELLS, shop, value};
use crate::support::{Fault, Gate, HERE, Registry, Sandbox, native, tool, wait_until};

/// The artifact that is not there.
fn cold() -> String {
    let package = native("esbuild");
    format!("/{package}/-/{}-0.28.1.tgz", package.trim_start_matches("@esbuild/"))
}

/// The project with a tool that is locked and not installed.
fn allowed_and_cold(registry: &Registry) -> Sandbox {
    let sandbox = shop(registry);
    registry.publish(tool("esbuild", "0.28.1"));
    sandbox.manifest(MANIFEST.replace("\"24\"", "\"24\", \"esbuild\": \"*\""));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["allow"]).success();
    sandbox
}

/// How many environments the cache holds. What is being written has a name that begins with a dot.
fn kept(sandbox: &Sandbox) -> usize {
    let entries = fs_err::read_dir(sandbox.cache().join("environments-1")).unwrap();
    entries.filter(|entry| !entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')).count()
}

#[test]
fn an_install_goes_on_in_the_background() {
    for shell in &SHELLS {
        let registry = Registry::new();
        let sandbox = allowed_and_cold(&registry);
        let gate = Gate::default();
        registry.fault(cold(), Fault::Gate(gate.clone()));
        let before = kept(&sandbox);
        let mut terminal = shell.start_with(&sandbox, &[("DEVSHELL_PLATFORM", HERE)]);
        let text =
            format!("devshell: installing what `{}` needs; a later prompt will have it", sandbox.project().display());
        assert_eq!(terminal.typed("cd shop"), [text], "{terminal}");
        gate.wait_for_client();
        assert!(terminal.typed("true").is_empty(), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
        gate.open();
        wait_until("the environment", || kept(&sandbox) > before);
        assert_eq!(terminal.typed("true"), ["devshell: entered shop", "hello"], "{terminal}");
        assert!(terminal.run("esbuild").starts_with("esbuild 0.28.1"), "{terminal}");
    }
}

#[test]
fn an_install_that_fails_is_told_once() {
    let registry = Registry::new();
    let sandbox = allowed_and_cold(&registry);
    registry.fault(cold(), Fault::Status(404, usize::MAX));
    let mut terminal = SHELLS[0].start_with(&sandbox, &[("DEVSHELL_PLATFORM", HERE)]);
    terminal.typed("cd shop");
    // It may be known at once, or at one of the next prompts.
    let deadline = std::time::Instant::now();
    while !terminal.lines().iter().any(|line| line.contains("`devshell install` tries again")) {
        assert!(deadline.elapsed() < crate::support::DEADLINE, "{terminal}");
        terminal.typed("true");
    }
    assert!(terminal.typed("true").is_empty(), "{terminal}");
    assert_eq!(value(&mut terminal, "COLOUR"), "-", "{terminal}");
}

#[test]
fn a_lock_that_is_missing_is_told_once() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.remove("devshell.lock");
    sandbox.run(&["allow"]).success();
    let mut terminal = SHELLS[0].start(&sandbox);
    let said = terminal.typed("cd shop");
    assert!(said.iter().any(|line| line.contains("`devshell lock`")), "{terminal}");
    assert!(terminal.typed("true").is_empty(), "{terminal}");
    let said = terminal.typed("devshell lock");
    assert_eq!(said[said.len() - 2..], ["devshell: entered shop", "hello"], "{terminal}");
}

//! What a person sees who types `devshell enter`: the real executable and the real shells on a
//! pseudo-terminal. Each test is for bash, zsh and fish, most of them without a wall and inside one; those of `shells` are for
//! all other shells.

mod again;
mod commands;
mod completions;
mod dialect;
mod further;
mod gc;
mod habits;
mod hooks;
mod levels;
mod lock;
mod nested;
mod not_there;
mod overridden;
mod personal;
mod plain;
mod prompts;
mod rc_files;
mod reload;
mod shells;
mod starting;
mod traps;
mod values;
mod weaker;
mod written;

use dialect::Dialect;

use crate::support::{Registry, Sandbox, tool};

const SHELLS: [Dialect; 3] = [Dialect::Bash, Dialect::Zsh, Dialect::Fish];

/// The options of `enter` with which a case is tried: without a wall, and inside one.
const LEVELS: &[&[&str]] = if cfg!(target_os = "linux") { &[&[], SANDBOX] } else { &[&[]] };
const SANDBOX: &[&str] = &["--isolation", "sandbox"];

/// Each shell with each of these options.
fn everywhere() -> impl Iterator<Item = (Dialect, &'static [&'static str])> {
    SHELLS.into_iter().flat_map(|shell| LEVELS.iter().map(move |level| (shell, *level)))
}

/// What every prompt of the tests' own rc files looks like in the project `shop`.
const PROMPT: &str = "(shop) ready>";

const MANIFEST: &str = r#"{ "name": "shop", "tools": { "node": "24" }, "env": { "COLOUR": "green" } }"#;

/// The project `shop`, with a manifest and no lock, on a host that has tools of its own.
fn unlocked(registry: &Registry, manifest: &str) -> Sandbox {
    registry.publish(tool("node", "24.3.0"));
    let mut sandbox = Sandbox::new().with_registry(registry);
    let host = sandbox.host_directory("hostbin");
    for command in ["python3", "gcc", "node", "hosttool"] {
        sandbox.write_executable(host.join(command), "#!/bin/sh\necho the host\n");
    }
    sandbox.manifest(manifest);
    for shell in SHELLS {
        shell.write_rc(&sandbox, "");
    }
    sandbox
}

/// The same, locked and installed.
fn shop_with(registry: &Registry, manifest: &str) -> Sandbox {
    let sandbox = unlocked(registry, manifest);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox
}

fn shop() -> Sandbox {
    shop_with(&Registry::new(), MANIFEST)
}

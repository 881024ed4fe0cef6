//! The names that reach a shell: a project's own, and those that are reserved for devshell.

use serde_json::json;

use super::{HOSTILE, LEFT, json, obeyed};
use crate::support::Sandbox;
use crate::support::pty::Terminal;

/// The name of a directory stands in prompts, as far as a terminal may see it.
#[test]
fn a_directory_s_name_is_no_title() {
    let sandbox = Sandbox::new();
    let directory = sandbox.project().join(format!("a{HOSTILE}b"));
    sandbox.write(directory.join("devshell.json"), "{}");
    sandbox.write(sandbox.home().join(".bashrc"), "PS1='ready> '\nbind 'set enable-bracketed-paste off'\n");
    let words = [crate::support::DEVSHELL, "enter", "--shell", "bash"];
    let mut terminal = Terminal::start(&sandbox, &words, &directory, &[]);
    terminal.prompt();
    let bytes = terminal.bytes();
    assert_eq!(obeyed(&bytes, true), None, "{terminal}");
    assert!(String::from_utf8_lossy(&bytes).contains("(a\u{fffd}]0;T\u{fffd}\u{fffd}[2J"), "{terminal}");
    let name = terminal.variables().text("DEVSHELL_NAME").to_owned();
    assert!(name.starts_with('a') && name.contains(LEFT) && name.chars().all(devshell::text::is_plain), "{name:?}");
    terminal.send_line("exit");
    terminal.exit_status();
}

/// A long name does not fill the line.
#[test]
fn a_directory_s_name_is_held_to_the_length_of_a_name() {
    let sandbox = Sandbox::new();
    let directory = sandbox.project().join("x".repeat(200));
    sandbox.write(directory.join("devshell.json"), "{}");
    let outcome = sandbox.devshell(&["run", "--", "printenv", "DEVSHELL_NAME"]).directory(&directory).run();
    outcome.success().stdout(&format!("{}\n", "x".repeat(64)));
}

/// No file gives a value to a variable that devshell hands over to start files and hooks, nor lets
/// one through.
#[test]
fn names_that_are_devshell_s_are_refused_in_every_file() {
    let sandbox = Sandbox::new();
    let names = [
        "__DEVSHELL_ALIASES",
        "__DEVSHELL_NO_RC",
        "__DEVSHELL_UNDO",
        "__DEVSHELL_V_PATH",
        "__devshell_cd_program",
        "__devshell_marker",
        "DEVSHELL_HOME",
        "DEVSHELL_ALLOW",
    ];
    for name in names {
        let refused = format!("`{name}` is devshell's own");
        for manifest in [
            json!({ "env": { name: "x" } }),
            json!({ "env": { name: { "default": "x" } } }),
            json!({ "env": { name: { "append": "x" } } }),
            json!({ "env": { name: { "unset": true } } }),
            json!({ "env": { name: { "required": "ask" } } }),
            json!({ "keep": [name] }),
            json!({ "keep": [format!("{name}*")] }),
            json!({ "environments": { "docs": { "env": { name: "x" } } } }),
        ] {
            sandbox.manifest(manifest.to_string());
            let refused = refused.replace(&format!("{name}`"), "");
            sandbox.run(&["list"]).code(4).stdout("").stderr_contains(&refused).stderr_contains("devshell's own");
        }
        sandbox.manifest(r#"{ "env_files": [".env"] }"#);
        sandbox.write(".env", format!("A=1\n{name}=s3cret\n"));
        let outcome = sandbox.run(&["env"]);
        if name.starts_with("DEVSHELL_") {
            // What `devshell env` writes is read, and these are passed over.
            outcome.success().stdout_contains("A=\"1\"\n");
        } else {
            outcome.code(4).stdout("").stderr_contains("/.env, line 2: names that begin with `__DEVSHELL_`");
        }
        assert!(!format!("{outcome}").contains("s3cret"), "{outcome}");
        sandbox.manifest("{}");
        for config in [json!({ "env": { name: "x" } }), json!({ "wrap": { "sh": { "env": { name: "x" } } } })] {
            sandbox.config(config.to_string());
            sandbox.run(&["list", "--personal"]).code(4).stderr_contains(&refused);
        }
        sandbox.remove(sandbox.config_directory().join("config.json"));
    }
}

/// The attack as it was found: an alias for the user's own shell, and no rc file of theirs.
#[test]
fn a_manifest_hands_no_alias_to_a_shell() {
    let sandbox = Sandbox::new();
    sandbox.write(sandbox.home().join(".bashrc"), "PS1='ready> '\necho the rc file was read\n");
    let attack = json!({ "env": { "__DEVSHELL_ALIASES": "cd=echo hijacked\n", "__DEVSHELL_NO_RC": "1" } });
    sandbox.manifest(attack.to_string());
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    assert_eq!(terminal.exit_status(), 4, "{terminal}");
    terminal.wait_for("`__DEVSHELL_ALIASES` is devshell's own");
}

/// A manifest whose names could not be shown is refused, and says so.
#[test]
fn names_in_a_manifest_can_be_shown() {
    let sandbox = Sandbox::new();
    for key in ["\u{202e}", "\u{9b}", "\u{7f}", "\u{2028}"] {
        for (manifest, refused) in [
            (json!({ "name": format!("a{key}") }), "a name has 1 to 64 characters"),
            (json!({ "scripts": { format!("a{key}"): "true" } }), "is not a script name"),
            (json!({ "environments": { format!("a{key}"): {} } }), "is not an environment name"),
        ] {
            sandbox.manifest(manifest.to_string());
            let outcome = sandbox.run(&["list"]);
            outcome.code(4).stderr_contains(refused);
            assert_eq!(obeyed(outcome.error_bytes(), false), None, "{}", json(key));
        }
    }
}

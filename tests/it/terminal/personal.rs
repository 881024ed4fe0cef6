//! What a person's own settings do in the dev shells they enter.

use super::{MANIFEST, SHELLS, shop_with, unlocked};
use crate::support::pty::Terminal;
use crate::support::{Package, Registry, Sandbox, package, tool};

/// A tool of npm that says its name, its arguments and `THEME`.
fn mine(name: &str) -> Package {
    let path = format!("{name}.js");
    package(name, "1.0.0").bin(name, &path).file(&path, format!("echo {name}: \"$@\" ${{THEME-plain}}"))
}

fn registry() -> Registry {
    Registry::with([vec![mine("mine"), mine("other"), mine("node2")], tool("node", "22.3.0")].concat())
}

/// The project `shop`, and a second one, `blog`, beside it. The host has an editor.
fn two_projects(registry: &Registry) -> Sandbox {
    let sandbox = shop_with(registry, MANIFEST);
    let editor = "#!/bin/sh\nprintf 'edit:'; printf ' <%s>' \"$@\"; echo \" ${THEME-plain}\"\n";
    sandbox.write_executable(sandbox.root().join("hostbin/nvim"), editor);
    sandbox.write("../blog/devshell.json", r#"{ "name": "blog" }"#);
    sandbox
}

const SETTINGS: &str = r#"{
    // what I like
    "tools": { "npm:mine": "1" },
    "aliases": { "gs": "echo 'it''s  \"mine\"' $HOME", "ls": "mine list", "..": "cd .." },
    "env": { "COLOUR": "red", "EDITOR": "nvim ${DEVSHELL_NAME}" },
    "wrap": {
        "nvim": { "arguments": ["-u", "${HOME}/my init.lua", "$$x"], "env": { "THEME": "it's dark" } },
        "mine": { "arguments": ["--mine"] }
    },
    "session": { "add": ["hosttool"], "remove": ["git"] }
}"#;

/// A session in a project that is named from `shop`.
#[track_caller]
fn entered(sandbox: &Sandbox, shell: &str, project: &str) -> Terminal {
    Terminal::enter(sandbox, shell, &["-C", project]).about(project)
}

#[test]
fn what_is_mine_is_in_every_project_and_in_no_files_of_theirs() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.config(SETTINGS);
    for (index, shell) in SHELLS.into_iter().enumerate() {
        for (project, name) in [(".", "shop"), ("../blog", "blog")] {
            let mut terminal = entered(&sandbox, shell.name(), project);
            assert_eq!(terminal.prompt(), format!("({name}) ready>"), "{terminal}");
            let home = sandbox.home().to_str().unwrap();
            // The one is an alias of the shell's words, the other reaches the program word by word.
            assert_eq!(terminal.run("gs"), format!("its  \"mine\" {home}"), "{terminal}");
            assert_eq!(terminal.run("nvim a b"), format!("edit: <-u> <{home}/my init.lua> <$x> <a> <b> it's dark"));
            assert_eq!(terminal.run("mine go"), "mine: --mine go plain", "{terminal}");
            assert_eq!(terminal.run("ls -x"), "mine: --mine list -x plain", "{terminal}");
            assert_eq!(terminal.run("hosttool"), "the host", "{terminal}");
            assert_eq!(terminal.run("cat /dev/null; command -v git || echo no git"), "no git", "{terminal}");
            let variables = terminal.variables();
            assert_eq!(variables.text("EDITOR"), format!("nvim {name}"), "{terminal}");
            let colour = if name == "shop" { "green" } else { "red" };
            assert_eq!(variables.text("COLOUR"), colour, "{terminal}");
            assert_eq!(variables.beginning_with("__DEVSHELL_"), [""; 0], "{terminal}");
            terminal.run("..");
            assert_ne!(terminal.run("pwd"), sandbox.project().join(project).display().to_string(), "{terminal}");
            // Said once for each project, when its environment is composed.
            let gives_way = "devshell: your variable `COLOUR` in config.json gives way to the project's own";
            let said = terminal.lines().iter().filter(|line| *line == gives_way).count();
            assert_eq!(said, usize::from(index == 0 && name == "shop"), "{terminal}");
            let announced = terminal.lines().contains(&"devshell: config.lock is missing; writing it".to_owned());
            assert_eq!(announced, index == 0 && name == "shop", "{terminal}");
        }
    }
    let own = sandbox.read(sandbox.config_directory().join("config.lock"));
    assert!(own.contains("npm:mine") && !sandbox.read("devshell.lock").contains("mine"), "{own}");
    assert!(!sandbox.project().join("../blog/devshell.lock").exists());
    sandbox.run(&["run", "mine"]).code(127);
    sandbox.run(&["verify"]).success();
}

#[test]
fn under_ci_nobody_has_settings() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.config("{ nonsense");
    for shell in SHELLS {
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), &[], &[("CI", "true".as_ref())]);
        assert_eq!(terminal.prompt(), super::PROMPT, "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.noise(super::PROMPT), [""; 0], "{terminal}");
    }
}

#[test]
fn the_project_wins_every_clash() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.manifest(
        r#"{ "name": "shop", "tools": { "node": "24" }, "env": { "A": "project", "B": { "default": "project" } } }"#,
    );
    sandbox.run(&["lock"]).success();
    sandbox.config(
        r#"{ "tools": { "node": "22", "npm:mine": "1" }, "env": { "A": "me", "B": "me", "NODE_OPTIONS": "-x" },
            "aliases": { "node": "echo alias" }, "wrap": { "node": { "arguments": ["--version", "-x"] } } }"#,
    );
    for (index, shell) in SHELLS.into_iter().enumerate() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        terminal.prompt();
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.run("mine"), "mine: plain", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["A", "B", "NODE_OPTIONS"].map(|name| variables.text(name)), ["project", "me", "-"], "{terminal}");
        let said: Vec<String> =
            terminal.lines().into_iter().filter(|line| line.contains(" in config.json gives way to ")).collect();
        let expected = [
            "your tool `node` in config.json gives way to the project's tool `node`",
            "your variable `A` in config.json gives way to the project's own",
            "your variable `NODE_OPTIONS` in config.json gives way to the project's tool `node`, which it would affect",
            "your alias `node` in config.json gives way to the project's tool `node`",
            "your wrapped `node` in config.json gives way to the project's tool `node`",
        ];
        let expected = expected.map(|note| format!("devshell: {note}"));
        assert_eq!(said, if index == 0 { expected.to_vec() } else { Vec::new() }, "{terminal}");
    }
}

/// The private node is another version, so that it would be missed in the lock.
#[test]
fn ones_own_node_runs_ones_own_tools() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.config(r#"{ "tools": { "node": "24", "npm:mine": "1" } }"#);
    let mut terminal = Terminal::enter(&sandbox, SHELLS[0].name(), &[]);
    terminal.prompt();
    assert_eq!(terminal.run("mine"), "mine: plain", "{terminal}");
    assert!(!terminal.lines().iter().any(|line| line.contains("leaving out")), "{terminal}");
}

#[test]
fn some_projects_have_a_part_of_their_own() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.config(
        r#"{ "prompt": "[{name}] ", "aliases": { "hi": "echo hi" },
            "projects": {
                "~/*": { "aliases": { "hi": "echo hello" } },
                "~/shop": { "tools": { "npm:other": "*" }, "prompt": false, "env": { "WHERE": "${DEVSHELL_ROOT}" } }
            } }"#,
    );
    for shell in SHELLS {
        let mut shop = entered(&sandbox, shell.name(), ".");
        assert_eq!(shop.prompt(), "ready>", "{shop}");
        assert_eq!(shop.run("other; hi"), "other: plain\nhello", "{shop}");
        assert_eq!(shop.variables().text("WHERE"), sandbox.project().to_str().unwrap(), "{shop}");
        let mut blog = entered(&sandbox, shell.name(), "../blog");
        assert_eq!(blog.prompt(), "[blog] ready>", "{blog}");
        assert_eq!(blog.run("command -v other || hi"), "hello", "{blog}");
        assert_eq!(blog.variables().text("WHERE"), "-", "{blog}");
    }
}

/// A mistake is shown with its place at each entry, and nobody is kept out by it.
#[test]
fn a_broken_file_of_settings_keeps_nobody_out() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.config("{ \"aliases\": { \"hi\": \"echo hi\" },\n  \"alias\": {} }");
    for shell in SHELLS {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        terminal.prompt();
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        let lines = terminal.lines().join("\n");
        for expected in ["unknown key `alias`", "config.json:2:3", "did you mean `aliases`?"] {
            assert!(lines.contains(expected), "{expected}: {terminal}");
        }
        assert!(lines.contains("\ndevshell: entering without your config.json\n"), "{terminal}");
    }
    // Somebody else's are not taken either.
    let file = sandbox.config(r#"{ "aliases": { "hi": "echo hi" } }"#);
    fs_err::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    terminal.prompt();
    assert!(terminal.lines().join("\n").contains("config.json` can be written by other users"), "{terminal}");
    assert_eq!(terminal.run("alias hi 2>/dev/null || echo none"), "none", "{terminal}");
}

/// They are run, so nobody else may be able to put others in their place.
#[test]
fn settings_that_others_could_lead_elsewhere_are_left_out() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.config(r#"{ "aliases": { "hi": "echo hello" } }"#);
    let above = sandbox.config_directory().parent().unwrap().to_owned();
    fs_err::set_permissions(&above, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    assert_eq!(terminal.run("alias hi 2>/dev/null || echo none"), "none", "{terminal}");
    let lines = terminal.lines().join("\n");
    assert!(lines.contains("/.config` can be written by other users"), "{terminal}");
    assert!(lines.contains("\ndevshell: entering without your config.json\n"), "{terminal}");
    fs_err::set_permissions(&above, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    assert_eq!(terminal.run("hi"), "hello", "{terminal}");
}

/// Without a registry the rest is there, and the tools come as soon as there is one again.
#[test]
fn a_registry_that_is_down_keeps_nobody_out() {
    for shell in SHELLS {
        let registry = registry();
        let sandbox = two_projects(&registry);
        sandbox.config(SETTINGS);
        let note = "devshell: entering without the tools in your config.json that are not installed yet";
        let mut offline = Terminal::enter(&sandbox, shell.name(), &["--offline"]);
        offline.prompt();
        assert_eq!(offline.run("node --version"), "v24.3.0", "{offline}");
        assert!(offline.lines().contains(&note.to_owned()), "{offline}");
        let home = sandbox.home().to_str().unwrap();
        assert_eq!(offline.run("nvim"), format!("edit: <-u> <{home}/my init.lua> <$x> it's dark"), "{offline}");
        // An alias for what is not there does not hide what it is named after.
        assert_eq!(offline.run("ls devshell.json"), "devshell.json", "{offline}");

        let mut online = Terminal::enter(&sandbox, shell.name(), &[]);
        online.prompt();
        assert_eq!(online.run("mine"), "mine: --mine plain", "{online}");
        assert!(!online.lines().contains(&note.to_owned()), "{online}");
        registry.forget_requests();
        let mut again = Terminal::enter(&sandbox, shell.name(), &["--offline"]);
        again.prompt();
        assert_eq!(again.run("mine"), "mine: --mine plain", "{again}");
        assert_eq!(registry.requests(), [""; 0], "what is known is not asked for");

        // What was there stays there when something further cannot be had.
        sandbox.config(SETTINGS.replace(r#""npm:mine": "1""#, r#""npm:mine": "1", "npm:further": "1""#));
        let mut further = Terminal::enter(&sandbox, shell.name(), &[]);
        further.prompt();
        assert_eq!(further.run("mine"), "mine: --mine plain", "{further}");
        let lines = further.lines();
        assert!(lines.contains(&"devshell: the npm registry has no package `further`".to_owned()), "{further}");
        assert!(lines.contains(&note.to_owned()), "{further}");
    }
}

#[test]
fn a_reload_takes_on_new_settings() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    for shell in SHELLS {
        sandbox.config(r#"{ "env": { "OLD": "1" }, "aliases": { "was": "echo be''fore" } }"#);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        terminal.prompt();
        assert_eq!(terminal.run("was"), "before", "{terminal}");
        sandbox.config(r#"{ "tools": { "npm:mine": "1" }, "env": { "NEW": "1" }, "prompt": "<{name}> " }"#);
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), "<shop> ready>", "{terminal}");
        assert_eq!(terminal.run("mine"), "mine: plain", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["OLD", "NEW"].map(|name| variables.text(name)), ["-", "1"], "{terminal}");
        let gone = terminal.run("was; echo done");
        assert!(gone.ends_with("done") && !gone.contains("before"), "{terminal}");
    }
}

/// Settings are carried to machines that do not have everything.
#[test]
fn a_tool_that_is_not_for_this_machine_is_left_out() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.config(r#"{ "tools": { "host:nothere": "*", "npm:mine": "1" }, "wrap": { "gone": {} } }"#);
    let mut terminal = Terminal::enter(&sandbox, "bash", &[]);
    terminal.prompt();
    assert_eq!(terminal.run("mine"), "mine: plain", "{terminal}");
    let lines = terminal.lines().join("\n");
    assert!(lines.contains("devshell: leaving out your tool `host:nothere`: this machine has none\n"), "{terminal}");
    assert!(lines.contains("devshell: `gone`, which your config.json wraps, does not exist\n"), "{terminal}");
}

/// Nobody answers, and nobody said `--offline`.
#[test]
fn a_registry_that_does_not_answer_keeps_nobody_out_either() {
    let registry = registry();
    let sandbox = two_projects(&registry);
    sandbox.write(sandbox.home().join(".npmrc"), "registry=http://127.0.0.1:1/\n");
    sandbox.config(r#"{ "tools": { "npm:mine": "1" }, "env": { "MINE": "1" } }"#);
    let mut terminal = Terminal::enter(&sandbox, "fish", &[]);
    terminal.prompt();
    assert_eq!(terminal.variables().text("MINE"), "1", "{terminal}");
    assert!(terminal.lines().contains(&"devshell: `mine` cannot be looked up".to_owned()), "{terminal}");
}

/// Whoever has settings and no lock of the project yet gets both.
#[test]
fn both_locks_may_be_written_at_once() {
    let registry = registry();
    let sandbox = unlocked(&registry, MANIFEST);
    sandbox.config(r#"{ "tools": { "npm:mine": "1" } }"#);
    let mut terminal = Terminal::enter(&sandbox, "zsh", &[]);
    terminal.prompt();
    assert_eq!(terminal.run("node --version; mine"), "v24.3.0\nmine: plain", "{terminal}");
    assert!(sandbox.project().join("devshell.lock").exists());
    let again = Terminal::enter(&sandbox, "zsh", &[]);
    again.prompt();
    assert_eq!(again.noise(super::PROMPT), [""; 0], "{again}");
}

//! Projects inside of projects, and `devshell enter` beside the hook.

use devshell::env::{Environment, Op, Origin, Step, Undo, Variables};

use super::{MANIFEST, SHELLS, shop, value};
use crate::support::{Registry, Sandbox};

#[test]
fn the_nearest_allowed_project_is_in_force() {
    let registry = Registry::new();
    for shell in &SHELLS {
        let sandbox = shop(&registry);
        sandbox.write("inner/devshell.json", r#"{ "name": "inner", "env": { "SHADE": "dark" } }"#);
        sandbox.write("inner/src/file", "");
        sandbox.devshell(&["lock"]).directory("inner").run().success();
        sandbox.run(&["allow"]).success();
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        // One that is not allowed does not unload what is around it.
        let said = terminal.typed("cd inner");
        assert_eq!(said.len(), 1, "{terminal}");
        assert!(said[0].contains("/inner` is not allowed yet"), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        let said = terminal.typed("devshell allow");
        assert_eq!(said.last().unwrap(), "devshell: entered inner", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "SHADE", "LIST"].map(|name| variables.text(name)), ["-", "dark", "mine"], "{terminal}");
        assert_eq!(terminal.typed("cd .."), ["devshell: entered shop", "hello"], "{terminal}");
        let variables = terminal.variables();
        assert_eq!(["COLOUR", "SHADE"].map(|name| variables.text(name)), ["green", "-"], "{terminal}");
    }
}

#[test]
fn what_is_entered_stays_and_is_entered_from_outside() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        let path = terminal.run("devshell run sh -c 'echo $PATH $LIST'");
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        let variables = terminal.variables();
        assert_eq!(variables.text("LIST"), "ours:mine", "{terminal}");
        assert_eq!(variables.beginning_with("__DEVSHELL"), [""; 0], "{terminal}");
        // What the hook had put in force is not taken for the host's.
        assert_eq!(terminal.run("devshell run sh -c 'echo $PATH $LIST'"), path, "{terminal}");
        assert!(terminal.typed("cd ~").is_empty(), "{terminal}");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
        terminal.typed("exit");
        assert_eq!(value(&mut terminal, "COLOUR"), "green", "{terminal}");
    }
}

/// What the hook had put in force is no part of what a reload goes back to.
#[test]
fn a_reload_starts_from_outside_the_hook() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.run(&["allow"]).success();
    for shell in &SHELLS {
        sandbox.manifest(MANIFEST);
        let mut terminal = shell.start(&sandbox);
        terminal.typed("cd shop");
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        let names = ["COLOUR", "LIST", "GONE", "TOKEN"];
        let before = terminal.variables();
        assert_eq!(names.map(|name| before.text(name)), ["green", "ours:mine", "-", "s3cret"], "{terminal}");
        let env = r#""COLOUR": "green", "LIST": { "prepend": "ours" }, "GONE": { "unset": true }"#;
        sandbox.manifest(MANIFEST.replace(env, ""));
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), "(shop) ready>", "{terminal}");
        let after = terminal.variables();
        assert_eq!(names.map(|name| after.text(name)), ["-", "mine", "there", "s3cret"], "{terminal}");
        assert_eq!(after.text("DEVSHELL_HOST_PATH"), before.text("DEVSHELL_HOST_PATH"), "{terminal}");
        assert_eq!(after.beginning_with("__DEVSHELL"), [""; 0], "{terminal}");
    }
}

/// Whether a shell is inside of what was entered is decided by devshell and by each hook, in words of their own.
#[test]
fn the_hooks_know_an_entered_dev_shell_by_path_as_devshell_does() {
    let sandbox = Sandbox::new().on_whole_host();
    let var = || "PATH".parse().unwrap();
    let path = |path: &str| Variables::from([("PATH".into(), path.into())]);
    let [a, b] = ["/d/links-1/a/bin", "/d/links-1/b/bin"];
    let ops = [Op::Set(var(), a.into()), Op::Append(var(), b.into()), Op::Append(var(), "/usr/bin:/bin".into())];
    let steps = ops.map(|op| Step { op, origin: Origin::Devshell }).to_vec();
    let environment = Environment { steps };
    let before = path("/usr/bin:/bin");
    let undo = Undo::of(&before, &environment.apply(&before, &[]), &environment);
    for (entries, is_inside) in [
        (format!("{a}:{b}:/usr/bin:/bin"), true),
        (format!("{a}:{b}"), true),
        (format!("/home/bin:{a}:/venv/bin:{b}:/usr/bin"), true),
        (format!("/usr/local/bin:/sbin:{a}:{b}:/bin"), true),
        (format!("/opt/usr/bin:{a}:{b}:/usr/bin"), true),
        (format!("{a}:/usr/bin:{b}"), true),
        (format!("/usr/bin:/bin:{a}:{b}"), false),
        (format!("/bin:{a}:{b}:/usr/bin"), false),
        (format!("/home/bin:/bin:/usr/bin:{a}:{b}"), false),
        ("/usr/bin:/bin".to_owned(), false),
        ("/bin:/usr/bin".to_owned(), false),
        ("/nowhere".to_owned(), false),
    ] {
        assert_eq!(undo.is_on_path(&path(&entries)), is_inside, "{entries}");
        for (shell, asks) in [
            ("bash", "declare -F __devshell_cd_is_still"),
            ("zsh", "whence __devshell_cd_is_still"),
            ("fish", "functions -q __devshell_cd_is_still; and echo it"),
        ] {
            let hook = sandbox.run(&["hook", shell]).success().bytes().to_owned();
            let hook = sandbox.write(sandbox.root().join("hook"), hook);
            // The hook of fish leaves the file, and no more.
            let script = format!("source '{}'\n{asks}; true", hook.display());
            let shell = sandbox.find(shell);
            let run = sandbox.program(&shell, &["-c", &script]).env("PATH", &entries).env("DEVSHELL_ROOT", "/p").run();
            assert_eq!(run.success().text().is_empty(), is_inside, "{} {entries}: {run}", shell.display());
        }
    }
}

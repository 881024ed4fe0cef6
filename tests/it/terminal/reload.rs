//! `devshell reload`: the note at the prompt, and the shell that takes on the present state in place. Three cases run without
//! a wall only: `devshell add` installs nothing inside, one is about variables that no wall lets through, and one reads the
//! shell's variables from outside.

use std::ffi::OsStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Dialect, LEVELS, MANIFEST, PROMPT, SHELLS, everywhere, shop, shop_with};
use crate::support::pty::Terminal;
use crate::support::{Registry, make_pipe, serve_once, tool};

const NOTE: &str = "devshell: the manifest or the lock has changed; `devshell reload` applies it";
const FILE_NOTE: &str = "devshell: an env file or a file of Nix has changed; `devshell reload` applies it";

#[test]
fn a_changed_manifest_is_noted_once_and_taken_on_in_place() {
    for (shell, level) in everywhere() {
        let registry = Registry::new();
        let sandbox = shop_with(&registry, MANIFEST);
        sandbox.write(".env", "FROM_FILE=old\n");
        let old = MANIFEST.replace(
            r#""COLOUR": "green""#,
            r#""COLOUR": "green", "OLD": "1", "LIST": { "prepend": "/old" } }, "env_files": [".env"], "keep": ["LIST""#,
        );
        let old = format!("{}] }}", old.trim_end_matches([' ', '}']));
        sandbox.manifest(&old);
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), level, &[("LIST", "/own".as_ref())]);
        terminal.prompt();
        let before = terminal.variables();
        let values = ["OLD", "LIST", "FROM_FILE", "COLOUR"].map(|name| before.text(name).to_owned());
        assert_eq!(values, ["1", "/old:/own", "old", "green"], "{terminal}");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");

        registry.publish(tool("node", "24.4.0"));
        sandbox.write(".env", "FROM_FILE=new\n");
        let new = old.replace("\"24\"", "\"24.4\"").replace(r#""OLD": "1", "#, "").replace("/old", "/new");
        sandbox.manifest(new.replace("green", "blue"));
        sandbox.run(&["lock"]).success();
        if !level.is_empty() {
            // Inside a wall, nothing can be installed.
            sandbox.run(&["install"]).success();
        }
        let pid = shell.choose(["echo $$", "echo $$", "echo $fish_pid"]);
        let process = terminal.run(pid);
        terminal.run("true");
        assert_eq!(terminal.noise(PROMPT), [NOTE, FILE_NOTE], "once: {terminal}");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.4.0", "{terminal}");
        assert_eq!(terminal.run("greet"), shell.greeting(), "{terminal}");
        assert_eq!(terminal.run(pid), process, "the same process: {terminal}");
        let after = terminal.variables();
        let values = ["OLD", "LIST", "FROM_FILE", "COLOUR", "SHLVL"].map(|name| after.text(name).to_owned());
        assert_eq!(values, ["-", "/new:/own", "new", "blue", before.text("SHLVL")], "{terminal}");
        assert_eq!(after.beginning_with("__DEVSHELL_"), [""; 0]);
        terminal.run("true");
        assert_eq!(terminal.noise(PROMPT)[2..], [""; 0], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "nothing nests: {terminal}");
    }
}

/// One that was edited before the entry is no change, and neither is one that is not there.
#[test]
fn an_edited_env_file_is_noted_once() {
    let manifest = MANIFEST.replace(r#""env""#, r#""env_files": [".env", "my own/.env"], "env""#);
    for (shell, level) in everywhere() {
        let sandbox = shop_with(&Registry::new(), &manifest);
        sandbox.run(&["enter", "--", "true"]).success();
        sandbox.write(".env", "TOKEN=old\n");
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.run("true");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
        sandbox.write("my own/.env", "TOKEN=new\n");
        terminal.run("true");
        terminal.run("true");
        assert_eq!(terminal.noise(PROMPT), [FILE_NOTE], "{terminal}");
        // What is called inside sees it at once.
        assert_eq!(terminal.run("devshell run printenv TOKEN; printenv TOKEN"), "new\nold", "{terminal}");
        terminal.send_line("devshell reload");
        terminal.prompt();
        assert_eq!(terminal.run("printenv TOKEN"), "new", "{terminal}");
    }
}

/// The prompt says what `add` would say, so one of them does.
#[test]
fn what_is_added_inside_is_followed_by_one_line() {
    for shell in SHELLS {
        let registry = Registry::new();
        let sandbox = shop_with(&registry, MANIFEST);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), &[]);
        terminal.prompt();
        terminal.send_line("devshell add host:sh");
        terminal.prompt();
        terminal.run("true");
        let reloads: Vec<String> =
            terminal.lines().into_iter().filter(|line| line.contains("`devshell reload`")).collect();
        assert_eq!(reloads, [NOTE], "{terminal}");
        terminal.send_line("exit 7");
        assert_eq!(terminal.exit_status(), 7, "{terminal}");
    }
}

/// Whatever is wrong with the files, the shell that was asked to reload stays as it was.
#[test]
fn a_reload_that_fails_leaves_the_shell_alone() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        sandbox.manifest(MANIFEST);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.run(&shell.export("TYPED", "1"));
        sandbox.manifest("{ nonsense");
        let status = shell.choose(["echo status $?", "echo status $?", "echo status $status"]);
        let said = terminal.run(&format!("devshell reload; {status}"));
        assert!(said.contains("error") && said.ends_with("status 4"), "{terminal}");
        assert_eq!(terminal.run("node --version"), "v24.3.0", "{terminal}");
        assert_eq!(terminal.variables().text("TYPED"), "1", "{terminal}");
        // Everything else that is typed reaches devshell as before.
        assert_eq!(terminal.run(&format!("devshell -C / list 2>/dev/null; {status}")), "status 4", "{terminal}");
    }
}

#[test]
fn the_options_of_the_entry_count_again() {
    let registry = Registry::new();
    let manifest = r#"{ "name": "shop", "tools": { "node": "24" },
        "environments": { "docs": { "env": { "DOCS": "yes" } }, "more": { "env": { "MORE": "yes" } } } }"#;
    let sandbox = shop_with(&registry, manifest);
    let levels = ["pure", "sandbox"].into_iter().filter(|level| cfg!(target_os = "linux") || *level != "sandbox");
    for (shell, level) in levels.flat_map(|level| SHELLS.map(|shell| (shell, level))) {
        let options = ["-e", "docs", "-e", "more", "--isolation", level];
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), &options, &[("STRANGE", "1".as_ref())]);
        terminal.prompt();
        terminal.run("cd /");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let variables = terminal.variables();
        let values = ["DOCS", "MORE", "STRANGE", "PWD"].map(|name| variables.text(name));
        assert_eq!(values, ["yes", "yes", "-", "/"], "{terminal}");
    }
}

/// A manifest that was touched before the entry is no change since.
#[test]
fn what_changed_before_the_entry_is_not_noted() {
    let sandbox = shop();
    let shell = Dialect::Bash;
    for level in LEVELS.iter().flat_map(|level| [level, level]) {
        sandbox.manifest(MANIFEST);
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.run("true");
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
    }
}

/// What the old environment did could not be taken back.
#[test]
fn without_the_way_back_the_shell_stays_as_it_is() {
    let sandbox = shop();
    for (shell, level) in everywhere() {
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        terminal.run(shell.choose(["unset __devshell_undo", "unset __devshell_undo", "set -e __devshell_undo"]));
        let status = shell.choose(["echo status $?", "echo status $?", "echo status $status"]);
        let said = terminal.run(&format!("devshell reload; {status}"));
        assert!(said.contains("this shell cannot be reloaded in place") && said.ends_with("status 1"), "{terminal}");
        assert_eq!(terminal.variables().text("COLOUR"), "green", "{terminal}");
    }
}

#[test]
fn elsewhere_it_says_what_to_type() {
    let sandbox = shop();
    let said = "devshell: you are not in a dev shell\n\
                hint: `devshell enter` enters the project you are in\n";
    sandbox.run(&["reload"]).code(1).stdout("").stderr(said);
    let said = "devshell: this shell cannot be reloaded in place\nhint: `exit` it, and type `devshell enter`\n";
    sandbox.run(&["run", "--", "devshell", "reload"]).code(1).stdout("").stderr(said);
}

/// The new environment is made of what the caller had, and of what was typed since.
#[test]
fn what_the_dev_shell_replaced_is_given_back() {
    let sandbox = shop();
    let manifest = MANIFEST.replace(r#""name""#, r#""keep": ["COLOUR", "GONE", "LIST", "TYPED"], "name""#);
    for (shell, level) in everywhere() {
        let more =
            r#""OWN": "1", "TYPED": { "default": "1" }, "GONE": { "unset": true }, "LIST": { "prepend": "/old" }"#;
        sandbox.manifest(manifest.replace(r#""COLOUR": "green""#, &format!(r#""COLOUR": "green", {more}"#)));
        let caller = [("COLOUR", "it's\nred"), ("GONE", "there"), ("LIST", "/own")];
        let caller = caller.map(|(name, value)| (name, OsStr::new(value)));
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), level, &caller);
        terminal.prompt();
        let names = ["COLOUR", "OWN", "TYPED", "GONE", "LIST"];
        let before = terminal.variables();
        assert_eq!(names.map(|name| before.text(name)), ["green", "1", "1", "-", "/old:/own"], "{terminal}");
        terminal.run(&shell.export("TYPED", "2"));
        terminal.run(&shell.export("LIST", "/old:/own:/typed"));
        sandbox.manifest(manifest.replace(r#""COLOUR": "green""#, ""));
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let after = terminal.variables();
        let values = names.map(|name| after.text(name));
        assert_eq!(values, ["it's\nred", "-", "2", "there", "/own:/typed"], "{terminal}");
        let same = ["PATH", "DEVSHELL_HOST_PATH", "SHLVL"];
        assert_eq!(same.map(|name| before.text(name)), same.map(|name| after.text(name)), "{terminal}");
        assert_eq!(after.beginning_with("__"), [""; 0], "{terminal}");
    }
}

/// What isolation takes away, a later manifest may keep. A secret stays away: the shell does not even have it.
#[test]
fn what_isolation_took_away_can_be_kept_later() {
    let sandbox = shop();
    for shell in SHELLS {
        let pure = MANIFEST.replace(r#""name""#, r#""isolation": "pure", "name""#);
        sandbox.manifest(&pure);
        // More than fits into one variable.
        let long = "x".repeat(100 << 10);
        let caller = [("STRANGE", "a stranger"), ("API_TOKEN", "s3cret"), ("LONG_1", &long), ("LONG_2", &long)];
        let caller = caller.map(|(name, value)| (name, value.as_ref()));
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), &[], &caller);
        terminal.prompt();
        let names = ["STRANGE", "API_TOKEN"];
        let variables = terminal.variables();
        assert_eq!(names.map(|name| variables.text(name)), ["-", "-"], "{terminal}");
        #[cfg(target_os = "linux")]
        {
            let pid = terminal.run(shell.choose(["echo $$", "echo $$", "echo $fish_pid"]));
            let environment = fs_err::read(format!("/proc/{pid}/environ")).unwrap();
            let back = environment.split(|byte| *byte == 0).find_map(|pair| pair.strip_prefix(b"__DEVSHELL_BACK="));
            let back = URL_SAFE_NO_PAD.decode(back.unwrap()).unwrap();
            let [environment, back] = [environment, back].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            assert!(back.contains("a stranger") && !back.contains("s3cret"), "{back}");
            assert!(!environment.contains("s3cret"), "{environment}");
        }
        sandbox.manifest(pure.replace(r#""name""#, r#""keep": ["STRANGE", "API_TOKEN"], "name""#));
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let variables = terminal.variables();
        assert_eq!(names.map(|name| variables.text(name)), ["a stranger", "-"], "{terminal}");
    }
}

/// The program at the other end of an env file that is a pipe may write only once.
#[test]
fn a_pipe_is_read_once_for_a_reload() {
    let sandbox = shop_with(&Registry::new(), &MANIFEST.replace(r#""env""#, r#""env_files": [".env"], "env""#));
    let pipe = sandbox.project().join(".env");
    make_pipe(&pipe);
    for (shell, level) in everywhere() {
        let served = serve_once(&pipe, "TOKEN=one\n");
        let mut terminal = Terminal::enter(&sandbox, shell.name(), level);
        terminal.prompt();
        served.join().unwrap();
        // Nothing is entered, so nothing is read.
        assert!(terminal.run("devshell enter").starts_with("devshell: you are in the dev shell"), "{terminal}");
        let served = serve_once(&pipe, "TOKEN='two'\n");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        served.join().unwrap();
        let variables = terminal.variables();
        assert_eq!(variables.text("TOKEN"), "two", "{terminal}");
        assert_eq!(variables.beginning_with("__DEVSHELL"), [""; 0], "{terminal}");
        if shell.name() == "bash" {
            // Nothing is written any more.
            let said = terminal.run("devshell reload; echo status $?");
            assert!(said.contains("wrote nothing for 10 s") && said.ends_with("status 4"), "{terminal}");
            assert_eq!(terminal.variables().text("TOKEN"), "two", "{terminal}");
        }
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
    }
}

/// The user's `set -a` exports what a start file keeps for itself; devshell hands nothing of it on.
#[test]
fn what_was_read_of_a_pipe_is_for_no_child() {
    let sandbox = shop_with(&Registry::new(), &MANIFEST.replace(r#""env""#, r#""env_files": [".env"], "env""#));
    let pipe = sandbox.project().join(".env");
    make_pipe(&pipe);
    Dialect::Bash.write_rc(&sandbox, "export -p >~/shop/exported\nset -a");
    for level in LEVELS {
        let served = serve_once(&pipe, "TOKEN=one\n");
        let mut terminal = Terminal::enter(&sandbox, "bash", level);
        terminal.prompt();
        served.join().unwrap();
        let served = serve_once(&pipe, "TOKEN=two\n");
        terminal.send_line("devshell reload");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        served.join().unwrap();
        let exported = sandbox.read("exported");
        assert!(exported.contains("TOKEN=\"two\""), "{exported}");
        assert!(!exported.contains("PIPES") && !exported.contains("__devshell_"), "{exported}");
        sandbox.remove("exported");
    }
}

/// The inner dev shell starts from the outer one's caller, and so does a reload in it.
#[test]
fn a_nested_dev_shell_gives_back_what_is_outside() {
    let sandbox = shop();
    let inner = r#"{ "name": "inner", "env": { "COLOUR": "blue", "SHADE": "dark" } }"#;
    for shell in SHELLS {
        sandbox.write("inner/devshell.json", inner);
        sandbox.devshell(&["lock"]).directory("inner").run().success();
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), &[], &[("COLOUR", "red".as_ref())]);
        terminal.prompt();
        terminal.run("cd inner");
        terminal.send_line("devshell enter");
        assert_eq!(terminal.prompt(), "(inner) ready>", "{terminal}");
        let names = ["COLOUR", "SHADE", "DEVSHELL_NAME"];
        let variables = terminal.variables();
        assert_eq!(names.map(|name| variables.text(name)), ["blue", "dark", "inner"], "{terminal}");
        sandbox.write("inner/devshell.json", inner.replace(r#""COLOUR": "blue", "#, ""));
        for _ in 0..2 {
            terminal.send_line("devshell reload");
            assert_eq!(terminal.prompt(), "(inner) ready>", "{terminal}");
            let variables = terminal.variables();
            assert_eq!(names.map(|name| variables.text(name)), ["red", "dark", "inner"], "{terminal}");
        }
        terminal.send_line("exit");
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let variables = terminal.variables();
        assert_eq!(names.map(|name| variables.text(name)), ["green", "-", "shop"], "{terminal}");
    }
}

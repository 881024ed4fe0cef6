//! The user's own settings where no person types: the verbs about them, and all that must not see
//! them. What they do in a dev shell is in `terminal/personal.rs`.

use crate::support::{Package, Registry, Sandbox, package, tool, two_users};

fn hello(name: &str, version: &str) -> Package {
    let path = format!("{name}.js");
    package(name, version).bin(name, &path).file(&path, format!("echo {name} {version}"))
}

fn registry() -> Registry {
    Registry::with([vec![hello("mine", "1.0.0"), hello("other", "2.0.0")], tool("node", "22.3.0")].concat())
}

#[test]
fn ones_own_tools_are_added_moved_and_removed() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    let config = sandbox.config_directory();
    let file = |name: &str| sandbox.read(config.join(name));

    // No project is needed, nor a file of settings.
    let added = "devshell: + node 22.3.0\ndevshell:   node 22.3.0 is not published for aarch64-linux-musl, \
                 x86_64-linux-musl\ndevshell: + npm:mine 1.0.0\n";
    sandbox.run(&["-q", "add", "--personal", "npm:mine"]).success().stderr("");
    assert_eq!(file("config.json").replace([' ', '\n'], ""), r#"{"tools":{"npm:mine":"^1.0"}}"#);
    sandbox.remove(config.join("config.json"));
    sandbox.remove(config.join("config.lock"));
    sandbox.config("{\n  // mine\n  \"aliases\": { \"m\": \"mine\" }\n}\n");
    sandbox.run(&["add", "--personal", "npm:mine"]).success().stderr(added);
    assert!(file("config.json").starts_with("{\n  // mine\n  \"aliases\": { \"m\": \"mine\" },\n  \"tools\": {"));
    sandbox.run(&["lock", "--personal", "--check"]).success().stderr("");
    sandbox.run(&["list", "--personal"]).success().stdout("npm:mine  1.0.0  mine\n");

    registry.publish([hello("mine", "1.1.0")]);
    let outdated = sandbox.run(&["outdated", "--personal", "--json"]).success().json();
    assert_eq!((&outdated[0]["locked"], &outdated[0]["within"]), (&"1.0.0".into(), &"1.1.0".into()));
    sandbox.run(&["update", "--personal"]).success().stderr("devshell: ~ npm:mine 1.0.0 -> 1.1.0\n");
    registry.publish([hello("mine", "2.0.0")]);
    sandbox.config(
        file("config.json").replace("\n}", ",\n  \"projects\": { \"~/x\": { \"tools\": { \"npm:mine\": \"1\" } } }\n}"),
    );
    sandbox.run(&["update", "--personal", "--latest", "--quiet"]).success();
    sandbox.run(&["list", "--personal"]).success().stdout("npm:mine  2.0.0  mine  (not installed)\n");
    sandbox.run(&["install", "--personal", "-q"]).success();
    sandbox.run(&["list", "--personal"]).success().stdout("npm:mine  2.0.0  mine\n");
    assert!(file("config.json").contains(r#""~/x": { "tools": { "npm:mine": "2" } }"#), "{}", file("config.json"));

    sandbox.run(&["remove", "--personal", "npm:mine"]).success();
    sandbox.run(&["list", "--personal"]).success().stdout("");
    sandbox.run(&["add", "--personal", "-e", "x", "npm:mine"]).code(2);
    assert_eq!(fs_err::read_dir(sandbox.project()).unwrap().count(), 0, "nothing of it is the project's");
}

#[test]
fn mistakes_are_told_with_their_places() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.config("{\n  \"tools\": { \"npm:mine\": 1 },\n  \"aliases\": { \"a b\": \"c\" }\n}\n");
    let before = sandbox.read(sandbox.config_directory().join("config.json"));
    let said = sandbox.run(&["add", "--personal", "npm:other"]);
    said.code(4).stderr_contains("config.json:2:26").stderr_contains("config.json:3:16");
    said.stderr_contains("help: write \"1\"").stderr_contains("devshell: 2 mistakes in config.json\n");
    assert_eq!(sandbox.read(sandbox.config_directory().join("config.json")), before);

    sandbox.config(r#"{ "tools": { "riprgep": "*" } }"#);
    sandbox.run(&["lock", "--personal"]).code(4).stderr_contains("did you mean `ripgrep`?");
    sandbox.config(r#"{ "tools": { "npm:mine": "1" } }"#);
    sandbox
        .run(&["list", "--personal"])
        .code(3)
        .stderr("devshell: config.lock is missing: it lacks npm:mine 1\nhint: type `devshell lock --personal`\n");
    sandbox.write(sandbox.config_directory().join("config.lock"), "<<<<<<< a\n");
    let hint =
        "hint: resolve config.json first if it has conflicts too, then `devshell lock --personal` merges both sides\n";
    sandbox.run(&["list", "--personal"]).code(4).stderr_contains(hint);
    sandbox.remove(sandbox.config_directory().join("config.lock"));
    // Two of one's own with one command are found when the second is added.
    registry.publish([package("double", "1.0.0").bin("mine", "x.js").file("x.js", "echo double")]);
    let outcome = sandbox.run(&["add", "--personal", "npm:double"]);
    outcome
        .code(4)
        .stderr_contains("both provide the command `mine`")
        .stderr_contains("`devshell remove --personal npm:mine`");
    assert!(!sandbox.read(sandbox.config_directory().join("config.json")).contains("double"));
}

/// What is not a person at a prompt neither sees the settings nor reads them.
#[test]
fn nothing_but_an_interactive_shell_has_any_of_it() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "name": "shop", "tools": { "npm:other": "2" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    let lock = sandbox.read("devshell.lock");
    sandbox.config(r#"{ "tools": { "npm:mine": "1" }, "env": { "MINE": "1" }, "aliases": { "m": "mine" } }"#);
    sandbox.run(&["lock", "--personal"]).success();
    let environment = sandbox.run(&["env", "--explain"]).success().text();
    let check = || {
        sandbox.run(&["run", "other"]).success().stdout("other 2.0.0\n").stderr("");
        sandbox.run(&["run", "mine"]).code(127);
        sandbox.run(&["enter", "--", "sh", "-c", "echo ${MINE-none}"]).success().stdout("none\n").stderr("");
        let script = "mine 2>/dev/null || echo ${MINE-none}; alias";
        sandbox.devshell(&["enter", "--shell", "bash"]).stdin(script).run().success().stdout("none\n").stderr("");
        sandbox.run(&["env", "--explain"]).success().stdout(&environment).stderr("");
        sandbox.run(&["which", "mine"]).code(1);
        sandbox.run(&["list"]).success().stdout("npm:other  2.0.0  other\n");
        sandbox.run(&["lock", "--check"]).success();
    };
    check();
    let file = sandbox.config("{ nonsense");
    check();
    // Whoever opened this one would wait for ever.
    sandbox.remove(&file);
    sandbox.program(which::which("mkfifo").unwrap(), &[file.to_str().unwrap()]).run().success();
    check();
    assert_eq!(sandbox.read("devshell.lock"), lock);
    assert!(!lock.contains("mine"));
}

/// What only a person sees is no reason not to fetch; what says whom to ask is one.
#[test]
fn a_mistake_of_taste_keeps_nobody_from_fetching() {
    let (registry, users) = (registry(), registry());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:other": "2" } }"#);
    let settings = format!(r#"{{ "registries": {{ "npm": "{}" }}, "aliases": {{ "a b": 1 }} }}"#, users.url());
    sandbox.config(&settings);
    sandbox.run(&["lock"]).success().stderr_lacks("alias");
    sandbox.run(&["install"]).success();
    assert!(registry.requests().is_empty() && !users.requests().is_empty());
    sandbox.remove("devshell.lock");
    sandbox.remove(sandbox.home().join(".cache"));
    sandbox.config(settings.replace("registries", "registry"));
    sandbox
        .run(&["lock"])
        .code(5)
        .stderr_contains("unknown key `registry`")
        .stderr_contains("did you mean `registries`?");
    assert!(registry.requests().is_empty(), "nobody is asked in its place");
}

#[test]
fn the_doctor_knows_the_settings() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    let finding = || {
        let outcome = sandbox.run(&["doctor", "--offline", "--json"]).json();
        let checks = outcome["checks"].as_array().unwrap().clone();
        let own = checks.iter().find(|check| check["check"] == "your settings");
        own.map(|check| ["state", "text", "hint"].map(|key| check[key].as_str().unwrap_or("-").to_owned()))
    };
    assert_eq!(finding(), None, "where there are none, there is nothing to say");
    let expect = |state: &str, text: &str, hint: &str| {
        let file = sandbox.config_directory().join("config.json");
        assert_eq!(finding(), Some([state.to_owned(), format!("{}{text}", file.display()), hint.to_owned()]));
    };
    sandbox.config(r#"{ "aliases": { "a": "b" } }"#);
    expect("good", ": 1 alias", "-");
    sandbox.config(
        r#"{ "tools": { "npm:mine": "1" }, "env": { "A": "1", "B": "2" }, "wrap": { "vi": {} },
        "projects": { "~/x": { "tools": { "npm:other": "2" } } } }"#,
    );
    expect("fault", ": config.lock does not have its tools", "type `devshell lock --personal`");
    sandbox.run(&["lock", "--personal"]).success();
    expect("good", ": 2 tools, 2 variables, 1 wrapped command", "-");
    sandbox.config("{");
    expect("fault", " has 1 mistake", "`devshell list --personal` shows them");
}

/// A link into a directory of dotfiles that has no such file yet.
#[test]
fn a_lock_that_is_a_link_is_written_where_it_leads() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.config("{}");
    let dotfiles = sandbox.home().join("dotfiles");
    fs_err::create_dir(&dotfiles).unwrap();
    let link = sandbox.config_directory().join("config.lock");
    fs_err::os::unix::fs::symlink("../../dotfiles/config.lock", &link).unwrap();
    sandbox.run(&["add", "--personal", "npm:mine"]).success();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(sandbox.read(dotfiles.join("config.lock")).contains("npm:mine"));
    sandbox.run(&["lock", "--personal", "--check"]).success();
}

/// Settings from a store of the system's, which is read-only.
#[test]
fn settings_in_a_sealed_directory_have_their_lock_in_the_state() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    let Some([alice, _]) = two_users(&sandbox, "settings_in_a_sealed_directory_have_their_lock_in_the_state") else {
        return;
    };
    sandbox.write(alice.home.join(".config/devshell/config.json"), r#"{ "tools": { "npm:mine": "1" } }"#);
    let script = "cd && \"$0\" lock --personal && \"$0\" lock --personal --check && \"$0\" list --personal";
    alice.sh("022", script).run().success().stdout_contains("npm:mine  1.0.0");
    assert!(alice.home.join(".local/state/devshell/config.lock").is_file());
}

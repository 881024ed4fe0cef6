//! Odd surroundings: other directories, no PATH or a bad one, and what is typed without knowing.

use crate::support::{Registry, Sandbox, tool, tree};

fn sandbox(registry: &Registry) -> Sandbox {
    registry.publish(tool("esbuild", "0.28.1"));
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "esbuild": "*" } }"#);
    sandbox.run(&["lock"]).success();
    // The metadata is kept where it belongs, which is not what these tests are about.
    sandbox.remove(sandbox.home().join(".cache"));
    sandbox
}

#[test]
fn all_of_devshells_files_can_be_put_elsewhere() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let before = tree(sandbox.home());
    let place = sandbox.root().join("elsewhere");
    sandbox.devshell(&["run", "esbuild"]).env("DEVSHELL_HOME", &place).run().success();
    let run = sandbox.devshell(&["enter", "--shell", "bash"]).stdin("test -d \"$DEVSHELL_STATE\"\n");
    run.env("DEVSHELL_HOME", &place).run().success();
    assert_eq!(tree(sandbox.home()), before);
    for below in ["data/objects-1", "data/links-1", "cache", "state"] {
        assert!(place.join(below).is_dir(), "{below}");
    }
}

#[test]
fn the_desktops_directories_are_honoured() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let before = tree(sandbox.home());
    let names = ["DATA", "CACHE", "STATE"];
    let places = names.map(|name| (format!("XDG_{name}_HOME"), sandbox.root().join("xdg").join(name)));
    sandbox.devshell(&["run", "esbuild"]).envs(places).run().success();
    if cfg!(target_os = "linux") {
        assert_eq!(tree(sandbox.home()), before);
        assert!(names.iter().all(|name| sandbox.root().join("xdg").join(name).join("devshell").is_dir()));
    }
}

#[test]
fn a_path_that_would_break_scripts_is_refused() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    for (place, named) in [("a b", "[ROOT]/a b/data"), ("tab\there", "[ROOT]/tab\there/data")] {
        let run = sandbox.devshell(&["run", "esbuild"]).env("DEVSHELL_HOME", sandbox.root().join(place));
        run.run().code(125).stdout("").stderr(&format!(
            "devshell: devshell's files would lie in `{named}`, and a path with white space breaks scripts\n\
             hint: set DEVSHELL_HOME to an absolute path without white space\n"
        ));
    }
    // A relative one would mean another place for each who stands elsewhere.
    let relative = sandbox.devshell(&["run", "esbuild"]).env("DEVSHELL_HOME", "relative");
    relative.run().code(125).stderr_contains("hint: set DEVSHELL_HOME to an absolute path without white space\n");
    assert!(!sandbox.project().join("relative").exists());
}

#[test]
fn a_project_may_lie_anywhere() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let odd = sandbox.home().join("it's a $(shop) \u{fc} \n");
    for name in ["devshell.json", "devshell.lock"] {
        sandbox.write(odd.join(name), sandbox.read(name));
    }
    let run = sandbox.devshell(&["run", "--", "sh", "-c", "esbuild && test \"$DEVSHELL_ROOT\" = \"$PWD\""]);
    run.directory(&odd).run().success();
    for shell in ["bash", "zsh", "fish"] {
        let run = sandbox.devshell(&["enter", "--shell", shell]).directory(&odd);
        run.stdin("test \"$DEVSHELL_ROOT\" = \"$PWD\"\n").run().success();
    }
}

#[test]
fn without_path_the_systems_own_is_meant() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.devshell(&["run", "--", "sh", "-c", "echo here | cat"]).env_remove("PATH").run().success().stdout("here\n");
}

#[test]
fn relative_entries_of_the_hosts_path_are_not_trusted() {
    let registry = Registry::new();
    let mut sandbox = sandbox(&registry);
    sandbox.write_executable("bin/factor", "#!/bin/sh\necho not from here\n");
    let mut path = std::ffi::OsString::from("bin::./bin:");
    path.push(sandbox.path());
    sandbox.set_path(path);
    sandbox.run(&["run", "--", "factor", "4"]).success().stdout("4: 2 2\n");
    sandbox.manifest(r#"{ "tools": { "host:factor": "*" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "factor", "4"]).success().stdout("4: 2 2\n");
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let sandbox = Sandbox::new();
    let before = tree(sandbox.root());
    for arguments in [&[][..], &["frobnicate"], &["lock", "--frobnicate"], &["init", "a", "b"]] {
        sandbox.run(arguments).code(2).stdout("").stderr_contains("Usage: devshell");
    }
    for arguments in [&["--help"][..], &["-h"], &["run", "--help"], &["help"]] {
        sandbox.run(arguments).success().stderr("").stdout_contains("Usage: devshell");
    }
    sandbox.run(&["--version"]).success().stdout(&format!("devshell {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(tree(sandbox.root()), before);
}

//! Odd surroundings: other directories, no PATH or a bad one, and what is typed without knowing.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::{DEVSHELL, Registry, Sandbox, tool, tree};

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
            "devshell: devshell's files would be in `{named}`, and a path with white space breaks scripts\n\
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

#[test]
fn a_path_that_is_not_unicode_is_a_path() {
    if !cfg!(target_os = "linux") {
        // macOS refuses such a name itself.
        return;
    }
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let odd = sandbox.home().join(OsStr::from_bytes(b"caf\xe9 \xff"));
    for name in ["devshell.json", "devshell.lock"] {
        sandbox.write(odd.join(name), sandbox.read(name));
    }
    let script = "esbuild && test \"$DEVSHELL_ROOT\" = \"$PWD\" && test -d \"$DEVSHELL_STATE\"";
    sandbox.devshell(&["run", "--", "sh", "-c", script]).directory(&odd).run().success();
    for shell in ["bash", "zsh", "fish"] {
        let run = sandbox.devshell(&["enter", "--shell", shell]).directory(&odd);
        run.stdin("test \"$DEVSHELL_ROOT\" = \"$PWD\"\n").run().success();
    }
    for verb in [&["list"][..], &["env", "--json"], &["lock"], &["add", "esbuild@0.28"], &["remove", "esbuild"]] {
        sandbox.devshell(verb).directory(&odd).run().success();
    }
    sandbox.write(odd.join("devshell.json"), "{");
    sandbox.devshell(&["list"]).directory(&odd).run().code(4).stderr_contains("devshell.json:1:1\n");
}

#[test]
fn values_may_be_as_long_as_the_system_lets_them_be() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let long = "$x '\"\n\\".repeat(12_500);
    let told = serde_json::to_string(&long.replace('$', "$$")).unwrap();
    sandbox.manifest(format!(r#"{{ "env": {{ "LONG": {told} }}, "scripts": {{ "show": "printf %s \"$LONG\"" }} }}"#));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "show"]).success().stdout(&long);
    for shell in ["bash", "zsh", "fish"] {
        sandbox.devshell(&["enter", "--shell", shell]).stdin("printf %s \"$LONG\"").run().success().stdout(&long);
    }
    // Linux takes no single variable of more than 128 KiB, and no system 10 MB of them.
    let much = "x".repeat(100_000);
    let others: String = (0..99).map(|index| format!(r#", "V{index}": "${{LONG}}""#)).collect();
    sandbox.manifest(format!(r#"{{ "env": {{ "LONG": "{much}"{others} }} }}"#));
    for verb in [&["run", "true"][..], &["enter", "--", "true"]] {
        let outcome = sandbox.run(verb);
        outcome
            .code(126)
            .stderr_contains("devshell: the script has more arguments or variables than the system takes\n");
    }
}

#[test]
fn without_the_usual_variables_it_goes_on_or_says_what_it_lacks() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    sandbox.run(&["install"]).success();
    for name in ["SHELL", "TERM", "PATH", "TMPDIR"] {
        sandbox.devshell(&["run", "esbuild"]).env_remove(name).run().success();
        sandbox.devshell(&["enter", "--shell", "/bin/sh"]).env_remove(name).stdin("esbuild\n").run().success();
        sandbox.devshell(&["list"]).env_remove(name).run().success();
    }
    // Without HOME it is the one of the user database, as for the shell; with everything put
    // elsewhere, none is needed.
    let elsewhere = sandbox.root().join("elsewhere");
    let bare = || {
        ["HOME", "SHELL", "TERM", "PATH", "TMPDIR"].iter().fold(sandbox.devshell(&[]), |run, name| run.env_remove(name))
    };
    let url = registry.url();
    bare().args(&["run", "esbuild"]).env("DEVSHELL_HOME", elsewhere).env("NPM_CONFIG_REGISTRY", url).run().success();
    // A home that is no path is none.
    for home in ["", "relative"] {
        sandbox.devshell(&["lock", "--check"]).env("HOME", home).run().code(0);
    }
}

#[test]
fn a_directory_that_was_deleted_is_said() {
    let sandbox = Sandbox::new();
    let line = "mkdir gone && cd gone && rm -r ../gone && exec \"$0\" \"$@\"";
    let gone = |verb: &[&str]| sandbox.program("sh", &["-c", line, DEVSHELL]).args(verb).run();
    for verb in [&["run", "true"][..], &["list"], &["lock"], &["enter", "--", "true"]] {
        gone(verb).code(125).stdout("").stderr(
            "devshell: the current directory cannot be read\n  because No such file or directory (os error 2)\n\
             hint: it may have been deleted; `cd` to one that exists\n",
        );
    }
    // Who names another directory does not need this one.
    sandbox.manifest("{}");
    gone(&["-C", sandbox.project().to_str().unwrap(), "run", "true"]).success();
}

#[test]
fn no_clock_matters() {
    let registry = Registry::new();
    let sandbox = sandbox(&registry);
    let all = [sandbox.project(), sandbox.home(), &sandbox.project().join("devshell.json")];
    // Before the epoch, at it, and in a future that no 32 bits can count.
    for date in ["190101020304", "197001010000", "260001020304"] {
        for verb in [&["run", "esbuild"][..], &["install"], &["lock", "--check"]] {
            sandbox.run(verb).success();
            for path in all.iter().map(|path| path.to_path_buf()).chain([sandbox.data(), sandbox.home().join(".cache")])
            {
                let find = format!("find '{}' -exec touch -h -t {date} {{}} +", path.display());
                sandbox.program("sh", &["-c", &find]).run().success();
            }
            sandbox.run(verb).success();
        }
    }
}

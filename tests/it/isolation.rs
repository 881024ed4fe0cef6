//! What of the host reaches the dev shell, level by level.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use devshell::env::policy::BASE_UTILITIES;

use crate::support::{Invocation, Registry, Sandbox, package, tool};

const LEVELS: [&str; 4] = ["none", "path", "pure", "sandbox"];

fn sandbox(manifest: &str) -> Sandbox {
    let registry = Registry::with(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(manifest);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox
}

/// The values of some variables at a level, as a process there sees them; `-` where there is none.
fn seen(run: Invocation, names: &[&str]) -> Vec<String> {
    let outcome = run.arg("--").arg("env").arg("-0").run();
    outcome.success();
    let text = outcome.text();
    let variables: Vec<(&str, &str)> = text.split('\0').filter_map(|line| line.split_once('=')).collect();
    let value = |name: &&str| variables.iter().find(|(other, _)| other == name).map_or("-", |(_, value)| value);
    names.iter().map(value).map(str::to_owned).collect()
}

#[test]
fn the_callers_variables_cross_at_path_and_few_of_them_at_pure() {
    let sandbox = sandbox(r#"{ "tools": { "node": "22" }, "keep": ["AWS_*", "EXACT"] }"#);
    let names = ["RUST_LOG", "SSH_AUTH_SOCK", "LC_ALL", "HTTPS_PROXY", "AWS_PROFILE", "EXACT", "EXACTLY", "HOME"];
    for (level, expected) in [
        ("none", ["1", "2", "3", "4", "5", "6", "7", "[HOME]"]),
        ("path", ["1", "2", "3", "4", "5", "6", "7", "[HOME]"]),
        ("pure", ["-", "2", "3", "4", "5", "6", "-", "[HOME]"]),
    ] {
        let run = sandbox.devshell(&["run", "--isolation", level]);
        let run = run.envs(names[..7].iter().zip(["1", "2", "3", "4", "5", "6", "7"]));
        assert_eq!(seen(run, &names), expected, "{level}");
    }
}

#[test]
fn what_bends_tools_crosses_at_no_level() {
    let sandbox = sandbox(r#"{ "tools": { "node": "22" } }"#);
    let names = [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "BASH_ENV",
        "ENV",
        "BASH_FUNC_ls%%",
        "NODE_OPTIONS",
        "NODE_PATH",
    ];
    for level in LEVELS {
        let run = sandbox.devshell(&["run", "--isolation", level]);
        let run = run.envs(names.map(|name| (name, "() { echo bent; }")));
        assert_eq!(seen(run, &names), ["-"; 8], "{level}");
        // As bash sees it.
        let run = sandbox.devshell(&["run", "--isolation", level, "--", "bash", "-c", "true; printf x"]);
        run.env("BASH_FUNC_printf%%", "() { echo bent; }").run().success().stdout("x");
    }
}

#[test]
fn variables_that_bend_a_tool_nobody_asked_for_are_left_alone() {
    let sandbox = sandbox("{}");
    let run = sandbox.devshell(&["run"]).env("NODE_OPTIONS", "--trace-warnings");
    assert_eq!(seen(run, &["NODE_OPTIONS"]), ["--trace-warnings"]);
}

#[test]
fn keep_lets_through_what_it_names_and_no_more() {
    let names = ["NODE_OPTIONS", "NODE_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD"];
    for (keep, expected) in [
        (r#""NODE_OPTIONS", "LD_*""#, ["1", "-", "3", "4"]),
        (r#""NODE_*", "LD_PRELOAD""#, ["1", "2", "-", "4"]),
        ("", ["-"; 4]),
    ] {
        let sandbox = sandbox(&format!(r#"{{ "tools": {{ "node": "22" }}, "keep": [{keep}] }}"#));
        for level in LEVELS {
            let run = sandbox.devshell(&["run", "--isolation", level]);
            let run = run.envs(names.iter().zip(["1", "2", "3", "4"]));
            assert_eq!(seen(run, &names), expected, "{keep} at {level}");
        }
    }
}

#[test]
fn path_holds_the_pinned_tools_and_the_base_utilities_and_nothing_else() {
    let sandbox = sandbox(r#"{ "tools": { "node": "22" } }"#);
    let links = "[HOME]/.local/share/devshell/links-1/[KEY]/bin";
    for (level, expected) in [
        ("none", format!("{links}:{links}:[HOST_PATH]")),
        ("path", [links; 3].join(":")),
        ("pure", [links; 3].join(":")),
    ] {
        let run = sandbox.devshell(&["run", "--isolation", level]);
        assert_eq!(seen(run, &["PATH", "DEVSHELL_HOST_PATH"]), [expected, "[HOST_PATH]".to_owned()], "{level}");
    }
}

#[test]
fn every_base_utility_the_host_has_is_there() {
    let sandbox = Sandbox::new().on_whole_host();
    sandbox.manifest("{}");
    let listed = BASE_UTILITIES.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let expected: Vec<&str> =
        listed.filter(|command| which::which_in(command, Some(sandbox.path()), "/").is_ok()).collect();
    assert!(expected.len() > 40, "{expected:?}");
    let outcome = sandbox.run(&["run", "--", "sh", "-c", "ls \"${PATH##*:}\""]);
    outcome.success();
    let text = outcome.text();
    let found: Vec<&str> = text.lines().collect();
    let missing: Vec<&&str> = expected.iter().filter(|command| !found.contains(command)).collect();
    assert!(missing.is_empty() && found.len() == expected.len(), "{missing:?} missing from {outcome}");
}

#[test]
fn the_hosts_compilers_and_interpreters_are_not_found_by_accident() {
    let mut sandbox = sandbox(r#"{ "tools": { "node": "22" } }"#);
    let host = sandbox.host_directory("hostbin");
    for command in ["python3", "gcc", "node", "hosttool"] {
        sandbox.write_executable(host.join(command), "#!/bin/sh\necho the host\n");
    }
    for (level, command, expected) in [
        ("none", "python3", Some("the host\n")),
        ("none", "hosttool", Some("the host\n")),
        ("none", "node", Some("v22.3.0\n")),
        ("path", "python3", None),
        ("path", "gcc", None),
        ("path", "hosttool", None),
        ("path", "node", Some("v22.3.0\n")),
        ("pure", "gcc", None),
        ("pure", "node", Some("v22.3.0\n")),
    ] {
        let outcome = sandbox.run(&["run", "--isolation", level, "--", command, "--version"]);
        match expected {
            Some(text) => outcome.success().stdout(text),
            None => outcome.code(127).stdout(""),
        };
        // A child of a shell finds no more than the shell does.
        let script = format!("command -v {command} >/dev/null && echo found || echo missing");
        let expected = if expected.is_some() { "found\n" } else { "missing\n" };
        sandbox.run(&["run", "--isolation", level, "--", "sh", "-c", &script]).success().stdout(expected);
    }
}

#[test]
fn the_manifests_level_holds_unless_the_caller_says_otherwise() {
    for level in LEVELS {
        let sandbox = sandbox(&format!(r#"{{ "isolation": "{level}" }}"#));
        let has = |arguments: &[&str]| seen(sandbox.devshell(arguments).env("RUST_LOG", "1"), &["RUST_LOG"])[0] == "1";
        assert_eq!(has(&["run"]), ["none", "path"].contains(&level), "{level}");
        assert!(has(&["run", "--isolation", "path"]));
        assert!(!has(&["run", "--isolation", "pure"]));
    }
}

#[test]
fn bytes_that_are_not_unicode_survive() {
    let sandbox = sandbox("{}");
    let odd = OsStr::from_bytes(b"\xff=\xfe\n\"'$x");
    for level in ["none", "path"] {
        let run = sandbox.devshell(&["run", "--isolation", level, "--", "sh", "-c", "printf %s \"$ODD\""]);
        let outcome = run.env("ODD", odd).run();
        outcome.success();
        assert_eq!(outcome.bytes(), odd.as_bytes(), "{level}");
    }
    let run = sandbox.devshell(&["run", "--", "printf", "%s"]).arg(odd).run();
    run.success();
    assert_eq!(run.bytes(), odd.as_bytes());
}

#[test]
fn a_nested_run_has_the_same_environment() {
    for level in LEVELS {
        let sandbox = sandbox(&format!(
            r#"{{ "isolation": "{level}", "tools": {{ "node": "22" }}, "env": {{
                "SET": "${{DEVSHELL_ROOT}}", "BEFORE": {{ "prepend": "x" }}, "BEHIND": {{ "append": "y" }} }},
                "environments": {{ "more": {{ "env": {{
                    "BEFORE": {{ "prepend": "x2" }}, "BEHIND": {{ "append": "y2" }} }} }} }} }}"#
        ));
        let all = |arguments: &[&str]| {
            let outcome = sandbox.devshell(arguments).env("BEFORE", "mine").env("BEHIND", "mine").run();
            outcome.success();
            outcome.text().split('\0').map(str::to_owned).collect::<Vec<_>>()
        };
        let once = all(&["run", "--", "env", "-0"]);
        assert_eq!(all(&["run", "--", "devshell", "run", "--", "env", "-0"]), once, "{level}");
        let thrice = ["run", "--", "devshell", "run", "--", "devshell", "enter", "--", "env", "-0"];
        assert_eq!(all(&thrice), once, "{level}");
        // Two layers that extend one variable.
        let once = all(&["run", "-e", "more", "--", "env", "-0"]);
        assert_eq!(
            all(&["run", "-e", "more", "--", "devshell", "run", "-e", "more", "--", "env", "-0"]),
            once,
            "{level}"
        );
    }
}

#[test]
fn a_run_from_another_projects_shell_has_its_own_environment() {
    let registry = Registry::with(tool("node", "22.3.0"));
    registry.publish([package("frob", "1.0.0").bin("frob", "frob.js").file("frob.js", "echo frob")]);
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:frob": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "frob"]).success().stdout("frob\n");
    sandbox.write("../other/devshell.json", r#"{ "name": "other", "isolation": "none" }"#);
    let inner = "cd ../other && devshell run -- sh -c 'command -v frob; echo \"$DEVSHELL_NAME $PATH\"'";
    let links = "[HOME]/.local/share/devshell/links-1/[KEY]/bin";
    sandbox.run(&["run", "--", "sh", "-c", inner]).success().stdout(&format!("other {links}:[HOST_PATH]\n"));
}

//! Tools of the host: asserted, let in one by one, and looked at again when they change.

use crate::support::Sandbox;

/// A sandbox whose host has `frob` 2.4.1, and a manifest that asks for it.
fn sandbox(requirement: &str) -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.host_directory("hostbin");
    install(&sandbox, "frob", "echo \"frob (GNU) 2.4.1, built today\"");
    ask(&sandbox, requirement);
    sandbox
}

/// Asks for `frob` on the manifest's third line.
fn ask(sandbox: &Sandbox, requirement: &str) {
    sandbox.manifest(format!("{{\n  \"tools\": {{\n    \"host:frob\": \"{requirement}\"\n  }}\n}}\n"));
    sandbox.run(&["-q", "lock"]).success();
}

fn install(sandbox: &Sandbox, command: &str, script: &str) {
    sandbox.write_executable(sandbox.root().join("hostbin").join(command), &format!("#!/bin/sh\n{script}\n"));
}

#[test]
fn the_version_is_asserted() {
    let sandbox = sandbox("*");
    for requirement in ["*", "2", "2.4", ">=2.4,<3", "^2.1", "~2.4", "=2.4.1"] {
        ask(&sandbox, requirement);
        sandbox.run(&["run", "frob"]).success().stdout("frob (GNU) 2.4.1, built today\n").stderr("");
    }
    let update = "update `frob` on this machine, or ";
    for (requirement, update) in [("3", update), (">=2.5", update), ("<2.4", ""), ("=2.4.0", "")] {
        ask(&sandbox, requirement);
        let refusal = format!(
            "devshell: the host's `frob` is 2.4.1, and line 3 of the manifest wants {requirement}\n\
             hint: {update}relax the requirement\n"
        );
        sandbox.run(&["run", "true"]).code(125).stdout("").stderr(&refusal);
        sandbox.run(&["env"]).code(5).stderr(&refusal);
    }
}

#[test]
fn what_is_missing_or_silent_is_named() {
    let sandbox = sandbox(">=2");
    install(&sandbox, "frob", "echo hello");
    sandbox.run(&["run", "true"]).code(125).stderr(
        "devshell: `[ROOT]/hostbin/frob` did not print its version\n\
         hint: type `[ROOT]/hostbin/frob --version` to see; `*` accepts any version\n",
    );
    // It may also say its version on standard error, or with a failure.
    install(&sandbox, "frob", "echo frob 2.5 >&2; exit 1");
    sandbox.run(&["run", "true"]).success();
    sandbox.remove(sandbox.root().join("hostbin/frob"));
    sandbox.run(&["run", "true"]).code(125).stderr(
        "devshell: the host has no `frob`, which line 3 of the manifest asks for\n\
         hint: install `frob` on this machine, or take the tool out of the manifest\n",
    );
}

#[test]
fn every_entry_asserts_what_the_host_has_by_then() {
    let sandbox = sandbox(">=2,<3");
    for (version, code) in [("2.4", 0), ("3.0", 125), ("2.9", 0), ("1.0", 125)] {
        install(&sandbox, "frob", &format!("echo {version}"));
        sandbox.run(&["run", "frob"]).code(code).stdout(&if code == 0 {
            format!("{version}\n")
        } else {
            String::new()
        });
    }
}

#[test]
fn a_tool_behind_a_link_is_looked_at_too() {
    let sandbox = sandbox("*");
    let real = sandbox.write_executable(sandbox.root().join("opt/frob-2"), "#!/bin/sh\necho 2.0\n");
    let link = sandbox.root().join("hostbin/frob");
    sandbox.remove(&link);
    fs_err::os::unix::fs::symlink(&real, &link).unwrap();
    sandbox.manifest(r#"{ "tools": { "host:frob": "2" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "frob"]).success();
    sandbox.write_executable(&real, "#!/bin/sh\necho 3.0\n");
    sandbox.run(&["run", "frob"]).code(125);
}

#[test]
fn companions_come_along_and_nothing_else_does() {
    let sandbox = sandbox("*");
    install(
        &sandbox,
        "git",
        "[ \"$1\" = --version ] && echo git version 2.40.0; [ \"$1\" = lfs ] && exec git-lfs; true",
    );
    install(&sandbox, "git-lfs", "echo lfs");
    install(&sandbox, "git-other", "echo other");
    sandbox.manifest(r#"{ "tools": { "git": ">=2" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "git", "lfs"]).success().stdout("lfs\n");
    sandbox.run(&["run", "git-other"]).code(127);
    sandbox.run(&["run", "frob"]).code(127);
    // A pinned tool is not hidden by another one's companion.
    install(&sandbox, "less", "echo 9.9 of the host");
    install(&sandbox, "ssh", "echo ssh 1.0");
    sandbox.manifest(r#"{ "tools": { "git": ">=2", "ssh": "1" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "ssh"]).success().stdout("ssh 1.0\n");
}

#[test]
fn a_companion_that_changes_or_comes_later_is_noticed() {
    let sandbox = sandbox("*");
    install(&sandbox, "git", "echo git version 2.40.0");
    sandbox.manifest(r#"{ "tools": { "git": ">=2" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "git"]).success();
    install(&sandbox, "git-lfs", "echo lfs");
    sandbox.run(&["run", "git-lfs"]).success().stdout("lfs\n");
}

#[test]
fn a_new_command_on_the_hosts_path_is_noticed() {
    let sandbox = sandbox("*");
    // One of the base utilities that the host lacks, or has further behind.
    sandbox.manifest("{}");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "factor", "4"]).success();
    install(&sandbox, "factor", "echo the new one");
    sandbox.run(&["run", "--", "factor", "4"]).success().stdout("the new one\n");
    sandbox.remove(sandbox.root().join("hostbin/factor"));
    sandbox.run(&["run", "--", "factor", "4"]).success().stdout("4: 2 2\n");
}

#[test]
fn a_shim_of_a_version_manager_is_looked_behind() {
    let sandbox = sandbox("*");
    let real = "echo \"Python 3.12.1 at $0\"";
    let real =
        sandbox.write_executable(sandbox.root().join("versions/3.12/bin/python3"), &format!("#!/bin/sh\n{real}\n"));
    let shim = format!("[ \"$1\" = -I ] && echo '{0}' && exit\nexec '{0}' \"$@\"", real.display());
    install(&sandbox, "python3", &shim);
    install(&sandbox, "python", "echo Python 2.7.18");
    sandbox.manifest(r#"{ "tools": { "host:python": ">=3.10" } }"#);
    sandbox.run(&["lock"]).success();
    for command in ["python3", "python"] {
        sandbox
            .run(&["run", "--", "sh", "-c", &format!("readlink \"$(command -v {command})\"")])
            .success()
            .stdout("[ROOT]/versions/3.12/bin/python3\n");
    }
}

#[test]
fn a_directory_of_the_hosts_path_that_comes_later_is_noticed() {
    let mut sandbox = sandbox("*");
    let later = sandbox.host_directory("later");
    sandbox.remove(&later);
    sandbox.run(&["run", "frob"]).success().stdout("frob (GNU) 2.4.1, built today\n");
    sandbox.write_executable(later.join("frob"), "#!/bin/sh\necho frob 3.0\n");
    sandbox.run(&["run", "frob"]).success().stdout("frob 3.0\n");
    // In front of the others on PATH it comes first, and gone it is not missed.
    sandbox.remove(&later);
    sandbox.run(&["run", "frob"]).success().stdout("frob (GNU) 2.4.1, built today\n");
}

#[test]
fn the_probe_runs_without_what_bends_the_tool() {
    let sandbox = sandbox("*");
    install(&sandbox, "perl", "[ -n \"$PERL5OPT\" ] && exit 1; echo \"This is perl 5 (v5.36.0) in $PWD\"");
    sandbox.manifest(r#"{ "tools": { "perl": ">=5.30" } }"#);
    sandbox.run(&["lock"]).success();
    let run = sandbox.devshell(&["run", "perl"]).env("PERL5OPT", "-Mlib=/nowhere");
    run.run().success().stdout("This is perl 5 (v5.36.0) in [PROJECT]\n");
}

#[test]
fn two_providers_of_one_command_are_settled_by_the_manifest() {
    let sandbox = sandbox("*");
    install(&sandbox, "make", "echo GNU Make 4.3");
    for (tools, expected) in [
        (
            r#""make": "4", "host:make": "4""#,
            Some(
                "devshell: `make` (line 1) and `host:make` (line 1) both provide the command `make`\n\
                 hint: take one out, such as with `devshell remove make`, or say which commands you want: \
                 \"host:make\": { \"version\": …, \"commands\": [ … ] }\n",
            ),
        ),
        (r#""make": "4", "host:make": { "version": "4", "commands": [] }"#, None),
        (
            r#""make": { "version": "4", "commands": ["gmake"] }"#,
            Some("devshell: `make` has no command `gmake`, which line 1 of the manifest names\nhint: it has `make`\n"),
        ),
    ] {
        sandbox.manifest(format!(r#"{{ "tools": {{ {tools} }} }}"#));
        sandbox.run(&["lock"]).success();
        match expected {
            Some(expected) => sandbox.run(&["run", "make"]).code(125).stderr(expected),
            None => sandbox.run(&["run", "make"]).success().stdout("GNU Make 4.3\n"),
        };
    }
}

#[test]
fn the_hosts_path_is_the_callers_also_from_inside() {
    let sandbox = sandbox("2");
    sandbox.run(&["run", "--", "devshell", "run", "frob"]).success().stdout("frob (GNU) 2.4.1, built today\n");
}

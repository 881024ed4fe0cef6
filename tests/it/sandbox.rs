//! Isolation `sandbox`: what commands inside the wall see of the host, and what they can do to it. The wall by itself is
//! tested in crates/wall.
#![cfg(target_os = "linux")]

use std::path::Path;

use crate::support::{Invocation, Registry, Sandbox, tool, two_users};

/// A locked project with a tool, a secret in the home directory, and a repository.
pub fn shop(sandbox_keys: &str) -> Sandbox {
    let registry = Registry::with(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().on_whole_host().with_registry(&registry);
    sandbox.manifest(format!(
        r#"{{ "name": "shop", "isolation": "sandbox", "tools": {{ "node": "22", "host:git": "*" }}, "sandbox": {{ {sandbox_keys} }},
             "scripts": {{ "version": "node --version", "again": "devshell run version" }} }}"#
    ));
    sandbox.write(sandbox.home().join(".ssh/id"), "a secret\n");
    sandbox.write(sandbox.home().join(".gitconfig"), "[user]\n\tname = Ann\n\temail = ann@example.org\n");
    sandbox.write(".env", "TOKEN=a secret\n");
    sandbox.program("git", &["init", "-q", "-b", "main"]).run().success();
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox
}

pub fn sh<'s>(sandbox: &'s Sandbox, script: &str) -> Invocation<'s> {
    sandbox.devshell(&["run", "--", "sh", "-c", script])
}

#[track_caller]
fn prints(sandbox: &Sandbox, script: &str, expected: &str) {
    sh(sandbox, script).run().success().stdout(expected);
}

#[test]
fn scripts_and_commands_run_as_without_it() {
    let sandbox = shop("");
    sandbox.run(&["run", "version"]).success().stdout("v22.3.0\n");
    sandbox.run(&["run", "again"]).success().stdout("v22.3.0\n");
    sandbox.run(&["enter", "--", "node", "--version"]).success().stdout("v22.3.0\n");
    sandbox
        .devshell(&["enter"])
        .stdin("echo from standard input; node --version\n")
        .run()
        .success()
        .stdout("from standard input\nv22.3.0\n");
    prints(&sandbox, "cat", "");
    sh(&sandbox, "cat; exit 7").stdin("through\n").run().code(7).stdout("through\n");
    sandbox
        .run(&["run", "--", "no-such-command"])
        .code(127)
        .stderr_contains("`no-such-command` is not in this dev shell");
    sandbox.write("data", "no program\n");
    sandbox.run(&["run", "--", "./data"]).code(126).stderr_contains("`./data` cannot be run");
    let place = sandbox.project().join("sub");
    sandbox.write("sub/file", "");
    sandbox.devshell(&["run", "--", "pwd"]).directory(&place).run().success().stdout("[PROJECT]/sub\n");
}

#[test]
fn the_hosts_files_are_out_of_reach() {
    let sandbox = shop("");
    let outside = sandbox.root().join("outside");
    sandbox.write(outside.join("file"), "x");
    for (script, expected) in [
        ("cat ~/.ssh/id 2>/dev/null || echo none", "none\n"),
        ("ls -A ~ | tr '\\n' ' '", ".cache .gitconfig .local shop "),
        // By absolute paths too, the host has no other commands than the dev shell.
        ("test -x /usr/bin/python3 || test -x /usr/bin/gcc || echo none", "none\n"),
        ("command -v python3 gcc curl || echo none", "none\n"),
        ("touch /usr/bin/x /usr/x /etc/x /x ~/.local/share/devshell/x 2>/dev/null || echo refused", "refused\n"),
        // What is written to other places is gone at the end.
        ("echo x >~/file && echo x >/tmp/file && cat ~/file /tmp/file \"$TMPDIR\"/*", "x\nx\n"),
    ] {
        let outcome = sh(&sandbox, script).run();
        assert_eq!(outcome.text(), expected, "{script}: {outcome}");
    }
    let script = format!("ls {0} 2>/dev/null || {{ mkdir -p {0} && echo x >{0}/new; }} 2>/dev/null", outside.display());
    let _ = sh(&sandbox, &script).run();
    assert_eq!(fs_err::read_dir(&outside).unwrap().count(), 1);
    assert!(!sandbox.home().join("file").exists());
    prints(&sandbox, "echo kept >kept && cat kept", "kept\n");
    assert_eq!(sandbox.read("kept"), "kept\n");
}

#[test]
fn the_manifest_says_what_else_there_is() {
    let sandbox = shop(r#""read": ["~/notes"], "write": ["~/cache"], "deny": [".env", "keys"], "net": false"#);
    let (notes, cache) = (sandbox.home().join("notes/a"), sandbox.home().join("cache/b"));
    sandbox.write(&notes, "a note\n");
    sandbox.write(&cache, "b\n");
    sandbox.write("keys/key", "a secret\n");
    prints(
        &sandbox,
        "cat ~/notes/a; echo c >~/cache/c; echo x >~/notes/a 2>/dev/null || echo refused",
        "a note\nrefused\n",
    );
    assert_eq!(sandbox.read(cache.with_file_name("c")), "c\n");
    prints(&sandbox, "cat .env keys/key 2>/dev/null; mv .env x 2>/dev/null; mv keys y 2>/dev/null; ls -A keys", "");
    assert_eq!(sandbox.read(".env"), "TOKEN=a secret\n");
    prints(&sandbox, "cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '", "lo\n");
}

#[test]
fn what_other_programs_obey_later_is_read_only_where_no_one_types() {
    let sandbox = shop("");
    for path in [".git/hooks/pre-commit", ".git/config", "devshell.json", "devshell.lock"] {
        let script = format!("echo x >>{path} 2>/dev/null && echo written || echo refused");
        prints(&sandbox, &script, "refused\n");
    }
    prints(&sandbox, "mv .git git 2>/dev/null && echo moved || echo refused", "refused\n");
    // git works nevertheless.
    let commit = "git add .env && git commit -q -m first && git log --format=%an:%s";
    prints(&sandbox, commit, "Ann:first\n");
    let sandbox = shop(r#""protect": false"#);
    prints(&sandbox, "git config core.editor ed && git config core.editor", "ed\n");
}

/// All that is in it can be written, and CI systems keep only what is there.
#[test]
fn a_store_in_the_project_stays_as_it_is() {
    let sandbox = shop("");
    let script = "mkdir .data && cp -a ~/.local/share/devshell .data";
    sandbox.program("sh", &["-c", script]).run().success();
    let script = "node --version; cd .data && touch new && touch devshell/new 2>/dev/null || echo refused";
    let run = sandbox.devshell(&["run", "--", "sh", "-c", script]);
    run.env("XDG_DATA_HOME", sandbox.project().join(".data")).run().success().stdout("v22.3.0\nrefused\n");
}

#[test]
fn a_project_that_has_the_home_directory_in_it_gets_no_sandbox() {
    let sandbox = shop("");
    let lock = sandbox.read("devshell.lock");
    sandbox.write("../devshell.lock", lock);
    sandbox.write("../devshell.json", sandbox.read("devshell.json"));
    // By another name, it is the same directory.
    let alias = sandbox.root().join("alias");
    fs_err::os::unix::fs::symlink(sandbox.home(), &alias).unwrap();
    for home in [sandbox.home(), &alias] {
        let run = sandbox.devshell(&["run", "--", "cat", ".ssh/id"]).directory("..").env("HOME", home);
        run.run().code(125).stdout("").stderr(
            "devshell: the project `[HOME]` has your home directory in it, so a sandbox would keep nothing of yours from a command\n\
             hint: give the project a directory of its own\n",
        );
    }
}

#[test]
fn inside_a_sandbox_there_is_no_way_into_another_one() {
    let sandbox = shop("");
    sandbox.write("nested/devshell.json", r#"{ "isolation": "sandbox" }"#);
    sandbox.program(crate::support::DEVSHELL, &["lock"]).directory("nested").run().success();
    let outcome = sh(&sandbox, "cd nested && devshell run -- true").run();
    outcome.code(125).stderr_contains("this process is in the sandbox of `[PROJECT]`");
    outcome.stderr_contains("hint: start it outside of that sandbox\n");
    // Without walls it is an environment like any other.
    prints(&sandbox, "cd nested && devshell run --isolation pure -- sh -c 'echo \"$DEVSHELL_NAME\"'", "nested\n");
}

/// The limit is that of a namespace of users, so that it holds for this test alone.
#[test]
fn what_keeps_the_wall_from_being_built_is_said() {
    let sandbox = shop("");
    let script = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" run -- true";
    let run = sandbox.program("unshare", &["--user", "--map-root-user", "sh", "-c", script]);
    let outcome = run.arg(crate::support::DEVSHELL).run();
    outcome.code(125).stderr_contains(
        "devshell: the wall around this dev shell cannot be built here: the kernel's setting `user.max_user_namespaces` is 0\n\
         hint: as root: `sysctl -w user.max_user_namespaces=15000`\n",
    );
}

#[test]
fn nothing_is_installed_inside() {
    let sandbox = shop("");
    let outcome =
        sh(&sandbox, "cp devshell.json copy.json; DEVSHELL_MANIFEST=$PWD/copy.json devshell add host:awk").run();
    outcome.code(5).stderr_contains("devshell: the links of the tools cannot be made\n");
    outcome.stderr_contains(
        "hint: nothing can be installed in the sandbox of `[PROJECT]`: type it outside, and enter again\n",
    );
}

#[test]
fn an_ordinary_user_has_the_same_wall() {
    let registry = Registry::with(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().on_whole_host().with_registry(&registry);
    let Some([alice, bob]) = two_users(&sandbox, "sandbox::an_ordinary_user_has_the_same_wall") else { return };
    let manifest = r#"{ "isolation": "sandbox", "tools": { "node": "22" } }"#;
    let script = format!(
        "cd \"$HOME\" && mkdir -p shop .ssh && cd shop && echo '{manifest}' >devshell.json && echo secret >../.ssh/id && \"$0\" -q lock && \
         \"$0\" run -- sh -c 'node --version; id -u; cat ~/.ssh/id {}/tmp 2>/dev/null; echo x >made; touch devshell.lock 2>/dev/null || echo refused' && \
         stat -c %u made",
        bob.home.display()
    );
    let outcome = alice.sh("022", &script).run();
    let uid = alice.uid;
    outcome.success().stdout(&format!("v22.3.0\n{uid}\nrefused\n{uid}\n"));
    assert!(Path::new(&alice.home).join("shop/made").exists());
}

#[test]
fn mistakes_are_found_with_their_places() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{\n  \"sandbox\": { \"reed\": [], \"net\": \"no\", \"deny\": [\"../x\"] }\n}");
    sandbox
        .run(&["list"])
        .code(4)
        .stderr_contains("unknown key `reed`")
        .stderr_contains("did you mean `read`")
        .stderr_contains("expected true, false or a list of hosts, found a text")
        .stderr_contains("`../x` is not a path without `..`");
}

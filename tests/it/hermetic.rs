//! Isolation `hermetic` as the manifest and the lock have it: the base utilities are a tool among the others, and nothing
//! else may be the host's. What runs inside is tested in `hermetic_real`.
#![cfg(target_os = "linux")]

use crate::support::{Deb, Debian, Sandbox, Signer, deb};

const SUITE: &str = r#""registries": { "deb": { "suite": "trixie" } }"#;

/// Base utilities, of which the archive has some, and a tool that needs one of them.
fn packages() -> Vec<Deb> {
    let alternative = |name: &str, priority: u8| {
        deb(name, "1.0").command(name, "echo").script(
            "postinst",
            &format!("update-alternatives --install /usr/bin/pager pager /usr/bin/{name} {priority}"),
        )
    };
    vec![
        deb("base-files", "13.8").file("etc/debian_version", "13.8\n").file("usr/lib/os-release", "ID=debian\n"),
        deb("dash", "0.5").command("dash", "echo"),
        deb("coreutils", "9.7").command("ls", "echo").command("cat", "echo"),
        // The one with the highest priority is usual, whichever comes first.
        alternative("bsdutils", 50),
        alternative("less", 77),
        alternative("util-linux", 60),
        deb("netbase", "6.5").file("etc/services", "ssh 22/tcp\n"),
        deb("tool", "2.0").depends("coreutils").command("tool", "echo"),
    ]
}

/// A project whose user names the archive and its key.
fn shop(debian: &Debian, manifest: &str) -> Sandbox {
    let sandbox = Sandbox::new().on_whole_host();
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let url = debian.url();
    sandbox.config(format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#));
    sandbox.manifest(manifest);
    sandbox
}

fn tools(sandbox: &Sandbox) -> Vec<String> {
    let lock = sandbox.lock();
    let tools = lock["tools"].as_array().unwrap().iter();
    tools.map(|tool| tool["tool"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_base_utilities_are_locked_and_last_on_path() {
    let debian = Debian::with(packages());
    let sandbox = shop(
        &debian,
        &format!("{{\n  \"isolation\": \"hermetic\",\n  {SUITE}, \"tools\": {{ \"deb:tool\": \"*\" }}\n}}"),
    );
    sandbox.run(&["lock"]).success().stderr_contains("+ deb:base-files 13.8\n");
    assert_eq!(tools(&sandbox), ["deb:base-files", "deb:tool"]);
    sandbox.run(&["lock", "--check"]).success();
    sandbox.run(&["install"]).success();
    sandbox.run(&["list"]).success().stdout(
        "deb:tool        2.0   tool\n\
         deb:base-files  13.8  base utilities, 7 commands\n",
    );
    let explained = sandbox.run(&["env", "--explain"]).success().text();
    let origins: Vec<&str> = explained
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once("bin  "))
        .map(|(_, origin)| origin)
        .collect();
    assert_eq!(origins, ["deb:tool 2.0", "devshell", "deb:base-files 13.8"], "{explained}");
    sandbox
        .run(&["why", "ls"])
        .success()
        .stdout_contains("from       base utilities: deb:base-files 13.8, from deb\n")
        .stdout_contains("asked for  devshell.json:2, `deb:base-files` `*`\n");
    let usual = String::from_utf8(sandbox.run(&["which", "pager"]).success().bytes().to_owned()).unwrap();
    let target = fs_err::canonicalize(usual.trim_end()).unwrap();
    assert!(target.ends_with("usr/bin/less"), "{}", target.display());
    // The host's are what they are at other levels.
    let origin = sandbox.run(&["which", "-v", "--isolation", "path", "ls"]);
    origin.success().stdout_contains("base utilities").stdout_contains("/ls");
    let hint = "hint: isolation `hermetic` brings it; another level does not\n";
    sandbox.run(&["remove", "deb:base-files"]).code(2).stderr_contains(hint);
    sandbox.run(&["doctor", "--ci"]).stdout_contains("2 of 2 are installed");
}

#[test]
fn an_environment_may_have_another_level() {
    let debian = Debian::with(packages());
    let manifest = |more: &str| {
        format!(
            r#"{{ {SUITE}, "tools": {{ "deb:tool": "*" }}, "environments": {{ "clean": {{ {more} }}, "other": {{}} }} }}"#
        )
    };
    let sandbox = shop(&debian, &manifest(""));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["which", "--isolation", "hermetic", "tool"]).code(4).stderr(
        "devshell: the lock has no base utilities for isolation `hermetic`\n\
         hint: write \"isolation\": \"hermetic\" into the manifest, then `devshell lock`\n",
    );
    sandbox.manifest(manifest(r#""isolation": "hermetic""#));
    sandbox.run(&["run", "--", "tool"]).code(3).stderr_contains("devshell.lock is stale: it lacks deb:base-files *");
    sandbox.run(&["lock"]).success();
    assert_eq!(tools(&sandbox), ["deb:base-files", "deb:tool"]);
    let origin = |options: &[&str]| {
        let outcome = sandbox.run(&[&["which", "-v"], options, &["ls"]].concat());
        outcome.success();
        if outcome.text().contains("deb:base-files") { "lock" } else { "host" }
    };
    for (options, expected) in [
        (&[][..], "host"),
        (&["-e", "clean"], "lock"),
        (&["-e", "other"], "host"),
        // The last one that has a level counts, and the option before all.
        (&["-e", "clean", "-e", "other"], "lock"),
        (&["-e", "clean", "--isolation", "pure"], "host"),
        (&["--isolation", "hermetic"], "lock"),
    ] {
        assert_eq!(origin(options), expected, "{options:?}");
    }
}

#[test]
fn nothing_else_may_be_the_hosts() {
    let debian = Debian::with(packages());
    let sandbox = shop(&debian, &format!(r#"{{ "isolation": "hermetic", {SUITE}, "tools": {{ "host:git": "*" }} }}"#));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "git"]).code(125).stderr(
        "devshell: `host:git` is the host's, and isolation `hermetic` has nothing of the host\n\
         hint: take it from the lock: `devshell remove host:git`, then `devshell add deb:git`\n",
    );
    // At other levels it is there.
    sandbox.run(&["which", "--isolation", "pure", "git"]).success();
}

#[test]
fn a_suite_is_needed() {
    let debian = Debian::with(packages());
    let sandbox = shop(&debian, r#"{ "isolation": "hermetic" }"#);
    sandbox
        .run(&["lock"])
        .code(5)
        .stderr_contains("`deb:base-files` needs a suite")
        .stderr_contains("\"registries\": { \"deb\": { \"suite\": \"trixie\" } }");
    sandbox.manifest("{\n  \"environments\": { \"a\": { \"isolation\": \"hermetc\" } }\n}");
    sandbox.run(&["list"]).code(4).stderr_contains("did you mean `hermetic`?");
}

//! `devshell doctor`: each thing that can be wrong is named, with what to type.

use serde_json::Value;

use crate::support::{Invocation, Registry, Sandbox, set_age, tool};

fn shop(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox
}

/// What is wrong: `CHECK: TEXT | HINT`.
fn faults(invocation: Invocation) -> Vec<String> {
    let outcome = invocation.args(&["doctor", "--json"]).run();
    let json: Value = serde_json::from_str(&outcome.text()).unwrap();
    let checks = json["checks"].as_array().unwrap();
    let faults: Vec<_> = checks.iter().filter(|check| check["state"] == "fault").collect();
    outcome.code(i32::from(!faults.is_empty()));
    assert_eq!(json["healthy"], faults.is_empty());
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    faults.into_iter().map(|f| format!("{}: {} | {}", text(&f["check"]), text(&f["text"]), text(&f["hint"]))).collect()
}

#[test]
fn a_healthy_project_is_healthy() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "22", "host:sh": "*" } }"#);
    sandbox.run(&["lock"]).success();
    let outcome = sandbox.run(&["doctor"]);
    outcome.success().stderr("").stdout_contains("good   manifest      devshell.json\n");
    outcome.stdout_contains("good   registry      127.0.0.1\n");
    assert_eq!(faults(sandbox.devshell(&[])), [""; 0]);
    // Outside of a project too.
    sandbox.write("../nowhere/file", "");
    let outcome = sandbox.devshell(&["doctor", "--offline"]).directory("../nowhere").run();
    outcome.success().stdout_contains("-      project       there is none here\n");
    outcome.stdout_contains("-      registry      not asked, because of --offline\n");
}

/// A manifest with nothing but Python needs a lock as well, and one with nothing needs none.
#[test]
fn a_lock_is_missing_wherever_there_is_something_to_lock() {
    let sandbox = Sandbox::new();
    for (manifest, expected) in [
        ("{}", "good   lock          none is needed\n"),
        (r#"{ "python": { "version": "3.13" } }"#, "FAULT  lock          devshell.lock is missing: "),
        (
            r#"{ "environments": { "a": { "tools": { "host:sh": "*" } } } }"#,
            "devshell.lock is missing: it lacks host:sh *\n",
        ),
    ] {
        sandbox.manifest(manifest);
        sandbox.run(&["doctor", "--offline"]).stdout_contains(expected);
    }
}

#[test]
fn what_is_wrong_with_the_machine_is_named() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let offline = || sandbox.devshell(&["--offline"]);
    let of = |invocation| faults(invocation).join("\n");
    assert_eq!(
        of(offline().env("SHELL", "/nowhere/zsh")),
        "shell: SHELL names `/nowhere/zsh`, which does not exist | name another one: `devshell enter --shell bash`"
    );
    assert_eq!(
        of(offline().env("SSL_CERT_FILE", "/nowhere/certificates")),
        "certificates: the machine has no CA certificates | no certificate that SSL_CERT_FILE names can be read; correct or unset it"
    );
    let machine = "set DEVSHELL_HOME to an absolute path without white space";
    assert_eq!(
        of(offline().env("DEVSHELL_HOME", "/a b")),
        format!(
            "machine: devshell's files would be in `/a b/data`, and a path with white space breaks scripts | {machine}"
        )
    );
    let unwritable = of(offline().env("DEVSHELL_HOME", "/proc/nowhere"));
    for directory in ["store", "cache", "state"] {
        assert!(unwritable.contains(&format!("{directory}: /proc/nowhere/")), "{unwritable}");
    }
    assert!(unwritable.contains("| set DEVSHELL_HOME to a directory you can write"), "{unwritable}");
}

#[test]
fn what_is_wrong_with_the_project_is_named() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let (lock, manifest) = (sandbox.read("devshell.lock"), sandbox.read("devshell.json"));
    let offline = || faults(sandbox.devshell(&["--offline"])).join("\n");
    let write = "type `devshell lock`, and commit the file";
    sandbox.manifest(r#"{ "tools": { "node": 22 }, "isolaton": "pure" }"#);
    assert_eq!(offline(), "manifest: devshell.json has 2 mistakes | `devshell list` shows them");
    sandbox.manifest(r#"{ "tools": { "no-such-tool": "1" } }"#);
    assert_eq!(
        offline(),
        "manifest: devshell.json asks for something that this devshell does not know | `devshell list` says what"
    );
    sandbox.manifest(manifest.replace("22", "23"));
    assert_eq!(offline(), format!("lock: devshell.lock is stale: it lacks node 23 | {write}"));
    sandbox.manifest(&manifest);
    sandbox.write("devshell.lock", format!("<<<<<<< ours\n{lock}=======\n{lock}>>>>>>> theirs\n"));
    let conflict = "lock: devshell.lock has conflict markers, the first at line 1 | `devshell lock` merges both sides";
    assert_eq!(offline(), conflict);
    sandbox.write("devshell.lock", "nonsense");
    assert!(offline().starts_with("lock: "), "{}", offline());
    sandbox.remove("devshell.lock");
    assert_eq!(offline(), format!("lock: devshell.lock is missing: it lacks node 22 | {write}"));
    sandbox.write("devshell.lock", &lock);
    assert_eq!(offline(), "");

    sandbox.manifest(r#"{ "tools": { "host:no-such-command": "*", "host:git": ">=99" } }"#);
    sandbox.run(&["lock"]).success();
    let text = offline();
    let missing = "host tool: the host has no `no-such-command`, which line 1 of the manifest asks for | ";
    assert!(text.contains(missing) && text.contains("line 1 of the manifest wants >=99"), "{text}");
}

#[test]
fn a_registry_that_does_not_answer_is_named() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{}");
    let found = faults(sandbox.devshell(&[]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("registry: `http://127.0.0.1:1/npm` cannot be reached: "), "{found:?}");
    assert!(found[0].ends_with("| check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)"), "{found:?}");
    let registry = Registry::new();
    registry.require_token("secret");
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest("{}");
    let found = faults(sandbox.devshell(&[]));
    assert_eq!(
        found,
        ["registry: `[REGISTRY]/npm` answers 401 Unauthorized | the registry wants credentials: a token in `.npmrc`"]
    );
}

#[test]
fn what_is_wrong_with_the_store_is_named() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    sandbox.write(sandbox.data().join("objects-1/.staging-1/half"), "half");
    let found = faults(sandbox.devshell(&["--offline"])).join("\n");
    assert!(found.starts_with("leftovers: 1 left by killed processes, "), "{found}");
    assert!(found.ends_with("| `devshell gc --yes` removes them"), "{found}");
    sandbox.run(&["gc", "--yes"]).success();
    assert_eq!(faults(sandbox.devshell(&["--offline"])), [""; 0]);
    // The tool itself is hit, and not the others.
    let node = fs_err::read_dir(sandbox.data().join("objects-1")).unwrap();
    let node = node.map(|entry| entry.unwrap().path().join("bin/node")).find(|path| path.exists()).unwrap();
    let sealed = fs_err::metadata(&node).unwrap().permissions();
    sandbox.program("sh", &["-c", "chmod u+w $0; echo '#!/nowhere/ld-alien.so' >$0"]).arg(&node).run().success();
    fs_err::set_permissions(&node, sealed).unwrap();
    let found = faults(sandbox.devshell(&["--offline"]));
    let hint = "install the C library it belongs to (`gcompat` on Alpine, `nix-ld` on NixOS)";
    assert_eq!(found, [format!("loader: not there: `node` wants /nowhere/ld-alien.so | {hint}")]);
}

/// Before anything is fetched, the lock says which tools a machine without the usual C library may not run.
#[test]
fn a_loader_that_is_missing_is_named_before_the_first_installation() {
    let registry = Registry::new();
    registry.publish([tool("node", "22.3.0"), tool("prettier", "3.3.2")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "node": "22", "prettier": "3" } }"#);
    sandbox.run(&["lock"]).success();
    let (other, loader) = if cfg!(target_arch = "aarch64") {
        ("x86_64-linux", "/lib64/ld-linux-x86-64.so.2")
    } else {
        ("aarch64-linux", "/lib/ld-linux-aarch64.so.1")
    };
    let doctor = || sandbox.devshell(&["--offline", "doctor"]).env("DEVSHELL_PLATFORM", other).run();
    doctor().stdout_contains(&format!("no {loader}, which `node` may need once installed: install the C library"));
    sandbox.devshell(&["install"]).env("DEVSHELL_PLATFORM", other).run().success();
    doctor().stdout_contains("every installed tool finds its own");
    sandbox.devshell(&["--offline", "doctor"]).run().stdout_contains("every installed tool finds its own");
}

#[test]
fn a_dev_shell_whose_lock_has_moved_on_is_named() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let inside = || {
        let outcome = sandbox.run(&["run", "--", "env", "-u", "SHELL", "devshell", "doctor", "--offline"]);
        outcome.text().lines().filter(|line| line.contains("dev shell")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(inside(), "good   dev shell     up to date");
    for entry in fs_err::read_dir(sandbox.data().join("roots")).unwrap() {
        set_age(&entry.unwrap().path(), 0);
    }
    let script = "touch devshell.lock; devshell doctor --offline";
    let outcome = sandbox.run(&["run", "--", "sh", "-c", script]);
    outcome.code(1).stdout_contains("FAULT  dev shell     the manifest or the lock has changed since you entered\n");
    outcome.stdout_contains("hint: `devshell reload`\n").stderr_contains("devshell: 1 thing is wrong\n");
}

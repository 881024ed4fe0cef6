//! Texts as people's programs write them: with a byte order mark, with line ends of Windows, in UTF-16. Each kind of
//! file means the same however it is written.

use std::path::{Path, PathBuf};

use crate::support::{Index, Outcome, Registry, Sandbox, Wheel, package, tool, wheel};

/// A text in each way that programs write it.
fn dressed(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let windows = text.replace('\n', "\r\n");
    let utf16 = |mark: u16, bytes: fn(u16) -> [u8; 2]| {
        std::iter::once(mark).chain(windows.encode_utf16()).flat_map(bytes).collect::<Vec<_>>()
    };
    vec![
        ("as it is", text.into()),
        ("without a line break at its end", text.trim_end().into()),
        ("with a byte order mark", format!("\u{feff}{text}").into()),
        ("with CRLF", windows.clone().into()),
        ("with both", format!("\u{feff}{windows}").into()),
        ("in UTF-16, little end first", utf16(0xfeff, u16::to_le_bytes)),
        ("in UTF-16, big end first", utf16(0xfeff, u16::to_be_bytes)),
    ]
}

/// Writes a file in each way; the same has to come of it.
#[track_caller]
fn check(sandbox: &Sandbox, path: &Path, text: &str, does: impl Fn(&str)) {
    for (way, bytes) in dressed(text) {
        sandbox.write(path, bytes);
        does(&format!("{} {way}", path.display()));
    }
}

#[track_caller]
fn prints(outcome: &Outcome, expected: &str, about: &str) {
    assert!(outcome.ended_well(), "{about}: {}", outcome.errors());
    assert_eq!(outcome.text(), expected, "{about}");
    assert_eq!(outcome.errors(), "", "{about}");
}

fn registry() -> Registry {
    let plain = package("a", "1.0.0").bin("a", "a.js").file("a.js", "echo a");
    Registry::with([vec![plain], tool("node", "22.3.0")].concat())
}

fn native() -> Wheel {
    wheel("ruff", "1.0")
        .script("ruff", "#!/bin/sh\necho ruff\n")
        .tag("py3-none-manylinux_2_17_x86_64.musllinux_1_2_x86_64")
}

#[test]
fn a_manifest_and_its_env_files_may_be_written_anyhow() {
    let sandbox = Sandbox::new();
    let manifest = "{\n  // ä\n  \"env_files\": [\".env\"],\n  \"env\": { \"A\": \"ä\" }\n}\n";
    let shown = |about: &str| {
        prints(&sandbox.run(&["run", "--", "sh", "-c", "echo $A $B $C"]), "ä 1 2\n", about);
    };
    let env = "B=1\nC='2'\n";
    sandbox.write(".env", env);
    check(&sandbox, Path::new("devshell.json"), manifest, shown);
    sandbox.manifest(manifest);
    check(&sandbox, Path::new(".env"), env, shown);
}

#[test]
fn a_mistake_has_the_same_place_however_the_manifest_is_written() {
    let sandbox = Sandbox::new();
    check(&sandbox, Path::new("devshell.json"), "{\n  \"tolls\": {} }\n", |about| {
        let errors = sandbox.run(&["list"]).errors();
        assert!(errors.contains("devshell.json:2:3"), "{about}: {errors}");
    });
    check(&sandbox, Path::new("devshell.json"), "{ \"tolls\": {} }\n", |about| {
        let errors = sandbox.run(&["list"]).errors();
        assert!(errors.contains("devshell.json:1:3"), "{about}: {errors}");
    });
}

#[test]
fn settings_of_registries_may_be_written_anyhow() {
    let registry = registry();
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    let locks = |about: &str| {
        sandbox.remove("devshell.lock");
        assert!(sandbox.run(&["lock"]).ended_well(), "{about}: {}", sandbox.run(&["lock"]).errors());
    };
    let npmrc = format!("; mine\nregistry={}\n", registry.url());
    let config = format!("{{\n  \"registries\": {{ \"npm\": \"{}\" }}\n}}\n", registry.url());
    let places: [(PathBuf, &str); 3] = [
        (sandbox.project().join(".npmrc"), &npmrc),
        (sandbox.home().join(".npmrc"), &npmrc),
        (sandbox.config_directory().join("config.json"), &config),
    ];
    for (place, text) in places {
        check(&sandbox, &place, text, locks);
        sandbox.remove(&place);
    }
}

#[test]
fn settings_of_an_index_may_be_written_anyhow() {
    let index = Index::with([native()]);
    index.require_password("ada", "s3cret");
    let sandbox = Sandbox::new().with_index(&index);
    sandbox.manifest(r#"{ "tools": { "pypi:ruff": "1" } }"#);
    let locks = |about: &str| {
        sandbox.remove("devshell.lock");
        let outcome = sandbox.run(&["lock"]);
        assert!(outcome.ended_well(), "{about}: {}", outcome.errors());
    };
    let netrc = sandbox.home().join(".netrc");
    let login = "machine 127.0.0.1\nlogin ada\npassword s3cret\n";
    check(&sandbox, &netrc, login, locks);
    sandbox.write(&netrc, login);
    let pip = format!("[global]\nindex-url = {}\n", index.url());
    check(&sandbox, &sandbox.home().join(".config/pip/pip.conf"), &pip, locks);
}

/// A checkout with `core.autocrlf` has a lock with other line ends, and there is nothing to commit.
#[test]
fn a_lock_may_be_checked_out_anyhow() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    let place = sandbox.project().join("devshell.lock");
    check(&sandbox, &place, &lock, |about| {
        let is_other = about.ends_with("at its end");
        let outcome = sandbox.run(&["lock", "--check"]);
        assert_eq!(outcome.ended_well(), !is_other, "{about}: {}", outcome.errors());
        prints(&sandbox.run(&["install", "-q"]), "", about);
    });
    // What is as it should be is not written again.
    let windows = lock.replace('\n', "\r\n");
    sandbox.write("devshell.lock", &windows);
    sandbox.run(&["lock"]).success().stderr("devshell: devshell.lock is up to date\n");
    sandbox.run(&["update"]).success();
    assert_eq!(sandbox.read("devshell.lock"), windows);
    // A change that is more than that is found.
    sandbox.write("devshell.lock", windows.replace("\"1\"", "\"^1\""));
    sandbox.run(&["lock", "--check"]).code(1);
}

/// What a merge leaves in such a checkout has such line ends, too.
#[test]
fn conflict_markers_may_be_written_anyhow() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    let conflict = format!("<<<<<<< ours\n{lock}=======\n{lock}>>>>>>> theirs\n");
    check(&sandbox, &sandbox.project().join("devshell.lock"), &conflict, |about| {
        let outcome = sandbox.run(&["install"]);
        assert!(outcome.errors().contains("conflict markers at line 1"), "{about}: {}", outcome.errors());
        sandbox.run(&["lock"]).success();
        assert_eq!(sandbox.read("devshell.lock"), lock, "{about}");
    });
}

/// What `>` of Windows PowerShell writes is UTF-16, and pip reads it.
#[test]
fn what_names_python_packages_may_be_written_anyhow() {
    let index = Index::with([wheel("alpha", "1.0").module("alpha.py", "")]);
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let locks = |about: &str| {
        sandbox.remove("devshell.lock");
        let outcome = sandbox.run(&["lock"]);
        assert!(outcome.ended_well(), "{about}: {}", outcome.errors());
        assert_eq!(sandbox.lock()["python"][0]["artifacts"][0]["package"], "alpha", "{about}");
    };
    for (file, text) in [
        ("requirements.txt", "# ours\nalpha==1.0\n"),
        ("pyproject.toml", "[project]\nname = \"p\"\nversion = \"1\"\ndependencies = [\"alpha\"]\n"),
    ] {
        sandbox.manifest(format!(
            r#"{{ "python": {{ "version": ">=3.8", "from": "host", "requirements": ["{file}"] }} }}"#
        ));
        check(&sandbox, &sandbox.project().join(file), text, locks);
    }
}

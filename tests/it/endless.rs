//! Files without an end, as each of the files that have a say: devshell reads so much of them and no more.

use crate::bounds::{ENDLESS, assert_ends, put, with_little_memory};
use crate::support::{Debian, Index, Registry, Sandbox, deb};

/// The verbs that read what a repository holds, and those that run by themselves.
const VERBS: [&[&str]; 5] = [&["list"], &["lock"], &["doctor"], &["run", "true"], &["on-prompt", "bash", "x"]];

/// The files that have a say, and what names each of them.
const FILES: &[(&str, &str)] = &[
    ("devshell.json", ""),
    ("devshell.lock", "{}"),
    (".env", r#"{ "env_files": [".env"] }"#),
    (".npmrc", r#"{ "tools": { "npm:x": "1" } }"#),
    ("hook.sh", r#"{ "hooks": { "enter": "./hook.sh" } }"#),
    ("pyproject.toml", r#"{ "python": { "version": "3", "requirements": ["pyproject.toml"] } }"#),
    ("r.txt", r#"{ "python": { "version": "3", "requirements": ["r.txt"] } }"#),
    ("uv.lock", r#"{ "python": { "version": "3", "requirements": ["uv.lock"] } }"#),
    (
        "keys",
        r#"{ "tools": { "deb:x": "*" }, "registries": { "deb": { "url": "[DEBIAN]", "suite": "trixie", "keys": "keys" } } }"#,
    ),
];

/// Servers that have nothing, and say so at once: one that does not answer is asked four times.
fn empty() -> (Registry, Index) {
    (Registry::new(), Index::new())
}

#[test]
fn a_file_without_an_end_is_refused_wherever_it_has_a_say() {
    let debian = Debian::with([deb("x", "1").command("x", "true")]);
    let (registry, index) = empty();
    for (file, manifest) in FILES {
        let sandbox = Sandbox::new().with_registry(&registry).with_index(&index).with_python();
        sandbox.manifest(manifest.replace("[DEBIAN]", &debian.url()));
        let place = sandbox.project().join(file);
        let mut said = String::new();
        for what in ENDLESS {
            put(&sandbox, &place, what);
            for verb in VERBS {
                let outcome = with_little_memory(&sandbox, verb).run();
                said += &assert_ends(&outcome).errors();
            }
        }
        // Some verb says which file it is, and why it is not read.
        let reads = [
            "that devshell reads",
            "is not a plain file",
            "is a pipe, and the program at its other end wrote nothing",
            "can be written by other users",
        ];
        let is_said = said.lines().any(|line| line.contains(file) && reads.iter().any(|why| line.contains(why)));
        assert!(is_said, "{file}: {said}");
    }
}

/// The user's own files are no stranger's, but a link may be wrong.
#[test]
fn the_user_s_own_files_are_read_with_a_bound() {
    let (registry, index) = empty();
    for file in [".npmrc", ".netrc", ".config/pip/pip.conf", ".config/devshell/config.json"] {
        let sandbox = Sandbox::new().with_registry(&registry).with_index(&index);
        sandbox.manifest(r#"{ "tools": { "npm:x": "1", "pypi:y": "1" } }"#);
        let place = sandbox.home().join(file);
        fs_err::create_dir_all(place.parent().unwrap()).unwrap();
        for what in ["/dev/zero", "sparse"] {
            put(&sandbox, &place, what);
            for verb in VERBS {
                assert_ends(&with_little_memory(&sandbox, verb).run());
            }
        }
        // A link to the null device is a way to have no settings.
        put(&sandbox, &place, "/dev/null");
        sandbox.run(&["on-prompt", "bash", "x"]).stderr_lacks("plain file");
    }
}

//! Texts of others in what goes wrong: mistakes of manifests and of command lines, locks, what
//! servers answer, and the words of libraries, which may be as long as their input.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::{Value, json};

use super::{HOSTILE, LEFT, check, json, obeyed};
use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Registry, Sandbox, package};

#[test]
fn mistakes_of_manifests_are_shown_and_not_obeyed() {
    let sandbox = Sandbox::new();
    let key = |before: &str| format!("{before}{HOSTILE}");
    let further = format!("{{\n // {HOSTILE} \u{9d}0;T\n \"a\": 1}}");
    let broken = format!("{{ \"a\" {HOSTILE}");
    let manifests = [
        json!({ key("tool"): {} }).to_string(),
        json!({ "name": key("") }).to_string(),
        json!({ "devshell": key(">=9") }).to_string(),
        json!({ "tools": { key("npm:"): "1" } }).to_string(),
        json!({ "tools": { key("brew"): "1" } }).to_string(),
        json!({ "tools": { "node": key("22") } }).to_string(),
        json!({ "tools": { "npm:x": { "version": "1", "commands": [key("x")] } } }).to_string(),
        json!({ "tools": { "url:x": { "version": key("1"), "url": "https://h.example/x.exe" } } }).to_string(),
        json!({ "env": { key("A"): "" } }).to_string(),
        json!({ "env": { "A": format!("${{{HOSTILE}}}") } }).to_string(),
        json!({ "env": { "A": { key("set"): "1" } } }).to_string(),
        json!({ "isolation": key("pure") }).to_string(),
        json!({ "keep": [key("A")] }).to_string(),
        json!({ "scripts": { key("a"): "true" } }).to_string(),
        json!({ "environments": { key("a"): {} } }).to_string(),
        json!({ "registries": { key("npm:@a"): "http://127.0.0.1:1/" } }).to_string(),
        json!({ "python": { "version": key("3") } }).to_string(),
        json!({ "python": { "version": "3", "requirements": [key("absent")] } }).to_string(),
        further,
        broken,
    ];
    for manifest in manifests {
        sandbox.manifest(&manifest);
        let text = check(&sandbox, sandbox.project(), &["list"]);
        assert!(text.contains("0;T"), "{manifest:?}: {text}");
    }
    // An address takes anything, and writes it in its own way.
    let url = key("http://127.0.0.1:1/");
    for manifest in [
        json!({ "tools": { "url:x": { "version": "1", "url": url, "format": "gz" } } }),
        json!({ "tools": { "npm:x": "1" }, "registries": { "npm": url } }),
    ] {
        sandbox.manifest(manifest.to_string());
        assert!(check(&sandbox, sandbox.project(), &["lock"]).contains("0;T"), "{manifest}");
    }
}

#[test]
fn files_that_a_manifest_names_are_shown_and_not_obeyed() {
    let sandbox = Sandbox::new().with_python();
    let name = format!("{HOSTILE}.env");
    sandbox.manifest(json!({ "env_files": [name] }).to_string());
    sandbox.write(&name, format!("A=1\n{HOSTILE}\n"));
    assert!(check(&sandbox, sandbox.project(), &["env"]).contains(LEFT));
    let name = format!("{HOSTILE}.txt");
    sandbox.manifest(json!({ "python": { "version": "3", "requirements": [name] } }).to_string());
    sandbox.write(&name, format!("-r {HOSTILE}\n"));
    assert!(check(&sandbox, sandbox.project(), &["lock"]).contains(LEFT));
    sandbox.manifest("{}");
    sandbox.config(json!({ "aliases": { HOSTILE: "x" }, HOSTILE: 1, "prompt": HOSTILE }).to_string());
    assert!(check(&sandbox, sandbox.project(), &["list", "--personal"]).contains(LEFT));
    assert!(check(&sandbox, sandbox.project(), &["doctor"]).contains("your settings"));
}

/// Each text of a lock, whether devshell takes it or not.
#[test]
fn no_text_of_a_lock_is_obeyed() {
    let registry = Registry::with([package("evil", "1.0.0").bin("evil", "evil.js").file("evil.js", "echo evil\n")]);
    registry.publish(crate::support::tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:evil": "1", "node": "22" } }"#);
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    let parsed: Value = serde_json::from_str(&lock).unwrap();
    let mut places = Vec::new();
    texts("", &parsed, &mut places);
    assert!(places.len() > 10, "{places:?}");
    for place in places {
        let mut changed = parsed.clone();
        let text = changed.pointer_mut(&place).unwrap();
        *text = Value::from(format!("{}{HOSTILE}", text.as_str().unwrap()));
        sandbox.write("devshell.lock", changed.to_string());
        for verb in
            [&["list"][..], &["install"], &["-v", "env", "--explain"], &["doctor"], &["env", "--diff", "devshell.lock"]]
        {
            check(&sandbox, sandbox.project(), verb);
        }
    }
}

/// The places of all texts, as JSON Pointers (RFC 6901); of the artifacts, of one tool and platform.
fn texts(place: &str, value: &Value, places: &mut Vec<String>) {
    match value {
        Value::String(_) => places.push(place.to_owned()),
        Value::Array(list) => {
            let few = if place.ends_with("/artifacts") { 1 } else { list.len() };
            list.iter()
                .take(few)
                .enumerate()
                .for_each(|(index, value)| texts(&format!("{place}/{index}"), value, places));
        }
        Value::Object(map) => {
            for (key, value) in map {
                texts(&format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), value, places);
            }
        }
        _ => {}
    }
}

/// What a registry answers about a package.
#[test]
fn no_answer_of_a_registry_is_obeyed() {
    let registry = Registry::new();
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(r#"{ "tools": { "npm:evil": "1" } }"#);
    let version = format!("1.0.0-{HOSTILE}");
    let answers = [
        HOSTILE.to_owned(),
        json!({ "name": "evil", "dist-tags": { "latest": version }, "versions": { &version: {} } }).to_string(),
        json!({ "name": "evil", "dist-tags": { "latest": "1.0.0" }, "versions": { "1.0.0": HOSTILE } }).to_string(),
        json!({ "name": "evil", "dist-tags": { "latest": "1.0.0" }, "versions": { "1.0.0": {
            "version": "1.0.0", "bin": { HOSTILE: HOSTILE },
            "dist": { "integrity": HOSTILE, "tarball": HOSTILE } } } })
        .to_string(),
    ];
    for answer in answers {
        registry.serve("/evil", answer);
        let text = check(&sandbox, sandbox.project(), &["lock"]);
        assert!(text.contains("evil"), "{text}");
        check(&sandbox, sandbox.project(), &["search", "evil"]);
        check(&sandbox, sandbox.project(), &["doctor"]);
    }
}

/// A library may quote all of its input in its error; a screen is not filled with it.
#[test]
fn the_words_of_libraries_are_cut() {
    const LONGEST_LINE: usize = 320;
    let registry = Registry::new();
    let sandbox = Sandbox::new().with_registry(&registry);
    let long = "x".repeat(3_000_000);
    let signed = format!("-----BEGIN PGP SIGNED MESSAGE-----\nComment: {long}\n\nx");
    registry.serve("/dists/trixie/InRelease", signed);
    registry.serve("/evil", format!(r#"{{ "name": "evil", "versions": {{ "1.0.0": "{long}" }} }}"#));
    let deb = json!({ "deb": { "url": registry.url(), "suite": "trixie" } });
    let cases = [
        (json!({ "tools": { "deb:jq": "*" }, "registries": deb }).to_string(), "{}".to_owned(), "lock"),
        (r#"{ "tools": { "npm:evil": "1" } }"#.to_owned(), "{}".to_owned(), "lock"),
        (r#"{ "tools": { "npm:evil": "1" } }"#.to_owned(), format!(r#"{{ "format": 1, "{long}": 1 }}"#), "list"),
        (r#"{ "tools": { "npm:evil": "1" } }"#.to_owned(), format!(r#"{{ "format": 1, "tools": "{long}" }}"#), "list"),
    ];
    for (manifest, lock, verb) in cases {
        sandbox.manifest(&manifest);
        sandbox.write("devshell.lock", lock);
        let outcome = sandbox.run(&[verb]);
        assert!(!outcome.ended_well(), "{outcome}");
        assert!(outcome.errors().contains("devshell: "), "{outcome}");
        assert!(outcome.error_bytes().len() < 10_000, "{manifest}: {} bytes", outcome.error_bytes().len());
        let lines: Vec<String> =
            outcome.errors().lines().filter(|line| line.contains("because ")).map(str::to_owned).collect();
        assert!(lines.iter().all(|line| line.chars().count() < LONGEST_LINE), "{lines:?}");
        let doctor = sandbox.run(&["doctor"]);
        assert!(doctor.bytes().len() < 20_000, "{manifest}: {} bytes by doctor", doctor.bytes().len());
    }
    // What the manifest itself says in a line of a megabyte.
    sandbox.manifest(json!({ "tools": { "a b".repeat(300_000): "1" } }).to_string());
    let outcome = sandbox.run(&["list"]);
    outcome.code(4).stderr_contains("1 mistake in devshell.json");
    assert!(outcome.error_bytes().len() < 10_000, "{} bytes", outcome.error_bytes().len());
}

/// A name of several lines does not pass for words of devshell's.
#[test]
fn no_line_is_forged() {
    let sandbox = Sandbox::new();
    let forged = "a\nhint: type `curl http://h.example | sh`\ndevshell: all is well";
    let directory = sandbox.project().join(forged.replace('/', "_"));
    let manifest = json!({ "env": { "A": { "required": forged } }, "scripts": { "say": forged } });
    sandbox.write(directory.join("devshell.json"), manifest.to_string());
    for words in [
        &["env"][..],
        &["doctor"],
        &["run"],
        &["allow"],
        &["allow", "--list"],
        &["on-prompt", "bash", "x"],
        &["why", "say"],
        &["run", forged],
        &[forged],
        &["list", forged],
        &["-C", forged, "list"],
        &["run", "-e", forged, "true"],
        &["search", "--offline", "zzz"],
    ] {
        let outcome = sandbox.devshell(words).directory(&directory).run();
        // The lines that a hook evaluates quote what they hold.
        let out = if words[0] == "on-prompt" { String::new() } else { outcome.text() };
        for line in outcome.errors().lines().chain(out.lines()) {
            assert!(!line.starts_with("devshell: all is well") && !line.starts_with("hint: type `curl"), "{outcome}");
        }
    }
}

/// What is typed is repeated when it makes no sense; a script may have typed it for somebody.
#[test]
fn mistakes_of_command_lines_are_shown_and_not_obeyed() {
    let sandbox = Sandbox::new();
    sandbox.manifest("{}");
    let option = format!("--{HOSTILE}");
    for words in [
        &[HOSTILE][..],
        &[&option],
        &["list", HOSTILE],
        &["list", &option],
        &["run", "--isolation", HOSTILE, "true"],
        &["run", &format!("-e{HOSTILE}"), "true"],
        &["env", "--format", HOSTILE],
        &["gc", "--older-than", HOSTILE],
        &["completions", HOSTILE],
        &["hook", HOSTILE],
        &["on-prompt", HOSTILE, "x"],
    ] {
        assert!(check(&sandbox, sandbox.project(), words).contains(LEFT), "{words:?}");
    }
    // Bytes that are no text.
    let bytes = [HOSTILE.as_bytes(), b"\xff\x9b"].concat();
    for words in [&["list"][..], &["env", "--format"], &["search"], &[]] {
        let run = sandbox.devshell(words).arg(OsStr::from_bytes(&bytes)).run();
        assert_eq!(obeyed(run.error_bytes(), false), None, "{run}");
        assert!(!run.ended_well(), "{run}");
    }
    // Help has its colours still.
    let mut terminal = Terminal::start(&sandbox, &[DEVSHELL, "nonsense"], sandbox.project(), &[]);
    assert_eq!(terminal.exit_status(), 2);
    assert!(terminal.bytes().starts_with(b"\x1b["), "{}", json(&String::from_utf8_lossy(&terminal.bytes())));
}

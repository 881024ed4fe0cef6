//! What verbs show of a repository, a registry and an archive.

use std::path::PathBuf;

use serde_json::json;

use super::{HOSTILE, LEFT, check, json};
use crate::support::{Registry, Sandbox, package, tool, tree};

/// A repository in a directory of such a name, with such texts wherever a manifest takes any.
fn repository(sandbox: &Sandbox) -> PathBuf {
    let name = format!("a{HOSTILE}b");
    let directory = sandbox.project().join(&name);
    let manifest = json!({
        "tools": { "npm:evil": "1", "node": "22", "npm:old": "1" },
        "env": { "A": HOSTILE, "B": { "default": format!("x{HOSTILE}\n") }, "C": { "append": HOSTILE } },
        "env_files": [format!("{HOSTILE}.env")],
        "scripts": { "say": format!("true '{HOSTILE}'"), "last": "true" },
        "hooks": { "enter": format!("exit 3 # {HOSTILE}") },
        "environments": { "docs": { "env": { "NEEDED": { "required": HOSTILE } }, "scripts": { "book": HOSTILE } } },
    });
    sandbox.write(directory.join("devshell.json"), manifest.to_string());
    sandbox.write(directory.join(format!("{HOSTILE}.env")), format!("FILE='{HOSTILE}'\n"));
    directory
}

fn registry() -> Registry {
    let evil = package("evil", "1.0.0").bin("evil", "evil.js").file("evil.js", "echo evil\n");
    let evil = evil.deprecated(HOSTILE).file(&format!("share/{HOSTILE}"), "x");
    let old = |version: &str| package("old", version).bin("old", "old.js").file("old.js", "echo old\n");
    let registry = Registry::with([vec![evil, old("1.0.0"), old("2.0.0")], tool("node", "22.3.0")].concat());
    let found = json!({ "objects": [{ "package": { "name": "evil", "version": HOSTILE, "description": HOSTILE } }] });
    registry.serve("/-/v1/search?text=evil&size=20", found.to_string());
    registry
}

/// The verb, and whether some of the hostile text stands in what it says.
const VERBS: &[(&[&str], bool)] = &[
    (&["lock"], false),
    (&["lock", "--check"], false),
    (&["install"], false),
    (&["list"], false),
    (&["list", "--json"], false),
    (&["outdated"], false),
    (&["update", "--dry-run"], false),
    (&["run"], true),
    (&["-v", "run", "say"], true),
    (&["-v", "run", "--", "true", HOSTILE], true),
    (&["run", HOSTILE], true),
    (&["run", "-e", HOSTILE, "true"], true),
    (&["run", "-e", "docs", "true"], true),
    (&["-v", "enter", "--", "true", HOSTILE], true),
    (&["enter", "--shell", HOSTILE], true),
    (&["env", "--explain"], true),
    (&["env", "--explain", "--json"], true),
    (&["env", "--json"], true),
    (&["env", "--diff", "default", "here.json"], true),
    (&["env", "--diff", "default", "here.json", "--json"], true),
    (&["env", "--diff", HOSTILE], true),
    (&["why", "A"], true),
    (&["why", "A", "--json"], true),
    (&["why", "B"], true),
    (&["why", "say"], true),
    (&["why", "book", "-e", "docs"], true),
    (&["why", "evil"], false),
    (&["why", HOSTILE], true),
    (&["which", "-v", "evil"], false),
    (&["which", HOSTILE], true),
    (&["search", "evil"], true),
    (&["search", "evil", "--json"], true),
    (&["add", HOSTILE], true),
    (&["remove", HOSTILE], true),
    (&["update", HOSTILE], true),
    (&["init", HOSTILE], true),
    (&["init", "node"], true),
    (&["state", "path"], false),
    (&["export", "requirements"], false),
    (&["completions", "bash"], false),
    (&["candidates", "--", "run", ""], true),
    (&["hook", "zsh"], false),
    (&["not-there", "--shell", "bash", HOSTILE], true),
    (&["overridden", "--shell", "bash", HOSTILE], true),
    (&["doctor"], true),
    (&["doctor", "--json"], true),
    (&["doctor", "--ci"], true),
    (&["doctor", "--ci", "-e", HOSTILE], true),
    (&["allow", "--diff"], true),
    (&["allow", "--diff", "--json"], true),
    (&["allow"], true),
    (&["allow", "--list"], true),
    (&["deny"], true),
    (&["cache", "key"], false),
    (&["cache", "key", "--json"], false),
    (&["cache", "key", "-e", HOSTILE], true),
    (&["gc"], false),
    (&["gc", "--only-here"], false),
    (&["-v", "gc", "--older-than", "1"], false),
    (&["verify"], true),
    (&["verify", "--json"], true),
    (&["-C", HOSTILE, "list"], true),
    (&["man"], false),
];

#[test]
fn no_verb_says_what_a_terminal_obeys() {
    let registry = registry();
    let sandbox = Sandbox::new().with_registry(&registry);
    let directory = repository(&sandbox);
    sandbox.devshell(&["lock"]).directory(&directory).run().success();
    sandbox.devshell(&["install"]).directory(&directory).run().success();
    // Another machine's environment, with a tool of another version.
    let here = sandbox.devshell(&["env", "--json"]).directory(&directory).run().success().json();
    let other = here.to_string().replace("evil 1.0.0", &json(&format!("evil 2{HOSTILE}")).replace('"', ""));
    assert!(other.contains("evil 2"), "{other}");
    sandbox.write(directory.join("here.json"), other.replace("\"A\"", "\"Z\""));
    // An object that has lost the file of such a name.
    let objects = sandbox.data().join("objects-1");
    let lost = tree(&objects).into_keys().map(|path| objects.join(path));
    let lost = lost.into_iter().find(|path| path.file_name().is_some_and(|name| name == HOSTILE)).unwrap();
    unseal(lost.parent().unwrap());
    fs_err::remove_file(&lost).unwrap();
    for (words, is_shown) in VERBS {
        let text = check(&sandbox, &directory, words);
        assert_eq!(text.contains(LEFT), *is_shown, "`devshell {}`: {text}", words.join(" ").escape_debug());
    }
}

fn unseal(directory: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What other programs read through a pipe is exact; a person who looks at it sees it spelled out.
#[test]
fn data_is_exact_where_no_terminal_is() {
    let sandbox = Sandbox::new();
    sandbox.manifest(json!({ "env": { "A": HOSTILE } }).to_string());
    for (words, exact) in [
        (&["env"][..], HOSTILE.replace('\r', "\\r")),
        (&["env", "--format", "bash"], HOSTILE.to_owned()),
        (&["env", "--format", "fish"], HOSTILE.to_owned()),
    ] {
        let [out, errors, terminal] = super::said(&sandbox, sandbox.project(), words);
        assert!(String::from_utf8(out).unwrap().contains(&exact), "{words:?}");
        assert_eq!(super::obeyed(&errors, false), None, "{words:?}");
        assert_eq!(super::obeyed(&terminal, true), None, "{words:?}: {}", super::shown(&terminal));
        assert!(String::from_utf8(terminal).unwrap().contains(LEFT), "{words:?}");
    }
    // The value that JSON has stays the same.
    assert_eq!(sandbox.run(&["env", "--json"]).json()["set"]["A"], HOSTILE);
}

/// What hooks of shells say on standard error, and the lines they evaluate.
#[test]
fn a_prompt_says_nothing_that_a_terminal_obeys() {
    let sandbox = Sandbox::new();
    let directory = repository(&sandbox);
    let manifest = json!({ "env": { "A": HOSTILE }, "hooks": { "enter": format!("exit 3 # {HOSTILE}") } });
    sandbox.write(directory.join("devshell.json"), manifest.to_string());
    let prompt = |last: &str| {
        let outcome = sandbox.devshell(&["on-prompt", "bash", last]).directory(&directory).run();
        outcome.success();
        assert_eq!(super::obeyed(outcome.error_bytes(), false), None, "{outcome}");
        assert!(outcome.errors().contains(LEFT), "{outcome}");
        outcome
    };
    prompt("x").stderr_contains("is not allowed yet");
    sandbox.devshell(&["allow"]).directory(&directory).run().success();
    // What the shell prints once it has the environment comes with what it evaluates.
    // On a busy machine, it is a later prompt that has it.
    let entered = (0..100).map(|_| sandbox.devshell(&["on-prompt", "bash", "x"]).directory(&directory).run());
    let mut entered = entered.map(|outcome| outcome.success().text());
    let text = entered.find(|text| text.contains("__devshell_cd_put")).unwrap();
    assert!(text.contains("__devshell_cd_put DEVSHELL_NAME 'a\u{fffd}]0;T"), "{text}");
    let words = text.lines().find(|line| line.starts_with("__devshell_cd_said=")).unwrap();
    assert!(words.contains("entered a\u{fffd}]0;T"), "{words}");
    assert_eq!(super::obeyed(words.as_bytes(), false), None, "{words}");
    sandbox.write(directory.join("devshell.json"), manifest.to_string().replace("\"A\"", "\"B\""));
    prompt("y").stderr_contains("is not what you allowed");
}

//! Values that would do something if a shell ever evaluated them arrive as they are.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::{PROMPT, everywhere, shop_with};
use crate::support::Registry;
use crate::support::pty::Terminal;

pub const MANIFEST: &str = r#"{
    "name": "shop",
    "tools": { "node": "24" },
    "keep": ["BESIDE", "ODD"],
    "env": {
        "QUOTES": "it's \"so\" \\ 100% !x",
        "LINES_OF_IT": "one\ntwo\n",
        "CODE": "$$(touch pwned) `touch pwned` $${HOME} ; touch pwned",
        "ODD": { "prepend": "first" },
        "LEADING": "=x ~ *",
        "EMPTY": ""
    }
}"#;

/// Also no Unicode.
pub const ODD: &[u8] = b"\xff\xfe \x1b[31m\t'\"$(touch pwned)`touch pwned`\n!x";

/// What the variables of the manifest are, but for `ODD`.
pub const EXPECTED: [(&str, &[u8]); 5] = [
    ("QUOTES", b"it's \"so\" \\ 100% !x"),
    ("LINES_OF_IT", b"one\ntwo\n"),
    ("CODE", b"$(touch pwned) `touch pwned` ${HOME} ; touch pwned"),
    ("LEADING", b"=x ~ *"),
    ("EMPTY", b""),
];

#[test]
fn values_arrive_byte_for_byte() {
    let registry = Registry::new();
    let sandbox = shop_with(&registry, MANIFEST);
    let odd = [b"first:", ODD].concat();
    for (shell, level) in everywhere() {
        let caller = [("ODD", OsStr::from_bytes(ODD)), ("BESIDE", OsStr::from_bytes(ODD))];
        let mut terminal = Terminal::enter_with(&sandbox, shell.name(), level, &caller);
        assert_eq!(terminal.prompt(), PROMPT, "{terminal}");
        let variables = terminal.variables();
        for (name, expected) in EXPECTED.into_iter().chain([("ODD", odd.as_slice()), ("BESIDE", ODD)]) {
            let shown = |value: &[u8]| value.escape_ascii().to_string();
            assert_eq!(variables.bytes(name).map(shown), Some(shown(expected)), "{name} in {terminal}");
        }
        assert_eq!(terminal.noise(PROMPT), [""; 0], "{terminal}");
        assert!(!sandbox.project().join("pwned").exists(), "a value was evaluated: {terminal}");
    }
}

#[test]
fn a_name_with_code_in_it_is_only_shown() {
    let registry = Registry::new();
    for name in ["$(touch pwned)`touch pwned`", "50% !! \\u %n %F{red}", "it's \"läden\""] {
        let manifest = serde_json::json!({ "name": name, "tools": { "node": "24" } }).to_string();
        let sandbox = shop_with(&registry, &manifest);
        for (shell, level) in everywhere() {
            let mut terminal = Terminal::enter(&sandbox, shell.name(), level).about(name);
            assert_eq!(terminal.prompt(), format!("({name}) ready>"), "{terminal}");
            terminal.run("true");
            assert_eq!(terminal.prompt(), format!("({name}) ready>"), "{terminal}");
            assert!(!sandbox.project().join("pwned").exists(), "the name was evaluated: {terminal}");
        }
    }
}

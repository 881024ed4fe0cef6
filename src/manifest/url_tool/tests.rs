//! What a tool of the source `url` may say, and the messages about its mistakes.

use super::*;
use crate::manifest::{parse, problem::position};
use crate::name::InsidePath;

/// A manifest with one tool and these keys.
fn text(keys: &str) -> String {
    format!("{{\"tools\": {{\"url:a\":\n{{ {keys} }}\n}}}}")
}

fn download(keys: &str) -> Download {
    let manifest = parse("devshell.json", &text(keys)).unwrap();
    manifest.default.tools[0].download().cloned().unwrap()
}

fn addresses(keys: &str) -> Vec<String> {
    download(keys).files.values().map(|file| file.url.to_string()).collect()
}

#[test]
fn templates_become_addresses() {
    let one = r#""version": "1.4.0", "url": "https://a.example/v{version}/a-{os}-{arch}{libc}.tgz""#;
    assert_eq!(
        addresses(&format!(
            r#"{one}, "os": {{ "darwin": "macos" }}, "arch": {{ "x86_64": "amd64" }}, "libc": {{ "gnu": "", "musl": "-musl" }}"#
        )),
        [
            "https://a.example/v1.4.0/a-macos-aarch64.tgz",
            "https://a.example/v1.4.0/a-linux-aarch64.tgz",
            "https://a.example/v1.4.0/a-linux-aarch64-musl.tgz",
            "https://a.example/v1.4.0/a-macos-amd64.tgz",
            "https://a.example/v1.4.0/a-linux-amd64.tgz",
            "https://a.example/v1.4.0/a-linux-amd64-musl.tgz",
        ]
    );
    let named = r#""platforms": ["x86_64-linux", "aarch64-darwin"]"#;
    assert_eq!(
        addresses(&format!(r#""version": "2", "url": "https://a.example/{{target}}.zip", {named}"#)),
        ["https://a.example/aarch64-apple-darwin.zip", "https://a.example/x86_64-unknown-linux-gnu.zip",]
    );
    let own = r#""platforms": { "x86_64-linux": "https://a.example/lin-{version}.tar.xz", "x86_64-darwin": "https://b.example/mac.zip" }"#;
    let own = download(&format!(r#""version": "2", {own}"#));
    let formats: Vec<_> = own.files.values().map(|file| (file.file_name(), file.format)).collect();
    assert_eq!(formats, [("mac.zip", Format::Zip), ("lin-2.tar.xz", Format::TarXz)]);
    assert!(own.is_named && own.trusts_first_use());
}

#[test]
fn who_vouches_is_told() {
    let vouchers = |keys: &str| {
        let keys = format!(r#""version": "1", "url": "https://a.example/a-{{os}}.gz", {keys}"#);
        let files = download(&keys).files.into_values();
        files.map(|file| file.voucher).collect::<Vec<_>>()
    };
    let ones = "1".repeat(64);
    let each = vouchers(&format!(r#""sha256": {{ "x86_64-linux": "{ones}", "x86_64-darwin": "sha256:{ones}" }}"#));
    assert_eq!(each, vec![Voucher::Manifest(Integrity::from_hex(&ones).unwrap()); 2]);
    let checksums = vouchers(r#""checksums": "{url}.sha256", "platforms": ["x86_64-darwin"]"#);
    assert_eq!(checksums, [Voucher::Checksums(Url::parse("https://a.example/a-darwin.gz.sha256").unwrap())]);
    assert_eq!(vouchers(r#""strip": 0"#), vec![Voucher::Nobody; 6]);
}

#[test]
fn commands_may_be_named_or_placed() {
    let keys = r#""version": "1", "url": "https://a.example/a.zip", "commands": { "a": "a-{os}/a", "b": "bin/b" }"#;
    let manifest = parse("devshell.json", &text(keys)).unwrap();
    let tool = &manifest.default.tools[0];
    assert_eq!(tool.commands.as_ref().unwrap().len(), 2);
    let paths = &tool.download().unwrap().files[&Platform::X8664Darwin].commands;
    assert_eq!(paths.values().map(InsidePath::as_str).collect::<Vec<_>>(), ["a-darwin/a", "bin/b"]);
    let keys = r#""version": "1", "url": "https://a.example/a.zip", "commands": ["a"]"#;
    assert!(download(keys).files.values().all(|file| file.commands.is_empty()));
}

#[test]
fn mistakes_have_places_and_help() {
    let url = r#""version": "1", "url": "https://a.example/a-{os}.zip""#;
    let ones = "1".repeat(64);
    for (keys, expected) in [
        (r#""url": "https://a.example/a""#.to_owned(), "2:1 `url:a` needs a version (write \"url:a\": { \"version\""),
        (r#""version": "1""#.to_owned(), "2:1 `url:a` needs an address (write "),
        (r#""version": "^1", "url": "https://a.example/a""#.to_owned(), "2:14 `^1` is not a single version"),
        (
            r#""version": "1", "url": "https://a.example/{verison}""#.to_owned(),
            "2:26 `{verison}` has no meaning here (did you mean `{version}`?)",
        ),
        (
            r#""version": "1", "url": "https://a.example/{name}""#.to_owned(),
            "2:26 `{name}` has no meaning here (there are `{version}`",
        ),
        (r#""version": "1", "url": "https://a.example/{os""#.to_owned(), "2:26 `{` without its `}`"),
        (r#""version": "1", "url": "a.example/a""#.to_owned(), "2:26 `a.example/a` is not an http or https URL"),
        (
            r#""version": "1", "url": "https://me:pw@a.example/a""#.to_owned(),
            "2:26 a manifest is no place for a password",
        ),
        (
            r#""version": "1", "url": "http://a.example/a""#.to_owned(),
            "2:26 `http://a.example/a` could be tampered with",
        ),
        (
            r#""version": "1", "url": "https://a.example/a.tar.lz""#.to_owned(),
            "2:26 devshell cannot unpack `.lz` files (it can unpack `tar`, `tar.gz`",
        ),
        (format!(r#"{url}, "fromat": "zip""#), "2:58 unknown key `fromat` (did you mean `format`?)"),
        (format!(r#"{url}, "format": "rar""#), "2:68 `rar` is not one of \"tar\""),
        (format!(r#"{url}, "os": {{ "macos": "darwin" }}"#), "2:66 unknown key `macos` (`os` has `darwin`, `linux`)"),
        (format!(r#"{url}, "platforms": ["x86-linux"]"#), "2:72 `x86-linux` is not one of \"aarch64-darwin\""),
        (
            format!(r#"{url}, "platforms": {{ "x86_64-linux": "https://a.example/b" }}"#),
            "2:19 `platforms` gives the addresses already",
        ),
        (format!(r#"{url}, "sha256": "abc""#), "2:68 `abc` is not a SHA-256"),
        (format!(r#"{url}, "sha256": "{ones}""#), "2:68 one hash cannot be that of several files"),
        (
            format!(r#"{url}, "sha256": {{ "x86_64-linux": "{ones}" }}, "checksums": "{{url}}.sha256""#),
            "`sha256` gives the hash already",
        ),
        (
            format!(r#"{url}, "platforms": ["x86_64-darwin"], "sha256": {{ "x86_64-linux": "{ones}" }}"#),
            "2:1 `url:a` has no `sha256` for x86_64-darwin",
        ),
        (format!(r#"{url}, "platforms": []"#), "2:1 `url:a` is published for no platform"),
        (format!(r#"{url}, "sha256": {{}}"#), "2:1 `url:a` is published for no platform"),
        (format!(r#"{url}, "strip": "1""#), "2:67 `strip` is a number from 0 to 9"),
        (format!(r#"{url}, "commands": {{ "a b": "a" }}"#), "2:72 `a b` is not a command name"),
        (format!(r#"{url}, "commands": {{ "a": "../a" }}"#), "2:77 `../a` leads out of the package"),
        (format!(r#"{url}, "commands": "a""#), "2:70 expected a list of commands"),
    ] {
        let text = text(&keys);
        let problems = parse("devshell.json", &text).unwrap_err();
        let [problem] = problems.list.as_slice() else { panic!("{keys}: {:?}", problems.list) };
        let (line, column) = position(&text, problem.range.start);
        let help = problem.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
        let shown = format!("{line}:{column} {}{help}", problem.message);
        assert!(shown.contains(expected), "{keys}: {shown}");
    }
    for (text, expected) in [
        (r#"{"tools": {"url:a": "1.0"}}"#, "`url:a` needs an address"),
        (
            r#"{"tools": {"node": {"version": "22", "url": "https://a.example/"}}}"#,
            "`url` is for tools of the source `url`",
        ),
        (
            r#"{"tools": {"url:a": {"version": "1", "url": "https://a.example/a"}},
            "environments": {"b": {"tools": {"url:a": {"version": "1", "url": "https://b.example/a"}}}}}"#,
            "`url:a` 1 is described differently at line 1",
        ),
    ] {
        assert_eq!(parse("devshell.json", text).unwrap_err().list[0].message, expected);
    }
}

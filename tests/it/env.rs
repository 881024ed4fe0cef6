//! `devshell env`: the notations, each read back by the program it is for.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;

use crate::support::{Sandbox, shell};

/// Values that trip careless quoting.
const NASTY: [&[u8]; 16] = [
    b"plain",
    b"",
    b"two words ",
    b"it's \"quoted\"",
    b"$(touch ran) ${HOME} $HOME",
    b"`touch ran`",
    b"one\ntwo\n",
    b"\xff\xfe not unicode",
    b"=equals",
    b"%percent% %s",
    b"!bang !!",
    b"back\\slash \\n \\",
    b"tab\tbell\x07",
    b"~ * ? [a] {b,c} # ; & | < >",
    b"-e",
    "ü 漢 🦀".as_bytes(),
];

/// A project that hands each of the caller's `X0`, `X1`, … on as `V0`, `V1`, …, which is how
/// bytes that JSON cannot hold get into the manifest's variables.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines = (0..NASTY.len()).map(|n| format!(r#""X{n}": {{ "default": "" }}, "V{n}": "${{X{n}}}""#));
    let variables = lines.collect::<Vec<_>>().join(",\n");
    sandbox.manifest(format!(r#"{{ "env": {{ {variables}, "GONE": {{ "unset": true }}, "APATH": "/a:/b c" }} }}"#));
    sandbox
}

fn caller() -> Vec<(OsString, &'static OsStr)> {
    let mut variables: Vec<(OsString, &OsStr)> =
        NASTY.iter().enumerate().map(|(n, value)| (format!("X{n}").into(), OsStr::from_bytes(value))).collect();
    variables.push(("GONE".into(), OsStr::new("not yet")));
    variables.push(("BASH_FUNC_f%%".into(), OsStr::new("() { :; }")));
    variables
}

#[test]
fn shells_evaluate_their_notation_to_the_same_bytes() {
    let sandbox = sandbox();
    for (shell, no_rc) in [("bash", "--norc"), ("zsh", "-f"), ("fish", "--no-config")] {
        let called = sandbox.devshell(&["env", "--format", shell]).envs(caller()).run();
        called.success().stderr("");
        let script = [called.bytes(), b"\nenv -0\n"].concat();
        let run = sandbox.program(sandbox.find(shell), &[no_rc]).stdin(script);
        let outcome = run.envs(caller()).run();
        outcome.success().stderr("");
        let values: Vec<&[u8]> = outcome.bytes().split(|byte| *byte == 0).collect();
        let has = |line: &[u8]| values.contains(&line);
        for (n, value) in NASTY.iter().enumerate() {
            let line = [format!("V{n}=").as_bytes(), value].concat();
            assert!(has(&line), "{shell} has another V{n}: {outcome}");
        }
        assert!(has(b"APATH=/a:/b c"), "{shell}: {outcome}");
        assert!(!values.iter().any(|line| line.starts_with(b"GONE=")), "{shell}: {outcome}");
        assert!(has(format!("DEVSHELL_ROOT={}", sandbox.project().display()).as_bytes()), "{shell}: {outcome}");
        assert!(!sandbox.project().join("ran").exists(), "{shell} ran a value");
    }
}

/// Those that no `eval` reads as bash's is read: as a script.
#[test]
fn further_shells_evaluate_their_notation_to_the_same_bytes() {
    let sandbox = sandbox();
    for (name, arguments) in [
        ("nu", &["--no-config-file", "/dev/stdin"][..]),
        ("elvish", &["-norc", "/dev/stdin"]),
        ("xonsh", &["--no-rc"]),
        ("tcsh", &["-f"]),
    ] {
        // nushell ends at once when a variable around it is not Unicode.
        let is_held = |value: &OsStr| name != "nu" || value.to_str().is_some();
        let around = || caller().into_iter().filter(|(_, value)| is_held(value));
        let called = sandbox.devshell(&["env", "--format", name]).envs(around()).run();
        called.success().stderr("");
        let env = sandbox.find("env");
        let script = [called.bytes(), b"\n", env.to_str().unwrap().as_bytes(), b" -0\n"].concat();
        let outcome = sandbox.program(shell(name), arguments).stdin(script).envs(around()).run();
        outcome.success().stderr("");
        let values: Vec<&[u8]> = outcome.bytes().split(|byte| *byte == 0).collect();
        for (n, value) in NASTY.iter().enumerate().filter(|(_, value)| is_held(OsStr::from_bytes(value))) {
            let line = [format!("V{n}=").as_bytes(), value].concat();
            assert!(values.contains(&line.as_slice()), "{name} has another V{n}: {outcome}");
        }
        assert!(values.contains(&b"APATH=/a:/b c".as_slice()), "{name}: {outcome}");
        assert!(!values.iter().any(|line| line.starts_with(b"GONE=")), "{name}: {outcome}");
        assert!(!sandbox.project().join("ran").exists(), "{name} ran a value");
    }
}

#[test]
fn json_says_what_to_set_and_what_to_unset() {
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "env": { "A": "x\ny\"$$", "GONE": { "unset": true }, "SAME": "1" } }"#);
    for arguments in [&["env", "--json"][..], &["env", "--format", "json"]] {
        let run = sandbox.devshell(arguments).env("GONE", "1").env("SAME", "1").env("LD_PRELOAD", "none.so").run();
        let mut json = run.json();
        assert_eq!(json["unset"], json!(["GONE", "LD_PRELOAD"]));
        let set = json["set"].as_object_mut().unwrap();
        assert_eq!(set.remove("A"), Some("x\ny\"$".into()));
        let own = ["HOST_PATH", "KEY", "NAME", "ROOT", "STATE"].map(|name| format!("DEVSHELL_{name}"));
        assert_eq!(set.keys().cloned().collect::<Vec<_>>(), [own.as_slice(), &["PATH".to_owned()]].concat());
        assert_eq!(json["path"][0]["origin"], "devshell");
        assert_eq!(json["path"][1]["origin"], "base utilities");
        assert_eq!(json["secrets"], json!([]));
    }
    sandbox.run(&["env", "--json", "--format", "bash"]).code(2);
}

#[test]
fn dotenv_is_read_back_as_an_env_file() {
    let values = NASTY.iter().filter_map(|value| std::str::from_utf8(value).ok());
    let values: Vec<(String, &str)> = values.enumerate().map(|(n, value)| (format!("V{n}"), value)).collect();
    let sandbox = Sandbox::new();
    let variables: serde_json::Map<String, serde_json::Value> =
        values.iter().map(|(name, value)| (name.clone(), value.replace('$', "$$").into())).collect();
    sandbox.manifest(json!({ "env": variables }).to_string());
    let outcome = sandbox.run(&["env"]);
    outcome.success();
    // A second project that knows the first one's values only through the file.
    sandbox.write("../other/devshell.json", r#"{ "env_files": ["values.env"] }"#);
    sandbox.write("../other/values.env", outcome.bytes());
    let read = sandbox.devshell(&["run", "--", "env", "-0"]).directory("../other").run();
    read.success();
    for (name, value) in values {
        let line = format!("{name}={value}");
        assert!(read.bytes().split(|byte| *byte == 0).any(|found| found == line.as_bytes()), "{name}: {read}");
    }
}

/// Reads the file as the runner of GitHub Actions does: `NAME<<DELIMITER`, lines, `DELIMITER`.
fn read_github(text: &str) -> Vec<(String, String)> {
    let mut lines = text.lines();
    let mut variables = Vec::new();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        variables.push((name.to_owned(), value.join("\n")));
    }
    variables
}

#[test]
fn github_files_are_appended_to() {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    sandbox.write_executable(host.join("mytool"), "#!/bin/sh\necho mytool 1.2\n");
    let value = "one\nEOF\nPATH<<x\ntwo";
    sandbox.manifest(json!({ "tools": { "host:mytool": ">=1" }, "env": { "A": value } }).to_string());
    sandbox.run(&["lock"]).success();
    let [env, path] = ["github.env", "github.path"].map(|name| sandbox.write(name, "before\n"));
    let run = sandbox.devshell(&["env", "--format", "github"]).env("GITHUB_ENV", &env).env("GITHUB_PATH", &path);
    run.run().success().stdout("").stderr("");
    let text = sandbox.read("github.env");
    let variables = read_github(text.strip_prefix("before\n").unwrap());
    assert!(variables.contains(&("A".to_owned(), value.to_owned())), "{text}");
    assert!(variables.iter().all(|(name, _)| name != "PATH"), "the runner's PATH is the runner's: {text}");
    // The runner puts each line in front of those before it: the tool's shall be the first.
    let path = sandbox.read("github.path");
    let entries: Vec<&str> = path.strip_prefix("before\n").unwrap().lines().collect();
    let has = |entry: &str, command: &str| std::path::Path::new(entry).join(command).exists();
    assert_eq!(entries.len(), 2, "{path}");
    assert!(has(entries[0], "devshell") && has(entries[1], "mytool"), "{path}");
    sandbox.run(&["env", "--format", "github"]).code(2).stderr(
        "devshell: GITHUB_ENV is not set\n\
         hint: this format is for a step in GitHub Actions, whose runner sets the variable\n",
    );
}

#[test]
fn explain_keeps_secrets() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        r#"{ "env_files": [".env"], "env": { "PORT": "80", "API_TOKEN": "s3cret", "URL": "http://u:s3cret@h/",
             "HEADER": "Bearer ${API_TOKEN}", "COPY": { "default": "${API_TOKEN}!" } } }"#,
    );
    sandbox.write(".env", "FILE=s3cret\nCOPY=s3cret\n");
    let outcome = sandbox.run(&["env", "--explain"]);
    outcome.success().stdout_contains("PORT=80").stdout_contains("API_TOKEN=(not shown)  (manifest, line 1)");
    assert!(!outcome.text().contains("s3cret"), "{outcome}");
    let json = sandbox.run(&["env", "--explain", "--json"]);
    assert!(!json.success().text().contains("s3cret"), "{json}");
    // Other programs get the values, and are told which.
    let json = sandbox.run(&["env", "--json"]).json();
    assert_eq!(json["set"]["HEADER"], "Bearer s3cret");
    assert_eq!(json["secrets"], json!(["API_TOKEN", "COPY", "FILE", "HEADER", "URL"]));
}

#[test]
fn explain_says_who_set_what() {
    let sandbox = Sandbox::new();
    sandbox.manifest(
        "{\n \"env_files\": [\".env\"],\n \"env\": {\n  \"A\": \"1\",\n  \"B\": { \"prepend\": \"x\" }\n }\n}",
    );
    sandbox.write(".env", "FILE=2\n");
    let ask = |arguments: &[&str]| sandbox.devshell(arguments).env("B", "y").env("LD_PRELOAD", "none.so").run();
    let bin = "[HOME]/.local/share/devshell/links-1/[KEY]/bin";
    let outcome = ask(&["env", "--explain"]);
    outcome.success();
    let text = outcome.text();
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("DEVSHELL_STATE")).map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "PATH",
            &format!("{bin}  devshell"),
            &format!("{bin}  base utilities"),
            "",
            "variables",
            "A=1  (manifest, line 4)",
            "B=x:y  (manifest, line 5)",
            "DEVSHELL_HOST_PATH=[HOST_PATH]  (devshell)",
            "DEVSHELL_KEY=[KEY]  (devshell)",
            "DEVSHELL_NAME=shop  (devshell)",
            "DEVSHELL_ROOT=[PROJECT]  (devshell)",
            "FILE=(not shown)  ([PROJECT]/.env:1)",
            "",
            "taken from the caller: 1",
            "LD_PRELOAD  (isolation)",
        ],
        "{outcome}"
    );
    let json = ask(&["env", "--explain", "--json"]).json();
    assert_eq!(json["dropped"], json!([{ "name": "LD_PRELOAD", "origin": "isolation" }]));
    assert_eq!(json["path"][1]["origin"], "base utilities");
    assert_eq!(json["variables"][1], json!({ "name": "B", "value": "x:y", "origins": ["manifest, line 5"] }));
}

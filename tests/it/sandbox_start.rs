//! Where a command starts at isolation `sandbox`, if that is not in the project.
#![cfg(target_os = "linux")]

use crate::sandbox::shop;
use crate::support::{Outcome, Sandbox};

/// A script that runs in the dev shell of `shop`, started elsewhere.
fn started(sandbox: &Sandbox, directory: &str, words: &[&str]) -> Outcome {
    let manifest = sandbox.project().join("devshell.json");
    sandbox.devshell(words).env("DEVSHELL_MANIFEST", manifest).directory(directory).run()
}

const SCRIPT: &[&str] = &["run", "--", "sh", "-c", "pwd; touch made 2>/dev/null || echo refused"];

#[test]
fn a_directory_that_is_not_inside_is_an_error() {
    let sandbox = shop("");
    sandbox.write("../../outside/file", "x");
    for words in [SCRIPT, &["enter", "--", "true"], &["enter", "--shell", "sh"]] {
        started(&sandbox, "../../outside", words).code(125).stderr(
            "devshell: `[ROOT]/outside` is not in the sandbox of `[PROJECT]`\n\
             hint: start in the project (`devshell -C [PROJECT]`), or add the directory to `read` or `write` in the manifest's \
             `sandbox`\n",
        );
    }
    // A script of the manifest starts in the project, and so does a command that is told to.
    started(&sandbox, "../../outside", &["run", "version"]).success().stdout("v22.3.0\n");
    let project = sandbox.project().to_str().unwrap();
    started(&sandbox, "../../outside", &["-C", project, "run", "--", "pwd"]).success().stdout("[PROJECT]\n");
}

#[test]
fn what_the_manifest_grants_is_inside() {
    for (key, expected) in [("read", "[ROOT]/outside\nrefused\n"), ("write", "[ROOT]/outside\n")] {
        let sandbox = shop("");
        let outside = sandbox.write("../../outside/file", "x").with_file_name("");
        let manifest = sandbox.read("devshell.json");
        let granted = format!(r#""sandbox": {{ "{key}": ["{}"]"#, sandbox.root().join("outside").display());
        sandbox.manifest(manifest.replace(r#""sandbox": {"#, &granted));
        started(&sandbox, "../../outside", SCRIPT).success().stdout(expected);
        assert_eq!(outside.join("made").exists(), key == "write");
    }
}

/// They are there because of what is in them, and new: what is written is gone at the end.
#[test]
fn directories_around_the_project_are_inside() {
    let sandbox = shop("");
    started(&sandbox, "..", SCRIPT).success().stdout("[HOME]\n");
    assert!(!sandbox.home().join("made").exists());
    started(&sandbox, "/usr/share", SCRIPT).success().stdout("/usr/share\nrefused\n");
    let script = ["run", "--", "sh", "-c", "touch \"$DEVSHELL_ROOT/made\" && ls"];
    started(&sandbox, "..", &script).success().stdout("shop\n");
    assert!(sandbox.project().join("made").exists());
}

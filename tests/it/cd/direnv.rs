//! `use devshell` in an `.envrc`, with the real direnv.

use super::{MANIFEST, shop};
use crate::support::{Registry, Sandbox};

/// The project with an `.envrc`, and direnv on the host.
fn with_direnv(registry: &Registry) -> Sandbox {
    let mut sandbox = shop(registry);
    let direnv = which::which("direnv").expect("direnv is not installed, and this test is about it");
    let host = sandbox.host_directory("direnv-bin");
    fs_err::os::unix::fs::symlink(direnv, host.join("direnv")).unwrap();
    let library = sandbox.run(&["hook", "direnv"]).success().bytes().to_owned();
    sandbox.write(sandbox.home().join(".config/direnv/lib/devshell.sh"), library);
    sandbox.write(".envrc", "use devshell\n");
    sandbox
}

#[test]
fn direnv_has_the_environment() {
    let registry = Registry::new();
    let sandbox = with_direnv(&registry);
    let direnv = |words: &[&str]| sandbox.program("direnv", words).env("LIST", "mine").run();
    // direnv asks for consent by itself.
    assert!(!direnv(&["exec", ".", "true"]).ended_well());
    direnv(&["allow"]).success();
    sandbox.run(&["allow"]).success();
    let script = "echo $COLOUR $LIST $TOKEN; node --version";
    direnv(&["exec", ".", "sh", "-c", script]).success().stdout("green ours:mine s3cret\nv24.3.0\n");
    sandbox.remove("devshell.lock");
    sandbox.run(&["allow"]).success();
    assert!(direnv(&["exec", ".", "true"]).errors().contains("`devshell lock`"));
}

/// direnv's own consent is to the `.envrc`, which says nothing of what the project does.
#[test]
fn direnv_asks_for_consent_to_the_project() {
    let registry = Registry::new();
    let sandbox = with_direnv(&registry);
    let direnv = |words: &[&str]| sandbox.program("direnv", words).run();
    let colour = ["exec", ".", "sh", "-c", "echo x$COLOUR$PROMPT_COMMAND"];
    direnv(&["allow"]).success();
    let outcome = direnv(&colour);
    outcome
        .success()
        .stdout("x\n")
        .stderr_contains("is not allowed yet; read its devshell.json, then type `devshell allow`");
    sandbox.run(&["allow"]).success();
    direnv(&colour).success().stdout("xgreen\n");
    let watched = direnv(&["exec", ".", "sh", "-c", "direnv show_dump \"$DIRENV_WATCHES\""]).success().text();
    for name in ["devshell.json", "devshell.jsonc", "devshell.lock", ".env", ".npmrc", "hello.sh", "approvals-1/"] {
        assert!(watched.contains(&format!("/{name}")), "{name}: {watched}");
    }
    for (name, text) in [
        ("devshell.json", MANIFEST.replace("\"COLOUR\": \"green\"", "\"PROMPT_COMMAND\": \"evil\"")),
        (".env", "PROMPT_COMMAND=evil\n".to_owned()),
        ("hello.sh", "#!/bin/sh\nevil\n".to_owned()),
    ] {
        let before = sandbox.read(name);
        sandbox.write(name, text);
        direnv(&colour).success().stdout("x\n").stderr_contains("is not what you allowed");
        sandbox.write(name, before);
    }
    direnv(&colour).success().stdout("xgreen\n");
}

/// Whichever directory the `.envrc` is in, and whatever is wrong with the manifest.
#[test]
fn direnv_watches_a_manifest_above_and_one_that_cannot_be_read() {
    let registry = Registry::new();
    let sandbox = with_direnv(&registry);
    sandbox.write("sub/.envrc", "use devshell\n");
    sandbox.run(&["allow"]).success();
    let sub = sandbox.project().join("sub");
    let direnv = |words: &[&str]| sandbox.program("direnv", words).run();
    direnv(&["allow", "sub"]).success();
    let script = "direnv show_dump \"$DIRENV_WATCHES\"; echo $COLOUR";
    let watched = |expected: &str| {
        let text = direnv(&["exec", "sub", "sh", "-c", script]).text();
        for name in ["devshell.json", "devshell.jsonc"] {
            assert!(text.contains(&format!("\"[PROJECT]/{name}\"")), "{name}: {text}");
        }
        assert!(text.ends_with(expected), "{text}");
    };
    watched("green\n");
    sandbox.manifest(b"\xff");
    let library = sandbox.devshell(&["on-direnv"]).directory(&sub).run();
    library.code(4).stdout_contains("watch_file '[PROJECT]/devshell.json'\n");
    sandbox.manifest(MANIFEST);
    watched("green\n");
}

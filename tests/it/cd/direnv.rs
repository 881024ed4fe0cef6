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
    outcome.success().stdout("x\n").stderr_contains("may not change this shell; `devshell allow` lets it");
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

//! `use devshell` in an `.envrc`, with the real direnv.

use super::shop;
use crate::support::Registry;

#[test]
fn direnv_has_the_environment() {
    let registry = Registry::new();
    let mut sandbox = shop(&registry);
    let direnv = which::which("direnv").expect("direnv is not installed, and this test is about it");
    let host = sandbox.host_directory("direnv-bin");
    fs_err::os::unix::fs::symlink(direnv, host.join("direnv")).unwrap();
    let library = sandbox.run(&["hook", "direnv"]).success().bytes().to_owned();
    sandbox.write(sandbox.home().join(".config/direnv/lib/devshell.sh"), library);
    sandbox.write(".envrc", "use devshell\n");
    let direnv = |words: &[&str]| sandbox.program("direnv", words).env("LIST", "mine").run();
    // direnv asks for consent by itself.
    assert!(!direnv(&["exec", ".", "true"]).ended_well());
    direnv(&["allow"]).success();
    let script = "echo $COLOUR $LIST $TOKEN; node --version";
    direnv(&["exec", ".", "sh", "-c", script]).success().stdout("green ours:mine s3cret\nv24.3.0\n");
    sandbox.remove("devshell.lock");
    assert!(direnv(&["exec", ".", "true"]).errors().contains("`devshell lock`"));
}

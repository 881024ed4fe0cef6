//! Where packages are not configured: on a machine that builds no walls, and with a lock that is older than this.

use super::Machine;
use super::hostile::package;
use crate::landlock::WITHOUT_NAMESPACES;

const NAME: &str = "w-tool";

fn machine() -> Machine {
    Machine::with(&[package(NAME, "echo made >$note/made").file("usr/share/w-file", "x")])
}

#[test]
fn where_no_wall_can_be_built_tools_work_as_they_are() {
    let machine = machine();
    let unshare = which::which("unshare").expect("`unshare` (util-linux) is needed to forbid walls");
    let unshare = unshare.to_str().unwrap();
    let run = |words: &[&str]| {
        let devshell = [machine.user.executable()];
        machine.program(&[&[unshare], &WITHOUT_NAMESPACES[1..], &devshell, words].concat()).run()
    };
    run(&["install"]).success().stderr_lacks("configur");
    assert!(
        !machine.debian.downloads().iter().any(|name| name.starts_with("dpkg_")),
        "{:?}",
        machine.debian.downloads()
    );
    let prefix = machine.prefix();
    assert!(prefix.join("usr/share/w-file").exists() && !prefix.join("usr/share/w-tool/made").exists());
    run(&["run", NAME]).success().stdout("w-tool works\n").stderr("");
    run(&["verify"]).success();
    let doctor = run(&["doctor"]).text();
    assert!(doctor.contains("not run, because ") && doctor.contains(": the scripts of w-tool;"), "{doctor}");
    // Elsewhere, the same home has it configured beside that, and from then on both do.
    machine.run(&["install"]).success().stderr_contains("configuring ");
    assert_eq!(machine.prefixes().len(), 2);
    run(&["run", NAME]).success().stdout("w-tool works\n").stderr_lacks("configur");
}

#[test]
fn a_user_without_an_account_has_them_configured_too() {
    let machine = machine();
    let unshare = which::which("unshare").expect("`unshare` (util-linux) is needed for a user without an account");
    let unshare = [unshare.to_str().unwrap(), "--user", "--map-user=54321", "--map-group=54321"];
    let words = [&unshare[..], &[machine.user.executable(), "install"]].concat();
    machine.program(&words).run().success().stderr_contains("configuring ");
    assert!(machine.prefix().join("usr/share/w-tool/made").exists());
}

#[test]
fn a_lock_without_the_section_works_and_is_not_stale() {
    let machine = machine();
    let sandbox = machine.sandbox();
    let mut lock = sandbox.lock();
    assert!(lock.as_object_mut().unwrap().remove("configuring").is_some());
    sandbox.write(
        "devshell.lock",
        devshell::lock::write(&devshell::lock::parse("devshell.lock", &lock.to_string()).unwrap()),
    );
    let text = sandbox.read("devshell.lock");
    machine.run(&["lock", "--check"]).success();
    machine.debian.forget_requests();
    machine.run(&["install"]).success().stderr_lacks("configur");
    machine.run(&["run", NAME]).success().stdout("w-tool works\n");
    assert_eq!(machine.debian.downloads(), ["w-tool_1_all.deb"]);
    assert_eq!(sandbox.read("devshell.lock"), text);
    assert!(!machine.prefix().join("usr/share/w-tool/made").exists());
}

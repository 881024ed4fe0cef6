//! Configured prefixes in the store: checked, repaired, swept, and used without a network.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Machine;
use super::hostile::package;

const NAMES: [&str; 2] = ["k-one", "k-two"];

/// With two packages, whose commands print what their scripts have made.
fn machine() -> Machine {
    let packages = NAMES.map(|name| {
        let script = "printf '#!/bin/sh\\necho made\\n' >/usr/bin/made; chmod 755 /usr/bin/made; echo made >$note/made";
        package(name, script)
    });
    let machine = Machine::with(&packages);
    machine.manifest(&NAMES[..1]);
    machine.run(&["install"]).success().stderr_contains("configuring ");
    machine
}

/// The packages that were fetched since that was asked last.
fn fetched(machine: &Machine) -> Vec<String> {
    let found = machine.debian.downloads();
    machine.debian.forget_requests();
    found
}

fn made(prefix: &Path) -> PathBuf {
    prefix.join("usr/share/k-one/made")
}

#[test]
fn what_was_changed_is_found_and_made_again() {
    let machine = machine();
    let prefix = machine.prefix();
    machine.run(&["verify"]).success();
    for path in [made(&prefix), prefix.join("usr/bin/made"), prefix.join("usr/bin/k-one")] {
        fetched(&machine);
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        // Not by way of its object.
        machine.sandbox().remove(path.with_file_name("other"));
        fs_err::set_permissions(path.parent().unwrap(), std::fs::Permissions::from_mode(0o755)).unwrap();
        fs_err::write(path.with_file_name("other"), "#!/bin/sh\necho other\n").unwrap();
        fs_err::rename(path.with_file_name("other"), &path).unwrap();
        let inside = path.strip_prefix(&prefix).unwrap().display().to_string();
        machine.run(&["verify"]).code(1).stdout_contains(&inside);
        machine.run(&["verify", "--repair"]).success().stderr_contains("the next entry makes it again");
        machine.run(&["run", "k-one"]).success().stdout("k-one works\n").stderr_contains("configuring ");
        assert_eq!(machine.prefix(), prefix);
        assert_eq!(fs_err::read_to_string(made(&prefix)).unwrap(), "made\n");
        machine.run(&["verify"]).success();
        assert_eq!(fetched(&machine), Vec::<String>::new());
    }
}

#[test]
fn a_sweep_takes_what_is_unused_and_keeps_what_a_used_one_needs() {
    let machine = machine();
    let first = machine.prefix();
    machine.manifest(&NAMES[1..]);
    machine.run(&["install"]).success();
    let second: Vec<_> = machine.prefixes().into_iter().filter(|prefix| *prefix != first).collect();
    assert_eq!(machine.prefixes().len(), 2);
    fetched(&machine);
    machine.run(&["gc", "--only-here", "--yes"]).success();
    assert_eq!(machine.prefixes(), second);
    machine.run(&["verify"]).success();
    machine.run(&["run", "k-two"]).success().stdout("k-two works\n").stderr_lacks("configuring ");
    // What configures it is there too: it can be made again without a network.
    machine.run(&["install"]).success().stderr_lacks("configuring ");
    assert_eq!(fetched(&machine), Vec::<String>::new());
    machine.sandbox().remove(second[0].with_file_name(format!("{}.sha256", second[0].file_name().unwrap().display())));
    machine.run(&["--offline", "install"]).success().stderr_contains("configuring ");
    assert_eq!(machine.prefixes(), second);
    // Nothing is kept of what no environment uses.
    machine.sandbox().age(90);
    machine.run(&["gc", "--yes"]).success();
    assert_eq!(machine.prefixes(), Vec::<PathBuf>::new());
    let objects = fs_err::read_dir(machine.sandbox().data().join("objects-1")).unwrap();
    let left: Vec<PathBuf> = objects.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    assert_eq!(left, Vec::<PathBuf>::new());
}

/// Nor does the prefix that is not configured take its place.
#[test]
fn a_prefix_that_is_used_stays_with_its_age() {
    let machine = machine();
    machine.sandbox().age(20);
    machine.run(&["gc", "--yes"]).success();
    machine.run(&["run", "k-one"]).success().stdout("k-one works\n").stderr("");
    machine.run(&["run", "sh", "-c", "echo $PATH"]).success();
    assert_eq!(machine.prefixes().len(), 1);
}

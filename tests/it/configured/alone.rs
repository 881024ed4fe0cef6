//! Scripts that destroy the system around them, or what runs them. Each has a prefix of its own, in one store: devshell goes
//! on, and says what was not configured.

use super::Machine;
use super::hostile::package;
use crate::support::Deb;

/// Installs a package beside another one, and expects something in what is said.
#[track_caller]
fn install(machine: &Machine, names: [&str; 2], expected: &str) {
    machine.manifest(&names);
    let before = machine.outside();
    let install = machine.run(&["install"]);
    install.success().stderr_contains(expected);
    assert_eq!(machine.outside(), before, "{names:?}");
    assert!(install.errors().lines().count() < 30 && install.errors().len() < 5000, "{install}");
    machine.run(&["verify"]).success();
}

/// The package is named, and its command works all the same.
const NAMED: [(&str, &str); 4] = [
    ("d-kill", "echo last words; kill -9 -1; sleep 9"),
    (
        "d-parents",
        r#"echo last words; p=$PPID; while [ "$p" -gt 1 ]; do q=$(awk '{print $4}' /proc/$p/stat); kill -9 $p; p=$q; done; sleep 9"#,
    ),
    ("d-exit", "echo last words; exit 1"),
    ("d-status", "echo last words; kill -TERM $$"),
];

/// What is not configured by then is named.
const LEFT: [(&str, &str); 5] = [
    (
        "d-dpkg",
        "printf '#!/bin/sh\\nexit 0\\n' >/usr/bin/dpkg.new; chmod 755 /usr/bin/dpkg.new; mv /usr/bin/dpkg.new /usr/bin/dpkg; kill -9 $PPID",
    ),
    ("d-shell", "rm -f /usr/bin/sh /usr/bin/dash; ln -s /nowhere /usr/bin/sh"),
    ("d-database", "echo nonsense >/var/lib/dpkg/status; rm -rf /var/lib/dpkg/info; kill -9 $PPID"),
    (
        "d-lies",
        "i=0; while [ $i -lt 20000 ]; do echo \"dpkg: error processing package x$i (--configure):\"; i=$((i+1)); done; kill -9 $PPID; kill -9 -1",
    ),
    ("d-links", "rm -rf /usr/share; ln -s /tmp /usr/share; rm -rf /var/lib/dpkg; ln -s / /var/lib/dpkg"),
];

#[test]
fn a_script_that_ends_what_runs_it_is_named() {
    let mut debs: Vec<Deb> = NAMED.iter().map(|(name, script)| package(name, script)).collect();
    debs.push(package("good", "echo configured >$note/done"));
    let machine = Machine::with(&debs);
    for (name, _) in NAMED {
        let said = format!("devshell: the Debian package `{name}` could not be configured:\ndevshell:   last words\n");
        install(&machine, [name, "good"], &said);
        machine.run(&["run", name]).success().stdout(&format!("{name} works\n"));
        machine.run(&["run", "good"]).success().stdout("good works\n");
    }
}

#[test]
fn what_a_script_prevents_is_named() {
    let after = |name: &str| format!("{name}-after");
    let pair = |(name, script): &(&str, &str)| {
        [package(name, script), package(&after(name), "echo configured >$note/done").depends(name)]
    };
    let machine = Machine::with(&LEFT.iter().flat_map(pair).collect::<Vec<_>>());
    for (name, _) in LEFT {
        let (after, before) = (after(name), machine.prefixes());
        install(&machine, [name, &after], &after);
        let new: Vec<_> = machine.prefixes().into_iter().filter(|prefix| !before.contains(prefix)).collect();
        assert_eq!(new.len(), 1, "{name}: {new:?}");
        assert!(!new[0].join("usr/share").join(&after).join("done").exists(), "{name}");
    }
}

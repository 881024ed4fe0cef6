//! Files that are not kept in a configured prefix: those of a running system, those that the host decides, and those that differ
//! each time they are made.

use std::path::Path;

/// Below these, and these themselves.
const DROPPED: &[&str] = &[
    // Of a running system.
    "usr/local",
    "usr/sbin/policy-rc.d",
    "var/backups",
    "var/cache/debconf",
    "var/lib/systemd",
    "var/lock",
    "var/log",
    "var/mail",
    "var/run",
    "var/spool",
    "var/tmp",
    // Of the host: users and names.
    "etc/.pwd.lock",
    "etc/environment",
    "etc/fstab",
    "etc/group",
    "etc/gshadow",
    "etc/hostname",
    "etc/hosts",
    "etc/ld.so.cache",
    "etc/localtime",
    "etc/machine-id",
    "etc/mailname",
    "etc/motd",
    "etc/mtab",
    "etc/nsswitch.conf",
    "etc/passwd",
    "etc/resolv.conf",
    "etc/shadow",
    "etc/ssl/private",
    "etc/subgid",
    "etc/subuid",
    "etc/timezone",
    // Other at each time.
    "etc/group-",
    "etc/gshadow-",
    "etc/passwd-",
    "etc/shadow-",
    "var/cache/fontconfig",
    "var/cache/ldconfig",
    "var/cache/man",
    "var/lib/dpkg/first",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/lock-frontend",
    "var/lib/dpkg/triggers/Lock",
    "var/lib/dpkg/updates",
];

/// What scripts change here is dropped too: it is how the people of a host work. What packages bring stays.
const UNCHANGED: &[&str] = &[
    "etc/bash.bashrc",
    "etc/host.conf",
    "etc/inputrc",
    "etc/issue",
    "etc/issue.net",
    "etc/login.defs",
    "etc/networks",
    "etc/pam.conf",
    "etc/pam.d",
    "etc/profile",
    "etc/profile.d",
    "etc/protocols",
    "etc/rpc",
    "etc/security",
    "etc/services",
    "etc/shells",
    "etc/skel",
];

/// Copies that dpkg and debconf make before they write.
const OLD: [&str; 2] = ["-old", ".dpkg-old"];

pub fn is_dropped(inside: &Path) -> bool {
    let is_old = || inside.to_str().is_some_and(|text| OLD.iter().any(|end| text.ends_with(end)));
    DROPPED.iter().chain(UNCHANGED).any(|dropped| inside.starts_with(dropped))
        || inside.starts_with("var/lib") && is_old()
}

/// All of these, to be removed where packages brought some.
pub fn dropped() -> impl Iterator<Item = &'static Path> {
    DROPPED.iter().map(Path::new)
}

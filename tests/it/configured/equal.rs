//! Packages that are configured twice become the same tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::hostile::package;
use super::{Machine, listing};

/// What scripts do that could be another thing each time: times, users, orders, caches, what was there before.
const USUAL: &str = "adduser --system --group --home /var/lib/e-usual --quiet e-usual || true
update-alternatives --install /usr/bin/e-editor e-editor /usr/bin/e-usual 10
ldconfig; mkdir -p /var/lib/e-usual; hostname >$note/host; umask >$note/umask; id -u >$note/user; tty >$note/terminal 2>&1
echo one >/etc/e-usual.conf; ucf --three-way /etc/e-usual.conf /etc/e-other.conf
echo 'e-usual e-usual/question string yes' | debconf-set-selections
. /usr/share/debconf/confmodule; db_version 2.0; db_stop || true
logger e-usual; env | sort | grep -v ^_= >$note/variables; ls /dev /run / >$note/seen; touch $note/now; pwd >$note/directory
rm -rf /usr/share/e-usual-old; sync";

/// Path below a directory -> its mode, where a link leads to, what is in it.
fn content(directory: &Path) -> BTreeMap<PathBuf, (String, Vec<u8>)> {
    let about = |path: &Path, text: &str| {
        let (mode, target) = (text.split(' ').next().unwrap(), text.rsplit(' ').next().unwrap());
        let is_file = fs_err::symlink_metadata(directory.join(path)).unwrap().is_file();
        let bytes = if is_file { fs_err::read(directory.join(path)).unwrap() } else { Vec::new() };
        (format!("{mode} {target}"), bytes)
    };
    listing(directory).into_iter().map(|(path, text)| (path.clone(), about(&path, &text))).collect()
}

#[test]
fn two_makes_of_a_prefix_are_equal() {
    let random =
        package("e-random", "head -c 8 /dev/urandom >$note/random; date +%N >$note/date; echo $$ >$note/process");
    let machine = Machine::with(&[package("e-usual", USUAL).file("usr/share/e-usual-old/x", "x"), random]);
    // These are configured anyway, and their commands are tools here.
    machine.manifest(&["e-usual", "e-random", "adduser", "base-files", "debconf", "passwd", "perl-base"]);
    machine.run(&["install"]).success().stderr_lacks("could not");
    let prefix = machine.prefix();
    let first = content(&prefix);
    assert!(first.contains_key(Path::new("usr/share/e-usual/variables")), "{:?}", first.keys());
    machine.sandbox().remove(&prefix);
    machine.sandbox().remove(prefix.with_file_name(format!("{}.sha256", prefix.file_name().unwrap().display())));
    machine.run(&["install"]).success().stderr_contains("configuring ");
    assert_eq!(machine.prefix(), prefix);
    let second = content(&prefix);
    let all = first.keys().chain(second.keys());
    let mut other: Vec<&Path> =
        all.filter(|path| first.get(*path) != second.get(*path)).map(PathBuf::as_path).collect();
    other.sort();
    other.dedup();
    let random = ["date", "process", "random"].map(|name| Path::new("usr/share/e-random").join(name));
    // A process has a number of its own each time that others started before it.
    assert!(other.iter().all(|path| random.iter().any(|it| it == path)), "{other:?}");
    assert!(other.contains(&random[2].as_path()), "{other:?}");
}

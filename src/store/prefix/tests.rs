//! Tests of prefixes, of packages that are made here.

use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use tar::EntryType;

use super::*;
use crate::archive::Format;
use crate::catalog::recipe::Found;
use crate::digest::Hasher;
use crate::name::SourceLabel;
use crate::store::unpack::tests::{Entry, FILE, deb_of};
use crate::store::{Progress, entries};

struct Silent;

impl Progress for Silent {
    fn start(&self, _: usize, _: &str, _: Option<u64>) {}
    fn advance(&self, _: usize, _: u64) {}
    fn finish(&self, _: usize) {}
}

struct Stored {
    data: tempfile::TempDir,
    store: Store,
    artifacts: Vec<Artifact>,
}

impl Stored {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::new(data.path());
        Self { data, store, artifacts: Vec::new() }
    }

    /// Puts a package into the store.
    fn with(mut self, package: &str, files: &[Entry]) -> Self {
        let bytes = deb_of(package, files);
        let mut hasher = Hasher::sha256();
        hasher.update(&bytes);
        let artifact = Artifact::new(SourceLabel::Deb, package.parse().unwrap(), "1".parse().unwrap(), hasher.finish());
        let artifact = Artifact { unpack: Some(Format::Deb), ..artifact };
        let file = self.data.path().join("package");
        fs_err::write(&file, bytes).unwrap();
        self.store.adopt(&artifact, &file, &Silent).unwrap();
        self.artifacts.push(artifact);
        self
    }

    fn prefix(&self) -> Result<PathBuf, PrefixError> {
        let artifacts: Vec<&Artifact> = self.artifacts.iter().collect();
        self.store.prefix(&"trixie".parse().unwrap(), &artifacts, machine())
    }

    /// What is wrong in the store.
    fn faults(&self) -> Vec<crate::store::Fault> {
        self.store.verify().unwrap().broken.into_iter().flat_map(|broken| broken.faults).collect()
    }

    /// What is visible among the builds.
    fn builds(&self) -> Vec<PathBuf> {
        let mut paths = entries(&self.store.builds()).unwrap();
        paths.retain(|path| !path.file_name().unwrap().to_string_lossy().starts_with(".lock-"));
        paths
    }
}

fn machine() -> Platform {
    let arch = std::env::consts::ARCH;
    Platform::of(arch, "linux", false).unwrap()
}

#[test]
fn packages_become_one_tree() {
    let stored = Stored::new()
        .with(
            "tool",
            &[
                ("./usr/bin/tool", FILE, 0o755, b"#! /bin/run -x\nscript\n"),
                ("./usr/bin/other", FILE, 0o755, b"#!/usr/bin/env run\n"),
                ("./usr/bin/hosts", FILE, 0o755, b"#!/usr/bin/python3\n"),
                ("./usr/bin/again", EntryType::Symlink, 0o777, b"/bin/tool"),
                ("./usr/share/doc/tool/README", FILE, 0o644, b"text"),
                ("./usr/share/tool/data", FILE, 0o644, b"text"),
                ("./usr/lib/python3/tool/module.py", FILE, 0o644, b"x"),
            ],
        )
        .with("run", &[("./bin/run", FILE, 0o4755, b"#!/bin/sh\n"), ("./usr/share/tool/data", FILE, 0o644, b"text")]);
    let prefix = stored.prefix().unwrap();
    let text = |path: &str| fs_err::read_to_string(prefix.join(path)).unwrap();
    // An interpreter of the prefix is named by its place there, another one is let be.
    assert_eq!(text("usr/bin/tool"), format!("#!{}/bin/run -x\nscript\n", prefix.display()));
    assert_eq!(text("usr/bin/other"), "#!/usr/bin/env run\n");
    assert_eq!(text("usr/bin/hosts"), "#!/usr/bin/python3\n");
    assert_eq!(text("bin/again"), text("usr/bin/tool"));
    for absent in ["DEBIAN", "usr/share/doc", "sbin"] {
        assert!(!prefix.join(absent).exists(), "{absent}");
    }
    let mode = |path: &str| fs_err::metadata(prefix.join(path)).unwrap().mode() & 0o7777;
    assert_eq!(["bin/run", "usr/share/tool/data", "usr/share", ""].map(mode), [0o555, 0o444, 0o555, 0o555]);
    // What is as the package has it is the same file, and what is not has left the object alone.
    let object = stored.store.object(&stored.artifacts[0]);
    let inode = |path: PathBuf| fs_err::metadata(path).unwrap().ino();
    assert_eq!(
        inode(prefix.join("usr/share/tool/data")),
        inode(stored.store.object(&stored.artifacts[1]).join("usr/share/tool/data"))
    );
    assert_eq!(fs_err::read(object.join("usr/bin/tool")).unwrap(), b"#! /bin/run -x\nscript\n");
    assert_eq!(stored.faults(), []);

    // Bytecode may be written, and nothing else goes unseen.
    assert_eq!(mode("usr/lib/python3/tool"), 0o755);
    // Its directory is there from the start, with a mode that the umask of the process that runs Python has no part in.
    let cache = prefix.join("usr/lib/python3/tool/__pycache__");
    assert_eq!(mode("usr/lib/python3/tool/__pycache__"), 0o755);
    fs_err::write(cache.join("module.pyc"), "x").unwrap();
    assert_eq!(stored.faults(), []);
    fs_err::write(prefix.join("usr/lib/python3/tool/more.py"), "x").unwrap();
    assert_eq!(stored.faults(), [crate::store::Fault::Additional("usr/lib/python3/tool/more.py".to_owned())]);
}

#[test]
fn a_prefix_is_whole_or_made_again() {
    let stored = Stored::new().with("tool", &[("./usr/bin/tool", FILE, 0o755, b"#!/bin/sh\n")]);
    let prefix = stored.prefix().unwrap();
    let changed = || fs_err::metadata(&prefix).unwrap().ctime_nsec();
    let before = changed();
    assert_eq!((stored.prefix().unwrap(), changed()), (prefix.clone(), before));
    // As a process that was killed leaves it.
    fs_err::remove_file(list_of(&prefix)).unwrap();
    fs_err::set_permissions(prefix.join("usr"), std::fs::Permissions::from_mode(0o755)).unwrap();
    remove_tree(&prefix.join("usr/bin")).unwrap();
    assert_eq!(stored.prefix().unwrap(), prefix);
    assert_ne!(changed(), before);
    assert!(prefix.join("usr/bin/tool").exists());
    assert_eq!(stored.builds(), [prefix.clone(), list_of(&prefix)]);
    // Another suite, and another list of packages, are other prefixes.
    let other = stored.store.prefix(&"bookworm".parse().unwrap(), &[&stored.artifacts[0]], machine()).unwrap();
    assert_ne!(other, prefix);
    assert_ne!(stored.store.prefix(&"trixie".parse().unwrap(), &[], machine()).unwrap(), prefix);
}

#[test]
fn packages_that_have_the_same_file_are_refused_by_name() {
    let file = [("./usr/bin/x", FILE, 0o755, &b"#!/bin/a\n"[..])];
    for second in [
        &[("./bin/x", FILE, 0o755, &b"#!/bin/b\n"[..])][..],
        &[("./usr/bin/x", EntryType::Symlink, 0o777, b"y")],
        &[("./usr/bin/x/y", FILE, 0o755, b"#!/bin/a\n")],
    ] {
        let stored = Stored::new().with("a", &file).with("b", second);
        let error = stored.prefix().unwrap_err().to_string();
        assert_eq!(error, "the Debian packages `a` and `b` both have `usr/bin/x`, with different content");
        assert!(stored.builds().is_empty(), "something is left");
    }
    let same = Stored::new().with("a", &file).with("b", &[("./bin/x", FILE, 0o755, b"#!/bin/a\n")]);
    assert!(same.prefix().is_ok());
}

/// A program of the host, with its loader and its C library, as packages: in a prefix it uses
/// those, and nothing else.
#[test]
fn a_program_uses_the_prefix_s_own_loader_and_libraries() {
    let arch = std::env::consts::ARCH;
    let loader = if arch == "aarch64" { "/lib/ld-linux-aarch64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" };
    let libc =
        [format!("/lib/{arch}-linux-gnu/libc.so.6"), "/lib64/libc.so.6".to_owned(), "/usr/lib/libc.so.6".to_owned()];
    let libc = libc.iter().find(|path| Path::new(path).exists());
    // Where there is no GNU C library, there is no such program either.
    let (Some(libc), Ok(cat)) = (libc, fs_err::read("/bin/cat")) else { return };
    let libc = fs_err::read(libc).unwrap();
    let ld = fs_err::read(loader).unwrap();
    let [ld_place, libc_place] = ["ld.so", "libc.so.6"].map(|name| format!("./lib/{arch}-linux-gnu/{name}"));
    let stored = Stored::new()
        .with(
            "libc6",
            &[
                (&ld_place, FILE, 0o755, &ld),
                (&libc_place, FILE, 0o755, &libc),
                (&format!(".{loader}"), EntryType::Symlink, 0o777, &ld_place.as_bytes()[1..]),
            ],
        )
        .with("coreutils", &[("./bin/cat", FILE, 0o755, &cat)]);
    let prefix = stored.prefix().unwrap();
    let output = Command::new(prefix.join("usr/bin/cat")).arg("/proc/self/maps").env_clear().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let maps = String::from_utf8(output.stdout).unwrap();
    let mut mapped: Vec<&str> = maps.lines().filter_map(|line| Some(&line[line.find('/')?..])).collect();
    mapped.dedup();
    let prefix = fs_err::canonicalize(prefix).unwrap();
    let inside = |path: &str| prefix.join(path).to_string_lossy().into_owned();
    let libraries = format!("usr/lib/{arch}-linux-gnu");
    let expected =
        [inside("usr/bin/cat"), inside(&format!("{libraries}/libc.so.6")), inside(&format!("{libraries}/ld.so"))];
    assert_eq!(mapped, expected);
    // A library that names no directories is the package's own.
    assert_eq!(fs_err::read(&expected[1]).unwrap(), libc);
    assert_eq!(stored.faults(), []);
}

#[test]
fn recipes_make_what_scripts_would_have_made() {
    let root = tempfile::tempdir().unwrap();
    let root = fs_err::canonicalize(root.path()).unwrap();
    for (path, text) in [
        ("usr/share/certs/b.crt", "b"),
        ("usr/share/certs/a.crt", "a\n"),
        ("usr/lib/x-17/tool", "#!/bin/sh\necho \"$1 $HOME $A\" > made; exit \"$2\"\n"),
        ("etc/config", "lib=/usr/lib;bin=/usr"),
    ] {
        fs_err::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs_err::write(root.join(path), text).unwrap();
        fs_err::set_permissions(root.join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs_err::create_dir_all(root.join("usr/bin")).unwrap();
    let site = Site { root: root.clone(), place: root.clone(), platform: machine() };
    let found = |steps: &str| Found::of(&format!("{{ \"make\": [{steps}] }}"), "17");
    let all = found(
        r#"{ "concatenate": "usr/share/certs/*.crt", "into": "etc/all.crt" },
           { "link": "usr/bin/tool", "to": "usr/lib/x-{version}/t*" },
           { "write": "etc/where", "text": "{prefix}\n" },
           { "edit": "etc/conf*", "replace": { "/usr": "{prefix}", "/usr/lib": "L" } },
           { "run": ["usr/bin/tool", "{arch}", "0"], "set": { "A": "{prefix}" } }"#,
    );
    make::files(&site, "x", &all).unwrap();
    assert!(!root.join("made").exists());
    make::run(&site, "x", &all).unwrap();
    let text = |path: &str| fs_err::read_to_string(root.join(path)).unwrap();
    let place = root.display();
    let arch = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "amd64" };
    assert_eq!(text("etc/all.crt"), "a\nb\n");
    assert_eq!(fs_err::read_link(root.join("usr/bin/tool")).unwrap(), Path::new("../lib/x-17/tool"));
    assert_eq!(text("etc/where"), format!("{place}\n"));
    assert_eq!(text("etc/config"), format!("lib=L;bin={place}"));
    assert_eq!(text("made"), format!("{arch} /nonexistent {place}\n"));
    // What a version of the package does not have is made into nothing.
    let nothing = found(r#"{ "link": "x", "to": "none" }, { "run": ["none"] }, { "edit": "none", "replace": {} }"#);
    make::files(&site, "x", &nothing).and_then(|()| make::run(&site, "x", &nothing)).unwrap();
    assert!(root.join("x").symlink_metadata().is_err());
    fs_err::write(root.join("etc/program"), b"\x7fELF /usr/lib/here\0end").unwrap();
    let program = found(r#"{ "edit": "etc/program", "replace": { "/usr/lib/here": "/x" } }"#);
    make::files(&site, "x", &program).unwrap();
    assert_eq!(text("etc/program"), "\x7fELF /x///////////\0end");
    for (steps, why) in [
        (r#"{ "edit": "etc/program", "replace": { "/x": "/longer" } }"#, "has no room for it"),
        (r#"{ "write": "../x", "text": "" }"#, "not a path in a prefix"),
        (r#"{ "run": ["usr/bin/tool", "", "3"] }"#, "ended with exit status: 3"),
    ] {
        let found = found(steps);
        let error = make::files(&site, "x", &found).and_then(|()| make::run(&site, "x", &found)).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn keys_are_those_of_stores_that_are_there() {
    let artifact = |package: &str| {
        let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
        let artifact = Artifact::new(SourceLabel::Deb, package.parse().unwrap(), "1.0-1".parse().unwrap(), integrity);
        Artifact { unpack: Some(Format::Deb), ..artifact }
    };
    // One with a recipe, whose steps are part of the key, and one without.
    let (first, second) = (artifact("ca-certificates"), artifact("hello"));
    let store = Store::new(std::path::Path::new("/data"));
    let place = |artifacts: &[&Artifact]| {
        store.place_of_prefix(&"trixie".parse().unwrap(), artifacts, Platform::X8664Linux).display().to_string()
    };
    let names = ["3f9d57eb841b20964970971d6f877e42-deb-trixie", "58e3d8e9e4f11bc1151c1370bc78dcad-deb-trixie"];
    let places = [place(&[&second]), place(&[&first, &second])];
    assert_eq!(places, names.map(|name| format!("/data/builds-1/{name}")));
    assert_eq!(place(&[&second, &first]), places[1]);
}

#[test]
fn of_several_patterns_in_a_recipe_the_first_that_fits_counts() {
    let directory = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(directory.path().join("usr/share/tool/2.1")).unwrap();
    let prefix = Prefix::new(directory.path().to_owned(), Packages::default(), Platform::X8664Linux);
    let p = directory.path().display();
    for (value, expected) in [
        (format!("{p}/usr/share/tool1.*|{p}/usr/share/tool/2.*"), format!("{p}/usr/share/tool/2.1")),
        (format!("a:{p}/usr/share/to*/2.1:b"), format!("a:{p}/usr/share/tool/2.1:b")),
        (format!("{p}/usr/share/other.*"), format!("{p}/usr/share/other.*")),
        ("plain".to_owned(), "plain".to_owned()),
    ] {
        assert_eq!(prefix.resolved(&value), expected, "{value}");
    }
}

//! Programs of Debian packages: whatever bytes a package has for a program, making its prefix ends in an error that
//! leaves nothing, or in a prefix whose program is not much larger than the package's.
//!
//! A package is put into a store and made into a prefix, as an installation does it once the bytes are there.
#![no_main]

use std::cell::OnceCell;
use std::io::Write as _;
use std::path::Path;

use devshell::digest::{Hasher, Integrity};
use devshell::files::remove_tree;
use devshell::lock::{Artifact, FILE_NAME, parse};
use devshell::platform::Platform;
use devshell::store::{Progress, Store};
use devshell_fuzz::scratch;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

struct World {
    place: TempDir,
    store: Store,
}

struct Silent;

impl Progress for Silent {
    fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|world| {
        let world = world.get_or_init(|| {
            let place = scratch();
            let store = Store::new(&place.path().join("data"));
            World { place, store }
        });
        check(world, bytes);
    });
});

fn check(world: &World, program: &[u8]) {
    let package = deb(&[
        ("./lib64/ld-linux-x86-64.so.2", b"loader"),
        ("./lib/ld-linux-aarch64.so.1", b"loader"),
        ("./usr/bin/program", program),
    ]);
    let mut hasher = Hasher::like(&Integrity::Sha256([0; 32]));
    hasher.update(&package);
    let artifact = artifact(&hasher.finish());
    let file = world.place.path().join("package");
    std::fs::write(&file, package).unwrap();
    world.store.adopt(&artifact, &file, &Silent).unwrap();
    let platform = Platform::of(std::env::consts::ARCH, "linux", false).unwrap();
    let outcome = world.store.prefix(&"trixie".parse().unwrap(), &[&artifact], platform);
    match &outcome {
        Ok(prefix) => {
            let made = std::fs::metadata(prefix.join("usr/bin/program")).unwrap();
            assert!(made.len() <= 4 * program.len() as u64 + (128 << 10), "{} bytes", made.len());
        }
        Err(_) => assert_nothing_left(&world.place.path().join("data/builds-1")),
    }
    remove_tree(&world.place.path().join("data")).unwrap();
}

fn assert_nothing_left(builds: &Path) {
    for entry in std::fs::read_dir(builds).into_iter().flatten() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with(".lock-"), "{name} is left");
    }
}

/// A Debian package of these files.
fn deb(files: &[(&str, &[u8])]) -> Vec<u8> {
    let control = tarball(&[("./control", b"Package: a\nVersion: 1.0\nArchitecture: all\n")]);
    let data = tarball(files);
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in [("debian-binary", &b"2.0\n"[..]), ("control.tar", &control), ("data.tar", &data)] {
        write!(bytes, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).unwrap();
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

fn tarball(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, path, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// An artifact of this hash. Read from a lock, so that fields to come have their defaults.
fn artifact(integrity: &Integrity) -> Artifact {
    let text = format!(
        r#"{{ "format": 1, "tools": [ {{ "tool": "deb:a", "requirement": "*", "version": "1.0", "artifacts": [
            {{ "registry": "deb", "package": "a", "version": "1.0", "file": "pool/a.deb", "unpack": "deb",
               "index": "trixie/20260101T000000Z", "integrity": "{integrity}" }} ] }} ] }}"#
    );
    parse(FILE_NAME, &text).unwrap().tools.remove(0).artifacts.remove(0)
}

//! Archives: whatever is served under the hash that the lock names, an installation ends in an
//! error that leaves nothing, or in a sealed object that matches its list of hashes. Nothing else
//! in the directory around the store changes.
//!
//! The store is driven as `devshell install` drives it: over HTTP, from a server in this process.
#![no_main]

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use devshell::digest::{Hasher, Integrity, hex};
use devshell::host::Host;
use devshell::lock::{Artifact, FILE_NAME, parse};
use devshell::manifest::{self, Manifest};
use devshell::net::Http;
use devshell::source::Sources;
use devshell::store::{Progress, Store};
use devshell_fuzz::{scratch, server};
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// One entry, honest or not.
#[derive(Arbitrary, Debug)]
struct Entry<'a> {
    kind: u8,
    mode: u16,
    path: Vec<Piece<'a>>,
    target: Vec<Piece<'a>>,
    content: &'a [u8],
    /// Added to the size that the header tells.
    lie: i8,
}

#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Package,
    Up,
    Here,
    Slash,
    Root,
    /// The directory beside the store that nothing may be written to.
    Outside,
    A,
    B,
    Long(u8),
    Bytes(&'a [u8]),
}

struct World {
    place: TempDir,
    store: Store,
    host: Host,
    http: Http,
    manifest: Manifest,
    body: Arc<Mutex<Vec<u8>>>,
}

struct Silent;

impl Progress for Silent {
    fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

impl World {
    fn new() -> Self {
        let place = scratch();
        let body = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&body);
        let url = server::serve(move |_| shared.lock().unwrap().clone());
        std::fs::create_dir(place.path().join("outside")).unwrap();
        let mut host = Host::snapshot(None).unwrap();
        host.variables.clear();
        host.home = None;
        let text = format!(r#"{{ "registries": {{ "npm": "{url}", "deb": "{url}" }} }}"#);
        let manifest = manifest::parse("devshell.json", &text).unwrap();
        let store = Store::new(&place.path().join("data"));
        Self { place, store, host, http: Http::new(false, Duration::from_secs(10)), manifest, body }
    }

    /// A tarball with these entries and nothing to end them.
    fn tarball(&self, entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in entries {
            let (path, target) = (self.path(&entry.path), self.path(&entry.target));
            for (kind, name) in [(b'L', &path), (b'K', &target)] {
                if name.len() > 100 {
                    let long = [name.as_slice(), b"\0"].concat();
                    append(&mut bytes, kind, b"././@LongLink", b"", 0o644, long.len() as u64, &long);
                }
            }
            let kinds = b"00000005521234678xgSLKV";
            let kind = kinds[usize::from(entry.kind) % kinds.len()];
            let size = (entry.content.len() as u64).saturating_add_signed(i64::from(entry.lie / 64));
            append(&mut bytes, kind, &path, &target, entry.mode, size, entry.content);
        }
        bytes
    }

    fn path(&self, pieces: &[Piece]) -> Vec<u8> {
        let mut path = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Package => path.extend_from_slice(b"package/"),
                Piece::Up => path.extend_from_slice(b"../"),
                Piece::Here => path.extend_from_slice(b"./"),
                Piece::Slash => path.push(b'/'),
                Piece::Root => path.extend_from_slice(b"/"),
                Piece::Outside => path.extend_from_slice(self.place.path().join("outside").as_os_str().as_bytes()),
                Piece::A => path.push(b'a'),
                Piece::B => path.extend_from_slice(b"b/"),
                Piece::Long(length) => path.extend(std::iter::repeat_n(b'n', usize::from(*length))),
                Piece::Bytes(bytes) => path.extend_from_slice(bytes),
            }
        }
        path
    }
}

fn append(out: &mut Vec<u8>, kind: u8, path: &[u8], target: &[u8], mode: u16, size: u64, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_mode(u32::from(mode));
    header.set_size(size);
    let fields = header.as_gnu_mut().unwrap();
    fields.typeflag = [kind];
    let fill = |field: &mut [u8], text: &[u8]| {
        let length = text.len().min(field.len());
        field[..length].copy_from_slice(&text[..length]);
    };
    fill(&mut fields.name, path);
    fill(&mut fields.linkname, target);
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(512), 0);
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|world| {
        let world = world.get_or_init(World::new);
        let Some((how, rest)) = bytes.split_first() else { return };
        let entries = || {
            let entries = Vec::<Entry>::arbitrary_take_rest(Unstructured::new(rest)).unwrap_or_default();
            world.tarball(&entries)
        };
        // Any bytes, any bytes in the outermost form, and entries.
        match how % 8 {
            0 => check(world, rest.to_vec(), &PACKAGE),
            1 => check(world, gzipped(rest), &PACKAGE),
            2 | 3 => check(world, gzipped(&entries()), &PACKAGE),
            4 => check(world, [b"!<arch>\n", rest].concat(), &DEB),
            5 => check(world, deb(rest, rest), &DEB),
            6 => check(world, deb(&entries(), &[]), &DEB),
            _ => check(world, deb(&[], &entries()), &DEB),
        }
    });
});

/// What of a locked artifact depends on where it is from.
const PACKAGE: &str = r#""registry": "npm""#;
const DEB: &str = r#""registry": "deb", "file": "pool/a.deb", "index": "trixie/20260101T000000Z", "unpack": "deb""#;

/// A Debian package of two tarballs.
fn deb(control: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in [("debian-binary", &b"2.0\n"[..]), ("control.tar", control), ("data.tar", data)] {
        write!(bytes, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).unwrap();
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

fn check(world: &World, body: Vec<u8>, from: &str) {
    let mut hasher = Hasher::like(&Integrity::Sha256([0; 32]));
    hasher.update(&body);
    let artifact = artifact(&hasher.finish(), from);
    *world.body.lock().unwrap() = body;
    let sources = Sources::without_npmrc(&world.host, &world.http, world.place.path(), &world.manifest);
    let outcome = world.store.install(&[&artifact], &sources, &world.http, &Silent);
    let object = world.store.object(&artifact);
    let objects = object.parent().unwrap();
    let outside = std::fs::read_dir(world.place.path().join("outside")).unwrap();
    assert_eq!(outside.count(), 0, "{outcome:?}");
    assert_eq!(std::fs::read_dir(world.place.path()).unwrap().count(), 2, "{outcome:?}");
    let key = object.file_name().unwrap().to_string_lossy().into_owned();
    for entry in std::fs::read_dir(objects).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let visible = outcome.is_ok() && (name == key || name == format!("{key}.sha256"));
        assert!(visible || name == format!(".lock-{key}"), "{name} is left: {outcome:?}");
    }
    if outcome.is_ok() {
        assert_sealed(&object);
    }
    devshell::files::remove_tree(&world.place.path().join("data")).unwrap();
}

/// An artifact of this hash. Read from a lock, so that fields to come have their defaults.
fn artifact(integrity: &Integrity, from: &str) -> Artifact {
    let text = format!(
        r#"{{ "format": 1, "tools": [ {{ "tool": "npm:a", "requirement": "1", "version": "1.0.0", "artifacts": [
            {{ {from}, "package": "a", "version": "1.0.0", "integrity": "{integrity}" }} ] }} ] }}"#
    );
    parse(FILE_NAME, &text).unwrap().tools.remove(0).artifacts.remove(0)
}

/// Read-only, without special files or links that lead out, and every file in the list with its
/// hash.
fn assert_sealed(object: &Path) {
    let mut listed = BTreeMap::new();
    for line in std::fs::read(object.with_extension("sha256")).unwrap().split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap();
        let (escaped, line) = line.strip_prefix(b"\\").map_or((false, line), |line| (true, line));
        let (sum, name) = (&line[..64], &line[66..]);
        let name = if escaped { unescaped(name) } else { name.to_vec() };
        assert!(listed.insert(name, sum.to_vec()).is_none(), "a file is listed twice");
    }
    let mut found = BTreeMap::new();
    walk(object, object, &mut found);
    assert_eq!(found, listed);
}

fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut bytes = name.iter();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' if bytes.next() == Some(&b'n') => b'\n',
            other => *other,
        });
    }
    plain
}

fn walk(root: &Path, directory: &Path, found: &mut BTreeMap<Vec<u8>, Vec<u8>>) {
    assert_eq!(std::fs::metadata(directory).unwrap().permissions().mode() & 0o7777, 0o555);
    for entry in std::fs::read_dir(directory).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            walk(root, &path, found);
            continue;
        }
        if metadata.is_symlink() {
            let leads_out = |there: PathBuf| !there.starts_with(root.canonicalize().unwrap());
            assert!(!path.canonicalize().is_ok_and(leads_out), "{}", path.display());
            continue;
        }
        assert!(metadata.is_file(), "{}", path.display());
        assert!(matches!(metadata.permissions().mode() & 0o7777, 0o444 | 0o555), "{}", path.display());
        let mut hasher = Hasher::like(&Integrity::Sha256([0; 32]));
        hasher.update(&std::fs::read(&path).unwrap());
        let Integrity::Sha256(sum) = hasher.finish() else { unreachable!() };
        let name = path.strip_prefix(root).unwrap().as_os_str().as_bytes().to_vec();
        found.insert(name, hex(&sum).into_bytes());
    }
}

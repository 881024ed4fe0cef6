//! Archives that mean harm, each with the hash the lock names, as from a publisher gone bad. What
//! is refused leaves nothing; what is taken stays inside of its object.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};
use tar::{EntryType, Header};

use crate::support::{Outcome, Registry, Sandbox, package, tool, tree};

/// A tarball that is written as no honest program would.
struct Tarball(tar::Builder<GzEncoder<Vec<u8>>>);

impl Tarball {
    /// One with the command that makes it a tool.
    fn new() -> Self {
        let mut tarball = Self(tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast())));
        tarball.file("package/hello.js", b"echo hello\n");
        tarball
    }

    fn file(&mut self, path: impl AsRef<[u8]>, content: &[u8]) -> &mut Self {
        self.entry(EntryType::Regular, path, "", content)
    }

    fn link(&mut self, kind: EntryType, path: &str, target: &str) -> &mut Self {
        self.entry(kind, path, target, b"")
    }

    /// A path of more bytes than the header has room for goes in front, as GNU tar does it.
    fn entry(&mut self, kind: EntryType, path: impl AsRef<[u8]>, target: &str, content: &[u8]) -> &mut Self {
        let path = path.as_ref();
        if path.len() > 100 {
            let terminated = [path, b"\0"].concat();
            self.header(EntryType::GNULongName, b"././@LongLink", "", terminated.len() as u64);
            self.content(&terminated);
        }
        self.header(kind, &path[..path.len().min(100)], target, content.len() as u64);
        self.content(content)
    }

    fn header(&mut self, kind: EntryType, path: &[u8], target: &str, size: u64) -> &mut Self {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        // The builder's own functions refuse what these tests are about.
        let fields = header.as_gnu_mut().unwrap();
        fields.name[..path.len()].copy_from_slice(path);
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_mode(0o7777);
        header.set_size(size);
        header.set_cksum();
        std::io::Write::write_all(self.0.get_mut(), header.as_bytes()).unwrap();
        self
    }

    fn content(&mut self, content: &[u8]) -> &mut Self {
        let padding = content.len().next_multiple_of(512) - content.len();
        let out = self.0.get_mut();
        std::io::Write::write_all(out, content).unwrap();
        std::io::Write::write_all(out, &[0; 512][..padding]).unwrap();
        self
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }
}

/// A project whose one tool is this archive, after `devshell install`.
fn installed(registry: &Registry, tarball: Tarball) -> (Sandbox, Outcome) {
    let hello = package("hello", "1.0.0").bin("hello", "hello.js").archive(tarball.bytes());
    registry.publish([vec![hello], tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "tools": { "npm:hello": "1" } }"#);
    sandbox.run(&["lock"]).success();
    let outcome = sandbox.run(&["install"]);
    (sandbox, outcome)
}

/// Where the tool lies.
fn object(sandbox: &Sandbox) -> PathBuf {
    let objects = fs_err::read_dir(sandbox.data().join("objects-1")).unwrap();
    let mut paths = objects.map(|entry| entry.unwrap().path());
    paths.find(|path| path.join("hello.js").exists()).unwrap()
}

/// Expects the archive to be refused for this reason, with nothing left of it anywhere.
#[track_caller]
fn refused(tarball: Tarball, reason: &str) {
    let registry = Registry::new();
    let (sandbox, outcome) = installed(&registry, tarball);
    outcome.code(5).stdout("").stderr_contains("devshell: `hello 1.0.0` was refused\n").stderr_contains(reason);
    let objects: Vec<String> = tree(&sandbox.data().join("objects-1")).into_keys().collect();
    let other = |path: &&String| !path.is_empty() && !path.starts_with(".lock-") && !path.contains("package.json");
    let visible: Vec<&String> = objects.iter().filter(other).filter(|path| !path.contains("bin")).collect();
    // The node beside it, and the list of its hashes.
    assert_eq!(visible.len(), 2, "{visible:?}");
    sandbox.run(&["run", "hello"]).code(125).stdout("");
}

#[test]
fn paths_that_lead_out_are_refused() {
    for path in ["package/../../escaped", "../escaped", "/escaped", "package/a/../../../escaped", "//escaped"] {
        let mut tarball = Tarball::new();
        tarball.file(path, b"x");
        refused(tarball, &format!("  because the archive has an entry with the unsafe path `{path}`\n"));
    }
}

#[test]
fn devices_and_pipes_are_refused() {
    for kind in [EntryType::Fifo, EntryType::Char, EntryType::Block] {
        let mut tarball = Tarball::new();
        tarball.entry(kind, "package/special", "", b"");
        refused(tarball, "  because the archive's entry `package/special` is neither a file nor a directory (");
    }
}

#[test]
fn links_are_not_made_and_nothing_is_written_through_them() {
    let outside = Sandbox::new();
    let secret = outside.write("secret", "a secret");
    let place = outside.project().to_str().unwrap();
    let registry = Registry::new();
    let mut tarball = Tarball::new();
    tarball
        .link(EntryType::Symlink, "package/out", place)
        .file("package/out/written", b"x")
        .link(EntryType::Symlink, "package/up", "../../../..")
        .file("package/up/written", b"x")
        .link(EntryType::Symlink, "package/self", "secret")
        .link(EntryType::Link, "package/hard", secret.to_str().unwrap())
        .file("package/hard", b"changed");
    let before = tree(outside.project());
    let (sandbox, outcome) = installed(&registry, tarball);
    outcome.success();
    assert_eq!(tree(outside.project()), before);
    let object = object(&sandbox);
    for path in tree(&object).keys() {
        assert!(!object.join(path).is_symlink(), "{path}");
    }
    assert_eq!(fs_err::read(object.join("out/written")).unwrap(), b"x");
    sandbox.run(&["run", "hello"]).success().stdout("hello\n");
}

#[test]
fn set_uid_bits_do_not_arrive() {
    let registry = Registry::new();
    let (sandbox, outcome) = installed(&registry, Tarball::new());
    outcome.success();
    let object = object(&sandbox);
    for path in ["", "hello.js"] {
        let mode = fs_err::metadata(object.join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o555, "{path}");
    }
}

#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    const TOO_MUCH: &str = "  because the archive holds more than 500000 entries or 4 GiB\n";
    let mut huge = Tarball::new();
    huge.header(EntryType::Regular, b"package/huge", "", 5 << 30);
    refused(huge, TOO_MUCH);
    let mut many = Tarball::new();
    for _ in 0..1_000_000 {
        many.header(EntryType::Directory, b"package/d/", "", 0);
    }
    refused(many, TOO_MUCH);
    // Names are read into memory, so they are bounded, too.
    let mut name = Tarball::new();
    name.file(vec![b'a'; 64 << 20], b"");
    refused(name, "  because there is too much between two entries\n");
}

#[test]
fn names_that_can_be_made_nowhere_are_refused() {
    let mut long = Tarball::new();
    long.file(format!("package/{}", "n".repeat(10_000)), b"");
    refused(long, "  because the archive has an entry with the unsafe path `package/nnnn");
    let mut long_part = Tarball::new();
    long_part.file(format!("package/{}", "n".repeat(300)), b"");
    refused(long_part, "  because the archive has an entry that cannot be made\n");
    let mut below_a_file = Tarball::new();
    below_a_file.file("package/hello.js/below", b"");
    refused(below_a_file, "  because the archive's entry `hello.js` is below a file or a link\n");
    let mut in_place_of_a_directory = Tarball::new();
    in_place_of_a_directory.file("package/d/file", b"").file("package/d", b"");
    refused(in_place_of_a_directory, "  because the archive has an entry with the unsafe path `d`\n");
}

#[test]
fn of_entries_with_one_name_the_last_counts_and_odd_names_are_kept() {
    let registry = Registry::new();
    let mut tarball = Tarball::new();
    let odd = b"not \xff UTF-8, \\, a\nline";
    tarball
        .file("package/twice", b"first")
        .file([b"package/", odd.as_slice()].concat(), b"odd")
        .file("package/twice", b"last");
    let (sandbox, outcome) = installed(&registry, tarball);
    outcome.success();
    let object = object(&sandbox);
    assert_eq!(fs_err::read(object.join("twice")).unwrap(), b"last");
    if cfg!(target_os = "linux") {
        assert_eq!(fs_err::read(object.join(OsStr::from_bytes(odd))).unwrap(), b"odd");
    }
    // The list of hashes knows them all, each once.
    let sums = object.with_extension("sha256");
    let check = sandbox.program(sandbox.find("sha256sum"), &["--check", "--strict", "--quiet"]);
    check.arg(&sums).directory(&object).run().success();
    assert_eq!(fs_err::read(&sums).unwrap().split_inclusive(|byte| *byte == b'\n').count(), 3);
    sandbox.run(&["verify"]).success();
}

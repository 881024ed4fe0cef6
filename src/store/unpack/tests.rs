//! Tests of unpacking: the same entries in each format, the good and the hostile.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use ::tar::{Builder, EntryType, Header};
use ::zip::write::{SimpleFileOptions, ZipWriter};
use bzip2::write::BzEncoder;
use flate2::Compression;
use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;
use crate::name::SourceLabel;

/// An entry of an archive: path, kind, mode, and content or target.
pub type Entry<'e> = (&'e str, EntryType, u32, &'e [u8]);

pub const FILE: EntryType = EntryType::Regular;

fn tarball(entries: &[Entry]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, kind, mode, content) in entries {
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        let (content, target) = if is_link { (&b""[..], *content) } else { (*content, &b""[..]) };
        let mut header = Header::new_ustar();
        // The setters refuse what these tests are about, so the bytes are put in place.
        let fields = header.as_ustar_mut().unwrap();
        fields.name[..path.len()].copy_from_slice(path.as_bytes());
        fields.linkname[..target.len()].copy_from_slice(target);
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zipped(entries: &[Entry]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, kind, mode, content) in entries {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        match kind {
            EntryType::Directory => zip.add_directory(*path, options).unwrap(),
            EntryType::Symlink => zip.add_symlink(*path, std::str::from_utf8(content).unwrap(), options).unwrap(),
            _ => {
                zip.start_file(*path, options).unwrap();
                zip.write_all(content).unwrap();
            }
        }
    }
    zip.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn packed(format: Option<Format>, entries: &[Entry]) -> Vec<u8> {
    let tarball = tarball(entries);
    match format {
        Some(Format::Tar) => tarball,
        None | Some(Format::TarGz) => gzipped(&tarball),
        Some(Format::TarXz) => xz(&tarball),
        Some(Format::TarZst) => zstd(&tarball),
        Some(Format::TarBz2) => bzipped(&tarball),
        Some(Format::Zip) => zipped(entries),
        Some(format) => unreachable!("{format:?} holds one file"),
    }
}

/// Those that hold several entries, with npm's form.
const ARCHIVES: [Option<Format>; 7] = [
    None,
    Some(Format::Tar),
    Some(Format::TarGz),
    Some(Format::TarXz),
    Some(Format::TarZst),
    Some(Format::TarBz2),
    Some(Format::Zip),
];

/// How one file is compressed that is no archive.
type Compress = fn(&[u8]) -> Vec<u8>;

const COMPRESSED: [(Format, Compress); 4] =
    [(Format::Gz, gzipped), (Format::Xz, xz), (Format::Zst, zstd), (Format::Bz2, bzipped)];

struct Unpacked {
    // The outer directory, in which nothing may appear beside the inner one.
    outer: tempfile::TempDir,
    result: Result<Vec<u8>, UnpackError>,
}

impl Unpacked {
    fn path(&self, inside: &str) -> std::path::PathBuf {
        self.outer.path().join("object").join(inside)
    }

    fn mode(&self, inside: &str) -> u32 {
        fs_err::metadata(self.path(inside)).unwrap().permissions().mode() & 0o7777
    }

    fn sums(&self) -> String {
        String::from_utf8(self.result.as_ref().unwrap().clone()).unwrap()
    }
}

fn unpacked(format: Option<Format>, bytes: &[u8]) -> Unpacked {
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("object");
    fs_err::create_dir(&directory).unwrap();
    let integrity = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
    let artifact = Artifact::new(SourceLabel::Url, "tool".parse().unwrap(), "1.0".parse().unwrap(), integrity);
    let artifact = Artifact { unpack: format, ..artifact };
    let result = unpack(bytes, &artifact, &directory);
    Unpacked { outer, result }
}

#[test]
fn every_format_gives_the_same_tree() {
    for format in ARCHIVES {
        let root = if format.is_none() { "" } else { "top/" };
        let unpacked = unpacked(
            format,
            &packed(
                format,
                &[
                    ("top/bin/tool", FILE, 0o644, b"#!/bin/sh\n"),
                    ("top/data", FILE, 0o4755, b"x"),
                    ("top/readme", FILE, 0o644, b"text"),
                    ("top/empty/", EntryType::Directory, 0o777, b""),
                ],
            ),
        );
        let path = |inside: &str| format!("{root}{inside}");
        let modes = ["bin/tool", "data", "readme"].map(|inside| unpacked.mode(&path(inside)));
        assert_eq!(modes, [0o555, 0o555, 0o444], "{format:?}");
        assert_eq!(fs_err::read(unpacked.path(&path("readme"))).unwrap(), b"text");
        assert!(unpacked.path(&path("empty")).is_dir(), "{format:?}");
        let sums = unpacked.sums();
        let names: Vec<&str> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        assert_eq!(names, ["bin/tool", "data", "readme"].map(path), "{format:?}");
    }
}

#[test]
fn a_later_entry_of_the_same_name_wins() {
    for format in ARCHIVES.into_iter().filter(|format| *format != Some(Format::Zip)) {
        let unpacked = unpacked(
            format,
            &packed(format, &[("top/readme", FILE, 0o644, b"old"), ("top/readme", FILE, 0o644, b"new")]),
        );
        assert_eq!(unpacked.sums().lines().count(), 1, "{format:?}");
        let root = if format.is_none() { "readme" } else { "top/readme" };
        assert_eq!(fs_err::read(unpacked.path(root)).unwrap(), b"new");
    }
}

#[test]
fn links_inside_are_kept_except_in_npm_s_form() {
    let entries: &[Entry] = &[
        ("top/bin/tool", FILE, 0o755, b"#!/bin/sh\n"),
        ("top/bin/alias", EntryType::Symlink, 0o777, b"tool"),
        ("top/lib/up", EntryType::Symlink, 0o777, b"../bin"),
        ("top/later", EntryType::Symlink, 0o777, b"./not/yet"),
    ];
    for format in ARCHIVES.into_iter().flatten() {
        let unpacked = unpacked(Some(format), &packed(Some(format), entries));
        assert_eq!(unpacked.sums().lines().count(), 1, "links are not listed");
        assert_eq!(fs_err::read_link(unpacked.path("top/bin/alias")).unwrap(), Path::new("tool"));
        assert_eq!(fs_err::read(unpacked.path("top/lib/up/alias")).unwrap(), b"#!/bin/sh\n");
        assert!(unpacked.path("top/later").is_symlink());
    }
    let npm = unpacked(None, &packed(None, entries));
    assert!(npm.path("bin/tool").is_file() && npm.path("bin/alias").symlink_metadata().is_err());
}

#[test]
fn hard_links_share_what_is_in_the_archive() {
    let good = unpacked(
        Some(Format::Tar),
        &tarball(&[
            ("top/a", FILE, 0o755, b"#!/bin/sh\n"),
            ("top/b", EntryType::Link, 0o755, b"top/a"),
            ("top/b", EntryType::Link, 0o755, b"top/b"),
        ]),
    );
    assert_eq!(good.sums().lines().count(), 2);
    assert_eq!(fs_err::read(good.path("top/b")).unwrap(), b"#!/bin/sh\n");
    for (entries, expected) in [
        (&[("b", EntryType::Link, 0o644, &b"/etc/passwd"[..])][..], "unsafe path"),
        (&[("b", EntryType::Link, 0o644, b"../x")], "unsafe path"),
        (&[("b", EntryType::Link, 0o644, b"absent")], "not an earlier file"),
        (&[("s", EntryType::Symlink, 0o777, b"a"), ("b", EntryType::Link, 0o644, b"s")], "not an earlier file"),
        (&[("d", EntryType::Directory, 0o755, b""), ("b", EntryType::Link, 0o644, b"d")], "not an earlier file"),
    ] {
        let refused = unpacked(Some(Format::Tar), &tarball(entries));
        let message = refused.result.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

/// Whatever an archive says, nothing appears outside of the directory, and nothing is written
/// through a link.
#[test]
fn hostile_entries_are_refused_in_every_format() {
    let cases: &[(&[Entry], &str)] = &[
        (&[("top/../../x", FILE, 0o644, b"")], "unsafe path"),
        (&[("../x", FILE, 0o644, b"")], "unsafe path"),
        (&[("/tmp/devshell-x", FILE, 0o644, b"")], "unsafe path"),
        (&[("top/a", EntryType::Symlink, 0o777, b"/etc")], "leads out of it"),
        (&[("top/a", EntryType::Symlink, 0o777, b"../../x")], "leads out of it"),
        (&[("top/s", EntryType::Symlink, 0o777, b".."), ("top/a", EntryType::Symlink, 0o777, b"s/../..")], "leads out"),
        (&[("top/s", EntryType::Symlink, 0o777, b"t"), ("top/s/x", FILE, 0o644, b"")], "below a file or a link"),
        (&[("top/s", FILE, 0o644, b""), ("top/s/x", FILE, 0o644, b"")], "below a file or a link"),
        (&[("top/d/x", FILE, 0o644, b""), ("top/d", FILE, 0o644, b"")], "unsafe path"),
        (&[("top/d/x", FILE, 0o644, b""), ("top/d", EntryType::Symlink, 0o777, b"x")], "unsafe path"),
    ];
    for format in ARCHIVES.into_iter().flatten() {
        for (entries, expected) in cases {
            let Unpacked { outer, result } = unpacked(Some(format), &packed(Some(format), entries));
            let message = result.unwrap_err().to_string();
            assert!(message.contains(expected), "{format:?} {entries:?}: {message}");
            let beside = fs_err::read_dir(outer.path()).unwrap().count();
            assert_eq!(beside, 1, "{format:?} {entries:?}");
        }
    }
    let npm: &[(&str, EntryType)] = &[("package/../../x", FILE), ("../x", FILE), ("/etc/x", FILE)];
    for (path, kind) in npm {
        assert!(matches!(
            unpacked(None, &packed(None, &[(path, *kind, 0o644, b"")])).result,
            Err(UnpackError::Path(_))
        ));
    }
    for format in ARCHIVES.into_iter().filter(|format| *format != Some(Format::Zip)) {
        for kind in [EntryType::Fifo, EntryType::Char, EntryType::Block] {
            let unpacked = unpacked(format, &packed(format, &[("top/device", kind, 0o644, b"")]));
            assert!(matches!(unpacked.result, Err(UnpackError::Kind { .. })), "{format:?} {kind:?}");
        }
    }
}

/// A link gives way to a file of its name; what it led to is as before.
#[test]
fn a_link_is_replaced_and_not_written_through() {
    for format in [Some(Format::Tar), Some(Format::TarGz)] {
        let unpacked = unpacked(
            format,
            &packed(
                format,
                &[
                    ("top/victim", FILE, 0o644, b"as before"),
                    ("top/s", EntryType::Symlink, 0o777, b"victim"),
                    ("top/s", FILE, 0o644, b"new"),
                ],
            ),
        );
        assert_eq!(fs_err::read(unpacked.path("top/victim")).unwrap(), b"as before");
        assert!(!unpacked.path("top/s").is_symlink());
        assert_eq!(unpacked.sums().lines().count(), 2);
    }
}

#[test]
fn a_bare_file_is_an_executable_with_the_tools_name() {
    let compressed = COMPRESSED.map(|(format, compress)| (format, compress(b"plain")));
    for (format, bytes) in compressed.into_iter().chain([(Format::File, b"plain".to_vec())]) {
        let unpacked = unpacked(Some(format), &bytes);
        assert_eq!(fs_err::read(unpacked.path("tool")).unwrap(), b"plain");
        assert_eq!(unpacked.mode("tool"), 0o555);
        assert!(unpacked.sums().ends_with("  tool\n"));
    }
}

/// As pbzip2, pigz and pixz write them: a stream for each block.
#[test]
fn a_file_is_all_of_its_streams() {
    for (format, compress) in COMPRESSED {
        let unpacked = unpacked(Some(format), &[compress(b"first "), compress(b"second")].concat());
        assert_eq!(fs_err::read(unpacked.path("tool")).unwrap(), b"first second", "{format:?}");
    }
}

#[test]
fn names_that_are_not_utf8_keep_their_bytes() {
    let name = std::ffi::OsStr::from_bytes(b"top/\xff\xfe");
    let mut header = Header::new_ustar();
    header.as_ustar_mut().unwrap().name[..6].copy_from_slice(name.as_bytes());
    header.set_mode(0o644);
    header.set_size(0);
    header.set_cksum();
    let mut builder = Builder::new(Vec::new());
    builder.append(&header, &b""[..]).unwrap();
    let unpacked = unpacked(Some(Format::Tar), &builder.into_inner().unwrap());
    // The file systems of macOS have no such names.
    if cfg!(target_os = "linux") {
        let sums = unpacked.result.as_ref().unwrap();
        assert!(sums.ends_with(b"  top/\xff\xfe\n"));
        assert!(unpacked.outer.path().join("object").join(Path::new(name)).is_file());
    }
}

#[test]
fn what_is_no_archive_or_cut_is_an_error() {
    let entries: &[Entry] = &[("top/a", FILE, 0o644, &[7; 4096]), ("top/b", FILE, 0o644, b"b")];
    for format in ARCHIVES {
        let whole = packed(format, entries);
        let half = unpacked(format, &whole[..whole.len() / 2]);
        assert!(matches!(half.result, Err(UnpackError::Read(_))), "{format:?}: {:?}", half.result);
        let other = unpacked(format, &b"no archive at all, but longer than a block of tar ".repeat(30));
        assert!(matches!(other.result, Err(UnpackError::Read(_))), "{format:?}: {:?}", other.result);
    }
    let content: Vec<u8> =
        (0..100_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for (format, compress) in COMPRESSED {
        let whole = compress(&content);
        let half = unpacked(Some(format), &whole[..whole.len() / 2]);
        assert!(half.result.is_err(), "{format:?}");
        assert!(unpacked(Some(format), b"not compressed at all").result.is_err(), "{format:?}");
        let mut bent = whole.clone();
        bent[whole.len() / 2] ^= 0x55;
        // A frame of Zstandard need not have a checksum.
        let is_noticed = unpacked(Some(format), &bent).result.is_err();
        assert!(is_noticed || format == Format::Zst, "{format:?}");
    }
}

/// A path that no system takes is refused before any of it is made, however deep it is.
#[test]
fn endless_paths_are_refused() {
    let mut builder = Builder::new(Vec::new());
    let mut header = Header::new_gnu();
    header.set_size(0);
    header.set_mode(0o644);
    builder.append_data(&mut header, "a/".repeat(100_000) + "b", &b""[..]).unwrap();
    let unpacked = unpacked(Some(Format::Tar), &builder.into_inner().unwrap());
    let message = unpacked.result.unwrap_err().to_string();
    assert!(message.contains("unsafe path `a/a/") && message.len() < 200, "{message}");
}

/// A Debian package of these members.
fn deb(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let size = content.len();
        bytes.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).bytes());
        bytes.extend(content);
        bytes.extend(std::iter::repeat_n(b'\n', size % 2));
    }
    bytes
}

/// One with these files.
pub fn deb_of(package: &str, files: &[Entry]) -> Vec<u8> {
    let text = format!("Package: {package}\nVersion: 1\n");
    let entries = [("./", EntryType::Directory, 0o755, &b""[..]), ("./control", FILE, 0o644, text.as_bytes())];
    let control = gzipped(&tarball(&entries));
    deb(&[("debian-binary", b"2.0\n".to_vec()), ("control.tar.gz", control), ("data.tar", tarball(files))])
}

#[test]
fn a_debian_package_becomes_one_tree() {
    let version = || ("debian-binary", b"2.0\n".to_vec());
    let scripts = tarball(&[("./control", FILE, 0o644, b"Package: x"), ("./postinst", FILE, 0o755, b"#!/bin/sh\n")]);
    let files = tarball(&[
        ("./", EntryType::Directory, 0o755, b""),
        ("./bin/", EntryType::Directory, 0o755, b""),
        ("./bin/su", FILE, 0o4755, b"\x7fELF"),
        ("./lib/x/libx.so.1", EntryType::Symlink, 0o777, b"libx.so.1.2"),
        ("./lib/x/libx.so.1.2", FILE, 0o644, b"\x7fELF"),
        ("./usr/lib/x/libx.so", EntryType::Symlink, 0o777, b"/lib/x/libx.so.1.2"),
        ("./usr/lib/x/again", EntryType::Link, 0o644, b"./lib/x/libx.so.1.2"),
        ("./usr/bin/vi", EntryType::Symlink, 0o777, b"/etc/alternatives/vi"),
        ("./sbin", EntryType::Symlink, 0o777, b"usr/sbin"),
    ]);
    let zst = compress_to_vec(files.as_slice(), CompressionLevel::Fastest);
    for (control, data) in [
        (("control.tar.gz", gzipped(&scripts)), ("data.tar.xz", xz(&files))),
        (("control.tar.xz", xz(&scripts)), ("data.tar.zst", zst)),
        (("control.tar/", scripts.clone()), ("data.tar", files.clone())),
    ] {
        let name = data.0;
        let unpacked = unpacked(Some(Format::Deb), &deb(&[version(), ("_own", b"x".to_vec()), control, data]));
        let sums = unpacked.sums();
        let names: Vec<&str> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        let lib = ["usr/lib/x/again", "usr/lib/x/libx.so.1.2"];
        assert_eq!(names, [&["DEBIAN/control", "DEBIAN/postinst", "usr/bin/su"], &lib[..]].concat(), "{name}");
        assert_eq!(unpacked.mode("usr/bin/su"), 0o555);
        for (link, target) in [
            ("usr/lib/x/libx.so.1", "libx.so.1.2"),
            ("usr/lib/x/libx.so", "libx.so.1.2"),
            ("usr/bin/vi", "../../etc/alternatives/vi"),
        ] {
            assert_eq!(fs_err::read_link(unpacked.path(link)).unwrap(), Path::new(target), "{link}");
        }
        let top = fs_err::read_dir(unpacked.path("")).unwrap().count();
        assert_eq!(top, 2, "`DEBIAN` and `usr`");
    }
}

#[test]
fn hostile_debian_packages_are_refused() {
    let cases: &[(&[Entry], &str)] = &[
        (&[("./usr/../../x", FILE, 0o644, b"")], "unsafe path"),
        (&[("/etc/devshell-x", FILE, 0o644, b"")], "unsafe path"),
        (&[("./DEBIAN/control", FILE, 0o644, b"")], "unsafe path"),
        (&[("./usr/a", EntryType::Symlink, 0o777, b"../../x")], "leads out of it"),
        (&[("./usr/a", EntryType::Symlink, 0o777, b"/../x")], "leads out of it"),
        (&[("./a", EntryType::Symlink, 0o777, b"/etc"), ("./a/x", FILE, 0o644, b"")], "below a file or a link"),
        (&[("./lib", EntryType::Symlink, 0o777, b"/etc"), ("./lib/x", FILE, 0o644, b"")], "below a file or a link"),
        (&[("./b", EntryType::Link, 0o644, b"/etc/passwd")], "unsafe path"),
        (&[("./b", EntryType::Link, 0o644, b"DEBIAN/control")], "unsafe path"),
        (&[("./dev/null", EntryType::Char, 0o644, b"")], "neither a file nor a directory"),
    ];
    for (entries, expected) in cases {
        let Unpacked { outer, result } = unpacked(Some(Format::Deb), &deb_of("tool", entries));
        let message = result.unwrap_err().to_string();
        assert!(message.contains(expected), "{entries:?}: {message}");
        assert_eq!(fs_err::read_dir(outer.path()).unwrap().count(), 1, "{entries:?}");
    }
}

#[test]
fn broken_debian_packages_are_refused() {
    let version = || ("debian-binary", b"2.0\n".to_vec());
    let part = || tarball(&[("./x", FILE, 0o644, b"x")]);
    let good = [version(), ("control.tar", part()), ("data.tar.xz", xz(&part()))];
    assert!(unpacked(Some(Format::Deb), &deb(&good)).result.is_ok());
    let whole = deb(&good);
    for broken in [
        b"!<arch>\n".to_vec(),
        gzipped(&part()),
        whole[..whole.len() - 20].to_vec(),
        deb(&good[..2]),
        deb(&good[1..]),
        deb(&[version(), ("data.tar", part()), ("control.tar", part())]),
        deb(&[("debian-binary", b"1.0\n".to_vec()), ("control.tar", part()), ("data.tar", part())]),
        deb(&[version(), ("control.tar", part()), ("data.tar.lzma", part())]),
        deb(&[version(), ("control.tar", part()), ("data.tar.gz", part())]),
    ] {
        let refused = unpacked(Some(Format::Deb), &broken).result;
        assert!(matches!(refused, Err(UnpackError::Read(_))), "{refused:?}");
    }
}

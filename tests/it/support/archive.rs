//! Archives of each format, as publishers make them, and such as nobody should.

use std::io::Write as _;

use bzip2::write::BzEncoder;
use flate2::{Compression, GzBuilder};
use lzma_rust2::{XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tar::EntryType;
use zip::write::{SimpleFileOptions, ZipWriter};

/// What is packed, in order.
#[must_use]
#[derive(Clone, Default)]
pub struct Archive {
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    path: String,
    kind: EntryType,
    mode: u32,
    /// The content, or a link's target.
    bytes: Vec<u8>,
}

impl Archive {
    pub fn new() -> Self {
        Self::default()
    }

    fn entry(mut self, path: &str, kind: EntryType, mode: u32, bytes: &[u8]) -> Self {
        self.entries.push(Entry { path: path.to_owned(), kind, mode, bytes: bytes.to_vec() });
        self
    }

    pub fn file(self, path: &str, text: &str) -> Self {
        self.entry(path, EntryType::Regular, 0o644, text.as_bytes())
    }

    pub fn executable(self, path: &str, text: &str) -> Self {
        self.entry(path, EntryType::Regular, 0o4755, text.as_bytes())
    }

    /// An executable that is no text.
    pub fn program(self, path: &str, bytes: &[u8]) -> Self {
        self.entry(path, EntryType::Regular, 0o755, bytes)
    }

    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.entry(path, EntryType::Symlink, 0o777, target.as_bytes())
    }

    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.entry(path, EntryType::Link, 0o644, target.as_bytes())
    }

    pub fn fifo(self, path: &str) -> Self {
        self.entry(path, EntryType::Fifo, 0o644, b"")
    }

    /// Its bytes, in the format that the ending names: the same for the same content.
    pub fn packed(&self, ending: &str) -> Vec<u8> {
        match ending {
            "tar" => self.tar(),
            "tar.gz" | "tgz" => gzipped(&self.tar()),
            "tar.xz" => xz(&self.tar()),
            "tar.zst" => zstd(&self.tar()),
            "tar.bz2" | "tbz2" | "tbz" => bzipped(&self.tar()),
            "zip" => self.zip(),
            "deb" => self.deb(),
            other => panic!("no archive ends in `{other}`"),
        }
    }

    fn tar(&self) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for Entry { path, kind, mode, bytes } in &self.entries {
            let (content, target) = if matches!(kind, EntryType::Symlink | EntryType::Link) {
                (&[][..], &bytes[..])
            } else {
                (&bytes[..], &[][..])
            };
            let mut header = tar::Header::new_ustar();
            // The setters refuse what hostile archives hold, so the bytes are put in place.
            let fields = header.as_ustar_mut().unwrap();
            fields.name[..path.len()].copy_from_slice(path.as_bytes());
            fields.linkname[..target.len()].copy_from_slice(target);
            header.set_entry_type(*kind);
            header.set_mode(*mode);
            header.set_mtime(0);
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    /// A Debian package (deb(5)); what lies below `DEBIAN` is what it says of itself.
    fn deb(&self) -> Vec<u8> {
        let (control, data): (Vec<Entry>, Vec<Entry>) =
            self.entries.iter().cloned().partition(|entry| entry.path.starts_with("DEBIAN/"));
        let inside = |mut entry: Entry| {
            entry.path = entry.path.replace("DEBIAN/", "./");
            entry
        };
        let part = |entries| Self { entries }.packed("tar.gz");
        let mut bytes = b"!<arch>\n".to_vec();
        for (name, content) in [
            ("debian-binary", b"2.0\n".to_vec()),
            ("control.tar.gz", part(control.into_iter().map(inside).collect())),
            ("data.tar.gz", part(data)),
        ] {
            let size = content.len();
            bytes.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).bytes());
            bytes.extend(content);
            bytes.extend(std::iter::repeat_n(b'\n', size % 2));
        }
        bytes
    }

    fn zip(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for Entry { path, kind, mode, bytes } in &self.entries {
            let options = SimpleFileOptions::default().unix_permissions(*mode);
            if *kind == EntryType::Symlink {
                zip.add_symlink(path.as_str(), std::str::from_utf8(bytes).unwrap(), options).unwrap();
            } else {
                zip.start_file(path.as_str(), options).unwrap();
                zip.write_all(bytes).unwrap();
            }
        }
        zip.finish().unwrap().into_inner()
    }
}

/// The same bytes for the same content.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// The same bytes for the same content.
pub fn bzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// The same bytes for the same content.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// The same bytes for the same content.
pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

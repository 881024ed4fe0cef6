//! The forms in which tools are published for download: archives, compressed or not, and bare
//! files. A form is known by the ending of a file's name.

use std::io::{BufReader, Read};

use bzip2::read::MultiBzDecoder;
use lzma_rust2::XzReader;
use serde::{Deserialize, Serialize};

/// What a decoder of xz may take of memory, in KiB: what `xz -9` needs, four times.
const XZ_MEMORY: u32 = 256 << 10;

/// How a downloaded file is unpacked. The names are those of locks and manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Format {
    #[serde(rename = "tar")]
    Tar,
    #[serde(rename = "tar.gz")]
    TarGz,
    #[serde(rename = "tar.xz")]
    TarXz,
    #[serde(rename = "tar.zst")]
    TarZst,
    #[serde(rename = "tar.bz2")]
    TarBz2,
    #[serde(rename = "zip")]
    Zip,
    /// A binary package of Debian (deb(5)): its files, and what it says of itself below `DEBIAN`.
    #[serde(rename = "deb")]
    Deb,
    /// One file, compressed.
    #[serde(rename = "gz")]
    Gz,
    #[serde(rename = "xz")]
    Xz,
    #[serde(rename = "zst")]
    Zst,
    #[serde(rename = "bz2")]
    Bz2,
    /// One file as it is: an executable.
    #[serde(rename = "file")]
    File,
}

/// Endings and what they mean; the longest one that fits counts.
const ENDINGS: &[(&str, Format)] = &[
    (".tar", Format::Tar),
    (".tar.gz", Format::TarGz),
    (".tgz", Format::TarGz),
    (".tar.xz", Format::TarXz),
    (".txz", Format::TarXz),
    (".tar.zst", Format::TarZst),
    (".tzst", Format::TarZst),
    (".tar.bz2", Format::TarBz2),
    (".tbz2", Format::TarBz2),
    (".tbz", Format::TarBz2),
    (".zip", Format::Zip),
    (".deb", Format::Deb),
    (".gz", Format::Gz),
    (".xz", Format::Xz),
    (".zst", Format::Zst),
    (".bz2", Format::Bz2),
];

/// Endings of what holds other files and cannot be unpacked here. To take such a file for an
/// executable would only move the mistake to the first start of the tool.
const UNKNOWN: &[&str] = &[
    ".7z", ".apk", ".br", ".dmg", ".exe", ".iso", ".lz", ".lz4", ".lzma", ".msi", ".pkg", ".rar", ".rpm", ".snap", ".z",
];

/// What xz contains, however many streams it is.
pub fn xz<R: Read>(bytes: R) -> XzReader<BufReader<R>> {
    XzReader::new_mem_limit(BufReader::new(bytes), true, XZ_MEMORY)
}

/// What bzip2 contains, however many streams it is: programs that compress with many threads write one for each block.
pub fn bz2<R: Read>(bytes: R) -> MultiBzDecoder<R> {
    MultiBzDecoder::new(bytes)
}

/// A file of this form cannot be unpacked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("devshell cannot unpack `{0}` files")]
pub struct UnknownFormat(pub &'static str);

impl Format {
    pub const ALL: [Self; 12] = [
        Self::Tar,
        Self::TarGz,
        Self::TarXz,
        Self::TarZst,
        Self::TarBz2,
        Self::Zip,
        Self::Deb,
        Self::Gz,
        Self::Xz,
        Self::Zst,
        Self::Bz2,
        Self::File,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarXz => "tar.xz",
            Self::TarZst => "tar.zst",
            Self::TarBz2 => "tar.bz2",
            Self::Zip => "zip",
            Self::Deb => "deb",
            Self::Gz => "gz",
            Self::Xz => "xz",
            Self::Zst => "zst",
            Self::Bz2 => "bz2",
            Self::File => "file",
        }
    }

    /// Whether what is unpacked is one file, which has no name of its own.
    pub const fn is_bare(self) -> bool {
        matches!(self, Self::Gz | Self::Xz | Self::Zst | Self::Bz2 | Self::File)
    }

    /// The form of a file of this name. A name without a known ending is that of an executable.
    pub fn of(file_name: &str) -> Result<Self, UnknownFormat> {
        let name = file_name.to_ascii_lowercase();
        if let Some((_, format)) =
            ENDINGS.iter().filter(|(end, _)| name.ends_with(end)).max_by_key(|(end, _)| end.len())
        {
            return Ok(*format);
        }
        match UNKNOWN.iter().find(|end| name.ends_with(*end)) {
            Some(end) => Err(UnknownFormat(end)),
            None => Ok(Self::File),
        }
    }
}

impl std::str::FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_form() {
        for (name, expected) in [
            ("jq-1.7-linux-amd64", Ok(Format::File)),
            ("tool.sh", Ok(Format::File)),
            ("tool-1.4.0", Ok(Format::File)),
            ("tool-1.4.0.tar.gz", Ok(Format::TarGz)),
            ("Tool.TGZ", Ok(Format::TarGz)),
            ("tool.gz", Ok(Format::Gz)),
            ("tool.tar", Ok(Format::Tar)),
            ("tool.tar.xz", Ok(Format::TarXz)),
            ("tool.tar.zst", Ok(Format::TarZst)),
            ("tool.zip", Ok(Format::Zip)),
            ("tool.tar.bz2", Ok(Format::TarBz2)),
            ("tool.tbz", Ok(Format::TarBz2)),
            ("tool.TBZ2", Ok(Format::TarBz2)),
            ("tool-linux-amd64.bz2", Ok(Format::Bz2)),
            ("tool.zst", Ok(Format::Zst)),
            ("tool.deb", Ok(Format::Deb)),
            ("tool.exe", Err(UnknownFormat(".exe"))),
            ("tool.xz", Ok(Format::Xz)),
            ("tool.tar.lz", Err(UnknownFormat(".lz"))),
        ] {
            assert_eq!(Format::of(name), expected, "{name}");
        }
    }

    #[test]
    fn names_round_trip() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert_eq!(serde_json::to_string(&format).unwrap(), format!("\"{}\"", format.name()));
        }
        assert_eq!("rar".parse::<Format>(), Err(()));
    }
}

//! Binary packages of Debian (deb(5)): what the package says of itself goes below `DEBIAN`, as
//! `dpkg-deb --raw-extract` does it, and its files beside that, where they are on a system with
//! one `/usr` ("merged /usr" of the Debian Wiki). Its links are made to lead to places in the same
//! tree, so that it works wherever it is.

use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::ar::Archive;
use super::merged::CONTROL;
use super::overlap::overlapped;
use super::tar::{self, Form};
use super::tree::Tree;
use super::{UnpackError, zstd};
use crate::archive::xz;
use crate::files::{bounded, most};

pub fn unpack(bytes: impl Read + Send, tree: &mut Tree) -> Result<(), UnpackError> {
    let mut archive = Archive::new(bytes);
    // In this order, with private members between them that begin with `_`.
    let mut expected = ["debian-binary", "control.tar", "data.tar"].iter().peekable();
    while let Some(next) = expected.peek() {
        let Some(mut member) = archive.next().map_err(UnpackError::Read)? else {
            return Err(broken(format!("it has no `{next}`")));
        };
        if member.name.starts_with('_') {
            member.finish().map_err(UnpackError::Read)?;
            continue;
        }
        let Some(compression) = member.name.strip_prefix(*next).map(str::to_owned) else {
            return Err(broken(format!("`{}` is where `{next}` should be", member.name)));
        };
        match **next {
            "debian-binary" => check_version(&mut member)?,
            "control.tar" => decompressed(&mut member, &compression, Form::Control, tree)?,
            _ => decompressed(&mut member, &compression, Form::Data, tree)?,
        }
        member.finish().map_err(UnpackError::Read)?;
        expected.next();
    }
    Ok(())
}

fn check_version(member: impl Read) -> Result<(), UnpackError> {
    let mut version = String::new();
    member.take(16).read_to_string(&mut version).map_err(UnpackError::Read)?;
    if version.starts_with("2.") { Ok(()) } else { Err(broken(format!("its format is {version:?}"))) }
}

fn decompressed(member: impl Read + Send, compression: &str, form: Form, tree: &mut Tree) -> Result<(), UnpackError> {
    match compression {
        "" => overlapped(member, |bytes| tar::unpack(bytes, form, tree)),
        ".gz" => overlapped(MultiGzDecoder::new(member), |bytes| tar::unpack(bytes, form, tree)),
        ".xz" => overlapped(xz(member), |bytes| tar::unpack(bytes, form, tree)),
        ".zst" => overlapped(zstd::Decoder::new(BufReader::new(member)), |bytes| tar::unpack(bytes, form, tree)),
        other => Err(broken(format!("one of its parts is compressed as `{other}`"))),
    }
}

/// The package and the version that an unpacked package says it is.
pub fn identity(object: &Path) -> io::Result<(String, String)> {
    let control = control(object)?;
    Ok((field_in(&control, "Package"), field_in(&control, "Version")))
}

/// What an unpacked package says of itself in a field of one line; nothing where it has no such field.
pub fn field(object: &Path, name: &str) -> String {
    control(object).map(|control| field_in(&control, name)).unwrap_or_default()
}

/// Whether a package is one for programs, not for people: a library, its headers, modules of a language, fonts,
/// documentation (Debian Policy Manual, section 2.4).
pub fn is_library(object: &Path) -> bool {
    let section = section(object);
    let sections =
        ["libs", "libdevel", "oldlibs", "perl", "python", "ruby", "javascript", "fonts", "doc", "localization"];
    sections.contains(&section.as_str())
}

/// The packages that are meant by one that only leads to them, such as one that was renamed (Debian Developer's Reference,
/// section 6.7.7).
pub fn successors(object: &Path) -> Vec<String> {
    if section(object) != "oldlibs" {
        return Vec::new();
    }
    let wanted = field(object, "Depends");
    let names = wanted.split([',', '|']).filter_map(|relation| relation.split_whitespace().next());
    names.map(|name| name.split(':').next().unwrap_or(name).to_owned()).collect()
}

/// What kind of package it is (Debian Policy Manual, section 2.4).
fn section(object: &Path) -> String {
    let section = field(object, "Section");
    section.rsplit('/').next().unwrap_or_default().to_owned()
}

fn control(object: &Path) -> io::Result<String> {
    bounded::read_text(&object.join(CONTROL).join("control"), most::DESCRIPTION)
}

/// The same in the text that has it.
pub fn field_in(control: &str, name: &str) -> String {
    let mut lines = control.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn broken(why: String) -> UnpackError {
    UnpackError::Read(io::Error::new(io::ErrorKind::InvalidData, why))
}

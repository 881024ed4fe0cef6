//! Binary packages of Debian (deb(5)): what the package says of itself goes below `DEBIAN`, as
//! `dpkg-deb --raw-extract` does it, and its files beside that, where they lie on a system with
//! one `/usr` ("merged /usr" of the Debian Wiki). Its links are made to lead to places in the same
//! tree, so that it works wherever it lies.

use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::ar::Archive;
use super::overlap::overlapped;
use super::tar::{self, Form};
use super::tree::{Tree, safe};
use super::{UnpackError, zstd};
use crate::archive::xz;
use crate::files::{bounded, most};

/// Where the package's description and its scripts go, none of which are ever run.
pub const CONTROL: &str = "DEBIAN";

/// What is a link into `usr` where `/usr` is merged.
pub const MERGED: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

pub fn unpack(bytes: impl Read + Send, tree: &mut Tree) -> Result<(), UnpackError> {
    let mut archive = Archive::new(bytes);
    // In this order, with members between them that are somebody's own and begin with `_`.
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
    let control = bounded::read_text(&object.join(CONTROL).join("control"), most::DESCRIPTION)?;
    let field = |name: &str| {
        let mut lines = control.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    Ok((field("Package"), field("Version")))
}

fn broken(why: String) -> UnpackError {
    UnpackError::Read(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Where a file of the package goes; `None` for the root.
pub fn place(path: &Path) -> Result<Option<PathBuf>, UnpackError> {
    let Some(inside) = safe(path, 0)? else { return Ok(None) };
    if inside.starts_with(CONTROL) {
        return Err(UnpackError::Path(path.display().to_string()));
    }
    Ok(Some(merged(inside)))
}

/// Where a link that the package has at `path` leads to from its place, as a relative path.
/// `None` for the links that make a system one with a merged `/usr`.
pub fn target(path: &Path, target: &Path) -> Result<Option<PathBuf>, UnpackError> {
    let leads_out = || {
        let (path, target) = (path.display().to_string(), target.display().to_string());
        UnpackError::Link { path, target }
    };
    let original = safe(path, 0)?.unwrap_or_default();
    let mut there = original.parent().unwrap_or(Path::new("")).to_owned();
    for component in target.components() {
        match component {
            Component::RootDir => there = PathBuf::new(),
            Component::CurDir => {}
            Component::Normal(name) => there.push(name),
            Component::ParentDir => {
                if !there.pop() {
                    return Err(leads_out());
                }
            }
            Component::Prefix(_) => return Err(leads_out()),
        }
    }
    if target.as_os_str().is_empty() {
        return Err(leads_out());
    }
    let (from, to) = (merged(original), merged(there));
    Ok((from != to).then(|| relative(&from, &to)))
}

/// A path where `/usr` is merged.
fn merged(path: PathBuf) -> PathBuf {
    let is_moved = MERGED.iter().any(|name| path.starts_with(name));
    if is_moved { Path::new("usr").join(path) } else { path }
}

/// The way from a link to what it is to lead to, both below one root.
pub fn relative(link: &Path, to: &Path) -> PathBuf {
    let from = link.parent().unwrap_or(Path::new(""));
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_places_in_the_tree() {
        for (path, to, expected) in [
            ("./usr/bin/awk", "/etc/alternatives/awk", Some("../../etc/alternatives/awk")),
            ("./usr/bin/a", "b", Some("b")),
            ("./usr/bin/a", "./b/", Some("b")),
            ("./lib/x/libz.so.1", "libz.so.1.2", Some("libz.so.1.2")),
            ("./usr/lib/x/libz.so", "/lib/x/libz.so.1.2", Some("libz.so.1.2")),
            ("./usr/lib/x/libz.so", "../../../lib/x/libz.so.1", Some("libz.so.1")),
            ("./lib64/ld.so.2", "/lib/x/ld.so", Some("../lib/x/ld.so")),
            ("./lib64/ld.so.2", "../usr/lib/x/ld.so", Some("../lib/x/ld.so")),
            ("./usr/share/a", ".", Some(".")),
            ("./usr/share/a", "..", Some("..")),
            ("./usr/share/a", "/", Some("../..")),
            ("./bin", "usr/bin", None),
            ("./lib64", "/usr/lib64", None),
        ] {
            assert_eq!(target(Path::new(path), Path::new(to)).unwrap(), expected.map(PathBuf::from), "{path} -> {to}");
        }
        for (path, to) in [("./a", "../b"), ("./usr/bin/a", "../../../etc/passwd"), ("./a", "")] {
            assert!(matches!(target(Path::new(path), Path::new(to)), Err(UnpackError::Link { .. })), "{path} -> {to}");
        }
    }
}

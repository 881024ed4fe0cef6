//! Where the files of a Debian package go, and where its links lead: as on a system with one `/usr` ("merged /usr" of
//! the Debian Wiki).

use std::path::{Component, Path, PathBuf};

use super::UnpackError;
use super::tree::safe;
use crate::files::relative;

/// Where the package's description and its scripts go, none of which are ever run.
pub const CONTROL: &str = "DEBIAN";

/// What is a link into `usr` where `/usr` is merged.
pub const MERGED: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

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

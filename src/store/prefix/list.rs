//! The hashes of a prefix's files, which `verify` compares it with. Those of files that are as
//! their package has them are taken from that package's list.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::super::bytecode::BYTECODE;
use super::merge::Merged;
use crate::files::{bounded, most};
use crate::parallel;
use crate::store::unpack::is_program;
use crate::store::verify::sum_of;
use crate::store::{entries, object_sums, sums};

/// A file of the prefix: its path in it, and its hash where that is known.
type File = (PathBuf, Option<String>);

pub fn of(root: &Path, objects: &[(&str, PathBuf)], merged: &Merged) -> io::Result<Vec<u8>> {
    let mut known = Vec::new();
    for (_, object) in objects {
        let key = object.file_name().unwrap_or_default().to_string_lossy();
        let list = bounded::read(&object.with_file_name(object_sums(&key)), most::LIST).unwrap_or_default();
        known.push((object, sums::parse(&list).unwrap_or_default()));
    }
    let mut files = Vec::new();
    walk(root, Path::new(""), &mut |path| {
        let sum = merged.files.get(&path).and_then(|owner| {
            let (object, hashes) = &known[*owner];
            is_same(&root.join(&path), &object.join(&path)).then(|| hashes.get(&path).cloned()).flatten()
        });
        files.push((path, sum));
    })?;
    let hashes = parallel::map(&files, parallel::processors(), |(path, sum): &File| match sum {
        Some(sum) => Ok(sum.clone()),
        None => settle(&root.join(path)),
    });
    let mut lines: BTreeMap<&Path, String> = BTreeMap::new();
    for ((path, _), sum) in files.iter().zip(hashes) {
        lines.insert(path, sum?);
    }
    Ok(lines.into_iter().flat_map(|(path, sum)| sums::line(&sum, path.as_os_str().as_encoded_bytes())).collect())
}

/// Every file that is no link.
fn walk(root: &Path, inside: &Path, found: &mut impl FnMut(PathBuf)) -> io::Result<()> {
    for path in entries(&root.join(inside))? {
        let inside = inside.join(path.file_name().unwrap_or_default());
        let kind = fs_err::symlink_metadata(&path)?.file_type();
        if inside.ends_with(BYTECODE) {
            continue;
        }
        if kind.is_dir() {
            walk(root, &inside, found)?;
        } else if !kind.is_symlink() {
            found(inside);
        }
    }
    Ok(())
}

/// Gives a file that was made here the mode of what the store holds, and hashes it.
fn settle(path: &Path) -> io::Result<String> {
    let start = bounded::head(path, 4)?;
    let runs = fs_err::metadata(path)?.permissions().mode() & 0o111 != 0 || is_program(&start);
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(if runs { 0o555 } else { 0o444 }))?;
    sum_of(path)
}

/// Whether two paths are names of one file.
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |path: &Path| fs_err::symlink_metadata(path).ok().map(|it| (it.dev(), it.ino()));
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

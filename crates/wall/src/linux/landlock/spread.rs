//! A plan without directories of links: Landlock puts nothing in the place of anything, so each link counts by itself.

use std::fs;
use std::path::{Path, PathBuf};

use crate::plan::{Access, Mount};

/// The same plan, with the links in the place of a directory that has nothing but links. What can be written can be so only
/// where it is.
pub fn spread(mounts: &[Mount]) -> Vec<Mount> {
    mounts.iter().flat_map(|mount| links_in_place(mount).unwrap_or_else(|| vec![mount.clone()])).collect()
}

fn links_in_place(mount: &Mount) -> Option<Vec<Mount>> {
    let Mount::Bind { source, target, access } = mount else { return None };
    if source == target {
        return None;
    }
    let replaced = Mount::Replaced { target: target.clone() };
    if *access == Access::ReadWrite {
        return Some(vec![replaced, Mount::bound(source, *access)]);
    }
    let links =
        fs::read_dir(source).ok()?.map(|entry| link(&entry.ok()?.path(), target)).collect::<Option<Vec<_>>>()?;
    Some(std::iter::once(replaced).chain(links).collect())
}

fn link(path: &Path, target: &Path) -> Option<Mount> {
    let to: PathBuf = fs::read_link(path).ok()?;
    Some(Mount::Link { target: target.join(path.file_name()?), to })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_directories_of_links_are_spread() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        for path in ["links", "files", "bin"] {
            fs::create_dir(at(path)).unwrap();
        }
        symlink("/.host/usr/bin/true", at("links/true")).unwrap();
        fs::write(at("files/file"), "").unwrap();
        let bind = |from: &str, to: &str| Mount::Bind { source: at(from), target: at(to), access: Access::ReadOnly };
        let (same, files) = (bind("links", "links"), bind("files", "bin"));
        let link = Mount::Link { target: at("bin/true"), to: "/.host/usr/bin/true".into() };
        let expected = [same.clone(), Mount::Replaced { target: at("bin") }, link, files.clone()];
        assert_eq!(spread(&[same, bind("links", "bin"), files]), expected);
    }
}

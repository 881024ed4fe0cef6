//! What the manifest grants beside the project. It is mounted where it really is, and a link leads there from the path that
//! the manifest names: mounted at a second place, it would show what is denied at the first.

use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount};

/// A path of the host. Below `whole`, the wall has the host's own links.
pub fn granted(path: PathBuf, access: Access, whole: &[&Path]) -> Vec<Mount> {
    let real = fs_err::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let is_linked = real != path && !whole.iter().any(|whole| path.starts_with(whole));
    let link = is_linked.then(|| Mount::Link { target: path, to: real.clone() });
    link.into_iter().chain([Mount::bound(real, access)]).collect()
}

#[cfg(test)]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_granted_is_mounted_once() {
        let place = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(place.path()).unwrap();
        let at = |path: &str| root.join(path);
        fs_err::create_dir_all(at("data/a")).unwrap();
        fs_err::create_dir_all(at("shop")).unwrap();
        symlink("data", at("again")).unwrap();
        symlink(at("data"), at("shop/data")).unwrap();
        let bind = |path: &str| Mount::bound(at(path), Access::ReadOnly);
        let link = |path: &str, to: &str| Mount::Link { target: at(path), to: at(to) };
        for (path, expected) in [
            ("data/a", vec![bind("data/a")]),
            ("missing", vec![bind("missing")]),
            ("again", vec![link("again", "data"), bind("data")]),
            ("again/a", vec![link("again/a", "data/a"), bind("data/a")]),
            ("shop/data", vec![bind("data")]),
        ] {
            assert_eq!(granted(at(path), Access::ReadOnly, &[&at("shop")]), expected, "{path}");
        }
    }
}

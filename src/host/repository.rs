//! The repository around a directory, as far as its place goes: nothing in it is read.

use std::path::{Path, PathBuf};

/// What marks a repository's uppermost directory: a manifest, or what git keeps there.
const MARKS: [&str; 3] = ["devshell.json", "devshell.jsonc", ".git"];

/// The repository that a directory is in, the outermost one. A mark in the home directory or above
/// it makes no repository of all that the user has.
pub fn around(directory: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let is_above_home = |directory: &Path| home.is_some_and(|home| home.starts_with(directory));
    let is_marked = |directory: &&Path| MARKS.iter().any(|mark| directory.join(mark).exists());
    let candidates = directory.ancestors().take_while(|directory| directory.parent().is_some());
    candidates.filter(|directory| !is_above_home(directory)).filter(is_marked).last().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_mark_counts_and_the_home_directory_is_no_repository() {
        let place = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(place.path()).unwrap();
        fs_err::create_dir_all(root.join("home/shop/.git")).unwrap();
        fs_err::create_dir_all(root.join("home/shop/web/src")).unwrap();
        fs_err::create_dir_all(root.join("home/plain")).unwrap();
        fs_err::write(root.join("home/shop/web/devshell.json"), "{}").unwrap();
        fs_err::write(root.join("home/devshell.json"), "{}").unwrap();
        let home = root.join("home");
        for (directory, expected) in [("home/shop/web/src", Some("home/shop")), ("home/plain", None), ("home", None)] {
            let found = around(&root.join(directory), Some(&home));
            assert_eq!(found, expected.map(|path| root.join(path)), "{directory}");
        }
        assert_eq!(around(&root.join("home/plain"), None), Some(home));
    }
}

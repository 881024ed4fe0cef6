//! A directory tree as a value, to see that nothing in it was touched.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Path below the directory -> what is there: type, mode, time of the last change, content.
pub fn tree(directory: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(directory, directory, &mut found);
    found
}

fn walk(root: &Path, path: &Path, found: &mut BTreeMap<String, String>) {
    let metadata = fs_err::symlink_metadata(path).unwrap();
    let content = if metadata.is_file() {
        String::from_utf8_lossy(&fs_err::read(path).unwrap()).into_owned()
    } else if metadata.is_symlink() {
        fs_err::read_link(path).unwrap().display().to_string()
    } else {
        String::new()
    };
    let about = format!("{:o} {}.{:09} {content}", metadata.mode(), metadata.ctime(), metadata.ctime_nsec());
    found.insert(path.strip_prefix(root).unwrap().display().to_string(), about);
    if metadata.is_dir() {
        for entry in fs_err::read_dir(path).unwrap() {
            walk(root, &entry.unwrap().path(), found);
        }
    }
}

//! Where the packages of an environment are, and where they record what was installed.

use std::path::{Path, PathBuf};

use crate::name::normalized;

/// The directory of an environment's packages.
pub fn site_packages(directory: &Path) -> std::io::Result<PathBuf> {
    for entry in fs_err::read_dir(directory.join("lib"))? {
        let path = entry?.path().join("site-packages");
        if path.is_dir() {
            return Ok(path);
        }
    }
    Err(std::io::Error::new(std::io::ErrorKind::NotFound, format!("`{}` has no site-packages", directory.display())))
}

/// The lists of installed files of some packages ("Recording installed projects" of the Python
/// Packaging User Guide).
pub fn records(directory: &Path, packages: &[String]) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(site_packages(directory)?)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let package = name.strip_suffix(".dist-info").and_then(|name| name.split_once('-'));
        if package.is_some_and(|(package, _)| packages.contains(&normalized(package))) {
            found.push(path.join("RECORD"));
        }
    }
    Ok(found)
}

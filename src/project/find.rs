//! Where a project is: the manifest in a directory or above it, or else the file of Nix that takes its place.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::ProjectError;
use crate::manifest;

/// The manifest that a path names. Its directory is resolved, the file itself is not: a link in a
/// repository makes that repository the project.
pub(super) fn named(path: &Path) -> Result<PathBuf, ProjectError> {
    let (Some(name), true) = (path.file_name(), path.is_file() || implied(path).is_some()) else {
        return Err(ProjectError::NotNamed(path.to_owned()));
    };
    Ok(fs_err::canonicalize(path.parent().unwrap_or(path))?.join(name))
}

/// Walks up to the first directory with a manifest. The walk ends at a file-system border and
/// below the home directory: a manifest in it would otherwise rule over every project without one. A walk that starts
/// in the home directory looks there alone.
pub(super) fn locate(start: &Path, home: Option<&Path>) -> Result<PathBuf, ProjectError> {
    let found = search(start, start.ancestors(), home, manifest_in)?;
    let not_found = || ProjectError::NotFound(start.to_owned());
    // Any manifest counts more than a file of Nix, which may be in a directory for other reasons.
    let of_nix = |file: &str| {
        let in_directory = |directory: &Path| Ok(directory.join(file).is_file().then(|| directory.join(NAME)));
        search(start, start.ancestors(), home, in_directory).ok().flatten()
    };
    found.or_else(|| manifest::NIX_FILES.iter().find_map(|file| of_nix(file))).ok_or_else(not_found)
}

/// The name of the manifest of a project that has none.
const NAME: &str = manifest::FILE_NAMES[0];

/// The file of Nix that takes the place of a manifest, if that is not there.
pub(super) fn implied(manifest: &Path) -> Option<&'static str> {
    let directory = manifest.parent().filter(|_| manifest.ends_with(NAME))?;
    manifest::NIX_FILES.into_iter().find(|file| directory.join(file).is_file())
}

/// The manifest in a directory.
pub(super) fn manifest_in(directory: &Path) -> Result<Option<PathBuf>, ProjectError> {
    let [json, jsonc] = manifest::FILE_NAMES.map(|name| directory.join(name));
    match (json.is_file(), jsonc.is_file()) {
        (true, true) => Err(ProjectError::Two(directory.to_owned())),
        (true, false) => Ok(Some(json)),
        (false, true) => Ok(Some(jsonc)),
        (false, false) => Ok(None),
    }
}

pub(super) fn search<'a>(
    start: &Path,
    directories: impl Iterator<Item = &'a Path>,
    home: Option<&Path>,
    found_in: impl Fn(&Path) -> Result<Option<PathBuf>, ProjectError>,
) -> Result<Option<PathBuf>, ProjectError> {
    let device = |path: &Path| fs_err::metadata(path).ok().map(|metadata| metadata.dev());
    let border = device(start);
    for directory in directories {
        let is_home = Some(start) == home || Some(directory) == home;
        if directory != start && (is_home || device(directory) != border) {
            break;
        }
        if let Some(found) = found_in(directory)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

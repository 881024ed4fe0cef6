//! The source of a package: fetched by the hash of the lock into the store, and copied from there, since a build writes into
//! its source.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::archive::Format;
use crate::files::{bounded, most};
use crate::hint::Hint as _;
use crate::lock::Artifact;
use crate::python::Uv;
use crate::source::{PythonError, Sources};

/// Puts sources into the store that are not there. The caller has a shared turn at the store.
pub fn fetch(uv: &Uv, sdists: &[&Artifact], sources: &Sources) -> Result<(), PythonError> {
    let unpacked = sdists.iter().map(|sdist| as_object(sdist)).collect::<Result<Vec<_>, _>>()?;
    let unpacked: Vec<&Artifact> = unpacked.iter().collect();
    uv.store().install(&unpacked, sources, uv.http, uv.progress.as_ref()).map_err(|mut errors| {
        let error = errors.remove(0);
        PythonError::Unfetched { hint: error.hint(), source: Box::new(error) }
    })
}

/// The directory of a source that is in the store.
pub fn directory(uv: &Uv, sdist: &Artifact) -> Result<PathBuf, PythonError> {
    let object = uv.store().object(&as_object(sdist)?);
    let mut entries = fs_err::read_dir(&object)?.collect::<Result<Vec<_>, _>>()?;
    match entries.pop().filter(|entry| entries.is_empty() && entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        Some(entry) => Ok(entry.path()),
        None => Err(not_buildable(sdist, "its source is not one directory".to_owned())),
    }
}

/// A source as the store unpacks it.
fn as_object(sdist: &Artifact) -> Result<Artifact, PythonError> {
    let format = Format::of(sdist.file.as_deref().unwrap_or_default());
    let format = format.map_err(|error| not_buildable(sdist, error.to_string()))?;
    Ok(Artifact { unpack: Some(format), marker: None, ..sdist.clone() })
}

/// A file of a source, if it is there.
pub fn text(source: &Path, name: &str) -> Result<Option<String>, PythonError> {
    let path = source.join(name);
    if path.is_file() { Ok(Some(bounded::read_text(&path, most::DESCRIPTION)?)) } else { Ok(None) }
}

pub fn not_buildable(sdist: &Artifact, text: String) -> PythonError {
    PythonError::NotBuildable { package: sdist.package.to_string(), version: sdist.version.to_string(), text }
}

/// Copies a tree. What was sealed can be changed in the copy, and shares no file with it.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs_err::create_dir(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            fs_err::os::unix::fs::symlink(fs_err::read_link(entry.path())?, &target)?;
        } else {
            fs_err::copy(entry.path(), &target)?;
            let mode = entry.metadata()?.permissions().mode() | 0o200;
            fs_err::set_permissions(&target, std::fs::Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

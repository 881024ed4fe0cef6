//! A file that is no archive: the executable itself.

use std::io::Read;
use std::path::Path;

use super::UnpackError;
use super::tree::Tree;
use crate::name::last_part;

/// The file gets the tool's name, since that of a download often holds version and platform.
pub fn unpack(mut bytes: impl Read, name: &str, tree: &mut Tree) -> Result<(), UnpackError> {
    tree.count()?;
    tree.file(Path::new(last_part(name)), &mut bytes, true)
}

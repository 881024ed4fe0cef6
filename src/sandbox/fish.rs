//! fish opens the file of its universal variables for writing each time that it reads them, and prints an error at each
//! prompt if it cannot. So the directory of that file can be written inside, and what is written there is gone at the end.

use std::path::PathBuf;

use devshell_wall::{Access, Mount};

use super::Place;

const SETTINGS: &str = "fish/config.fish";
const UNIVERSAL: &str = "fish_variables";

/// What comes over the directory of fish's settings, where the manifest lets it be read: a new one with the same settings.
pub fn over_read_only(place: &Place, mounts: &[Mount]) -> Vec<Mount> {
    let Some(directory) = place.rc_files.iter().find(|path| path.ends_with(SETTINGS)).and_then(|path| path.parent())
    else {
        return Vec::new();
    };
    let universal = directory.join(UNIVERSAL);
    let covering = mounts.iter().rev().find_map(|mount| match mount {
        Mount::Bind { target, access, .. } if universal.starts_with(target) => Some((target, *access)),
        _ => None,
    });
    let Some((granted, Access::ReadOnly)) = covering.filter(|_| directory.is_dir()) else { return Vec::new() };
    let is_shown = |path: &&PathBuf| path.starts_with(directory) && (place.base.is_none() || path.starts_with(granted));
    let settings = place.rc_files.iter().filter(is_shown);
    let empty = Mount::Memory { target: directory.to_owned(), mode: 0o700 };
    [empty].into_iter().chain(settings.map(|path| Mount::bound(path, Access::ReadOnly))).collect()
}

//! Alternatives (update-alternatives(1)): of several packages that have a command or a library under other names, the
//! one with the highest priority has the usual name.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::Site;
use crate::files::relative;
use crate::name::CommandName;
use crate::store::entries;
use crate::store::placed::BIN;
use crate::store::postinst::{self, Alternative};

/// A command of a prefix that is an alternative: its link, and the program that was chosen for it.
pub struct Chosen {
    pub name: CommandName,
    pub link: PathBuf,
    pub program: PathBuf,
}

/// Those below a prefix's root, whose path has no links. Their paths are in it.
pub fn chosen(root: &Path) -> Vec<Chosen> {
    let links = BIN.iter().flat_map(|bin| entries(&root.join(bin)).unwrap_or_default());
    links.filter_map(|link| chosen_by(root, &link)).collect()
}

fn chosen_by(root: &Path, link: &Path) -> Option<Chosen> {
    let name = link.file_name()?.to_str()?.parse().ok()?;
    fs_err::read_link(link).ok()?.components().find(|part| part.as_os_str() == "alternatives")?;
    let program = fs_err::canonicalize(link).ok()?.strip_prefix(root).ok()?.to_owned();
    Some(Chosen { name, link: link.strip_prefix(root).ok()?.to_owned(), program })
}

/// Makes the links that the packages would have registered.
pub fn link(site: &Site, objects: &[(&str, PathBuf)]) -> io::Result<()> {
    let mut by_name: BTreeMap<String, Vec<(&str, Alternative)>> = BTreeMap::new();
    for (package, object) in objects {
        for alternative in postinst::alternatives(object) {
            by_name.entry(alternative.name.clone()).or_default().push((package, alternative));
        }
    }
    for (name, candidates) in &mut by_name {
        candidates.sort_by_key(|(package, alternative)| (-alternative.priority, package != name, *package));
    }
    // One may lead to what another one makes.
    while !by_name.is_empty() {
        let before = by_name.len();
        let mut linked = Ok(());
        by_name.retain(|_, candidates| {
            let is_there = |alternative: &Alternative| site.find(&alternative.links[0].1).is_some();
            let Some((_, chosen)) = candidates.iter().find(|(_, alternative)| is_there(alternative)) else {
                return true;
            };
            let made = chosen.links.iter().try_for_each(|(link, target)| make(site, link, target));
            linked = std::mem::replace(&mut linked, Ok(())).and(made);
            false
        });
        linked?;
        if by_name.len() == before {
            break;
        }
    }
    Ok(())
}

fn make(site: &Site, link: &Path, target: &Path) -> io::Result<()> {
    if site.find(target).is_none() || site.root.join(link).symlink_metadata().is_ok() {
        return Ok(());
    }
    let (directory, inside) = site.claim(link)?;
    directory.symlink(&relative(&inside, target), &inside)
}

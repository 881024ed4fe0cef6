//! Alternatives (update-alternatives(1)): of several packages that have a command or a library under other names, the
//! one with the highest priority has the usual name.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::Site;
use crate::files::relative;
use crate::store::postinst::{self, Alternative};

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

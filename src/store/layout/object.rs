//! The form `Object`: one artifact. Its commands are those that the lock names; where it names none, those that the
//! manifest names, or else those that are found in the artifact.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Laid, Layout, LayoutError, Site, There, check_platform, found, named_links, not_here, wanted_commands};
use crate::catalog::VendorEntry;
use crate::lock::{Chosen, Commands};
use crate::name::{CommandName, InsidePath};
use crate::platform::Platform;
use crate::store::{Link, Store};

pub struct Object(pub Commands);

impl Layout for Object {
    fn commands(&self, chosen: &Chosen, there: &There) -> Vec<CommandName> {
        match self.0 {
            Commands::Locked => chosen.locked.commands.keys().cloned().collect(),
            Commands::Found => {
                let object = object(there.store, chosen, there.host.platform).ok().filter(|object| object.is_dir());
                let found = object.and_then(|object| downloaded(&object, chosen, there.host.platform).ok());
                found.unwrap_or_default().into_keys().collect()
            }
        }
    }

    fn lay(&self, chosen: &Chosen, site: &mut Site) -> Result<Laid, LayoutError> {
        let platform = site.host.platform;
        check_platform(chosen.locked, platform)?;
        let object = site.store.as_used(object(site.store, chosen, platform)?);
        match self.0 {
            Commands::Locked => named_links(chosen, object, site),
            Commands::Found => {
                let mut found = downloaded(&object, chosen, platform)?;
                site.contents.insert(object.clone());
                let wanted = wanted_commands(chosen.wish, found.keys())?;
                let object = own_directory(object, &found, chosen, platform);
                found.retain(|name, _| wanted.contains(name));
                let links = found.into_iter().map(|(name, path)| (name, Link::To(path))).collect();
                Ok(Laid::of(links).within(object))
            }
        }
    }
}

fn object(store: &Store, chosen: &Chosen, platform: Platform) -> Result<PathBuf, LayoutError> {
    let artifact = chosen.locked.artifacts_on(platform).next();
    artifact.map(|artifact| store.object(artifact)).ok_or_else(|| not_here(chosen.locked, platform))
}

/// The row of a vendor's file.
fn row(chosen: &Chosen) -> Option<&'static VendorEntry> {
    chosen.locked.entry()?.vendor()
}

/// The directories to look for commands in.
fn roots(object: &Path, chosen: &Chosen, platform: Platform) -> Vec<PathBuf> {
    found::roots(object, chosen.wish.strip().or_else(|| row(chosen)?.strip(platform)))
}

/// The directory that variables mean. Of a vendor's archive it is the one that its commands are below: what has `lib`
/// and `include` beside `bin`.
fn own_directory(
    object: PathBuf,
    found: &BTreeMap<CommandName, PathBuf>,
    chosen: &Chosen,
    platform: Platform,
) -> PathBuf {
    let has_one = |root: &PathBuf| found.values().any(|command| command.starts_with(root));
    let root = row(chosen).and_then(|_| roots(&object, chosen, platform).into_iter().find(has_one));
    root.unwrap_or(object)
}

/// The commands of an artifact: where the manifest says they are, else those that are found.
fn downloaded(
    object: &Path,
    chosen: &Chosen,
    platform: Platform,
) -> Result<BTreeMap<CommandName, PathBuf>, LayoutError> {
    let tool = chosen.wish;
    let version = chosen.locked.version.as_deref().unwrap_or_default();
    let roots = roots(object, chosen, platform);
    let paths = tool.paths(version, platform);
    if paths.is_empty() {
        let found = found::find(&roots, tool.name.short());
        if found.is_empty() && tool.commands.as_ref().is_none_or(|chosen| !chosen.is_empty()) {
            let (tool, version) = (tool.name.clone(), version.to_owned());
            return Err(LayoutError::NotFound { tool, version, elsewhere: found::elsewhere(&roots) });
        }
        return Ok(found);
    }
    let place = |(command, path): (CommandName, InsidePath)| match found::at(object, &roots, &path) {
        Some(place) => Ok((command, place)),
        None => {
            let (tool, version) = (tool.name.clone(), version.to_owned());
            Err(LayoutError::NotAt { tool, version, path, elsewhere: found::elsewhere(&roots) })
        }
    };
    paths.into_iter().map(place).collect()
}

//! What a composed environment says about its walls.

use std::path::PathBuf;

use super::RoadError;
use super::basis::Basis;
use crate::env::Environment;
use crate::evaluation::Evaluated;
use crate::host::Host;
use crate::manifest::{Isolation, Manifest};
use crate::sandbox::{self, Commands, SH, Walls};
use crate::store::{LayoutError, Link, Store};

/// What the commands of an environment at this level need of the host, with the directories that have it.
pub fn walls(
    host: &Host,
    (manifest, nix): (&Manifest, Option<&Evaluated>),
    (level, has_base): (Isolation, bool),
    environment: &Environment,
    basis: &mut Basis,
) -> Result<Option<Walls>, RoadError> {
    if !level.has_walls() {
        return Ok(None);
    }
    let mut wishes = manifest.sandbox.clone();
    // What a flake pins is no part of the host.
    let store = nix.and_then(|nix| nix.store.as_ref());
    wishes.read.extend(store.map(|store| store.to_string_lossy().into_owned()));
    // There is nothing of the host, or this is inside already, where the store is read-only.
    if has_base || sandbox::around(Some(host)).is_some() {
        return Ok(Some(Walls { wishes, commands: Commands::default() }));
    }
    let path: Vec<PathBuf> = environment.path().map(|(directory, _)| PathBuf::from(directory)).collect();
    let own = [&host.directories.data, &host.directories.cache].map(Clone::clone);
    let needed = sandbox::needed(&path, &[SH.into()], &own);
    basis.stamps.extend(needed.directories());
    let store = Store::of(host);
    let commands = Commands::of(needed, host.home.as_deref(), |links| {
        let links = links.iter().map(|(name, to)| (name.clone(), Link::To(to.clone()))).collect();
        store.link_directory(&links).map_err(LayoutError::Links)
    })?;
    basis.directories.extend(commands.replaced.iter().map(|(_, taker)| taker.clone()));
    Ok(Some(Walls { wishes, commands }))
}

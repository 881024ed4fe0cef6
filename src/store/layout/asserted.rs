//! The form `Asserted`: a tool of the host. Its commands are links to the host's.

use super::{Laid, Layout, LayoutError, Site, There, wanted_commands};
use crate::lock::{Artifact, Chosen};
use crate::name::CommandName;
use crate::platform::Platform;
use crate::probe;
use crate::store::Link;

pub struct Asserted;

impl Layout for Asserted {
    fn needs<'l>(&self, _: &Chosen<'l>, _: Platform) -> Result<Vec<&'l Artifact>, LayoutError> {
        Ok(Vec::new())
    }

    fn commands(&self, chosen: &Chosen, there: &There) -> Vec<CommandName> {
        probe::commands(there.host, chosen.wish)
    }

    fn is_there(&self, _: &Chosen, _: &There) -> Option<bool> {
        None
    }

    fn lay(&self, chosen: &Chosen, site: &mut Site) -> Result<Laid, LayoutError> {
        let found = probe::assert(site.host, chosen.wish)?;
        site.host_files.extend(found.commands.values().cloned());
        site.companions.extend(found.companions.into_iter().map(|(name, path)| (name, Link::To(path))));
        let wanted = wanted_commands(chosen.wish, found.commands.keys())?;
        let links = found.commands.into_iter().filter(|(name, _)| wanted.contains(name));
        let links = links.map(|(name, path)| (name, Link::To(path))).collect();
        Ok(Laid { version: found.version, ..Laid::of(links) })
    }
}

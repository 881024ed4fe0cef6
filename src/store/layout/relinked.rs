//! Tools on a host without the loader that their programs name: which of them want it, and copies of all that those
//! consist of.

use std::io;

use crate::lock::{Chosen, LockedTool};
use crate::platform::Platform;
use crate::store::Store;
use crate::store::prefix::wants_loader;

impl Store {
    /// Makes what tools consist of usable on a host whose programs are to use a C library of the store.
    pub fn relink_all(&self, chosen: &[Chosen], platform: Platform) -> io::Result<()> {
        tools_of(chosen).filter_map(|tool| self.content(tool, platform)).try_for_each(|it| self.relink(&it))
    }

    /// Whether a program of these tools names the loader of a platform. All of them are in the store.
    pub fn want_loader(&self, chosen: &[Chosen], platform: Platform) -> bool {
        tools_of(chosen).any(|tool| self.content(tool, platform).is_some_and(|it| wants_loader(&it, platform)))
    }
}

/// Tools and what runs them, each once.
fn tools_of<'l>(chosen: &[Chosen<'l>]) -> impl Iterator<Item = &'l LockedTool> {
    let mut seen: Vec<&LockedTool> = Vec::new();
    let all = chosen.iter().flat_map(Chosen::tools);
    all.filter(move |tool| {
        let is_new = !seen.contains(tool);
        seen.push(tool);
        is_new
    })
}

//! Conflicts of commands that the manifest and the lock show by themselves, before the lock is written. The composer
//! finds those that are known only once a tool is fetched, or only on one machine.

use std::collections::BTreeSet;

use crate::env::{Clash, check_commands};
use crate::lock::{Chosen, Form, Lock};
use crate::manifest::Manifest;
use crate::name::{CommandName, Suite};

/// Expects that no two tools have the same command in any environment of a manifest.
pub fn check(manifest: &Manifest, lock: &Lock) -> Result<(), Clash> {
    for layer in manifest.selections() {
        let chosen: Vec<Chosen> = lock.chosen(&layer).collect();
        let mut settled = BTreeSet::new();
        check_commands(&layer, chosen.iter().map(|one| (&one.wish.name, own_commands(one, &mut settled))))?;
    }
    Ok(())
}

/// The commands that a tool has for itself. Debian lets packages of one suite have a command of the same name: their
/// prefix settles whose it is.
fn own_commands<'l>(chosen: &Chosen<'l>, settled: &mut BTreeSet<(&'l Suite, &'l CommandName)>) -> Vec<&'l CommandName> {
    let mut commands = chosen.named_commands();
    if let Form::Prefix { suite } = chosen.locked.form() {
        commands.retain(|command| settled.insert((suite, command)));
    }
    commands
}

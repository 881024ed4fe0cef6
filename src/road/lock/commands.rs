//! What cannot be used together, as the manifest and the lock show by themselves, before the lock is written. The composer
//! finds the conflicts of commands that are known only once a tool is fetched, or only on one machine.

use std::collections::BTreeSet;

use super::super::RoadError;
use crate::env::check_commands;
use crate::lock::{Chosen, Form, Lock};
use crate::manifest::Manifest;
use crate::name::{CommandName, Suite};
use crate::project::Project;
use crate::source;

/// Expects of any environment of a manifest that no two tools have the same command, and that its node can start the tools
/// that have packages beside them.
pub fn check(project: &Project, manifest: &Manifest, lock: &Lock) -> Result<(), RoadError> {
    for layer in manifest.selections() {
        source::check_node(manifest, &layer, lock, project.is_personal)
            .map_err(|error| RoadError::Resolve(vec![error]))?;
        // Of your own tools, the first on PATH has the command.
        if project.is_personal {
            continue;
        }
        let chosen: Vec<Chosen> = lock.chosen(&layer).collect();
        let mut settled = BTreeSet::new();
        check_commands(&layer, chosen.iter().map(|one| (&one.wish.name, own_commands(one, &mut settled))))
            .map_err(|clash| clash.within(manifest, false))?;
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

//! What to type for a command that is not in the dev shell. `run`, `which` and `not-there` say so
//! in the same words.

use crate::catalog;
use crate::catalog::ways::{self, Way};
use crate::hint::mistyped;
use crate::host::Host;
use crate::manifest::{Layer, Manifest, Tool};
use crate::name::ToolName;

/// How to get a command.
pub struct Remedy {
    /// What the command is, as far as the catalog knows it.
    pub about: Option<&'static str>,
    /// What to type.
    pub hint: String,
}

/// How to get a command that manifest, catalog or host know by this very name.
pub fn find(host: &Host, manifest: Option<&Manifest>, name: &str) -> Option<Remedy> {
    if name.contains('/') {
        return None;
    }
    let about = catalog::provider(name).map(|(_, entry)| entry.about()).filter(|about| !about.is_empty());
    let hint = manifest.and_then(|manifest| in_environment(manifest, name)).or_else(|| to_add(host, name))?;
    Some(Remedy { about, hint })
}

/// The same, or else the script or command that was most likely meant.
pub fn hint<'a>(
    host: &Host,
    manifest: Option<&Manifest>,
    name: &str,
    present: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let near = || Some(format!("did you mean `{}`?", mistyped(name, present)?));
    find(host, manifest, name).map(|way| way.hint).or_else(near)
}

/// Whether a tool is one that has the command, or is called like it.
pub fn is_for(tool: &Tool, command: &str) -> bool {
    let entry = || catalog::find(&tool.name).ok().and_then(|meaning| meaning.entry);
    let is_it = |way: Way| way.tool().is_some_and(|name| name == tool.name.as_str());
    let leads_there = || ways::lead(command).is_some_and(|lead| lead.pinned().any(is_it));
    tool.name.package() == command || entry().is_some_and(|entry| entry.provides(command)) || leads_there()
}

/// An environment that has the command, when the project's own does not.
fn in_environment(manifest: &Manifest, name: &str) -> Option<String> {
    let has = |layer: &Layer| layer.scripts.contains_key(name) || layer.tools.iter().any(|tool| is_for(tool, name));
    let (environment, _) = manifest.environments.iter().find(|(_, layer)| has(layer))?;
    Some(format!("it is in the environment `{environment}`: `devshell run -e {environment} {name}`"))
}

/// What adds the command to the manifest: what is pinned first.
fn to_add(host: &Host, name: &str) -> Option<String> {
    let lead = ways::lead(name).unwrap_or_default();
    let pinned: Vec<String> = lead.pinned().map(|way| way.sentence(name, None)).collect();
    let known = lead.ways.iter().find_map(|way| match way {
        Way::Host(tool) => Some(*tool),
        _ => None,
    });
    // Whether `host:NAME` can be written at all.
    let own = format!("host:{}", known.unwrap_or(name)).parse::<ToolName>().ok();
    let of_host = match (host.find(name), own) {
        (Some(path), Some(own)) if pinned.is_empty() => {
            Some(format!("the host has it at {}; `devshell add {own}` adds it", path.display()))
        }
        (Some(path), Some(own)) => Some(format!("`devshell add {own}` adds the host's, at {}", path.display())),
        (None, Some(own)) if pinned.is_empty() && known.is_some() => {
            Some(format!("the host has none either; once it is installed there, `devshell add {own}` adds it"))
        }
        _ => None,
    };
    let note = lead.note.map(str::to_owned);
    let parts: Vec<String> = note.into_iter().chain(pinned).chain(of_host).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

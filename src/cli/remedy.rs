//! What to type for a command that is not in the dev shell. `run`, `which` and `not-there` say so
//! in the same words.

use crate::catalog::{self, Entry};
use crate::hint::nearest;
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
    let provider = catalog::provider(name);
    let about = provider.map(|(_, entry)| entry.about()).filter(|about| !about.is_empty());
    let hint = manifest.and_then(|manifest| in_environment(manifest, name)).or_else(|| to_add(host, provider, name))?;
    Some(Remedy { about, hint })
}

/// The same, or else the script or command that was most likely meant.
pub fn hint<'a>(
    host: &Host,
    manifest: Option<&Manifest>,
    name: &str,
    present: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let near = || Some(format!("did you mean `{}`?", nearest(name, present)?));
    find(host, manifest, name).map(|way| way.hint).or_else(near)
}

/// Whether a tool is one that has the command, or is called like it.
pub fn is_for(tool: &Tool, command: &str) -> bool {
    let entry = || catalog::find(&tool.name).ok().and_then(|meaning| meaning.entry);
    tool.name.package() == command || entry().is_some_and(|entry| entry.provides(command))
}

/// An environment that has the command, when the project's own does not.
fn in_environment(manifest: &Manifest, name: &str) -> Option<String> {
    let has = |layer: &Layer| layer.scripts.contains_key(name) || layer.tools.iter().any(|tool| is_for(tool, name));
    let (environment, _) = manifest.environments.iter().find(|(_, layer)| has(layer))?;
    Some(format!("it is in the environment `{environment}`: `devshell run -e {environment} {name}`"))
}

/// What adds the command to the manifest.
fn to_add(host: &Host, provider: Option<(&str, &Entry)>, name: &str) -> Option<String> {
    let path = host.find(name).map(|path| path.display().to_string());
    // Whether `host:NAME` can be written at all.
    let own = format!("host:{name}").parse::<ToolName>().ok();
    Some(match (provider, path, own) {
        (Some((tool, Entry::Host(_))), Some(path), _) => {
            format!("the host has it at {path}; `devshell add host:{tool}` lets it in")
        }
        (Some((tool, Entry::Host(_))), None, _) => {
            format!("the host has none either; once it is installed there, `devshell add host:{tool}` lets it in")
        }
        (Some((tool, _)), Some(path), Some(own)) => {
            format!("`devshell add {tool}` adds it; the host's, at {path}, is let in by `devshell add {own}`")
        }
        (Some((tool, _)), ..) => format!("`devshell add {tool}` adds it"),
        (None, Some(path), Some(own)) => format!("the host has it at {path}; `devshell add {own}` lets it in"),
        (None, ..) => return None,
    })
}

//! `devshell not-there`, hidden: what a shell inside the dev shell says of a command that it did not
//! find. No one types it and everyone waits for it, so it reads the manifest, the catalog
//! and some directories, asks no registry and composes nothing.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Args;

use super::failure::{Failure, code};
use super::{Context, remedy};
use crate::hint::mistyped;
use crate::host::Host;
use crate::manifest::{self, Layer, Manifest};
use crate::project::Project;
use crate::text;

/// Say how to get a command that was not found
///
/// Ends with exit code 127, as a shell would.
#[derive(Args)]
pub struct Arguments {
    /// The shell in which it was typed
    #[arg(long, value_name = "SHELL")]
    shell: String,
    /// For an unknown name, print nothing and end with exit code 1
    #[arg(long)]
    known: bool,
    #[arg(value_name = "NAME", allow_hyphen_values = true)]
    name: OsString,
}

/// As much of a name as is shown: a whole file may be pasted at a prompt.
const LONGEST: usize = 64;

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let silent = |code| Failure { code, reports: Vec::new() };
    let name = arguments.name.to_string_lossy();
    if name.trim().is_empty() {
        return Err(silent(code::NOT_FOUND));
    }
    let (about, hint) = match answer(cx, &name) {
        Some((about, hint)) => (about, Some(hint)),
        None if arguments.known => return Err(silent(code::NO)),
        None => (None, to_search(&name)),
    };
    let about = about.map(|about| format!(" ({about})")).unwrap_or_default();
    let text = format!("`{}`{about} is not in this dev shell", shown(&name));
    cx.ui.detail(|| format!("asked by {}", arguments.shell));
    Err(Failure::said(code::NOT_FOUND, text, hint))
}

/// What the command is, as far as that is known, and what to type for it.
fn answer(cx: &Context, name: &str) -> Option<(Option<&'static str>, String)> {
    let manifest = manifest(cx);
    let (manifest, layer) =
        (manifest.as_ref().map(|(manifest, _)| manifest), manifest.as_ref().map(|(_, layer)| layer));
    if let Some(hint) = layer.and_then(|layer| in_layer(layer, name)) {
        return Some((None, hint));
    }
    if let Some(remedy) = remedy::find(&cx.host, manifest, name) {
        return Some((remedy.about, remedy.hint));
    }
    let scripts = layer.iter().flat_map(|layer| layer.scripts.keys());
    if let Some(script) = mistyped(name, scripts.map(String::as_str)) {
        return Some((None, format!("did you mean `devshell run {}`?", shell_words::quote(script))));
    }
    let commands = commands(&cx.host);
    let near = mistyped(name, commands.iter().map(String::as_str))?;
    Some((None, format!("did you mean `{near}`?")))
}

/// What the manifest has of that name, as the dev shell selects it: a script, or a tool that came after this shell.
fn in_layer(layer: &Layer, name: &str) -> Option<String> {
    if layer.scripts.contains_key(name) {
        return Some(format!("`devshell run {}` runs the manifest's script of that name", shell_words::quote(name)));
    }
    let tool = layer.tools.iter().find(|tool| remedy::is_for(tool, name))?;
    let tool = &tool.name;
    Some(format!("the manifest has `{tool}`: `devshell reload` loads what is new, `devshell list` shows its commands"))
}

/// The manifest of the dev shell around us, wherever in the file system the user is, and what of it was
/// selected; `None` when it has mistakes, which are reported elsewhere.
fn manifest(cx: &Context) -> Option<(Manifest, Layer)> {
    let root = cx.host.dev_shell("DEVSHELL_ROOT").and_then(|root| Host::snapshot(Some(Path::new(root))).ok());
    let project = root.and_then(|host| Project::find(&host).ok()).or_else(|| Project::find(&cx.host).ok())?;
    let manifest = manifest::parse(&project.manifest_name(), &project.manifest_text).ok()?;
    let layer = manifest.select(&cx.selected(&project).environments).unwrap_or_else(|_| manifest.default.clone());
    Some((manifest, layer))
}

/// The commands of the dev shell, as far as they are in the store: at isolation `none`, those of the
/// host would be thousands.
fn commands(host: &Host) -> BTreeSet<String> {
    let path = host.variables_here().get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let ours = std::env::split_paths(&path).filter(|directory| directory.starts_with(&host.directories.data));
    let entries = ours.filter_map(|directory| fs_err::read_dir(directory).ok()).flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// What to type for an unknown name, if it could be a tool's.
fn to_search(name: &str) -> Option<String> {
    let is_plain = name.len() <= LONGEST && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+.-".contains(c));
    let is_word = is_plain && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    is_word.then(|| format!("`devshell search {name}` looks for a tool"))
}

/// A name in one line, and of a long one the beginning.
fn shown(name: &str) -> String {
    let mut shown: String = text::word(name).chars().take(LONGEST).collect();
    if name.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{shown, to_search};

    #[test]
    fn names_are_shown_without_moving_the_terminal() {
        for (name, expected) in [
            ("frob", "frob"),
            ("käse 'x'", "käse 'x'"),
            ("a\u{1b}[31mb\r\n", "a\\u{1b}[31mb\\r\\n"),
            ("a\u{202e}b\u{9b}c", "a\\u{202e}b\\u{9b}c"),
        ] {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(shown(&"x".repeat(65)), format!("{}…", "x".repeat(64)));
    }

    #[test]
    fn only_what_could_be_a_tool_is_searched_for() {
        for (name, is_searched) in [("frob", true), ("g++", true), ("./frob", false), ("-x", false), ("a;b", false)] {
            assert_eq!(to_search(name).is_some(), is_searched, "{name}");
        }
    }
}

//! The tools that have a program: what the catalog knows, the package that it belongs to on this machine, and the host's own.

use std::path::Path;

use super::place::named;
use super::{Around, Line};
use crate::catalog;
use crate::catalog::ways::{self, Way};
use crate::name::ToolName;

/// Tools that have a command, as `devshell add` takes them, the best one first.
pub fn of_command(name: &str) -> Vec<String> {
    ways::lead(name).into_iter().flat_map(|lead| lead.ways).filter_map(Way::tool).collect()
}

/// The line for a program of the host, which is at `path` and, without links, at `real`.
pub fn of_program(around: &Around, path: &Path, real: &Path) -> Line {
    let names = [path, real].map(|path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default());
    let known = names.iter().map(|name| (*name, of_command(name))).find(|(_, tools)| !tools.is_empty());
    let note = known.as_ref().and_then(|(name, _)| ways::lead(name)?.note);
    let owner = || around.packages.owner(&named(path, real)).or_else(|| around.packages.owner(real));
    let mut tools =
        known.map_or_else(|| owner().and_then(of_package).into_iter().collect(), |(_, tools): (_, Vec<String>)| tools);
    let is_on_path = path.parent().is_some_and(|parent| around.host_path.iter().any(|directory| directory == parent));
    let of_host = format!("host:{}", names[0]);
    if is_on_path && !tools.iter().any(|tool| tool.starts_with("host:")) && of_host.parse::<ToolName>().is_ok() {
        tools.push(of_host);
    }
    Line { tools, note, ..Line::default() }
}

/// Debian's package of that name.
pub fn of_package(package: &str) -> Option<String> {
    let tool = format!("deb:{package}");
    tool.parse::<ToolName>().is_ok().then_some(tool)
}

/// Whether a tool of the host brings a command with it, as `gcc` does `ld`.
pub fn brings(tool: &str, command: &str) -> bool {
    let Some(name) = tool.strip_prefix("host:") else { return false };
    let entry = catalog::all_entries().filter(|(entry, _)| *entry == name).map(|(_, entry)| entry);
    entry.flat_map(catalog::Entry::companions).any(|companion| companion.as_str() == command)
}

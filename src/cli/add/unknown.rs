//! What to type for a name that the catalog does not have.

use crate::catalog::ways::{self, Way};
use crate::catalog::{UnknownTool, releases};
use crate::cli::failure::{Failure, code};
use crate::hint::Hint as _;
use crate::host::Host;
use crate::name::ToolName;

/// Where the name leads, with the version that was asked for; the host's own command of that name comes last.
pub fn way_on(host: &Host, error: &UnknownTool, version: Option<&str>) -> Option<String> {
    let word = error.name.as_str();
    let lead = ways::lead(word);
    let knows_host = lead.iter().flat_map(|lead| &lead.ways).any(|way| matches!(way, Way::Host(_)));
    let known = lead.map(|lead| lead.sentence(word, version)).or_else(|| error.hint());
    let own = if knows_host { None } else { of_host(host, word) };
    let parts: Vec<String> = [known, own].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The repository whose releases have a tool of that name, where the table of releases knows just one, and the catalog
/// has the tool under no other name.
pub fn repository(name: &ToolName) -> Option<Result<ToolName, Failure>> {
    let word = name.as_str();
    let is_known = ways::lead(word).is_some_and(|lead| lead.ways.iter().any(|way| matches!(way, Way::Tool(_))));
    let full: Vec<String> =
        releases::named(word).iter().map(|(repository, _)| releases::full_name(repository)).collect();
    match full.as_slice() {
        _ if is_known => None,
        [] => None,
        [only] => only.parse().ok().map(Ok),
        several => {
            let list = several.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let text = format!("several repositories have a tool called `{word}`: {list}");
            let hint = format!("name one of them: `devshell add {}`", several[0]);
            Some(Err(Failure::said(code::TOOL, text, hint)))
        }
    }
}

/// The host's own command of a name that the catalog does not know.
fn of_host(host: &Host, word: &str) -> Option<String> {
    let path = host.find(word)?;
    let name: ToolName = format!("host:{word}").parse().ok()?;
    Some(format!("the host has it at {}: `devshell add {name}` takes it, not pinned", path.display()))
}

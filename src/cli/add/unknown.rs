//! What to type for a name that the catalog does not have.

use crate::catalog::UnknownTool;
use crate::catalog::ways::{self, Way};
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

/// The host's own command of a name that the catalog does not know.
fn of_host(host: &Host, word: &str) -> Option<String> {
    let path = host.find(word)?;
    let name: ToolName = format!("host:{word}").parse().ok()?;
    Some(format!("the host has it at {}: `devshell add {name}` takes it, not pinned", path.display()))
}

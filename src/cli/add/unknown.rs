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

/// The repository whose releases have a tool of that name, where the table of releases knows just one. A word that the
/// catalog or its table of names knows means what they say, never a stranger's repository.
pub fn repository(name: &ToolName) -> Option<Result<ToolName, Failure>> {
    let word = name.as_str();
    if ways::lead(word).is_some() {
        return None;
    }
    let full: Vec<String> =
        releases::named(word).iter().map(|(repository, _)| releases::full_name(repository)).collect();
    match full.as_slice() {
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

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn only_a_word_that_means_nothing_else_is_looked_up() {
        let found =
            |word: &str| repository(&word.parse().unwrap()).map(|found| found.ok().map(|name| name.to_string()));
        for word in ["ant", "tree", "xmllint", "ffprobe", "psql", "perl", "curl", "pipx", "gleam", "bunx", "rg", "sh"] {
            assert_eq!(found(word), None, "{word}");
        }
        for (word, name) in [("lazydocker", "jesseduffield/lazydocker"), ("ctop", "bcicen/ctop")] {
            assert_eq!(found(word), Some(Some(format!("github:{name}"))), "{word}");
        }
    }
}

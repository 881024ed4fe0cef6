//! Searching the names of Debian packages, in an index that is in the cache.

use super::super::npm::Offer;
use super::index::SuiteIndex;
use super::packages::Packages;
use crate::version::Requirement;

/// How many packages are shown: as many as fit on a screen.
const MOST: usize = 20;

/// The packages in whose names all words of a text occur, the one of that very name first, then the short names.
pub fn offers(index: &SuiteIndex, text: &str) -> Vec<Offer> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let is_meant = |name: &&str| words.iter().all(|word| name.contains(word));
    // A library, its headers and its symbols are no tools.
    let is_program = |name: &&str| !name.starts_with("lib") && !name.ends_with("-dbgsym") && !name.ends_with("-doc");
    let is_it = |name: &str| words.iter().any(|word| word == name);
    let all = index.packages.values().flat_map(Packages::names);
    let mut names: Vec<&str> = all.filter(is_meant).filter(|name| is_it(name) || is_program(name)).collect();
    names.sort_unstable_by_key(|name| (!is_it(name), name.len(), *name));
    names.dedup();
    let offer = |name: &str| {
        let version = super::newest(index, name, &Requirement::any())?;
        Some(Offer { tool: format!("deb:{name}").parse().ok()?, version, about: "Debian package".to_owned() })
    };
    names.into_iter().take(MOST).filter_map(offer).collect()
}

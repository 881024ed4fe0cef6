//! The providers of a name: where it can come from, in order.

use serde::Deserialize;

use super::Entry;
use crate::name::SourceLabel;

/// The providers of a name, of which there is one at least, and one of each source at most.
#[derive(Debug, Deserialize)]
#[serde(try_from = "OneOrMore")]
pub struct Providers(Vec<Entry>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Entry),
    More(Vec<Entry>),
}

impl TryFrom<OneOrMore> for Providers {
    type Error = &'static str;

    fn try_from(read: OneOrMore) -> Result<Self, &'static str> {
        let entries = match read {
            OneOrMore::One(entry) => vec![entry],
            OneOrMore::More(entries) => entries,
        };
        let sources: Vec<SourceLabel> = entries.iter().map(Entry::source).collect();
        let is_twice = sources.iter().enumerate().any(|(place, source)| sources[..place].contains(source));
        if entries.is_empty() || is_twice { Err("a name has one provider of each source") } else { Ok(Self(entries)) }
    }
}

impl Providers {
    /// What the name means.
    pub fn first(&self) -> &Entry {
        &self.0[0]
    }

    pub fn all(&self) -> &[Entry] {
        &self.0
    }

    /// The provider of a source.
    pub fn of(&self, source: SourceLabel) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.source() == source)
    }
}

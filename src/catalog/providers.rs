//! The providers of a name: where it can come from, in order.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Entry;
use crate::name::SourceLabel;

/// The providers of a name, of which there is one at least, and one of each source at most.
#[derive(Debug, Deserialize)]
#[serde(try_from = "OneOrMore")]
pub struct Providers(Vec<Entry>);

/// By hand, because `untagged` would copy each entry first: a prompt may have to wait for the catalog.
struct OneOrMore(Vec<Entry>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Entries).map(Self)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry or a list of entries")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Entry>, A::Error> {
        Ok(vec![Entry::deserialize(MapAccessDeserializer::new(map))?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Entry>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

impl TryFrom<OneOrMore> for Providers {
    type Error = &'static str;

    fn try_from(OneOrMore(entries): OneOrMore) -> Result<Self, &'static str> {
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

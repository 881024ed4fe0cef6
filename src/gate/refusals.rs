//! What a gate has refused, each once with its count.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// So many different ones are kept: names come from inside.
const MOST: usize = 500;
/// The longest name.
const LONGEST: usize = 253;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    counts: BTreeMap<(String, Why), u32>,
    /// How many are not among them.
    further: u32,
}

/// Why something did not pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Why {
    NotAllowed,
    /// The name leads to an address of a private network.
    Private(SocketAddr),
    /// It is allowed, and could not be reached.
    Failed(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal<'r> {
    /// A name, or a host with a port.
    pub host: &'r str,
    pub why: &'r Why,
    pub count: u32,
}

impl Refusals {
    pub fn add(&mut self, host: &str, why: Why) {
        let host: String = host.chars().take(LONGEST).collect();
        let is_full = self.counts.len() >= MOST;
        match self.counts.get_mut(&(host.clone(), why.clone())) {
            Some(count) => *count = count.saturating_add(1),
            None if is_full => self.further = self.further.saturating_add(1),
            None => drop(self.counts.insert((host, why), 1)),
        }
    }

    pub fn list(&self) -> Vec<Refusal<'_>> {
        self.counts.iter().map(|((host, why), count)| Refusal { host, why, count: *count }).collect()
    }

    pub const fn further(&self) -> u32 {
        self.further
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// What they were made into bytes of; nothing of other bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        postcard::from_bytes(bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_and_there_is_an_end() {
        let mut refusals = Refusals::default();
        for _ in 0..3 {
            refusals.add("evil.example", Why::NotAllowed);
        }
        refusals.add("evil.example:443", Why::Failed("no route".to_owned()));
        let again = Refusals::of_bytes(&refusals.to_bytes());
        assert_eq!(again, refusals);
        let expected = [("evil.example", 3), ("evil.example:443", 1)];
        assert_eq!(again.list().iter().map(|one| (one.host, one.count)).collect::<Vec<_>>(), expected);
        for number in 0..600 {
            refusals.add(&number.to_string(), Why::NotAllowed);
        }
        refusals.add("evil.example", Why::NotAllowed);
        assert_eq!((refusals.list().len(), refusals.further()), (500, 102));
        assert_eq!(refusals.list().iter().find(|one| one.host == "evil.example").unwrap().count, 4);
        assert_eq!(Refusals::of_bytes(b"\xff\xff"), Refusals::default());
    }
}

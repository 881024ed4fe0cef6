//! Debian packages in a lock: which index each was found in, so that it can be found again in an
//! archive of snapshots when the mirrors have newer ones; and that the packages of one suite
//! agree with one another, since those of one environment are installed together.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Artifact, Form, LockedTool};
use crate::name::{Suite, ToolName};
use crate::platform::Platform;

/// Two tools that need different packages of one name, from one suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    pub package: String,
    pub first: ToolName,
    pub second: ToolName,
}

/// The first package that two tools of one suite do not agree about.
pub fn disagreement<'l>(tools: impl IntoIterator<Item = &'l LockedTool>) -> Option<Disagreement> {
    let mut known: BTreeMap<(&Suite, &str, Platform), (&ToolName, &Artifact)> = BTreeMap::new();
    for tool in tools {
        let Form::Prefix { suite } = tool.form() else { continue };
        for artifact in &tool.artifacts {
            for platform in &artifact.platforms {
                let (first, other) =
                    known.entry((suite, &artifact.package, *platform)).or_insert((&tool.tool, artifact));
                if other.integrity != artifact.integrity {
                    let package = artifact.package.to_string();
                    return Some(Disagreement { package, first: (*first).clone(), second: tool.tool.clone() });
                }
            }
        }
    }
    None
}

/// Says of packages that were locked before that they were found where they were then: that an
/// index is newer changes nothing about them.
pub fn keep_indexes(tools: &mut [LockedTool], previous: &[LockedTool]) {
    let artifacts = previous.iter().flat_map(|tool| &tool.artifacts);
    let found: BTreeMap<_, _> =
        artifacts.filter(|artifact| artifact.index.is_some()).map(|artifact| (&artifact.file, artifact)).collect();
    for artifact in tools.iter_mut().flat_map(|tool| &mut tool.artifacts) {
        if let Some(old) = found.get(&artifact.file).filter(|old| old.integrity == artifact.integrity) {
            artifact.index.clone_from(&old.index);
        }
    }
}

/// A distribution of an archive, and when its index was made. Written
/// `trixie-security/20261121T005303Z`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DebIndex {
    /// The directory below `dists`: a suite, or a suite with `-security` or `-updates` after it.
    pub distribution: String,
    /// In UTC, in the basic format of ISO 8601: `20261121T005303Z`.
    pub date: String,
}

/// The text names no index.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a distribution and the date of its index")]
pub struct BadIndex(String);

impl FromStr for DebIndex {
    type Err = BadIndex;

    fn from_str(text: &str) -> Result<Self, BadIndex> {
        let bad = || BadIndex(text.to_owned());
        let (distribution, date) = text.split_once('/').ok_or_else(bad)?;
        let is_digits = |text: Option<&str>| text.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let is_date = date.len() == 16
            && is_digits(date.get(..8))
            && date.get(8..9) == Some("T")
            && is_digits(date.get(9..15))
            && date.ends_with('Z');
        let is_name = distribution.starts_with(|c: char| c.is_ascii_lowercase())
            && distribution.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
        if !is_date || !is_name {
            return Err(bad());
        }
        Ok(Self { distribution: distribution.to_owned(), date: date.to_owned() })
    }
}

impl fmt::Display for DebIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.distribution, self.date)
    }
}

as_text!(DebIndex);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_read_strictly() {
        for (text, good) in [
            ("trixie/20261121T091544Z", true),
            ("trixie-security/20261121T005303Z", true),
            ("trixie", false),
            ("/20261121T091544Z", false),
            ("a/../20261121T091544Z", false),
            ("trixie/2026-11-21T09:15Z", false),
            ("trixie/20261121T09154Ä", false),
        ] {
            match text.parse::<DebIndex>() {
                Ok(index) => assert_eq!((index.to_string().as_str(), good), (text, true)),
                Err(_) => assert!(!good, "{text}"),
            }
        }
    }
}

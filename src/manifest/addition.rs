//! What a manifest installs beside a tool: packages that the tool loads, such as its plugins (`with`). They are
//! resolved and locked together with the tool, and none of their commands is on PATH.

use std::fmt;
use std::str::FromStr;

use crate::name::{BadName, PackageName, SourceLabel, ToolName};
use crate::version::{BadRequirement, Requirement};

/// A package beside a tool, as `PACKAGE` or `PACKAGE@REQUIREMENT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Addition {
    pub package: PackageName,
    pub requirement: Requirement,
}

/// Why a text is not a package beside a tool.
#[derive(Debug, thiserror::Error)]
pub enum BadAddition {
    #[error(transparent)]
    Name(#[from] BadName),
    #[error(transparent)]
    Requirement(#[from] BadRequirement),
    #[error("`{text}` is from {found}, and the tool is from {own}")]
    Elsewhere { text: String, found: SourceLabel, own: SourceLabel },
}

impl Addition {
    /// Reads what a manifest says, with the source or without it. A tool whose name says its source has packages of
    /// the same one beside it.
    pub fn parse(text: &str, own: Option<SourceLabel>) -> Result<(Option<SourceLabel>, Self), BadAddition> {
        let (named, found) = match text.split_once(':') {
            Some((_, rest)) => (rest, split_requirement(text).0.parse::<ToolName>()?.source()),
            None => (text, None),
        };
        match (found, own) {
            (Some(found), Some(own)) if found != own => {
                Err(BadAddition::Elsewhere { text: text.to_owned(), found, own })
            }
            _ => Ok((found.or(own), named.parse()?)),
        }
    }
}

impl FromStr for Addition {
    type Err = BadAddition;

    fn from_str(text: &str) -> Result<Self, BadAddition> {
        let (package, requirement) = split_requirement(text);
        let requirement = requirement.map_or_else(|| Ok(Requirement::any()), str::parse)?;
        let package: PackageName = package.parse()?;
        if package.is_repository() {
            let reason =
                "is a repository, and packages beside a tool come from npm or a Python package index".to_owned();
            return Err(BadName { word: package.to_string(), reason }.into());
        }
        Ok(Self { package, requirement })
    }
}

/// A name, and the requirement after it. The `@` of a scope comes before its name.
pub fn split_requirement(text: &str) -> (&str, Option<&str>) {
    match text.rfind('@') {
        Some(at) if at > 0 && !text[..at].ends_with(':') => (&text[..at], Some(&text[at + 1..])),
        _ => (text, None),
    }
}

as_text!(Addition);

impl fmt::Display for Addition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { package, requirement } = self;
        if requirement.is_any() { write!(f, "{package}") } else { write!(f, "{package}@{requirement}") }
    }
}

/// Several of them, for people.
pub fn listed(additions: &[Addition]) -> String {
    additions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_are_packages_with_or_without_versions() {
        for (text, shown) in [
            ("pip", "pip"),
            ("pip@*", "pip"),
            ("@eslint/js", "@eslint/js"),
            ("@eslint/js@^9", "@eslint/js@^9"),
            ("globals@16.x", "globals@16"),
        ] {
            let read: Addition = text.parse().unwrap();
            assert_eq!(read.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<Addition>().unwrap(), read, "{text}");
        }
        for text in ["", "@", "a b", "a@", "../a", "a@lts"] {
            assert!(text.parse::<Addition>().is_err(), "{text}");
        }
        let source = |text, own| Addition::parse(text, own).map(|(source, _)| source).ok();
        assert_eq!(source("npm:a", None), Some(Some(SourceLabel::Npm)));
        assert_eq!(source("a", Some(SourceLabel::Pypi)), Some(Some(SourceLabel::Pypi)));
        assert_eq!(source("a", None), Some(None));
        assert_eq!(source("npm:a", Some(SourceLabel::Pypi)), None);
    }
}

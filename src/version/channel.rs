//! The release channels of Rust as requirements: `stable`, `beta`, `nightly`, and each as it was on a day
//! (`nightly-2026-04-16`). Only a lock and the tool `rust` read them; for other tools a word is no requirement.

use super::{BadRequirement, Comparator, Operator, Requirement};

/// A release channel, and the day of the release, if one is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel<'t> {
    pub name: &'t str,
    pub date: Option<&'t str>,
}

impl<'t> Channel<'t> {
    pub const NAMES: [&'static str; 3] = ["stable", "beta", "nightly"];

    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let (name, date) = text.split_once('-').map_or((text, None), |(name, date)| (name, Some(date)));
        (Self::NAMES.contains(&name) && date.is_none_or(is_day)).then_some(Self { name, date })
    }

    /// Whether a version is one of this channel. That of a nightly ends with its day.
    pub(super) fn has(self, version: &str) -> bool {
        match self.name {
            "stable" => !version.contains('-'),
            "beta" => version.contains("-beta"),
            _ => version.contains("-nightly.") && self.date.is_none_or(|date| version.ends_with(date)),
        }
    }
}

/// `2026-04-16`.
fn is_day(text: &str) -> bool {
    let is_digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text.split('-').collect::<Vec<_>>()[..], [year, month, day]
        if is_digits(year, 4) && is_digits(month, 2) && is_digits(day, 2))
}

impl Requirement {
    /// A requirement of the tool `rust`: a channel, or versions as of any tool.
    pub fn of_toolchain(text: &str) -> Result<Self, BadRequirement> {
        let word = text.trim();
        match Channel::parse(word) {
            Some(_) => {
                let comparator = Comparator { operator: Operator::Channel, version: word.to_owned() };
                Ok(Self { text: word.to_owned(), comparators: vec![comparator] })
            }
            None if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                Err(BadRequirement::Channel(word.to_owned()))
            }
            None => text.parse(),
        }
    }

    /// The release channel that it names.
    pub fn channel(&self) -> Option<Channel<'_>> {
        let is_channel = matches!(self.comparators.as_slice(), [Comparator { operator: Operator::Channel, .. }]);
        is_channel.then(|| Channel::parse(&self.text))?
    }
}

/// As a lock has it: of any tool.
impl TryFrom<String> for Requirement {
    type Error = BadRequirement;

    fn try_from(text: String) -> Result<Self, BadRequirement> {
        if Channel::parse(&text).is_some() { Self::of_toolchain(&text) } else { text.parse() }
    }
}

impl From<Requirement> for String {
    fn from(requirement: Requirement) -> Self {
        requirement.text
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scheme;
    use super::*;

    #[test]
    fn channels_are_requirements_of_rust_alone() {
        for (text, name, date) in [
            ("stable", "stable", None),
            (" beta ", "beta", None),
            ("nightly", "nightly", None),
            ("nightly-2026-04-16", "nightly", Some("2026-04-16")),
        ] {
            let requirement = Requirement::of_toolchain(text).unwrap();
            assert_eq!(requirement.channel(), Some(Channel { name, date }));
            assert_eq!(Requirement::try_from(requirement.as_str().to_owned()).unwrap(), requirement);
            assert!(text.parse::<Requirement>().is_err(), "{text}");
            assert!(!requirement.is_any() && requirement.named_version().is_none());
            assert_eq!(requirement.raised_to("9.0.0", Scheme::Semver), None);
        }
        assert_eq!(Requirement::of_toolchain("1.95").unwrap(), "1.95".parse().unwrap());
        for text in
            ["nightly-2026-4-16", "nightly-2026-04-16-x86_64-unknown-linux-gnu", "stable-", "latest", "", "1..2"]
        {
            assert!(Requirement::of_toolchain(text).is_err(), "{text}");
        }
    }

    #[test]
    fn channels_accept_their_versions() {
        for (channel, version, expected) in [
            ("stable", "1.95.0", true),
            ("stable", "1.96.0-beta.4", false),
            ("beta", "1.96.0-beta.4", true),
            ("beta", "1.95.0", false),
            ("nightly", "1.97.0-nightly.2026-05-20", true),
            ("nightly", "1.97.0-beta.1", false),
            ("nightly-2026-05-20", "1.97.0-nightly.2026-05-20", true),
            ("nightly-2026-05-20", "1.97.0-nightly.2026-05-19", false),
        ] {
            let requirement = Requirement::of_toolchain(channel).unwrap();
            assert_eq!(requirement.accepts(version, Scheme::Semver), expected, "{channel} {version}");
        }
        assert!(Scheme::Semver.compare("1.97.0-nightly.2026-05-09", "1.97.0-nightly.2026-05-10").is_lt());
    }
}

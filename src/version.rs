//! Version requirements and the orders they are judged by.
//!
//! A requirement is written the same way for every source; how two versions compare is the
//! ecosystem's own affair (`Scheme`).

mod channel;
pub mod debian;
mod loose;
mod notation;
mod output;
mod series;
mod written;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::channel::Channel;
pub use self::loose::{is_stage, numbers as loose_numbers};
pub use self::output::find_in_output;

/// How an ecosystem orders its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Semantic Versioning 2.0.0, as npm uses it.
    Semver,
    /// PEP 440, as Python packages use it.
    Pep440,
    /// Debian's, as its packages use it. A requirement names no epoch, so that of a version does
    /// not count when the two are compared.
    Debian,
    /// Semantic Versioning as tags of releases have it, with as many numbers as there are (`1.7`).
    Loose,
    /// Dotted numbers as programs print them; a suffix that begins with a letter ends them.
    Numbers,
}

impl Scheme {
    /// Compares two versions; a text that is not a version sorts below every version.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Semver => semver::Version::parse(a).ok().cmp(&semver::Version::parse(b).ok()),
            Self::Pep440 => a.parse::<pep440_rs::Version>().ok().cmp(&b.parse().ok()),
            Self::Debian => debian::compare(a, b),
            Self::Loose => loose::compare(a, b),
            Self::Numbers => {
                let (a, b) = (numbers(a), numbers(b));
                let length = a.len().max(b.len());
                let padded = |v: &[u64]| (0..length).map(|i| v.get(i).copied().unwrap_or(0)).collect::<Vec<_>>();
                padded(&a).cmp(&padded(&b))
            }
        }
    }

    /// Whether the version is a pre-release, to be taken only when it is asked for.
    pub fn is_prerelease(self, version: &str) -> bool {
        match self {
            Self::Semver => semver::Version::parse(version).is_ok_and(|v| !v.pre.is_empty()),
            Self::Pep440 => version.parse::<pep440_rs::Version>().is_ok_and(|v| v.any_prerelease()),
            Self::Loose => loose::is_prerelease(version),
            Self::Debian | Self::Numbers => false,
        }
    }

    /// The numbers that a version begins with.
    fn numbers(self, version: &str) -> Vec<u64> {
        match self {
            Self::Loose => loose::numbers(version).into_iter().map_while(|number| number.parse().ok()).collect(),
            _ => numbers(version),
        }
    }
}

/// The leading dotted numbers of a version text: `2.47.3.windows.1` is 2, 47, 3, and `2.0.0-rc.1`
/// is 2, 0, 0.
fn numbers(text: &str) -> Vec<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map_while(|segment| segment.parse().ok()).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// `22`, `22.4`: any version that begins with these segments.
    Prefix,
    Exactly,
    Above,
    AtLeast,
    Below,
    AtMost,
    /// `^1.2`: at least this, and the left-most segment that is not zero stays.
    Caret,
    /// `~1.2`: at least this, and the first two segments stay (`~1`: the first).
    Tilde,
    /// A release channel of Rust, whose name is in the place of a version.
    Channel,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparator {
    operator: Operator,
    version: String,
}

/// What versions a manifest accepts: comma-separated comparators that must all hold, or `*`.
/// Equality is that of the text, which is also what a lock records.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Requirement {
    text: String,
    comparators: Vec<Comparator>,
}

/// Why a text is not a version requirement.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequirement {
    #[error("the version requirement is empty; `*` accepts every version")]
    Empty,
    #[error("`{0}` is a name, and a lock needs a number: write `24` (node's long-term releases are the even ones)")]
    LongTerm(String),
    #[error("`{0}` is a name, and a lock needs a number: write `22`, `^3.3`, or `*` for the newest")]
    Named(String),
    #[error("`{0}` is not a version requirement: write `22`, `22.4`, `=22.4.1`, `>=3.10,<3.13`, `^3.3`, `~3.3` or `*`")]
    Malformed(String),
    #[error(
        "`{0}` is not a release of Rust: write `1.95`, `1.95.0`, `stable`, `beta`, `nightly` or `nightly-2026-04-16`"
    )]
    Channel(String),
}

impl Requirement {
    /// The requirement as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Accepts every version: `*`.
    pub fn any() -> Self {
        Self { text: "*".to_owned(), comparators: Vec::new() }
    }

    /// Whether every version is accepted.
    pub const fn is_any(&self) -> bool {
        self.comparators.is_empty()
    }

    /// Whether it is a version and nothing else, without an operator.
    pub fn is_plain_version(&self) -> bool {
        matches!(self.comparators.as_slice(), [Comparator { operator: Operator::Prefix, .. }])
    }

    /// The version that it names, where it accepts no other one, or only those that begin like it.
    pub fn named_version(&self) -> Option<&str> {
        match self.comparators.as_slice() {
            [Comparator { operator: Operator::Prefix | Operator::Exactly, version }] => Some(version),
            _ => None,
        }
    }

    /// Whether the version satisfies every comparator under the scheme.
    pub fn accepts(&self, version: &str, scheme: Scheme) -> bool {
        self.comparators.iter().all(|comparator| comparator.accepts(version, scheme))
    }

    /// The requirement in its own form, moved so that it accepts this version: `22` becomes `24`,
    /// `^3.3` becomes `^4.0`, `=1.2.3` becomes `=2.0.0`. `None` when it would be moved down, and
    /// when its form says something else than "this version and its like", as ranges do.
    pub fn raised_to(&self, version: &str, scheme: Scheme) -> Option<Self> {
        let [comparator] = self.comparators.as_slice() else { return None };
        let version = if scheme == Scheme::Debian { debian::without_epoch(version) } else { version };
        if scheme.compare(version, &full(&comparator.version, scheme)).is_le() {
            return None;
        }
        let shortened = || -> Option<String> {
            let length = comparator.version.split('.').count();
            let segments: Vec<&str> = match scheme {
                Scheme::Loose => loose::numbers(version).into_iter().take(length).collect(),
                _ => version.split(['-', '+']).next()?.splitn(length + 1, '.').take(length).collect(),
            };
            // A pre-release is like no other version, and a short form cannot say it.
            (!scheme.is_prerelease(version)).then(|| segments.join("."))
        };
        let text = match comparator.operator {
            Operator::Prefix => shortened()?,
            Operator::Exactly => format!("={version}"),
            Operator::Caret => format!("^{}", shortened()?),
            Operator::Tilde => format!("~{}", shortened()?),
            Operator::Above | Operator::AtLeast | Operator::Below | Operator::AtMost | Operator::Channel => {
                return None;
            }
        };
        text.parse().ok().filter(|raised: &Self| raised.accepts(version, scheme))
    }

    /// Whether the version is lower than one that the requirement names, rather than too high.
    pub fn is_above(&self, version: &str, scheme: Scheme) -> bool {
        let is_bound =
            |one: &&Comparator| !matches!(one.operator, Operator::Below | Operator::AtMost | Operator::Channel);
        self.comparators.iter().filter(is_bound).any(|one| scheme.compare(version, &full(&one.version, scheme)).is_lt())
    }

    /// Whether the requirement itself names a pre-release (`=2.0.0-rc.1`), and so wants them.
    pub fn wants_prerelease(&self, scheme: Scheme) -> bool {
        // A tag has a dash before other things too: `1.2.0-1`, `2026-01-01`.
        let has_dash = |version: &str| scheme != Scheme::Loose && version.contains('-');
        let mut numbers = self.comparators.iter().filter(|c| c.operator != Operator::Channel);
        numbers.any(|c| has_dash(&c.version) || scheme.is_prerelease(&c.version))
    }
}

impl Comparator {
    /// Whether it names a version that no dotted numbers can name.
    fn is_beyond_numbers(&self, scheme: Scheme) -> bool {
        self.version.contains(['-', '+'])
            || matches!(scheme, Scheme::Pep440 | Scheme::Debian | Scheme::Loose)
                && self.version.contains(|c: char| c.is_ascii_alphabetic() || c == '~')
    }

    fn accepts(&self, version: &str, scheme: Scheme) -> bool {
        let version = if scheme == Scheme::Debian { debian::without_epoch(version) } else { version };
        let order = || {
            let wanted = full(&self.version, scheme);
            // `22.04` and `1.2.3.4` are no semantic versions; taken for one that sorts below all
            // others, `>=22.04` would accept everything.
            let is_odd = scheme == Scheme::Semver && semver::Version::parse(&wanted).is_err();
            let scheme = if is_odd { Scheme::Numbers } else { scheme };
            scheme.compare(version, &wanted)
        };
        let wanted = scheme.numbers(&self.version);
        // `3.3` means all of its patches; `3.3.0-rc.1` only itself.
        let begins = || !self.is_beyond_numbers(scheme) && begins_with(version, scheme, &wanted);
        let is_same =
            |order: Ordering| order.is_eq() && matches!(scheme, Scheme::Pep440 | Scheme::Debian | Scheme::Loose);
        match self.operator {
            Operator::Channel => Channel::parse(&self.version).is_some_and(|channel| channel.has(version)),
            // A prefix that goes beyond numbers (`2.0.0-rc.1`) can only mean that one version.
            Operator::Prefix if self.is_beyond_numbers(scheme) => version == self.version || is_same(order()),
            Operator::Prefix => begins_with(version, scheme, &wanted),
            // `=1.7.1` means whatever Debian made of it; `=1.7.1-6` just that.
            Operator::Exactly if scheme == Scheme::Debian && !self.version.contains('-') => {
                debian::compare(debian::upstream(version), &self.version).is_eq()
            }
            Operator::Exactly => order() == Ordering::Equal,
            Operator::Above => order() == Ordering::Greater && !begins(),
            Operator::AtLeast => order() != Ordering::Less,
            Operator::Below => order() == Ordering::Less && !begins(),
            Operator::AtMost => order() != Ordering::Greater || begins(),
            Operator::Caret => {
                let fixed = wanted.iter().take_while(|n| **n == 0).count() + 1;
                order() != Ordering::Less && begins_with(version, scheme, &wanted[..fixed.min(wanted.len())])
            }
            Operator::Tilde => {
                order() != Ordering::Less && begins_with(version, scheme, &wanted[..wanted.len().min(2)])
            }
        }
    }
}

fn begins_with(version: &str, scheme: Scheme, wanted: &[u64]) -> bool {
    let has = scheme.numbers(version);
    has.len() >= wanted.len() && has[..wanted.len()] == *wanted
}

/// Fills a shortened version (`3.3`) with zeros where the scheme wants three segments.
fn full(version: &str, scheme: Scheme) -> String {
    let missing = 3usize.saturating_sub(version.split('.').count());
    match scheme {
        Scheme::Semver if !version.contains(['-', '+']) => format!("{version}{}", ".0".repeat(missing)),
        _ => version.to_owned(),
    }
}

impl FromStr for Requirement {
    type Err = BadRequirement;

    fn from_str(text: &str) -> Result<Self, BadRequirement> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(BadRequirement::Empty);
        }
        if trimmed == "*" {
            return Ok(Self::any());
        }
        let comparators = trimmed
            .split(',')
            .map(|part| comparator(&notation::plain(part.trim())).ok_or_else(|| notation::bad(text)))
            .collect::<Result<_, _>>()?;
        // A lock has the plain notation, which every devshell reads.
        let text = trimmed.split(',').map(notation::plain).collect::<Vec<_>>().join(",");
        Ok(Self { text, comparators })
    }
}

/// The signs of comparators, none of which begins with an earlier one.
const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::Above),
    ("<", Operator::Below),
    ("=", Operator::Exactly),
    ("^", Operator::Caret),
    ("~", Operator::Tilde),
];

fn comparator(part: &str) -> Option<Comparator> {
    let (operator, version) = OPERATORS
        .into_iter()
        .find_map(|(sign, operator)| part.strip_prefix(sign).map(|rest| (operator, rest.trim_start())))
        .unwrap_or((Operator::Prefix, part));
    // A number, or after the first one a word as in `5.6.0.Final` and `1.0.post1`.
    let is_segment = |segment: &str| {
        let letters = segment.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(segment.len());
        segment.starts_with(|c: char| c.is_ascii_digit()) || is_stage(&segment[..letters])
    };
    let good = version.starts_with(|c: char| c.is_ascii_digit())
        && version.split(['-', '+', '~']).next()?.split('.').all(is_segment)
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+~_".contains(c));
    good.then(|| Comparator { operator, version: version.to_owned() })
}

impl PartialEq for Requirement {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Requirement {}

impl PartialOrd for Requirement {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Requirement {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(requirement: &str, scheme: Scheme, accepted: &[&str], refused: &[&str]) {
        let requirement: Requirement = requirement.parse().unwrap();
        for version in accepted {
            assert!(requirement.accepts(version, scheme), "{requirement} should accept {version}");
        }
        for version in refused {
            assert!(!requirement.accepts(version, scheme), "{requirement} should refuse {version}");
        }
    }

    #[test]
    fn requirements_accept_what_they_say() {
        use Scheme::{Numbers, Semver};
        check("22", Semver, &["22.0.0", "22.23.3"], &["2.2.0", "220.0.0", "21.9.9"]);
        check("22.4", Semver, &["22.4.0", "22.4.9"], &["22.40.0", "22.5.0"]);
        check("=22.4.1", Semver, &["22.4.1"], &["22.4.2", "22.4.0"]);
        check(">=3.10,<3.13", Numbers, &["3.10", "3.12.9"], &["3.9.18", "3.13", "3.13.1", "4.0"]);
        check("^3.3", Semver, &["3.3.0", "3.9.1"], &["3.2.9", "4.0.0"]);
        check("^0.3.1", Semver, &["0.3.1", "0.3.9"], &["0.3.0", "0.4.0", "1.0.0"]);
        check("^0", Semver, &["0.1.0", "0.9.0"], &["1.0.0"]);
        check("~3.3", Semver, &["3.3.0", "3.3.9"], &["3.4.0", "3.2.0"]);
        check("~3", Semver, &["3.0.0", "3.9.0"], &["4.0.0"]);
        check("<=3.3", Semver, &["3.3.0", "3.3.9", "1.0.0"], &["3.4.0"]);
        check(">3.3", Semver, &["3.4.0"], &["3.3.9", "3.3.0"]);
        check("*", Numbers, &["0", "99.1"], &[]);
        check(">=24", Numbers, &["24", "24.0.7", "27.1"], &["23.9"]);
        check(" >= 24 , < 25 ", Numbers, &["24.1"], &["25.0"]);
        check(">2.0.0-rc.1", Semver, &["2.0.0-rc.2", "2.0.0"], &["2.0.0-rc.1", "2.0.0-beta"]);
        check("<2.0.0-rc", Semver, &["2.0.0-beta", "1.9.0"], &["2.0.0-rc", "2.0.0"]);
        check("<=2.0.0-rc", Semver, &["2.0.0-rc"], &["2.0.0"]);
        check(">=2.4", Numbers, &["2.4p1.9"], &["2.3z9.9"]);
        check(">=22.04", Semver, &["22.4.0", "23.0.0"], &["22.3.9", "1.0.0"]);
        check(">=1.2.3.4", Semver, &["1.2.4"], &["1.2.3", "1.2.2"]);
        check("=2.0.0-rc.1", Semver, &["2.0.0-rc.1"], &["2.0.0"]);
    }

    #[test]
    fn requirements_hold_for_versions_of_python_packages() {
        use Scheme::Pep440;
        for (requirement, pep440, accepted, refused) in [
            ("25.1", "==25.1.*", &["25.1", "25.1.0", "25.1.post1"][..], &["25.10", "25.2"][..]),
            ("2.0rc1", "==2.0rc1", &["2.0rc1", "2.0.0rc1"], &["2.0", "2.0.1"]),
            ("=1.2", "==1.2", &["1.2", "1.2.0"], &["1.2.1"]),
            (">=3.10,<3.13", ">=3.10,<3.13", &["3.10", "3.12.9"], &["3.9.18", "3.13", "3.13.1"]),
            (">3.3", ">3.3,!=3.3.*", &["3.4"], &["3.3.9", "3.3"]),
            ("<=3.3", "<3.4", &["3.3.9", "3"], &["3.4"]),
            ("^1.2", ">=1.2,==1.*", &["1.2", "1.9"], &["1.1", "2.0"]),
            ("^0.3.1", ">=0.3.1,==0.3.*", &["0.3.1"], &["0.3.0", "0.4"]),
            ("~3.3", ">=3.3,==3.3.*", &["3.3.9"], &["3.4"]),
            ("*", "", &["1", "2.0+local"], &[]),
        ] {
            check(requirement, Pep440, accepted, refused);
            let specifiers = requirement.parse::<Requirement>().unwrap().to_pep440();
            assert_eq!(specifiers, pep440);
            let specifiers: pep440_rs::VersionSpecifiers = specifiers.parse().unwrap();
            for (versions, expected) in [(accepted, true), (refused, false)] {
                for version in versions {
                    assert_eq!(specifiers.contains(&version.parse().unwrap()), expected, "{specifiers} and {version}");
                }
            }
        }
        assert_eq!(Pep440.compare("1.0.dev1", "1.0a1"), Ordering::Less);
        assert!("=2.0rc1".parse::<Requirement>().unwrap().wants_prerelease(Pep440));
    }

    #[test]
    fn a_version_alone_is_told_from_a_requirement() {
        for (text, expected) in
            [("1.4.0", true), ("2024-01-05", true), ("1", true), ("=1.4.0", false), ("*", false), ("1,2", false)]
        {
            assert_eq!(text.parse::<Requirement>().unwrap().is_plain_version(), expected, "{text}");
        }
    }

    #[test]
    fn requirements_are_raised_in_their_own_form() {
        for (requirement, version, expected) in [
            ("22", "24.1.0", Some("24")),
            ("22.4", "24.1.0", Some("24.1")),
            ("22.4.1", "24.1.0", Some("24.1.0")),
            ("^3.3", "4.0.2", Some("^4.0")),
            ("^0.3", "0.4.2", Some("^0.4")),
            ("^3", "4.0.2", Some("^4")),
            ("~3.3", "3.4.1", Some("~3.4")),
            ("=1.2.3", "2.0.0", Some("=2.0.0")),
            ("=22", "24.1.0", Some("=24.1.0")),
            ("=2.0.0-rc.1", "2.0.0", Some("=2.0.0")),
            ("2.0.0-rc.1", "2.1.0", Some("2.1.0")),
            ("=1.0.0", "2.0.0-rc.1", Some("=2.0.0-rc.1")),
            ("1", "2.0.0-rc.1", None),
            ("^2", "1.9.0", None),
            ("=2.0.0", "2.0.0", None),
            ("<4", "4.1.0", None),
            (">=99", "4.1.0", None),
            (">=3,<4", "4.1.0", None),
            ("*", "4.1.0", None),
            ("22", "not a version", None),
        ] {
            let raised = requirement.parse::<Requirement>().unwrap().raised_to(version, Scheme::Semver);
            assert_eq!(raised.as_ref().map(Requirement::as_str), expected, "{requirement} to {version}");
        }
    }

    #[test]
    fn malformed_requirements_are_refused() {
        for text in ["", "  ", "abc", ">=", "1..2", "1.", "x.1", "1.x.2", "v", ">=1,", "1 2", "^*", "latest", ">>1"] {
            assert!(text.parse::<Requirement>().is_err(), "{text}");
        }
    }

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let cases = [
            ("git version 2.47.3", Some("2.47.3")),
            ("v20.11.0\n", Some("20.11.0")),
            ("go version go1.22.1 linux/amd64", Some("1.22.1")),
            ("Docker version 24.0.7, build afdd53b", Some("24.0.7")),
            ("openjdk version \"17.0.15\" 2025-04-15", Some("17.0.15")),
            ("Python 3.11.2", Some("3.11.2")),
            ("OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15", Some("9.2")),
            ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", Some("12.2.0")),
            ("tmux 3.3a", Some("3.3")),
            ("jq-1.6", Some("1.6")),
            ("This is perl 5, version 36, subversion 0 (v5.36.0)", Some("5.36.0")),
            ("Apache Maven 3.8.7\u{1b}[m", Some("3.8.7")),
            ("openjdk version \"21\" 2023-09-19", Some("21")),
            ("Redis server v=7.0.15 sha=0", Some("7.0.15")),
            ("no version here", None),
        ];
        for (output, expected) in cases {
            assert_eq!(find_in_output(output), expected, "{output}");
        }
    }
}

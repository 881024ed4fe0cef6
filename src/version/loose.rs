//! Versions as the tags of releases have them: nearly Semantic Versioning, with fewer numbers or more (`1.7`,
//! `2026.11.30.1`, `2_6_4`), with a pre-release that follows a number at once (`1.7rc1`), or with a word or number that
//! comes after the version (`1.1.1w`, `9.2p1`, `5.6.0.Final`, `3.3.11-1`).

use std::cmp::Ordering;

/// Words of versions that lead up to another one.
const BEFORE: [&str; 18] = [
    "alpha",
    "beta",
    "canary",
    "cr",
    "dev",
    "ea",
    "edge",
    "experimental",
    "milestone",
    "next",
    "nightly",
    "pre",
    "preview",
    "prerelease",
    "rc",
    "snapshot",
    "test",
    "unstable",
];

/// Words of versions that are the version itself, or come after it.
const AFTER: [&str; 18] = [
    "build", "final", "fix", "ga", "hotfix", "lts", "p", "patch", "pl", "post", "r", "rel", "release", "rev", "sp",
    "stable", "u", "update",
];

/// Letters that lead up to a version where a number follows (`1.0b2`), and their words.
const LETTERS: [(&str, &str); 3] = [("a", "alpha"), ("b", "beta"), ("m", "milestone")];

/// A number of any length: first by its length, then by its digits.
type Number<'v> = (usize, &'v str);

/// A part of what follows the numbers. The order is that of the kinds: what leads up to a version comes before its end,
/// and after it first numbers, then words (as in Semantic Versioning 2.0.0, item 11).
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'v> {
    Before(String),
    End,
    Number(Number<'v>),
    Word(String),
}

/// Compares two versions. A text that does not begin with a number sorts below all that do. Unlike in Semantic
/// Versioning, build metadata decides between versions that are otherwise the same, since publishers count in it
/// (`1.30.1+k3s2`).
pub fn compare(a: &str, b: &str) -> Ordering {
    let key = |version| {
        let (version, build) = without_build(version);
        let (numbers, rest) = split(version);
        let is_version = !numbers.is_empty();
        let mut numbers: Vec<Number> = numbers.into_iter().map(number).collect();
        while numbers.last().is_some_and(|(length, _)| *length == 0) {
            numbers.pop();
        }
        (is_version, numbers, parts(rest, true), parts(build, false))
    };
    key(a).cmp(&key(b))
}

/// Whether a version leads up to another one, by its name.
pub fn is_prerelease(version: &str) -> bool {
    let (_, rest) = split(without_build(version).0);
    parts(rest, true).iter().any(|part| matches!(part, Part::Before(_)))
}

/// Whether a word is one that follows the numbers of a version.
pub fn is_stage(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    BEFORE.iter().chain(&AFTER).any(|known| *known == word)
}

/// The numbers that a version begins with, as they are written.
pub fn numbers(version: &str) -> Vec<&str> {
    split(version).0
}

fn without_build(version: &str) -> (&str, &str) {
    version.split_once('+').unwrap_or((version, ""))
}

/// The numbers at the beginning, and what follows. Dots and underscores separate numbers, and the dashes of a date.
fn split(version: &str) -> (Vec<&str>, &str) {
    let mut numbers = Vec::new();
    let mut rest = version;
    let is_date = is_date(version);
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            return (numbers, rest);
        }
        numbers.push(&rest[..end]);
        rest = &rest[end..];
        let is_separator = |c: char| c == '.' || c == '_' || (c == '-' && is_date && numbers.len() < 3);
        match rest.strip_prefix(is_separator) {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => return (numbers, rest),
        }
    }
}

/// Whether the version begins with three numbers that dashes separate.
fn is_date(version: &str) -> bool {
    let is_digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = version.splitn(3, '-');
    parts.by_ref().take(2).filter(is_digits).count() == 2
        && parts.next().is_some_and(|third| third.starts_with(|c: char| c.is_ascii_digit()))
}

fn number(digits: &str) -> Number<'_> {
    let digits = digits.trim_start_matches('0');
    (digits.len(), digits)
}

/// The numbers and words of a text, and its end; all else separates them. If the text `has_stages`, the first word that
/// leads up to a version says so for all that follows.
fn parts(text: &str, has_stages: bool) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut has_stages) = (text, has_stages);
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let is_digit = |c: char| c.is_ascii_digit();
        let is_number = rest[start..].starts_with(is_digit);
        let is_other = |c: char| !c.is_ascii_alphanumeric() || is_digit(c) != is_number;
        let end = rest[start..].find(is_other).map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        let after = &rest[end..];
        found.push(if is_number {
            Part::Number(number(word))
        } else {
            let word = word.to_ascii_lowercase();
            let stage = || stage(&word, found.is_empty(), start > 0, after.starts_with(is_digit));
            let stage = has_stages.then(stage).flatten();
            has_stages &= stage.is_none();
            stage.map_or(Part::Word(word), Part::Before)
        });
        rest = after;
    }
    found.push(Part::End);
    found
}

/// The name of a pre-release that a word is, if it is one. The word that comes first can be short (`1.0b2`) or unknown
/// (`1.0-custom`); but a letter at once after the numbers counts on (`3.5a`), and is none.
fn stage(word: &str, is_first: bool, is_apart: bool, is_numbered: bool) -> Option<String> {
    let letter = LETTERS.iter().find(|(letter, _)| is_first && is_numbered && *letter == word);
    if let Some((_, full)) = letter {
        return Some((*full).to_owned());
    }
    let is_before = BEFORE.contains(&word);
    let is_unknown = is_first && !AFTER.contains(&word) && (is_apart || word.len() > 1);
    (is_before || is_unknown).then(|| if word == "cr" { "rc" } else { word }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Requirement;
    use crate::version::Scheme::Loose;

    #[test]
    fn releases_are_in_their_order() {
        for ordered in [
            &["1.7rc1", "1.7", "1.7.1"][..],
            &["1.7.0-rc.1", "1.7", "1.7.0-1"],
            &["3.3.11", "3.3.11-1", "3.3.11-10"],
            &["0.9", "0.10.0", "1.0.0-alpha"],
            &["1.30.1-rc1+k3s1", "1.30.1", "1.30.1+k3s1", "1.30.1+k3s9", "1.30.1+k3s10", "1.30.2+k3s1"],
            &["2026-09-30", "2026-10-01-rc1", "2026-10-01", "2026-10-01-1", "2026-10-01.1", "2026-10-02"],
            &["2026.1", "2026.1.0.1", "2026.11"],
            &["1.0-beta", "1.0-beta.2", "1.0-beta.10", "1.0-rc1"],
            &["0.1-beta9", "0.1-beta10", "0.1-rc9", "0.1-rc10", "0.1"],
            &["1.0a2", "1.0-alpha10", "1.0b1", "1.0.M2", "1.0-RC2", "1.0.CR3", "1.0", "1.0.Final"],
            &["3.5-rc", "3.5", "3.5a", "3.5b", "3.6"],
            &["1.1.1", "1.1.1a", "1.1.1w", "1.1.1w-1", "1.1.2"],
            &["9.2p1-rc1", "9.2p1", "9.2p2", "9.2p10"],
            &["5.6.0.CR1", "5.6.0", "5.6.0.GA", "5.6.0.SP1", "5.6.0.SP2", "5.6.1.Final"],
            &["1.2.0", "1.2.0-1-rc1", "1.2.0-1", "1.2.0-1-gabc", "1.2.0-2"],
            &["2_6_4_rc1", "2_6_4", "2_6_10"],
            &["main", "0.1", "6123"],
            &["20260101000000000000001", "20260101000000000000002", "120260101000000000000001"],
        ] {
            for (index, low) in ordered.iter().enumerate() {
                assert_eq!(compare(low, low), Ordering::Equal, "{low}");
                for high in &ordered[index + 1..] {
                    assert_eq!(
                        (compare(low, high), compare(high, low)),
                        (Ordering::Less, Ordering::Greater),
                        "{low} {high}"
                    );
                }
            }
        }
        for (a, b) in
            [("1.7", "1.7.0"), ("2_6_4", "2.6.4"), ("1.0rc1", "1.0-rc.1"), ("1.0b2", "1.0-BETA2"), ("1.07", "1.7")]
        {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn only_what_leads_up_to_a_version_is_a_pre_release() {
        for pre in [
            "1.7rc1",
            "1.7.0-rc.1",
            "b6123",
            "1.0a1",
            "1.0b2",
            "1.0-b.1",
            "1.0m1",
            "1.0.0.M1",
            "1.0-alpha",
            "1.0.Beta1",
            "2.0-pre",
            "2.0-preview.3",
            "2.0.dev4",
            "2.0-nightly.20260101",
            "2.0-SNAPSHOT",
            "2.0-canary.1",
            "2.0-next.0",
            "2.0-test1",
            "2.0.CR1",
            "1.0-custom",
            "1.0-x.7",
            "2026-10-01-beta",
            "1.2.0-1-rc1",
            "1.21.2-rc1+k3s1",
            "2_6_4_rc1",
        ] {
            assert!(is_prerelease(pre), "{pre}");
        }
        for version in [
            "1.7",
            "3.3.11-1",
            "1.2.0-1",
            "1.30.1+k3s1",
            "1.0+dev",
            "2026-10-01",
            "2026-10-01-1",
            "2026-10-01a",
            "3.5a",
            "3.1b",
            "1.1.1w",
            "9.2p1",
            "1.0-p1",
            "5.6.0.Final",
            "5.6.0.GA",
            "5.6.0.SP1",
            "1.0.post1",
            "1.2.0-1-gabc",
            "2_6_4",
            "1.0-release",
            "22.1-lts",
            "1.0-r2",
            "7.1.1-47",
        ] {
            assert!(!is_prerelease(version), "{version}");
        }
    }

    #[test]
    fn the_numbers_are_those_that_a_version_begins_with() {
        for (version, expected) in [
            ("1.7rc1", &["1", "7"][..]),
            ("2_6_4", &["2", "6", "4"]),
            ("5.6.0.Final", &["5", "6", "0"]),
            ("2026-01-05", &["2026", "01", "05"]),
            ("2026-01-05-1", &["2026", "01", "05"]),
            ("3.3.11-1-2", &["3", "3", "11"]),
            ("6123", &["6123"]),
            ("1..2", &["1"]),
            ("main", &[]),
        ] {
            assert_eq!(numbers(version), expected, "{version}");
        }
    }

    #[test]
    fn requirements_hold_for_the_tags_of_releases() {
        let check = |requirement: &str, accepted: &[&str], refused: &[&str]| {
            let requirement: Requirement = requirement.parse().unwrap();
            for (versions, expected) in [(accepted, true), (refused, false)] {
                for version in versions {
                    assert_eq!(requirement.accepts(version, Loose), expected, "{requirement} and {version}");
                }
            }
        };
        check("2", &["2_6_4", "2.6.4", "2", "2.0.post1"], &["3_0", "26_4", "1.9"]);
        check("2.6", &["2_6_4", "2.6a", "2.6-1"], &["2_60", "2_5_9"]);
        check("2_6", &["2_6_4", "2.6.4"], &["2.7"]);
        check("=2.6.4", &["2_6_4"], &["2_6_4_1", "2.6.4-1", "2.6.4w"]);
        check("^3.5", &["3.5", "3.5a", "3.6"], &["3.5-rc", "4.0"]);
        check("=3.5a", &["3.5a"], &["3.5", "3.5b"]);
        check("3.5a", &["3.5a"], &["3.5", "3.5b"]);
        check("^1.1", &["1.1.1w"], &["2.0"]);
        check(">=2026-01-05", &["2026-01-05", "2026-01-05-1", "2027.1"], &["2026-01-04", "2025.12.31"]);
        check("~2026-01-05", &["2026-01-06"], &["2026-02-01"]);
        for (requirement, expected) in [
            ("=1.2.0-1", false),
            (">=2026-01-01", false),
            ("3.5a", false),
            ("=5.6.0.Final", false),
            ("=1.2.0-rc.1", true),
            ("1.7rc1", true),
            (">=2026-01-01-beta", true),
        ] {
            assert_eq!(requirement.parse::<Requirement>().unwrap().wants_prerelease(Loose), expected, "{requirement}");
        }
        for (requirement, version, expected) in [
            ("^2.6", "2_7_0", Some("^2.7")),
            ("3.4", "3.5a", Some("3.5")),
            ("=3.5", "3.5a", Some("=3.5a")),
            ("^1.7", "1.8rc1", None),
        ] {
            let raised = requirement.parse::<Requirement>().unwrap().raised_to(version, Loose);
            assert_eq!(raised.as_ref().map(Requirement::as_str), expected, "{requirement} to {version}");
        }
    }
}

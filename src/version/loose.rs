//! Versions as the tags of releases have them: nearly Semantic Versioning, with fewer numbers or more (`1.7`,
//! `2026.11.30.1`), with a pre-release that follows a number at once (`1.7rc1`), or with the number of a rebuild
//! (`3.3.11-1`).

use std::cmp::Ordering;

use super::numbers;

/// What follows the numbers.
#[derive(Debug, PartialEq, Eq)]
enum Rest<'v> {
    /// Leads up to the version without it.
    Pre(&'v str),
    Nothing,
    /// The number of a rebuild, which comes after the version without it.
    Rebuild(u64),
}

/// Compares two versions. A text that does not begin with a number sorts below all that do.
pub fn compare(a: &str, b: &str) -> Ordering {
    let ((a, a_build), (b, b_build)) = (without_build(a), without_build(b));
    let ((a, a_rest), (b, b_rest)) = (parts(a), parts(b));
    a.cmp(&b).then_with(|| compare_rests(&a_rest, &b_rest)).then_with(|| a_build.cmp(b_build))
}

/// Whether a version leads up to another one, by its name.
pub fn is_prerelease(version: &str) -> bool {
    matches!(parts(without_build(version).0).1, Rest::Pre(_))
}

/// The version and its build metadata (Semantic Versioning 2.0.0, item 10). Unlike there, the latter decides
/// between versions that are otherwise the same, since publishers count in it (`1.30.1+k3s2`).
fn without_build(version: &str) -> (&str, &str) {
    version.split_once('+').unwrap_or((version, ""))
}

/// The numbers without zeros at their end, and what follows.
fn parts(version: &str) -> (Vec<u64>, Rest<'_>) {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // A date: numbers alone, whatever separates them.
    let is_date = version.split('-').count() == 3 && version.split('-').all(is_digits);
    let mut found = if is_date { numbers(&version.replace('-', ".")) } else { numbers(version) };
    while found.last() == Some(&0) {
        found.pop();
    }
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let rest = version[end..].trim_start_matches(['-', '_', '.']);
    let rest = match rest.parse() {
        _ if rest.is_empty() || is_date => Rest::Nothing,
        Ok(number) => Rest::Rebuild(number),
        Err(_) => Rest::Pre(rest),
    };
    (found, rest)
}

fn compare_rests(a: &Rest, b: &Rest) -> Ordering {
    let rank = |rest: &Rest| match rest {
        Rest::Pre(_) => 0,
        Rest::Nothing => 1,
        Rest::Rebuild(_) => 2,
    };
    match (a, b) {
        (Rest::Pre(a), Rest::Pre(b)) => match (semver::Prerelease::new(a), semver::Prerelease::new(b)) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(b),
        },
        (Rest::Rebuild(a), Rest::Rebuild(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_in_their_order() {
        for ordered in [
            ["1.7rc1", "1.7", "1.7.1"],
            ["1.7.0-rc.1", "1.7", "1.7.0-1"],
            ["3.3.11", "3.3.11-1", "3.3.11-10"],
            ["0.9", "0.10.0", "1.0.0-alpha"],
            ["1.30.1+k3s1", "1.30.1+k3s2", "1.30.2+k3s1"],
            ["2026-09-30", "2026-10-01", "2026-10-02"],
            ["2026.1", "2026.1.0.1", "2026.11"],
            ["1.0-beta.2", "1.0-beta.10", "1.0-rc1"],
            ["main", "0.1", "6123"],
        ] {
            assert!(ordered.is_sorted_by(|a, b| compare(a, b).is_lt()), "{ordered:?}");
        }
        assert_eq!(compare("1.7", "1.7.0"), Ordering::Equal);
    }

    #[test]
    fn only_what_leads_up_to_a_version_is_a_pre_release() {
        for (version, expected) in [
            ("1.7", false),
            ("1.7rc1", true),
            ("1.7.0-rc.1", true),
            ("3.3.11-1", false),
            ("1.30.1+k3s1", false),
            ("2026-10-01", false),
            ("b6123", true),
        ] {
            assert_eq!(is_prerelease(version), expected, "{version}");
        }
    }
}

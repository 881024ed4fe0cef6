//! The requirement that follows from the newest version of today.

use crate::version::{Requirement, Scheme, debian, loose_numbers};

/// The requirement for a tool that was added without one: compatible with what is newest today,
/// or exactly that if it is a pre-release.
pub fn compatible(version: &str, scheme: Scheme) -> Option<Requirement> {
    if scheme == Scheme::Debian {
        // What Debian adds to a version counts its own changes.
        let upstream = debian::upstream(version);
        let numbers = upstream.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        let text = match numbers.split('.').collect::<Vec<_>>().as_slice() {
            // `1.19~1` comes before `1.19`.
            _ if upstream[numbers.len()..].starts_with('~') => format!(">={upstream}"),
            [major, minor, ..] => format!("^{major}.{minor}"),
            _ => numbers.to_owned(),
        };
        return text.parse().ok();
    }
    if scheme.is_prerelease(version) || (scheme != Scheme::Loose && version.contains('-')) {
        return format!("={version}").parse().ok();
    }
    if scheme == Scheme::Loose {
        return of_tag(version);
    }
    let mut segments = version.split(['.', '+']);
    let (major, minor) = (segments.next()?, segments.next()?);
    format!("^{major}.{minor}").parse().ok()
}

/// The same for a version that is the tag of a release. One that only counts, or is a date, does not say what is
/// compatible with it: then it is the least that will do.
fn of_tag(version: &str) -> Option<Requirement> {
    let is_year = |number: &str| number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
    let text = match loose_numbers(version).as_slice() {
        [] => return None,
        // Java's `25+36` is the 36th build of 25.
        [major] if version.contains('+') => (*major).to_owned(),
        [count] => format!(">={count}"),
        date @ [year, ..] if is_year(year) => format!(">={}", date.join(".")),
        [major, minor, ..] => format!("^{major}.{minor}"),
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::compatible;
    use crate::version::Scheme;

    #[test]
    fn a_requirement_follows_from_a_version() {
        for (version, scheme, expected) in [
            ("3.10.1", Scheme::Semver, "^3.10"),
            ("3.0.0-rc.1", Scheme::Semver, "=3.0.0-rc.1"),
            ("21.0.5+11", Scheme::Loose, "^21.0"),
            ("25+36", Scheme::Loose, "25"),
            ("1:2.39.5-0+deb12u2", Scheme::Debian, "^2.39"),
            ("15+248", Scheme::Debian, "15"),
            ("590-2.1", Scheme::Debian, "590"),
            ("3.3a-3", Scheme::Debian, "^3.3"),
            ("2:1.19~1", Scheme::Debian, ">=1.19~1"),
            ("25.1", Scheme::Pep440, "^25.1"),
            ("2.0rc1", Scheme::Pep440, "=2.0rc1"),
            ("1.7.1", Scheme::Loose, "^1.7"),
            ("1.7", Scheme::Loose, "^1.7"),
            ("0.4.2", Scheme::Loose, "^0.4"),
            ("1.30.1+k3s10", Scheme::Loose, "^1.30"),
            ("3.3.11-1", Scheme::Loose, "^3.3"),
            ("3.5a", Scheme::Loose, "^3.5"),
            ("1.1.1w", Scheme::Loose, "^1.1"),
            ("5.6.0.Final", Scheme::Loose, "^5.6"),
            ("2_6_4", Scheme::Loose, "^2.6"),
            ("6123", Scheme::Loose, ">=6123"),
            ("45-1", Scheme::Loose, ">=45"),
            ("2026-01-05", Scheme::Loose, ">=2026.01.05"),
            ("2026.01.05", Scheme::Loose, ">=2026.01.05"),
            ("2026.1-1", Scheme::Loose, ">=2026.1"),
            ("1.7rc1", Scheme::Loose, "=1.7rc1"),
            ("1.7.0-beta.2", Scheme::Loose, "=1.7.0-beta.2"),
            ("2026-01-05-beta", Scheme::Loose, "=2026-01-05-beta"),
        ] {
            let requirement = compatible(version, scheme).unwrap();
            assert_eq!(requirement.as_str(), expected, "{version}");
            assert!(requirement.accepts(version, scheme), "{version}");
        }
    }
}

//! The requirement that follows from the newest version of today.

use crate::version::{Requirement, Scheme, debian};

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
    if version.contains('-') {
        return format!("={version}").parse().ok();
    }
    let mut segments = version.split(['.', '+']);
    let (major, minor) = (segments.next()?, segments.next()?);
    format!("^{major}.{minor}").parse().ok()
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
            ("1:2.39.5-0+deb12u2", Scheme::Debian, "^2.39"),
            ("15+248", Scheme::Debian, "15"),
            ("590-2.1", Scheme::Debian, "590"),
            ("3.3a-3", Scheme::Debian, "^3.3"),
            ("2:1.19~1", Scheme::Debian, ">=1.19~1"),
        ] {
            assert_eq!(compatible(version, scheme).unwrap().as_str(), expected);
        }
    }
}

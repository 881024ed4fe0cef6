//! The Pythons that a lock is for, as far as a requirement says it: series of CPython 3, and the
//! bounds that uv is given.

use pep440_rs::Version;

use crate::version::{Requirement, Scheme};

/// Every Python of the third line that is out, or that may come while a lock lives.
const MINORS: std::ops::RangeInclusive<u32> = 7..=19;

/// More releases than a series ever had.
const PATCHES: std::ops::Range<u64> = 0..40;

/// Releases of CPython 3, lowest first. Which of them really came out is not known here.
#[derive(Debug)]
pub struct Pythons {
    /// Each with its minor version.
    releases: Vec<(u32, Version)>,
}

impl Pythons {
    /// Those that satisfy a requirement and are below a version.
    pub fn of(requirement: &Requirement, below: Option<&str>) -> Self {
        let version = |minor: u32, patch: u64| Version::new([3, u64::from(minor), patch]);
        let all = MINORS.flat_map(|minor| PATCHES.map(move |patch| (minor, version(minor, patch))));
        let fits = |(_, version): &(u32, Version)| {
            let version = version.to_string();
            requirement.accepts(&version, Scheme::Pep440)
                && below.is_none_or(|below| Scheme::Pep440.compare(&version, below).is_lt())
        };
        Self { releases: all.filter(fits).collect() }
    }

    /// The minor versions.
    pub fn minors(&self) -> Vec<u32> {
        let mut minors: Vec<u32> = self.releases.iter().map(|(minor, _)| *minor).collect();
        minors.dedup();
        minors
    }

    /// The lowest release: `3.10`, or `3.10.4` where the requirement leaves out the first ones.
    pub fn lowest(&self) -> Option<String> {
        let (minor, version) = self.releases.first()?;
        let is_first = version.release().get(2) == Some(&0);
        Some(if is_first { format!("3.{minor}") } else { version.to_string() })
    }

    /// The series above all of them; `None` when they have no end.
    pub fn above(&self) -> Option<String> {
        let (minor, _) = self.releases.last()?;
        (minor != MINORS.end()).then(|| format!("3.{}", minor + 1))
    }

    /// Each release with its minor version.
    pub fn releases(&self) -> impl Iterator<Item = &(u32, Version)> {
        self.releases.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_mean_series() {
        let pythons = |text: &str| Pythons::of(&text.parse().unwrap(), None);
        assert_eq!(pythons(">=3.10,<3.13").minors(), [10, 11, 12]);
        assert_eq!(pythons("3.13").minors(), [13]);
        assert_eq!(pythons("=3.11.4").minors(), [11]);
        assert_eq!(pythons(">3.17").minors(), [18, 19]);
        assert_eq!(pythons("2.7").minors(), [0; 0]);
        assert_eq!(Pythons::of(&">=3.10".parse().unwrap(), Some("3.12")).minors(), [10, 11]);
    }

    #[test]
    fn bounds_are_those_of_the_requirement() {
        for (text, lowest, above) in [
            ("3.11", "3.11", Some("3.12")),
            (">=3.10", "3.10", None),
            (">=3.9.2,<3.11", "3.9.2", Some("3.11")),
            ("~3.12.4", "3.12.4", Some("3.13")),
            ("^3.12", "3.12", None),
        ] {
            let pythons = Pythons::of(&text.parse().unwrap(), None);
            assert_eq!((pythons.lowest().as_deref(), pythons.above().as_deref()), (Some(lowest), above), "{text}");
        }
    }
}

//! Which series of versions a requirement reaches into, for publishers that list each series by itself.

use super::{Comparator, Operator, Requirement, numbers};

impl Requirement {
    /// Whether a version of a series may satisfy the requirement: one that begins with these numbers, as `9.0.203` does
    /// with `9.0`.
    pub fn reaches(&self, series: &str) -> bool {
        let series = numbers(series);
        self.comparators.iter().all(|comparator| comparator.reaches(&series))
    }
}

impl Comparator {
    fn reaches(&self, series: &[u64]) -> bool {
        let wanted = numbers(&self.version);
        let begins = |most: usize| {
            let length = wanted.len().min(series.len()).min(most);
            series[..length].cmp(&wanted[..length])
        };
        let order = begins(usize::MAX);
        match self.operator {
            // No such publisher has channels.
            Operator::Channel => false,
            Operator::Prefix | Operator::Exactly => order.is_eq(),
            Operator::Above | Operator::AtLeast => order.is_ge(),
            Operator::Below | Operator::AtMost => order.is_le(),
            Operator::Caret => order.is_ge() && begins(wanted.iter().take_while(|it| **it == 0).count() + 1).is_eq(),
            Operator::Tilde => order.is_ge() && begins(2).is_eq(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_reached_if_one_of_its_versions_may_do() {
        for (requirement, reached, not) in [
            ("*", &["9.0", "25"][..], &[][..]),
            ("9", &["9.0", "9.1", "9"], &["90.0", "8.0", "10"]),
            ("9.0.203", &["9.0", "9"], &["9.1", "8.0"]),
            ("=21.0.5+11", &["21"], &["2", "22"]),
            (">=9.0.203", &["9.0", "9.1", "10.0"], &["8.0"]),
            ("<9.0.100", &["8.0", "9.0"], &["9.1", "10.0"]),
            (">8,<10", &["8.0", "9.0", "10.0"], &["7.0", "11.0"]),
            ("^9.0", &["9.0", "9.1"], &["8.0", "10.0"]),
            ("~9.0.2", &["9.0", "9"], &["9.1", "8.0"]),
        ] {
            let requirement: Requirement = requirement.parse().unwrap();
            for series in reached {
                assert!(requirement.reaches(series), "{requirement} {series}");
            }
            for series in not {
                assert!(!requirement.reaches(series), "{requirement} {series}");
            }
        }
    }
}

//! How long ago something has to have been published, as settings write it: `3 days`. It asks no clock.

use std::fmt;
use std::str::FromStr;

/// A duration in whole seconds, which may be none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(i64);

/// The units, the longest first, with their lengths in seconds.
const UNITS: [(&str, i64); 4] = [("week", 7 * 24 * 60 * 60), ("day", 24 * 60 * 60), ("hour", 60 * 60), ("minute", 60)];

/// More than anyone waits, in seconds: a hundred years.
const MOST: i64 = 100 * 366 * 24 * 60 * 60;

/// The text is not a duration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration")]
pub struct BadAge(String);

impl Age {
    pub const fn of_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    pub const fn seconds(self) -> i64 {
        self.0
    }

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// In the longest unit of which there is one, rounded down: for ages that are measured.
    #[must_use]
    pub fn rounded(self) -> Self {
        let unit = UNITS[1..].iter().map(|(_, length)| *length).find(|length| *length <= self.0);
        Self(unit.map_or(0, |unit| self.0 / unit * unit))
    }
}

impl FromStr for Age {
    type Err = BadAge;

    fn from_str(text: &str) -> Result<Self, BadAge> {
        let bad = || BadAge(text.to_owned());
        if text == "0" {
            return Ok(Self(0));
        }
        let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (count, unit) = (text[..end].parse::<i64>().map_err(|_| bad())?, text[end..].trim_start_matches(' '));
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
        count.checked_mul(*length).filter(|seconds| *seconds <= MOST).map(Self).ok_or_else(bad)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((name, length)) = UNITS[1..].iter().find(|(_, length)| self.0 >= *length && self.0 % length == 0)
        else {
            return f.write_str("0 minutes");
        };
        let count = self.0 / length;
        write!(f, "{count} {name}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, seconds, shown) in [
            ("0", 0, "0 minutes"),
            ("3 days", 259_200, "3 days"),
            ("1 day", 86_400, "1 day"),
            ("36 hours", 129_600, "36 hours"),
            ("2 weeks", 1_209_600, "14 days"),
            ("90 minutes", 5_400, "90 minutes"),
            ("7days", 604_800, "7 days"),
            ("0 days", 0, "0 minutes"),
        ] {
            let age: Age = text.parse().unwrap();
            assert_eq!((age.seconds(), age.to_string().as_str()), (seconds, shown), "{text}");
        }
        for text in [
            "",
            "3",
            "days",
            "-1 days",
            "3 months",
            "1.5 days",
            "3 days ago",
            "99999999999999999999 days",
            "9999999 weeks",
        ] {
            assert!(text.parse::<Age>().is_err(), "{text}");
        }
    }

    #[test]
    fn measured_ages_are_rounded_down() {
        for (seconds, shown) in [
            (0, "0 minutes"),
            (59, "0 minutes"),
            (61, "1 minute"),
            (7_300, "2 hours"),
            (100_000, "1 day"),
            (5_000_000, "57 days"),
        ] {
            assert_eq!(Age::of_seconds(seconds).rounded().to_string(), shown);
        }
    }
}

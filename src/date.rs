//! A date and time in UTC, in the notations of signed indexes, of archives of snapshots, of registries and of Rust's
//! releases. It asks no clock.

/// A moment of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The days from 1 March of the year 0 to 1 January 1970.
const BEFORE_1970: i64 = 719_468;

const DAY: i64 = 24 * 60 * 60;

impl Date {
    /// `Sat, 21 Nov 2026 09:15:44 UTC` (as RFC 5322, section 3.3, with UTC alone for a zone).
    pub fn of_mail(text: &str) -> Option<Self> {
        let text = text.split_once(',').map_or(text, |(_, rest)| rest);
        let [day, month, year, time, zone] = text.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        let [hour, minute, second] = time.split(':').collect::<Vec<_>>()[..] else { return None };
        let month = MONTHS.iter().position(|name| *name == month)? + 1;
        ["UTC", "GMT", "+0000", "Z"].contains(&zone).then_some(())?;
        Self::of_numbers([year, &month.to_string(), day, hour, minute, second])
    }

    /// `20261121T091544Z`, the basic format of ISO 8601.
    pub fn of_basic(text: &str) -> Option<Self> {
        if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
            return None;
        }
        let part = |range: std::ops::Range<usize>| text.get(range);
        Self::of_numbers([part(0..4)?, part(4..6)?, part(6..8)?, part(9..11)?, part(11..13)?, part(13..15)?])
    }

    /// `2026-11-21`, the extended format of ISO 8601 for a day, at its beginning.
    pub fn of_day(text: &str) -> Option<Self> {
        let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return None };
        (text.len() == 10).then_some(())?;
        Self::of_numbers([year, month, day, "0", "0", "0"])
    }

    /// `2026-11-21T09:15:44.5Z` or `…+01:00` (RFC 3339), without the part of a second.
    pub fn of_rfc3339(text: &str) -> Option<Self> {
        let part = |range: std::ops::Range<usize>| text.get(range);
        let marks = [(4, '-'), (7, '-'), (13, ':'), (16, ':')];
        let is_right = marks.iter().all(|(at, mark)| part(*at..at + 1) == Some(mark.encode_utf8(&mut [0; 4])));
        (is_right && matches!(part(10..11)?, "T" | "t" | " ")).then_some(())?;
        let date =
            Self::of_numbers([part(0..4)?, part(5..7)?, part(8..10)?, part(11..13)?, part(14..16)?, part(17..19)?])?;
        let zone = text[19..].trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        Some(Self::of_seconds(date.seconds() - offset(zone)?))
    }

    /// Seconds since 1970.
    pub fn of_seconds(seconds: i64) -> Self {
        let (year, month, day) = date_of(seconds.div_euclid(DAY));
        let rest = seconds.rem_euclid(DAY);
        Self { year, month, day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60 }
    }

    /// Year, month, day, hour, minute and second. A second may be the 60th, where one is put in.
    fn of_numbers(texts: [&str; 6]) -> Option<Self> {
        let mut numbers = [0; 6];
        for ((text, most), number) in texts.into_iter().zip([9999, 12, 31, 23, 59, 60]).zip(&mut numbers) {
            let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
            *number = text.parse().ok().filter(|number| is_digits && (0..=most).contains(number))?;
        }
        let [year, month, day, hour, minute, second] = numbers;
        (month > 0 && day > 0).then_some(Self { year, month, day, hour, minute, second })
    }

    /// In the basic format of ISO 8601.
    pub fn basic(self) -> String {
        let Self { year, month, day, hour, minute, second } = self;
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }

    /// The day alone, in the extended format of ISO 8601.
    pub fn day(self) -> String {
        let Self { year, month, day, .. } = self;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `2026-11-21T09:15:44Z` (RFC 3339).
    pub fn rfc3339(self) -> String {
        let Self { year, month, day, hour, minute, second } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.days() * DAY + (self.hour * 60 + self.minute) * 60 + self.second
    }

    /// The same time on the next day.
    #[must_use]
    pub fn a_day_later(self) -> Self {
        self.days_before(-1)
    }

    /// The same time so many days before.
    #[must_use]
    pub fn days_before(self, days: i64) -> Self {
        let (year, month, day) = date_of(self.days() - days);
        Self { year, month, day, ..self }
    }

    /// Days since 1970.
    fn days(self) -> i64 {
        // Years that begin in March, so that the day that comes and goes is the last one.
        let (year, month) = if self.month > 2 { (self.year, self.month - 3) } else { (self.year - 1, self.month + 9) };
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + self.day - 1 - BEFORE_1970
    }
}

/// How many seconds a zone is ahead of UTC: `Z`, `+01:00`.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' | 'z' => return (zone.len() == 1).then_some(0),
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let [hours, minutes] = [hours, minutes].map(|text| text.parse::<i64>().ok().filter(|_| text.len() == 2));
    Some(sign * (hours? * 60 + minutes?) * 60)
}

/// Year, month and day from the days since 1970: the reverse of `Date::days`.
fn date_of(days: i64) -> (i64, i64, i64) {
    const IN_400_YEARS: i64 = 146_097;
    let days = days + BEFORE_1970;
    let (era, days) = (days.div_euclid(IN_400_YEARS), days.rem_euclid(IN_400_YEARS));
    // Without the days that leap years have more, each year has 365.
    let year = (days - days / 1460 + days / 36_524 - days / (IN_400_YEARS - 1)) / 365;
    let day_of_year = days - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let (year, day) = (era * 400 + year, day_of_year - (153 * month + 2) / 5 + 1);
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_mail_are_counted() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 UTC", Some(0)),
            ("Thu, 29 Feb 2024 12:00:01 GMT", Some(1_709_208_001)),
            ("1 Mar 2024 00:00:00 +0000", Some(1_709_251_200)),
            ("Thu, 01 Jan 1970 00:00:00 CET", None),
            ("Thu, +1 Jan 1970 00:00:00 UTC", None),
            ("1970-01-01", None),
        ] {
            assert_eq!(Date::of_mail(text).map(Date::seconds), expected, "{text}");
        }
    }

    #[test]
    fn times_of_registries_are_counted() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-02-29T12:00:01Z", Some(1_709_208_001)),
            ("2024-02-29T12:00:01.123456Z", Some(1_709_208_001)),
            ("2024-02-29T13:30:01.1+01:30", Some(1_709_208_001)),
            ("2024-02-29 07:00:01-05:00", Some(1_709_208_001)),
            ("2024-02-29T12:00:01", None),
            ("2024-02-29", None),
            ("2024-02-29T12:00:01.1Zulu", None),
            ("2024-02-29T12:00:01+1:00", None),
            ("2024-13-29T12:00:01Z", None),
            ("", None),
            ("ääääääääääääääääääääääää", None),
        ] {
            assert_eq!(Date::of_rfc3339(text).map(Date::seconds), expected, "{text}");
        }
        for seconds in [0, 1_709_208_001, 4_000_000_000, -1] {
            let date = Date::of_seconds(seconds);
            assert_eq!((date.seconds(), Date::of_rfc3339(&date.rfc3339())), (seconds, Some(date)));
        }
    }

    #[test]
    fn the_next_day_may_be_of_another_month() {
        for (text, expected) in [
            ("20261121T091544Z", Some("20261122T091544Z")),
            ("20261231T235959Z", Some("20270101T235959Z")),
            ("20270228T000000Z", Some("20270301T000000Z")),
            ("20280228T000000Z", Some("20280229T000000Z")),
            ("20280229T000000Z", Some("20280301T000000Z")),
            ("21000228T000000Z", Some("21000301T000000Z")),
            ("20000228T000000Z", Some("20000229T000000Z")),
            ("20260430T010203Z", Some("20260501T010203Z")),
            ("20260030T010203Z", None),
            ("2026-04-30T01:02", None),
            ("20260430T01020Ä", None),
        ] {
            let later = Date::of_basic(text).map(|date| date.a_day_later().basic());
            assert_eq!(later.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_day_has_days_before_it() {
        for (text, days, expected) in [
            ("2026-05-20", 1, Some("2026-05-19")),
            ("2026-03-01", 1, Some("2026-02-28")),
            ("2024-03-01", 1, Some("2024-02-29")),
            ("2026-01-10", 21, Some("2025-12-20")),
            ("2026-1-10", 1, None),
            ("20260110", 1, None),
        ] {
            let before = Date::of_day(text).map(|date| date.days_before(days).day());
            assert_eq!(before.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn every_day_has_one_date() {
        let mut date = Date::of_basic("19680101T000000Z").unwrap();
        for days in -731..150_000 {
            assert_eq!(date.days(), days, "{date:?}");
            date = date.a_day_later();
            assert!((1..=12).contains(&date.month) && (1..=31).contains(&date.day), "{date:?}");
        }
    }
}

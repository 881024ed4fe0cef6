//! How Debian compares versions (Debian Policy Manual, section 5.6.12; `deb-version(7)`):
//! `[epoch:]upstream[-revision]`, each compared by runs of non-digits and of digits.

use std::cmp::Ordering;

/// Compares two versions.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::of(a), Parts::of(b));
    let epochs = epoch(a.epoch).cmp(&epoch(b.epoch));
    epochs.then_with(|| compare_part(a.upstream, b.upstream)).then_with(|| compare_part(a.revision, b.revision))
}

/// A version without its epoch, which no requirement names.
pub fn without_epoch(version: &str) -> &str {
    match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => version,
    }
}

/// The version that the authors of the program gave it.
pub fn upstream(version: &str) -> &str {
    Parts::of(version).upstream
}

struct Parts<'v> {
    epoch: &'v str,
    upstream: &'v str,
    revision: &'v str,
}

impl<'v> Parts<'v> {
    fn of(version: &'v str) -> Self {
        let rest = without_epoch(version);
        let epoch = version[..version.len() - rest.len()].trim_end_matches(':');
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self { epoch, upstream, revision }
    }
}

fn epoch(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

fn compare_part(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let (word_a, rest_a) = a.split_at(a.find(|c: char| c.is_ascii_digit()).unwrap_or(a.len()));
        let (word_b, rest_b) = b.split_at(b.find(|c: char| c.is_ascii_digit()).unwrap_or(b.len()));
        let (number_a, rest_a) = rest_a.split_at(rest_a.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest_a.len()));
        let (number_b, rest_b) = rest_b.split_at(rest_b.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest_b.len()));
        let order = compare_words(word_a, word_b).then_with(|| compare_numbers(number_a, number_b));
        if order.is_ne() || (rest_a.is_empty() && rest_b.is_empty()) {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// A tilde sorts before the end, the end before letters, and letters before all else.
fn compare_words(a: &str, b: &str) -> Ordering {
    let rank = |byte: Option<&u8>| match byte {
        Some(b'~') => 0,
        None => 1,
        Some(byte) if byte.is_ascii_alphabetic() => 2 + u32::from(*byte),
        Some(byte) => 256 + u32::from(*byte),
    };
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let orders = (0..a.len().max(b.len())).map(|index| rank(a.get(index)).cmp(&rank(b.get(index))));
    orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Numbers of any length; none is zero.
fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::super::{Requirement, Scheme};
    use super::*;

    #[test]
    fn versions_are_ordered_as_dpkg_orders_them() {
        // Each line from low to high; what `dpkg --compare-versions` says of them.
        for line in [
            "1.0~rc1 1.0 1.0-0.1 1.0-1~deb12u1 1.0-1 1.0-1+b1 1.0-1+deb12u1 1.0-2 1.0a 1.0+dfsg-1 1.0.1 1.2 1.10 1:0.1",
            "2.39.5-0+deb12u1 2.39.5-0+deb12u2 1:2.39.2-1.1 1:2.47.3-0+deb13u1",
            "3.0.9-1 3.0.10~~a 3.0.10~a 3.0.10 3.0.10-1 3.0.10a",
            "0 0.0.0.1 00001 2",
            "15+248 15+248+deb12u1 17+278",
            "99999999999999999999998 99999999999999999999999",
        ] {
            let versions: Vec<&str> = line.split(' ').collect();
            for (i, a) in versions.iter().enumerate() {
                for (j, b) in versions.iter().enumerate() {
                    assert_eq!(compare(a, b), i.cmp(&j), "{a} and {b}");
                }
            }
        }
        for (a, b) in [("1.0", "1.0-0"), ("1.0", "0:1.0"), ("1.01", "1.1"), ("", "0")] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} and {b}");
        }
        assert_eq!((without_epoch("1:2.39-1"), upstream("1:2.39-x-1")), ("2.39-1", "2.39-x"));
    }

    #[test]
    fn requirements_hold_for_versions_of_debian_packages() {
        for (requirement, accepted, refused) in [
            ("2.39", &["1:2.39.5-0+deb12u2", "2.39-1"][..], &["1:2.47.3-0+deb13u1", "2.390-1"][..]),
            ("15", &["15+248", "15.20-0+deb12u1"], &["17+278"]),
            ("=1.7.1", &["1.7.1-6+deb13u1", "1.7.1"], &["1.7.1.1-1", "1.7-1"]),
            ("=1.7.1-6", &["1.7.1-6"], &["1.7.1-6+deb13u1"]),
            (">=1.7", &["1.7.1-6", "1:2.0-1"], &["1.6-2.1"]),
            ("<1.7", &["1.6-2.1"], &["1.7.1-6"]),
            ("^3.11", &["3.11.2-1+b1", "3.13.5-1"], &["3.9-1", "4.0-1"]),
            ("3.3a-3", &["3.3a-3"], &["3.3a-4"]),
            ("*", &["1:0"], &[]),
        ] {
            let requirement: Requirement = requirement.parse().unwrap();
            for (versions, expected) in [(accepted, true), (refused, false)] {
                for version in versions {
                    assert_eq!(requirement.accepts(version, Scheme::Debian), expected, "{requirement} and {version}");
                }
            }
        }
        let raised = |text: &str, version| text.parse::<Requirement>().unwrap().raised_to(version, Scheme::Debian);
        assert_eq!(raised("2.39", "1:2.47.3-0+deb13u1").unwrap().as_str(), "2.47");
        assert_eq!(raised("=2.39-1", "1:2.47.3-0+deb13u1").unwrap().as_str(), "=2.47.3-0+deb13u1");
    }
}

//! Requirements and versions: a requirement, then three versions, a line each. Parsing keeps the
//! text, the orders are total, and each operator agrees with the order.
#![no_main]

use std::cmp::Ordering;

use devshell::version::{Requirement, Scheme, find_in_output};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(found) = find_in_output(text) {
        assert!(text.contains(found) && found.starts_with(|c: char| c.is_ascii_digit()));
    }
    let mut lines = text.split('\n');
    let requirement: Option<Requirement> = lines.next().and_then(|line| line.parse().ok());
    let mut version = || lines.next().unwrap_or("");
    let [a, b, c] = [version(), version(), version()];
    for scheme in [Scheme::Semver, Scheme::Numbers] {
        is_total(scheme, [a, b, c]);
        for version in [a, b, c] {
            agrees(scheme, version, b);
            scheme.is_prerelease(version);
            if let Some(requirement) = &requirement {
                requirement.accepts(version, scheme);
                let again: Requirement = requirement.to_string().parse().unwrap();
                assert_eq!(again, *requirement);
                assert_eq!(again.accepts(version, scheme), requirement.accepts(version, scheme));
            }
        }
    }
});

fn is_total(scheme: Scheme, [a, b, c]: [&str; 3]) {
    let order = |x, y| scheme.compare(x, y);
    assert_eq!(order(a, a), Ordering::Equal);
    assert_eq!(order(a, b), order(b, a).reverse());
    if order(a, b) != Ordering::Greater && order(b, c) != Ordering::Greater {
        assert_ne!(order(a, c), Ordering::Greater);
    }
    if order(a, b) == Ordering::Equal {
        assert_eq!(order(a, c), order(b, c));
    }
}

/// Where a text is a version of all three segments, the operators say what the order says.
fn agrees(scheme: Scheme, version: &str, wanted: &str) {
    let is_number = |s: &str| s == "0" || (!s.starts_with(['0', '+']) && s.parse::<u32>().is_ok());
    let is_whole = |text: &str| text.split('.').count() == 3 && text.split('.').all(is_number);
    if !is_whole(version) {
        return;
    }
    if !is_whole(wanted) {
        // Whatever else it is, it does not accept what lies below its numbers.
        let least: Option<Requirement> = format!(">={wanted}").parse().ok();
        let is_below = Scheme::Numbers.compare(version, wanted.trim()) == Ordering::Less;
        assert!(!(is_below && least.is_some_and(|least| !wanted.contains(',') && least.accepts(version, scheme))));
        return;
    }
    let order = scheme.compare(version, wanted);
    let accepts = |sign: &str| format!("{sign}{wanted}").parse::<Requirement>().unwrap().accepts(version, scheme);
    assert_eq!(accepts("="), order == Ordering::Equal);
    assert_eq!(accepts(">="), order != Ordering::Less);
    assert_eq!(accepts("<="), order != Ordering::Greater);
    assert_eq!(accepts(">"), order == Ordering::Greater);
    assert_eq!(accepts("<"), order == Ordering::Less);
    for sign in ["^", "~"] {
        assert!(!accepts(sign) || order != Ordering::Less);
        assert!(accepts(sign) || order != Ordering::Equal);
    }
}

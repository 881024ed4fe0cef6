//! Notations of versions that other tools have, and what they are here.

use std::borrow::Cow;

use super::BadRequirement;

/// What is wrong with a requirement that cannot be read.
pub(super) fn bad(text: &str) -> BadRequirement {
    let word = text.trim();
    let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_/*".contains(c));
    match word.split('/').next() {
        Some("lts") => BadRequirement::LongTerm(word.to_owned()),
        _ if is_word => BadRequirement::Named(word.to_owned()),
        _ => BadRequirement::Malformed(text.to_owned()),
    }
}

/// A comparator without what other notations add: the `v` of tags and of node's own files (`v22.1.0`), and the
/// placeholders of npm's ranges (`22.x`, `1.*`).
pub(super) fn plain(part: &str) -> Cow<'_, str> {
    let start = part.find(|c: char| !"<>=^~ ".contains(c)).unwrap_or(part.len());
    let (mut operator, version) = part.split_at(start);
    let bare = version.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let bare = bare.unwrap_or(version);
    let short = [".x", ".X", ".*"].iter().fold(bare.trim_end(), |short, end| short.trim_end_matches(end));
    if short.len() == bare.trim_end().len() {
        return if bare.len() == version.len() { Cow::Borrowed(part) } else { Cow::Owned(format!("{operator}{bare}")) };
    }
    // `=22.x` is `22`, and not `=22`, which is 22.0.0.
    if operator.trim() == "=" {
        operator = "";
    }
    Cow::Owned(format!("{operator}{short}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Requirement, Scheme};

    #[test]
    fn other_notations_are_written_in_the_plain_one() {
        for (typed, plain) in [
            ("v22.1.0", "22.1.0"),
            ("=v22.1.0", "=22.1.0"),
            ("^v3", "^3"),
            ("22.x", "22"),
            ("22.1.X", "22.1"),
            ("1.x.x", "1"),
            ("22.*", "22"),
            ("=22.x", "22"),
            ("^1.x", "^1"),
            (">=v18.x, <22.x", ">=18, <22"),
            (">=3.10, <3.13", ">=3.10, <3.13"),
            ("= 1.2.3", "= 1.2.3"),
        ] {
            let requirement: Requirement = typed.parse().unwrap();
            assert_eq!(requirement.as_str(), plain, "{typed}");
            assert_eq!(requirement, plain.parse().unwrap(), "{typed}");
        }
        assert!("22.x".parse::<Requirement>().unwrap().accepts("22.9.1", Scheme::Semver));
        assert!(!"22.x".parse::<Requirement>().unwrap().accepts("24.0.0", Scheme::Semver));
        for (typed, said) in [("lts", "the even ones"), ("lts/*", "the even ones"), ("latest", "`*` for the newest")] {
            let error = typed.parse::<Requirement>().unwrap_err().to_string();
            assert!(error.contains(said) && error.starts_with(&format!("`{typed}` is a name")), "{error}");
        }
    }
}

//! From an error to what to do next. The error says what is wrong, its hint the next command
//! to type; only the edge prints either.

use std::error::Error;

use crate::text;

/// An error that knows a way on.
pub trait Hint {
    /// One lower-case sentence without a period, commands in backticks; `None` when there is
    /// nothing better to say than the error itself.
    fn hint(&self) -> Option<String>;
}

/// The causes of an error, outermost first. Each is one line of bounded length, whatever a
/// library puts into its texts.
pub fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(text::cause(&cause.to_string()));
        next = cause.source();
    }
    causes
}

/// The longest word that is looked for, in bytes.
const LONGEST: usize = 100;

/// The candidate a misspelt word most likely meant, if any is near enough to be worth saying.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The likeness of long words takes time, and no one misspells one.
    let candidates = candidates.into_iter().filter(|candidate| word.len().max(candidate.len()) <= LONGEST);
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let words = ["tools", "scripts", "isolation", "env_files"];
        let cases = [
            ("tool", Some("tools")),
            ("script", Some("scripts")),
            ("isolaton", Some("isolation")),
            ("envfiles", Some("env_files")),
            ("colour", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, words), expected, "{word}");
        }
    }
}

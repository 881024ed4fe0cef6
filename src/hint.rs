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

/// The word of a small vocabulary that was most likely meant, such as a key of the manifest, if any is near
/// enough to be worth a suggestion.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The likeness of long words takes time, and no one misspells one.
    let candidates = candidates.into_iter().filter(|candidate| word.len().max(candidate.len()) <= LONGEST);
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The word among many that was mistyped, where each word has a meaning of its own, as names of tools have: one slip
/// of the finger, two in a long word, never in its first letter and never in a word that is too short to tell.
pub fn mistyped<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = match word.chars().count() {
        0..=3 => return None,
        4..=8 => 1,
        _ => 2,
    };
    let is_close = |candidate: &str| {
        candidate.len() <= LONGEST && candidate.chars().next() == word.chars().next() && word.len() <= LONGEST
    };
    // Short words that differ in one letter are mostly two names, as `lean` and `lein` are.
    let is_name = |candidate: &str| {
        let letters = |text: &str| {
            let mut letters: Vec<char> = text.chars().collect();
            letters.sort_unstable();
            letters
        };
        word.len() == 4 && candidate.len() == 4 && letters(word) != letters(candidate)
    };
    let near = candidates.into_iter().filter(|candidate| is_close(candidate) && !is_name(candidate));
    let near = near.map(|candidate| (strsim::osa_distance(word, candidate), candidate));
    near.filter(|(distance, _)| *distance <= slips).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::{mistyped, nearest};

    #[test]
    fn only_a_slip_leads_to_another_tool() {
        let tools = ["conan", "gh", "nvim", "clang", "make", "ripgrep", "node", "typescript", "rust", "bun"];
        for (word, expected) in [
            ("nodee", Some("node")),
            ("noed", Some("node")),
            ("ripgerp", Some("ripgrep")),
            ("typescirptt", Some("typescript")),
            ("conda", None),
            ("ghc", None),
            ("nim", None),
            ("golang", None),
            ("erlang", None),
            ("maven", None),
            ("dust", None),
            ("nodo", None),
            ("bun2", Some("bun")),
            ("", None),
        ] {
            assert_eq!(mistyped(word, tools), expected, "{word}");
        }
    }

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

//! What is wrong with a manifest, and where. All of it is collected; nothing is printed here.

use std::ops::Range;

/// One mistake: the bytes it concerns, what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Byte range in the text.
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

/// Every mistake in a text, in the order of their places.
#[derive(Debug, thiserror::Error)]
#[error("{} in {file}", count(.list.len()))]
pub struct Problems {
    /// How the file is called in messages.
    pub file: String,
    pub text: String,
    pub list: Vec<Problem>,
}

fn count(problems: usize) -> String {
    match problems {
        1 => "1 mistake".to_owned(),
        n => format!("{n} mistakes"),
    }
}

/// Line and column of a byte offset, both counted from 1; columns count characters.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn positions_count_characters_from_one() {
        let text = "a\nöb\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 2), (2, 1));
        assert_eq!(position(text, 4), (2, 2));
        assert_eq!(position(text, 99), (3, 1));
    }
}

//! What is wrong with a manifest, and where. All of it is collected; nothing is printed here. However many
//! mistakes a file has, and however long its lines are, this takes time in proportion to its length.

use std::ops::Range;

/// How many mistakes are shown. The rest is counted.
pub const MOST_SHOWN: usize = 100;

/// The longest message about one mistake, in characters. What the file says may be of any length.
const LONGEST_MESSAGE: usize = 300;

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

impl Problem {
    pub fn new(range: Range<usize>, message: impl Into<String>, help: Option<String>) -> Self {
        Self { range, message: cut(message.into()), help: help.map(cut) }
    }
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_MESSAGE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Problems {
    /// Mistakes in a text, put into the order of their places.
    pub fn new(file: &str, text: &str, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| (problem.range.start, problem.range.end));
        Self { file: file.to_owned(), text: text.to_owned(), list }
    }

    /// The mistakes to show.
    pub fn shown(&self) -> impl Iterator<Item = Shown<'_>> {
        let lines = Lines::of(&self.text);
        // Where the last column was counted up to: a line may be all of the file.
        let (mut counted, mut column) = (0, 1);
        self.list.iter().take(MOST_SHOWN).map(move |problem| {
            let (at, line) = (problem.range.start, lines.number(problem.range.start));
            let (start, first_end) = lines.bounds(line, self.text.len());
            if counted < start || counted > at {
                (counted, column) = (start, 1);
            }
            column += self.text[counted..at].chars().count();
            counted = at;
            // Of what goes over many lines, the first one is enough.
            let last_end = lines.bounds(lines.number(problem.range.end), self.text.len()).1;
            let end = if last_end - start <= LONGEST_EXCERPT { last_end.max(first_end) } else { first_end };
            let place = at - start..problem.range.end.clamp(at, end) - start;
            let excerpt = (end - start <= LONGEST_EXCERPT).then(|| (&self.text[start..end], place));
            Shown { problem, line, column, excerpt }
        })
    }

    /// How many mistakes are not shown.
    pub const fn further(&self) -> usize {
        self.list.len().saturating_sub(MOST_SHOWN)
    }
}

/// A mistake with its place, counted from 1.
#[derive(Debug)]
pub struct Shown<'p> {
    pub problem: &'p Problem,
    pub line: usize,
    /// In characters.
    pub column: usize,
    /// The lines that it is on, and its bytes in them; `None` when they are too long to be of use.
    pub excerpt: Option<(&'p str, Range<usize>)>,
}

/// The longest piece of a text, in bytes, that is shown.
const LONGEST_EXCERPT: usize = 4 << 10;

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect())
    }

    /// The line of a byte offset, counted from 1.
    pub(super) fn number(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }

    /// Where a line begins, and where it ends, without what ends it.
    pub(super) fn bounds(&self, number: usize, length: usize) -> (usize, usize) {
        let end = self.0.get(number).map_or(length, |next| next - 1);
        (self.0[number - 1], end)
    }
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
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let text = "a\nöb\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 2), (2, 1));
        assert_eq!(position(text, 4), (2, 2));
        assert_eq!(position(text, 99), (3, 1));
    }

    #[test]
    fn mistakes_are_shown_with_their_lines() {
        let text = "{\n  ab: [\n  ],\n\n}";
        let shown = |range: Range<usize>| {
            let problems = Problems::new("f", text, vec![Problem::new(range, "m", None)]);
            let shown = problems.shown().next().unwrap();
            assert_eq!((shown.line, shown.column), position(text, problems.list[0].range.start));
            let (text, place) = shown.excerpt.unwrap();
            (shown.line, text.to_owned(), place)
        };
        assert_eq!(shown(4..6), (2, "  ab: [".to_owned(), 2..4));
        assert_eq!(shown(8..13), (2, "  ab: [\n  ],".to_owned(), 6..11));
        assert_eq!(shown(0..1), (1, "{".to_owned(), 0..1));
        assert_eq!(shown(15..15), (4, String::new(), 0..0));
        assert_eq!(shown(text.len()..text.len()), (5, "}".to_owned(), 1..1));
        for (offset, _) in text.char_indices() {
            assert_eq!(Lines::of(text).number(offset), position(text, offset).0, "{offset}");
        }
    }

    #[test]
    fn a_hundred_mistakes_are_shown_and_long_ones_are_cut() {
        let text = "x".repeat(9000);
        let list = (0..MOST_SHOWN + 7).map(|at| Problem::new(at..text.len(), text.clone(), None)).collect();
        let problems = Problems::new("f", &text, list);
        assert_eq!((problems.shown().count(), problems.further()), (MOST_SHOWN, 7));
        for (index, shown) in problems.shown().enumerate() {
            assert_eq!((shown.line, shown.column, shown.excerpt), (1, index + 1, None));
            assert_eq!(shown.problem.message.chars().count(), LONGEST_MESSAGE + 1);
        }
    }
}

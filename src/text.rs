//! Texts that other people wrote - names, values, descriptions, errors of libraries - as a terminal
//! may see them: what would move its cursor, change its colours or turn the direction of its text
//! is spelled out. It prints nothing.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The most that is shown of an error's cause, in characters: some libraries quote all their input.
const LONGEST_CAUSE: usize = 300;

/// The same for what a program that devshell asks says to people. uv explains in whole paragraphs
/// why packages do not go together, and the end counts as much as the beginning.
const LONGEST_EXPLANATION: usize = 2000;

/// The most that is shown of one message, and of a cell of a table.
const LONGEST_MESSAGE: usize = 4000;

/// What devshell writes before the words of such a program: `uv says: …`.
const SAYS: &str = " says: ";

/// Whether a terminal shows the character and does nothing else. Line breaks and tabs are for the
/// caller to allow.
pub fn is_plain(c: char) -> bool {
    // What sets the direction of text (Unicode Standard Annex #9), and the two further line breaks.
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    !c.is_control() && !turns && !breaks
}

/// A text of several lines as a terminal may see it. Lines stay lines, and tabs tabs.
pub fn plain(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_plain(c) || matches!(c, '\n' | '\t'))
}

/// The same for a word, a path or a name, which may hold no line break either.
pub fn word(text: &str) -> Cow<'_, str> {
    escaped(text, is_plain)
}

/// The same for bytes that may be no UTF-8. A byte that is none is written as `\xNN`.
pub fn plain_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        shown.push_str(&plain(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// The same for a line that a program printed in colour: colours and weights stay if they are wanted, and are left out if
/// not. They end with the line.
pub fn coloured(line: &[u8], is_wanted: bool) -> String {
    const END: &str = "\x1b[0m";
    let (mut shown, mut rest, mut has_colour) = (String::with_capacity(line.len()), line, false);
    while let Some(start) = rest.windows(2).position(|pair| pair == b"\x1b[") {
        let after = &rest[start + 2..];
        // SGR (ECMA-48, 8.3.117): numbers, and an `m`.
        let length = after.iter().take_while(|byte| byte.is_ascii_digit() || b";:".contains(byte)).count();
        if after.get(length) == Some(&b'm') {
            shown.push_str(&plain_bytes(&rest[..start]));
            if is_wanted {
                shown.push_str("\x1b[");
                shown.push_str(&plain_bytes(&after[..=length]));
                has_colour = true;
            }
            rest = &after[length + 1..];
        } else {
            shown.push_str(&plain_bytes(&rest[..start + 2]));
            rest = after;
        }
    }
    shown.push_str(&plain_bytes(rest));
    if has_colour {
        shown.push_str(END);
    }
    shown
}

/// The first of some names, and how many more there are.
pub fn first_few(names: impl IntoIterator<Item = String>, most: usize) -> String {
    let mut names = names.into_iter();
    let shown = names.by_ref().take(most).collect::<Vec<_>>().join(", ");
    match names.count() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A text in one line of a table, of bounded length: a control character becomes a space.
pub fn cell(text: &str) -> String {
    word(&shortened(text, LONGEST_MESSAGE).replace(char::is_control, " ")).into_owned()
}

/// One message, of bounded length. Of a text in several lines, the further ones are marked, so that
/// none of them passes for a message of its own.
pub fn message(text: &str) -> String {
    plain(&shortened(text, LONGEST_MESSAGE)).replace('\n', "\n  | ")
}

/// The cause of an error: one line of bounded length.
pub fn cause(text: &str) -> String {
    let is_explanation = text.split_once(SAYS).is_some_and(|(program, _)| !program.contains(' '));
    let most = if is_explanation { LONGEST_EXPLANATION } else { LONGEST_CAUSE };
    // Only as much as could be shown is looked at twice.
    let text = shortened(text, 4 * most);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    shortened(&word(&line), most).into_owned()
}

/// A text in JSON, with what a terminal would obey written as JSON writes it. Such a character can
/// only be inside of a string, whose value stays the same.
pub fn in_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if is_plain(c) || c == '\n' {
            shown.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
    }
    shown
}

/// A text in which each character has its place still, for a report that counts bytes and spells
/// out ASCII's control characters itself: the others become characters of the same length.
pub fn in_place(text: &str) -> Cow<'_, str> {
    let is_fine = |c: char| is_plain(c) || c.is_ascii();
    if text.chars().all(is_fine) {
        return Cow::Borrowed(text);
    }
    let stand_in = |c: char| if c.len_utf8() == 2 { '¿' } else { '\u{fffd}' };
    text.chars().map(|c| if is_fine(c) { c } else { stand_in(c) }).collect()
}

/// The text, or of a long one the beginning and the end.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    let Some((past, _)) = text.char_indices().nth(most) else { return Cow::Borrowed(text) };
    let end = most / 3;
    let begin = most - end - " … ".chars().count();
    let place = |count| text.char_indices().nth(count).map_or(past, |(place, _)| place);
    let tail = text.char_indices().rev().nth(end - 1).map_or(text.len(), |(place, _)| place);
    Cow::Owned(format!("{} … {}", &text[..place(begin)], &text[tail..]))
}

fn escaped(text: &str, is_fine: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_fine) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_fine(c) {
            shown.push(c);
        } else {
            shown.extend(c.escape_debug());
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that is not plain, but for the two that lines are made of.
    fn dangerous() -> impl Iterator<Item = char> {
        ('\0'..=char::MAX).filter(|c| !is_plain(*c) && !matches!(c, '\n' | '\t'))
    }

    #[test]
    fn a_line_keeps_its_colours_and_nothing_else() {
        for (line, with, without) in [
            (&b"plain"[..], "plain", "plain"),
            (b"\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m\x1b[0m", "red"),
            (b"\x1b[38:2::1:2:3mx", "\x1b[38:2::1:2:3mx\x1b[0m", "x"),
            (b"a\x1b[2Jb", "a\\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            (b"\x1b[31", "\\u{1b}[31", "\\u{1b}[31"),
            (b"\x1b]0;title\x07\xff\r", "\\u{1b}]0;title\\u{7}\\xff\\r", "\\u{1b}]0;title\\u{7}\\xff\\r"),
        ] {
            assert_eq!(coloured(line, true), with, "{}", line.escape_ascii());
            assert_eq!(coloured(line, false), without, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left_by_any_road() {
        let all: String = dangerous().collect();
        for c in ["\u{1b}", "\u{7}", "\r", "\u{8}", "\u{7f}", "\u{9b}", "\u{9d}", "\u{85}", "\u{202e}", "\u{2067}"] {
            assert!(all.contains(c), "{}", c.escape_debug());
        }
        let is_clean = |text: &str| text.chars().all(|c| is_plain(c) || c == '\n');
        for shown in
            [plain(&all).into_owned(), word(&all).into_owned(), cell(&all), message(&all), cause(&all), in_json(&all)]
        {
            assert!(is_clean(&shown), "{shown:?}");
        }
        assert!(is_clean(&plain_bytes(&[all.as_bytes(), b"\xff\x9b\x1b"].concat())));
        assert_eq!(in_place(&all).len(), all.len());
        assert!(in_place(&all).chars().all(|c| is_plain(c) || c.is_ascii()));
    }

    #[test]
    fn texts_are_shown() {
        type Case = (fn(&str) -> String, &'static str, &'static str);
        let cases: &[Case] = &[
            (|text| plain(text).into_owned(), "käse\t'x'\n", "käse\t'x'\n"),
            (|text| plain(text).into_owned(), "a\u{1b}]0;T\u{7}b\r", "a\\u{1b}]0;T\\u{7}b\\r"),
            (|text| word(text).into_owned(), "a\nb\u{9b}31m", "a\\nb\\u{9b}31m"),
            (|text| plain_bytes(text.as_bytes()), "ä\u{202e}", "ä\\u{202e}"),
            (cell, "1\n2\u{1b}[m", "1 2 [m"),
            (message, "no `a\nhint: b`", "no `a\n  | hint: b`"),
            (cause, " a\n  | b\t\u{1b}[31m ", "a | b \\u{1b}[31m"),
            (in_json, "{\n  \"a\": \"\u{9b}\u{7f}ä\"\n}", "{\n  \"a\": \"\\u009b\\u007fä\"\n}"),
            (|text| in_place(text).into_owned(), "ä\u{1b}\u{9b}\u{202e}\n", "ä\u{1b}¿\u{fffd}\n"),
        ];
        for (show, text, expected) in cases {
            assert_eq!(show(text), *expected, "{text:?}");
        }
        assert_eq!(plain_bytes(b"a\xff\x9b"), "a\\xff\\x9b");
    }

    #[test]
    fn long_texts_keep_their_beginning_and_their_end() {
        for length in [299, 300, 301, 5000, 3_000_000] {
            let text = format!("B{}E", "ä".repeat(length - 2));
            let shown = cause(&text);
            assert_eq!(shown.chars().count(), length.min(300), "{length}");
            assert!(shown.starts_with('B') && shown.ends_with('E'), "{length}: {shown}");
        }
        // Spelled out it would be longer.
        assert_eq!(cause(&"\u{1b}".repeat(300)).chars().count(), 300);
        assert_eq!(cause(&format!("uv says: {}", "a ".repeat(5000))).chars().count(), 2000);
        assert_eq!(cause(&format!("what it says: {}", "a ".repeat(5000))).chars().count(), 300);
        assert!(message(&"a\n".repeat(100_000)).chars().count() < 4 * 4000);
    }
}

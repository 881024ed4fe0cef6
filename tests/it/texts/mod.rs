//! Texts of others, in a repository that calls everything what a terminal would obey: no verb says
//! any of it so that it is obeyed, on a terminal, through a pipe or in JSON.

mod completed;
mod errors;
mod names;
mod shown;

use std::path::Path;

use crate::support::DEVSHELL;
use crate::support::Sandbox;
use crate::support::pty::Terminal;

/// A title, a cleared screen, a colour by a C1 control, text from right to left, and what overwrites
/// a line.
const HOSTILE: &str = "\u{1b}]0;T\u{7}\u{1b}[2J\u{9b}31m\u{202e}\r\u{8}\u{7f}\u{2066}\u{85}";

/// What is left of it in whatever way it is shown.
const LEFT: &str = "]0;T";

/// A text as JSON writes it.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The first thing that a terminal would obey, but for devshell's own colours and, where bars move,
/// what moves them.
fn obeyed(bytes: &[u8], on_terminal: bool) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Some(error.to_string()),
    };
    let rest = if on_terminal { without_own(&text.replace("\r\n", "\n")) } else { text.to_owned() };
    let is_fine = |c: char| devshell::text::is_plain(c) || matches!(c, '\n' | '\t');
    let (place, _) = rest.char_indices().find(|(_, c)| !is_fine(*c))?;
    let from = rest.floor_char_boundary(place.saturating_sub(40));
    Some(rest[from..].chars().take(80).collect::<String>().escape_debug().to_string())
}

/// The text without colours (ECMA-48, SGR), which no hostile text here has, and without what bars do:
/// they hide the cursor, go up and down, delete lines and begin them again, and never the screen.
fn without_own(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut rest = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_digit() && !";?".contains(c)).unwrap_or(piece.len());
        match piece[end..].chars().next() {
            Some('m' | 'K' | 'A' | 'B' | 'h' | 'l') => rest.push_str(&piece[end + 1..]),
            _ => rest.extend(["\u{1b}[", piece]),
        }
    }
    rest
}

/// Runs a verb through pipes and on a terminal, and gives all that it wrote.
#[track_caller]
fn said(sandbox: &Sandbox, directory: &Path, words: &[&str]) -> [Vec<u8>; 3] {
    let outcome = sandbox.devshell(words).directory(directory).run();
    let line: Vec<&str> = [DEVSHELL].iter().chain(words).copied().collect();
    let mut terminal = Terminal::start(sandbox, &line, directory, &[]);
    terminal.exit_status();
    [outcome.bytes().to_vec(), outcome.error_bytes().to_vec(), terminal.bytes()]
}

/// Checks that a verb says nothing that is obeyed, and gives all of it as one text.
#[track_caller]
fn check(sandbox: &Sandbox, directory: &Path, words: &[&str]) -> String {
    let [out, errors, terminal] = said(sandbox, directory, words);
    for (what, bytes, on_terminal) in
        [("standard output", &out, false), ("standard error", &errors, false), ("the terminal", &terminal, true)]
    {
        let found = obeyed(bytes, on_terminal);
        assert_eq!(found, None, "`devshell {}` on {what}: {}", words.join(" ").escape_debug(), shown(bytes));
    }
    [out, errors, terminal].iter().map(|bytes| String::from_utf8_lossy(bytes)).collect()
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string()
}

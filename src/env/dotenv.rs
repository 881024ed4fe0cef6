//! Env files: lines of `NAME=value`, as docker, systemd and the dotenv libraries share them.
//! `#` begins a comment, a leading `export ` is ignored, single quotes keep everything,
//! double quotes know `\n`, `\t`, `\"`, `\\` and `\$`. Nothing is expanded: values are secrets
//! as often as not, and a `$` in a password means itself.

use std::collections::HashSet;

use crate::name::VarName;

/// A line that is no `NAME=value`, counted from 1.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    pub line: usize,
    pub reason: &'static str,
}

/// A variable of an env file.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    pub name: VarName,
    pub value: String,
    /// Where it begins, counted from 1.
    pub line: usize,
}

/// Parses an env file. A name that appears twice keeps its last value. Messages never hold
/// a value.
pub fn parse_env_file(text: &str) -> Result<Vec<Definition>, BadLine> {
    let mut variables: Vec<Definition> = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let bad = |reason| BadLine { line, reason };
        let (this, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = this.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            rest = after;
            line += 1;
            continue;
        }
        let definition = trimmed.strip_prefix("export ").unwrap_or(trimmed).trim_start();
        let (name, value) = definition.split_once('=').ok_or_else(|| bad("expected NAME=value"))?;
        let name: VarName = name.trim_end().parse().map_err(|_| bad("the text before `=` is not a variable name"))?;
        // `devshell env` writes `DEVSHELL_…`, and what it writes is read.
        if VarName::is_reserved(name.as_str()) && !name.as_str().starts_with("DEVSHELL_") {
            return Err(bad("names that begin with `__DEVSHELL_` are devshell's own"));
        }
        // A quoted value may go over lines, so it is read from the whole rest.
        let value = value.trim_start();
        let start = rest.len() - after.len() - this.len();
        let offset = value.as_ptr() as usize - rest.as_ptr() as usize;
        debug_assert!(offset >= start);
        let (value, used) = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                let (value, length) = quoted(&rest[offset + 1..], quote).ok_or_else(|| bad("a quote is not closed"))?;
                let used = offset + 1 + length;
                let tail = rest[used..].lines().next().unwrap_or("").trim();
                if !tail.is_empty() && !tail.starts_with('#') {
                    return Err(bad("something follows the closing quote"));
                }
                (value, used)
            }
            _ => {
                let plain = value.find(" #").map_or(value, |comment| &value[..comment]);
                (plain.trim_end().to_owned(), offset)
            }
        };
        let end = rest[used..].find('\n').map_or(rest.len(), |newline| used + newline + 1);
        variables.push(Definition { name, value, line });
        line += rest[..end].matches('\n').count();
        rest = &rest[end..];
    }
    // Of several with one name, the last one stays in its place.
    let mut seen = HashSet::new();
    let is_last: Vec<bool> = variables.iter().rev().map(|variable| seen.insert(variable.name.clone())).collect();
    let mut is_last = is_last.into_iter().rev();
    variables.retain(|_| is_last.next().unwrap_or(true));
    Ok(variables)
}

/// The text up to the closing quote, and how many bytes that took with the quote.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((value, index + 1)),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                escaped @ ('"' | '\\' | '$' | '`') => value.push(escaped),
                other => {
                    value.push('\\');
                    value.push(other);
                }
            },
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        type Read = &'static [(&'static str, &'static str, usize)];
        let cases: &[(&str, Read)] = &[
            ("", &[]),
            ("A=1", &[("A", "1", 1)]),
            ("# c\n\nexport A = 1 # c\r\nB=\n", &[("A", "1", 3), ("B", "", 4)]),
            ("A='it $is # \\n'\nB=2", &[("A", "it $is # \\n", 1), ("B", "2", 2)]),
            ("A=\"a\\n\\\"b\\\" \\$x\" # c\n", &[("A", "a\n\"b\" $x", 1)]),
            ("A='two\nlines'\nB=3", &[("A", "two\nlines", 1), ("B", "3", 3)]),
            ("A=pa$$word#1", &[("A", "pa$$word#1", 1)]),
            ("A=1\nA=2", &[("A", "2", 2)]),
            ("A=1\nB=1\nA=2\nC=1\nB=2", &[("A", "2", 3), ("C", "1", 4), ("B", "2", 5)]),
            ("\u{feff}A=ä", &[("A", "ä", 1)]),
        ];
        for (text, expected) in cases {
            let read = parse_env_file(text).unwrap();
            let read: Vec<_> = read.iter().map(|d| (d.name.as_str(), d.value.as_str(), d.line)).collect();
            assert_eq!(read, *expected, "{text}");
        }
        for (text, line) in [
            ("A", 1),
            ("A=1\n1B=2", 2),
            ("A='x", 1),
            ("\n\nA=\"x\" y", 3),
            ("A=1\n__devshell_x=/x", 2),
            ("__DEVSHELL_NO_RC=1", 1),
        ] {
            assert_eq!(parse_env_file(text).unwrap_err().line, line, "{text}");
        }
    }
}

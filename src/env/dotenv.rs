//! Env files: lines of `NAME=value`, as docker, systemd and the dotenv libraries share them.
//! `#` at the start of a line or after white space begins a comment, a leading `export` is ignored, single quotes keep
//! everything, double quotes know `\n`, `\t`, `\"`, `\\` and `\$`. Nothing is expanded: values are often secrets, and a
//! `$` in a password means itself. These files are shared with other programs, so a line for one of those is passed
//! over with a remark.

use std::collections::HashSet;
use std::fmt;

use crate::name::VarName;

/// A line that cannot be read, counted from 1.
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

/// What an env file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    pub variables: Vec<Definition>,
    pub remarks: Vec<Remark>,
}

/// What a reader of the file might not expect. Never holds a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Remark {
    /// A line without a `=`.
    NoValue { line: usize },
    /// A line whose name no shell takes, such as `spring.datasource.url`. The name is absent if it does not look like
    /// one: it may be a part of a secret that someone pasted.
    NoName { line: usize, name: Option<String> },
    /// A value with a reference that other readers replace.
    Literal { line: usize, name: VarName, reference: VarName },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue { line } => write!(f, "line {line} is ignored: it has no `=`"),
            Self::NoName { line, name: Some(name) } => {
                write!(f, "line {line} is ignored: `{name}` is not a variable name")
            }
            Self::NoName { line, name: None } => {
                write!(f, "line {line} is ignored: the text before `=` is not a variable name")
            }
            Self::Literal { line, name, reference } => write!(
                f,
                "line {line}: `${{{reference}}}` stays as it is in `{name}`, because nothing in env files is expanded \
                 (single quotes around the value say that this is intended)"
            ),
        }
    }
}

/// Parses an env file. A name that appears twice keeps its last value. Neither errors nor remarks hold a value.
pub fn parse_env_file(text: &str) -> Result<EnvFile, BadLine> {
    let mut read = EnvFile::default();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let this = rest.split('\n').next().unwrap_or_default();
        let definition = without_export(this.trim());
        let mut used = this.len();
        if !definition.is_empty() && !definition.starts_with('#') {
            match definition.split_once('=') {
                None => read.remarks.push(Remark::NoValue { line }),
                Some((name, _)) => {
                    let equals = name.as_ptr() as usize + name.len() - rest.as_ptr() as usize;
                    let value = Value::of(&rest[equals + 1..]).map_err(|reason| BadLine { line, reason })?;
                    used = equals + 1 + value.length;
                    read.take(line, name.trim_end(), value)?;
                }
            }
        }
        let end = rest[used..].find('\n').map_or(rest.len(), |newline| used + newline + 1);
        line += rest[..end].matches('\n').count();
        rest = &rest[end..];
    }
    read.keep_the_last();
    Ok(read)
}

/// What follows the word `export`, if a line begins with it.
fn without_export(line: &str) -> &str {
    line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(line, str::trim_start)
}

impl EnvFile {
    fn take(&mut self, line: usize, name: &str, value: Value) -> Result<(), BadLine> {
        let Ok(parsed) = name.parse::<VarName>() else {
            let name = looks_like_a_name(name).then(|| name.to_owned());
            self.remarks.push(Remark::NoName { line, name });
            return Ok(());
        };
        // `devshell env` writes `DEVSHELL_…`, and what it writes is read.
        if VarName::is_reserved(parsed.as_str()) && !parsed.as_str().starts_with("DEVSHELL_") {
            return Err(BadLine { line, reason: "names that begin with `__DEVSHELL_` are devshell's own" });
        }
        if let Some(reference) = value.reference {
            self.remarks.push(Remark::Literal { line, name: parsed.clone(), reference });
        }
        self.variables.push(Definition { name: parsed, value: value.text, line });
        Ok(())
    }

    /// Of several with one name, the last one stays in its place.
    fn keep_the_last(&mut self) {
        let mut seen = HashSet::new();
        let is_last: Vec<bool> =
            self.variables.iter().rev().map(|variable| seen.insert(variable.name.clone())).collect();
        let mut is_last = is_last.into_iter().rev();
        self.variables.retain(|_| is_last.next().unwrap_or(true));
    }
}

/// Whether a text is a name as other programs have them, with points and dashes, and no part of an encoded secret.
fn looks_like_a_name(text: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.len() < 64 && text.contains(['.', '-']) && text.chars().all(is_fine)
}

/// A value as it was written.
struct Value {
    text: String,
    /// So many bytes of the text after the `=` it took.
    length: usize,
    /// The first `${NAME}` in it, unless it was escaped or in single quotes.
    reference: Option<VarName>,
}

impl Value {
    /// The value that begins a text, which a quoted one may take several lines of.
    fn of(text: &str) -> Result<Self, &'static str> {
        let trimmed = text.trim_start_matches([' ', '\t']);
        let before = text.len() - trimmed.len();
        let Some(quote @ ('\'' | '"')) = trimmed.chars().next() else {
            let line = text.split('\n').next().unwrap_or_default();
            let value = without_comment(line).trim();
            return Ok(Self { text: value.to_owned(), length: line.len(), reference: reference(value) });
        };
        let (value, reference, length) = quoted(&trimmed[1..], quote).ok_or("a quote is not closed")?;
        let length = before + 1 + length;
        let tail = text[length..].lines().next().unwrap_or_default().trim();
        if !tail.is_empty() && !tail.starts_with('#') {
            return Err("something follows the closing quote");
        }
        Ok(Self { text: value, length, reference })
    }
}

/// A line up to a `#` after white space.
fn without_comment(line: &str) -> &str {
    let is_comment = |index: &usize| line[..*index].ends_with([' ', '\t']);
    let comment = line.match_indices('#').map(|(index, _)| index).find(is_comment);
    comment.map_or(line, |comment| &line[..comment])
}

/// The first name in braces after a `$`.
fn reference(value: &str) -> Option<VarName> {
    value.split("${").skip(1).find_map(named)
}

/// The name that begins a text, if what follows it is what may follow a name in braces.
fn named(text: &str) -> Option<VarName> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    text[end..].starts_with(['}', ':', '-', '?', '+']).then(|| text[..end].parse().ok())?
}

/// The text up to the closing quote, the first reference in it, and how many bytes that took with the quote. A line
/// break is one, however the file writes it.
fn quoted(text: &str, quote: char) -> Option<(String, Option<VarName>, usize)> {
    let (mut value, mut referring) = (String::new(), None);
    let mut chars = text.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((value, referring, index + 1)),
            '\r' if text[index..].starts_with("\r\n") => {}
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
            '$' if quote == '"' && referring.is_none() => {
                referring = text[index..].strip_prefix("${").and_then(named);
                value.push(c);
            }
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
            // A comment needs white space before it, and nothing else.
            (
                "A= # c\nB=\t# c\nC=#c\nD=v\t# c\nE=v#c",
                &[("A", "", 1), ("B", "", 2), ("C", "#c", 3), ("D", "v", 4), ("E", "v#c", 5)],
            ),
            ("A=\r\nB= \r\nC=a b \r\n", &[("A", "", 1), ("B", "", 2), ("C", "a b", 3)]),
            (
                "P=\"one\r\ntwo\"\r\nQ='one\r\ntwo'\r\nR=3\r\n",
                &[("P", "one\ntwo", 1), ("Q", "one\ntwo", 3), ("R", "3", 5)],
            ),
            ("export\tA=1\nexported=2\n\texport  B=3", &[("A", "1", 1), ("exported", "2", 2), ("B", "3", 3)]),
            ("A=\n\"x\"", &[("A", "", 1)]),
        ];
        for (text, expected) in cases {
            let read = parse_env_file(text).unwrap();
            let read: Vec<_> = read.variables.iter().map(|d| (d.name.as_str(), d.value.as_str(), d.line)).collect();
            assert_eq!(read, *expected, "{text}");
        }
        for (text, line) in [("A='x", 1), ("\n\nA=\"x\" y", 3), ("A=1\n__devshell_x=/x", 2), ("__DEVSHELL_NO_RC=1", 1)]
        {
            assert_eq!(parse_env_file(text).unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn what_is_for_other_readers_is_passed_over_with_a_remark() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("FOO-BAR=1\nA=1", &["A"], &["line 1 is ignored: `FOO-BAR` is not a variable name"]),
            (
                "spring.datasource.url=jdbc:x",
                &[],
                &["line 1 is ignored: `spring.datasource.url` is not a variable name"],
            ),
            ("1B=2", &[], &["line 1 is ignored: the text before `=` is not a variable name"]),
            ("A=1\nexport X\nY", &["A"], &["line 2 is ignored: it has no `=`", "line 3 is ignored: it has no `=`"]),
            // The lines of a key that was pasted without quotes, whose last one ends in `=`.
            (
                "K=a\nMIIEvQ+/x\nabc/d==",
                &["K"],
                &["line 2 is ignored: it has no `=`", "line 3 is ignored: the text before `=` is not a variable name"],
            ),
        ];
        for (text, names, remarks) in cases {
            let read = parse_env_file(text).unwrap();
            assert_eq!(read.variables.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), *names, "{text}");
            assert_eq!(read.remarks.iter().map(ToString::to_string).collect::<Vec<_>>(), *remarks, "{text}");
        }
    }

    #[test]
    fn a_reference_is_pointed_out_unless_it_is_quoted() {
        for (text, expected) in [
            ("A=${B}/data", Some("B")),
            ("A=\"x ${B:-1}\"", Some("B")),
            ("A=\"$ ${B}\"", Some("B")),
            ("A='${B}'", None),
            ("A=\"\\${B}\"", None),
            ("A=\"$$$ ${B\"", None),
            ("A=\"${B C} ${D}\"", Some("D")),
            ("A=$B", None),
            ("A=${", None),
            ("A=${}", None),
            ("A=\"x\" # ${B}", None),
            ("A=x # ${B}", None),
        ] {
            let read = parse_env_file(text).unwrap();
            let found = read.remarks.iter().find_map(|remark| match remark {
                Remark::Literal { reference, .. } => Some(reference.as_str()),
                _ => None,
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}

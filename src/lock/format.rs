//! How a lock is written and read. JSON, sorted, an artifact on one line and a command on one
//! line, so that two branches that each add a tool touch different lines. An older lock is read, for ever; a newer
//! one is refused, and never read in part: what this devshell does not know might be what makes the rest safe.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::conflict::has_conflict;
use super::{Artifact, Lock, LockedPython, LockedTool};
use crate::hint::Hint;
use crate::manifest::{config, position};
use crate::name::UNKNOWN_SOURCE;
use crate::platform::Platforms;

/// The format this devshell writes.
///
/// It stays when something is added: a field, a section, a source, a platform, a form of archive. An older devshell
/// refuses each of these by its name ([`LockError::Newer`]), and a lock that uses none of them can still be read by it.
/// An added field is absent where it says nothing, so that older locks are still written as they were.
///
/// It moves when an older devshell would read the lock without a complaint and take it for something else: when a
/// field that is there gets another meaning, when the absence of one does, or when one that was required goes.
/// Then this file reads both, and `tests/formats` gets a lock of the old one.
const FORMAT: u32 = 1;

/// The longest message about a lock that cannot be read, in characters.
const LONGEST_MESSAGE: usize = 300;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LockFile {
    format: u32,
    /// Absent when it is for all.
    #[serde(default, skip_serializing_if = "Platforms::is_all")]
    platforms: Platforms,
    tools: Vec<LockedTool>,
    /// One, or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    python: Vec<LockedPython>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    configuring: Vec<LockedTool>,
}

/// Why a lock cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("{file} has conflict markers at line {line}")]
    Conflict { file: String, line: usize },
    #[error("{file} was written by a newer devshell: it has format {found}, and this one reads formats up to {FORMAT}")]
    NewerFormat { file: String, found: u64 },
    #[error("{file}:{line}:{column} was written by a newer devshell: this one does not know `{unknown}`")]
    Newer { file: String, line: usize, column: usize, unknown: String },
    #[error("{file}:{line}:{column} is not what devshell writes: {message}")]
    Malformed { file: String, line: usize, column: usize, message: String },
}

impl Hint for LockError {
    fn hint(&self) -> Option<String> {
        let of = |file: &str| match file {
            config::LOCK_NAME => (config::FILE_NAME, "`devshell lock --personal`"),
            _ => ("devshell.json", "`devshell lock`"),
        };
        Some(match self {
            Self::Conflict { file, .. } => {
                let (manifest, write) = of(file);
                format!("resolve {manifest} first if it has conflicts too, then {write} merges both sides")
            }
            Self::NewerFormat { .. } | Self::Newer { .. } => "update devshell".to_owned(),
            Self::Malformed { file, .. } => {
                format!("restore the file from version control, or delete it and type {}", of(file).1)
            }
        })
    }
}

/// Reads a lock. `file` is how messages call it.
pub fn parse(file: &str, text: &str) -> Result<Lock, LockError> {
    if let Some(line) = has_conflict(text) {
        return Err(LockError::Conflict { file: file.to_owned(), line });
    }
    // The format number first: what else a newer format holds is not ours to judge.
    if let Ok(value) = serde_json::from_str(text) {
        check_number(file, &value)?;
    }
    let mut read: LockFile = serde_json::from_str(text).map_err(|error| fault(file, &error))?;
    read.tools.sort();
    read.configuring.sort();
    let python = read.python.into_iter().next();
    Ok(Lock { tools: read.tools, python, configuring: read.configuring, platforms: read.platforms })
}

/// Refuses the number of a newer format.
pub(super) fn check_number(file: &str, lock: &Value) -> Result<(), LockError> {
    match lock.get("format").and_then(Value::as_u64).filter(|found| *found > u64::from(FORMAT)) {
        Some(found) => Err(LockError::NewerFormat { file: file.to_owned(), found }),
        None => Ok(()),
    }
}

/// Refuses what a newer devshell added, where that is what could not be read. Without a place of the error, it is the
/// first one in the text that has the word.
pub(super) fn check_known(file: &str, text: &str, error: &serde_json::Error) -> Result<(), LockError> {
    let message = error.to_string();
    let Some(unknown) = unknown(&message) else { return Ok(()) };
    let (line, column) = text.find(&format!("\"{unknown}\"")).map_or((1, 1), |start| position(text, start));
    Err(LockError::Newer { file: file.to_owned(), line, column, unknown: cut(unknown) })
}

fn fault(file: &str, error: &serde_json::Error) -> LockError {
    let (file, line, column) = (file.to_owned(), error.line(), error.column());
    let message = error.to_string();
    match unknown(&message) {
        Some(unknown) => LockError::Newer { file, line, column, unknown: cut(unknown) },
        // `serde_json` ends its messages with the place.
        None => {
            let message = cut(message.rsplit_once(" at line ").map_or(message.as_str(), |(text, _)| text));
            LockError::Malformed { file, line, column, message }
        }
    }
}

/// A message may repeat what the file holds, which may be of any length.
fn cut(message: &str) -> String {
    message.chars().take(LONGEST_MESSAGE).collect()
}

/// What a newer devshell knows and this one does not, where that is the fault: a field, a word out of a fixed list
/// (a platform, a registry, a form of archive), or a tool of another source. No devshell writes a name that is not
/// plain, so that one is damage.
fn unknown(message: &str) -> Option<&str> {
    let is_plain = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
    };
    // As `serde::de::Error` words it.
    let word = ["unknown field `", "unknown variant `"].iter().find_map(|kind| message.strip_prefix(kind));
    let word = word.and_then(|rest| rest.split_once('`')).map(|(word, _)| word).filter(|word| is_plain(word));
    let tool = || {
        let (tool, _) = message.strip_prefix('`')?.split_once(&format!("` {UNKNOWN_SOURCE} "))?;
        tool.split_once(':').filter(|(label, _)| is_plain(label)).map(|_| tool)
    };
    word.or_else(tool)
}

/// Puts artifacts into the order in which they are written.
pub fn sort(artifacts: &mut [Artifact]) {
    let place =
        |a: &Artifact| (a.package.clone(), a.version.clone(), a.path.clone(), a.platforms.clone(), a.file.clone());
    artifacts.sort_by_cached_key(place);
}

/// Whether two texts of a lock are the same but for their line ends, which git may change in a checkout.
pub fn is_same(text: &str, other: &str) -> bool {
    text == other || text.contains('\r') && text.replace("\r\n", "\n") == other
}

/// The lock's text.
pub fn write(lock: &Lock) -> String {
    let Lock { mut tools, python, mut configuring, platforms } = lock.clone();
    let mut python: Vec<LockedPython> = python.into_iter().collect();
    tools.sort();
    configuring.sort();
    let lists = tools.iter_mut().chain(&mut configuring).map(|tool| &mut tool.artifacts);
    lists.chain(python.iter_mut().map(|python| &mut python.artifacts)).for_each(|list| sort(list));
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, LineFormatter::default());
    LockFile { format: FORMAT, platforms, tools, python, configuring }
        .serialize(&mut serializer)
        .expect("a lock serialises into memory");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Depth from which everything stays on its line: the file, `tools`, a tool, `artifacts`.
const DEEPEST_BROKEN: usize = 4;

/// `PrettyFormatter` down to a depth, one line below it.
#[derive(Default)]
struct LineFormatter<'a> {
    pretty: PrettyFormatter<'a>,
    depth: usize,
}

impl LineFormatter<'_> {
    fn is_inline(&self) -> bool {
        self.depth > DEEPEST_BROKEN
    }
}

fn separate<W: ?Sized + io::Write>(writer: &mut W, first: bool) -> io::Result<()> {
    if first { Ok(()) } else { writer.write_all(b", ") }
}

impl Formatter for LineFormatter<'_> {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.is_inline() { writer.write_all(b"[") } else { self.pretty.begin_array(writer) }
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let inline = self.is_inline();
        self.depth -= 1;
        if inline { writer.write_all(b"]") } else { self.pretty.end_array(writer) }
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if self.is_inline() { separate(writer, first) } else { self.pretty.begin_array_value(writer, first) }
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_inline() { Ok(()) } else { self.pretty.end_array_value(writer) }
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.is_inline() { writer.write_all(b"{ ") } else { self.pretty.begin_object(writer) }
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let inline = self.is_inline();
        self.depth -= 1;
        if inline { writer.write_all(b" }") } else { self.pretty.end_object(writer) }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if self.is_inline() { separate(writer, first) } else { self.pretty.begin_object_key(writer, first) }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_inline() { Ok(()) } else { self.pretty.end_object_value(writer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "format": 1,
  "tools": [
    {
      "tool": "esbuild",
      "requirement": "0.25",
      "version": "0.25.12",
      "commands": {
        "esbuild": "bin/esbuild"
      },
      "artifacts": [
        { "platforms": ["aarch64-darwin"], "registry": "npm", "package": "@esbuild/darwin-arm64", "version": "0.25.12", "integrity": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
        { "platforms": ["x86_64-linux", "x86_64-linux-musl"], "registry": "npm", "package": "@esbuild/linux-x64", "version": "0.25.12", "integrity": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
      ]
    },
    {
      "tool": "host:docker",
      "requirement": ">=24"
    }
  ]
}
"#;

    #[test]
    fn what_is_read_is_written_again_byte_for_byte() {
        let lock = parse("devshell.lock", TEXT).unwrap();
        assert_eq!(write(&lock), TEXT);
        assert_eq!(write(&Lock::default()), "{\n  \"format\": 1,\n  \"tools\": []\n}\n");
        let text = TEXT.replace(
            "  \"tools\"",
            "  \"platforms\": [\n    \"x86_64-darwin\",\n    \"x86_64-linux\"\n  ],\n  \"tools\"",
        );
        assert_eq!(write(&parse("devshell.lock", &text).unwrap()), text);
        let mut shuffled = lock.clone();
        shuffled.tools.reverse();
        shuffled.tools[1].artifacts.reverse();
        assert_eq!(write(&shuffled), TEXT);
    }

    #[test]
    fn other_files_are_refused_with_a_place() {
        let cases = [
            ("", "devshell.lock:1:0 is not what devshell writes: EOF while parsing a value"),
            ("{\"format\": 7, \"things\": 1}", "newer devshell: it has format 7, and this one reads formats up to 1"),
            ("{\"format\": 1, \"tools\": [{\"tool\": \"a b\"}]}", "devshell.lock:1:39 is not what"),
            ("{\n<<<<<<< HEAD\n=======\n>>>>>>> x\n}", "devshell.lock has conflict markers at line 2"),
        ];
        for (text, expected) in cases {
            let message = parse("devshell.lock", text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn what_a_newer_devshell_would_write_is_told_from_damage() {
        let artifact = r#"{ "registry": "npm", "package": "a", "version": "1", "integrity": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }"#;
        let tool =
            |more: &str| format!(r#""tools": [{{ "tool": "npm:a", "requirement": "1", "version": "1"{more} }}]"#);
        let python = |more: &str| {
            format!(r#""tools": [], "python": [{{ "requirement": ">=3.10", "from": "host", "uv": "0.12"{more} }}]"#)
        };
        let artifacts = |old: &str, new: &str| format!(r#", "artifacts": [{}]"#, artifact.replace(old, new));
        let read = |rest: &str| parse("devshell.lock", &format!("{{ \"format\": 1,\n{rest} }}"));
        for known in [tool(""), tool(&artifacts("", "")), python(""), python(&artifacts("", ""))] {
            read(&known).unwrap();
        }
        for (rest, unknown) in [
            (format!("{}, \"services\": []", tool("")), Some("services")),
            (tool(", \"proof\": {}"), Some("proof")),
            (tool(&artifacts("\"registry\"", "\"proof\": [1], \"registry\"")), Some("proof")),
            (tool(&artifacts("\"npm\"", "\"cargo\"")), Some("cargo")),
            (
                tool(&artifacts("\"registry\"", "\"platforms\": [\"riscv64-linux\"], \"registry\"")),
                Some("riscv64-linux"),
            ),
            (tool(&artifacts("\"registry\"", "\"unpack\": \"7z\", \"registry\"")), Some("7z")),
            (tool("").replace("npm:a", "cargo:a"), Some("cargo:a")),
            (python(", \"index-strategy\": 1"), Some("index-strategy")),
            (python("").replace("\"host\"", "\"conda\""), Some("conda")),
            (python(&artifacts("\"registry\"", "\"yanked\": true, \"registry\"")), Some("yanked")),
            (tool(&artifacts("\"npm\"", "\"http://127.0.0.1/\"")), None),
            (tool(", \"\\u001b[1m\": 1"), None),
            (tool("").replace("npm:a", "a b:c"), None),
            (tool("").replace("npm:a", "npm:A B"), None),
            (tool("").replace("\"requirement\": \"1\", ", ""), None),
            (tool(&artifacts("sha256-", "sha1-")), None),
            (tool(&artifacts("\"npm\"", "1")), None),
            (python("").replace(", \"uv\": \"0.12\"", ""), None),
        ] {
            match (read(&rest).unwrap_err(), unknown) {
                (LockError::Newer { line: 2, unknown: found, .. }, Some(expected)) => assert_eq!(found, expected),
                (LockError::Malformed { line: 2, .. }, None) => {}
                (error, _) => panic!("{rest}: {error}"),
            }
        }
    }
}

//! How a lock is written and read. JSON, sorted, an artifact on one line and a command on one
//! line, so that two branches that each add a tool touch different lines.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::{Artifact, Lock, LockedPython, LockedTool, mend};
use crate::hint::Hint;
use crate::manifest::config;

/// The format this devshell writes. An older one is read, a newer one refused.
const FORMAT: u32 = 1;

/// The longest message about a lock that cannot be read, in characters.
const LONGEST_MESSAGE: usize = 300;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    format: u32,
    tools: Vec<LockedTool>,
    /// One, or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    python: Vec<LockedPython>,
}

/// Why a lock cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("{file} has conflict markers at line {line}")]
    Conflict { file: String, line: usize },
    #[error("{file} has format {found}, and this devshell reads formats up to {FORMAT}")]
    Newer { file: String, found: u64 },
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
                format!("settle {manifest} first if it has conflicts too, then {write} merges both sides")
            }
            Self::Newer { .. } => "update devshell, or ask the one who wrote the lock for its version".to_owned(),
            Self::Malformed { file, .. } => {
                format!("restore the file from version control, or delete it and type {}", of(file).1)
            }
        })
    }
}

/// Reads a lock. `file` is how messages call it.
pub fn parse(file: &str, text: &str) -> Result<Lock, LockError> {
    if let Some(line) = mend::has_conflict(text) {
        return Err(LockError::Conflict { file: file.to_owned(), line });
    }
    // The format number first: what else a newer format holds is not ours to judge.
    if let Ok(serde_json::Value::Object(object)) = serde_json::from_str(text)
        && let Some(found) = object.get("format").and_then(serde_json::Value::as_u64)
        && found > u64::from(FORMAT)
    {
        return Err(LockError::Newer { file: file.to_owned(), found });
    }
    let mut read: LockFile = serde_json::from_str(text).map_err(|error| LockError::Malformed {
        file: file.to_owned(),
        line: error.line(),
        column: error.column(),
        message: without_place(&error.to_string()),
    })?;
    read.tools.sort();
    Ok(Lock { tools: read.tools, python: read.python.into_iter().next() })
}

/// `serde_json` ends its messages with the place, which the caller has already said.
fn without_place(message: &str) -> String {
    // It may repeat what the file holds, which may be of any length.
    message.rsplit_once(" at line ").map_or(message, |(text, _)| text).chars().take(LONGEST_MESSAGE).collect()
}

/// Puts artifacts into the order in which they are written.
pub fn sort(artifacts: &mut [Artifact]) {
    let place =
        |a: &Artifact| (a.package.clone(), a.version.clone(), a.path.clone(), a.platforms.clone(), a.file.clone());
    artifacts.sort_by_cached_key(place);
}

/// The lock's text.
pub fn write(lock: &Lock) -> String {
    let Lock { mut tools, python } = lock.clone();
    let mut python: Vec<LockedPython> = python.into_iter().collect();
    tools.sort();
    let lists = tools.iter_mut().map(|tool| &mut tool.artifacts);
    lists.chain(python.iter_mut().map(|python| &mut python.artifacts)).for_each(|list| sort(list));
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, LineFormatter::default());
    LockFile { format: FORMAT, tools, python }.serialize(&mut serializer).expect("a lock serialises into memory");
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
        let mut shuffled = lock.clone();
        shuffled.tools.reverse();
        shuffled.tools[1].artifacts.reverse();
        assert_eq!(write(&shuffled), TEXT);
    }

    #[test]
    fn other_files_are_refused_with_a_place() {
        let cases = [
            ("", "devshell.lock:1:0 is not what devshell writes: EOF while parsing a value"),
            ("{\"format\": 7, \"things\": 1}", "devshell.lock has format 7, and this devshell reads formats up to 1"),
            ("{\"format\": 1, \"tools\": [{\"tool\": \"a b\"}]}", "devshell.lock:1:39 is not what"),
            ("{\"format\": 1, \"tools\": [], \"more\": 1}", "unknown field `more`"),
            ("{\n<<<<<<< HEAD\n=======\n>>>>>>> x\n}", "devshell.lock has conflict markers at line 2"),
        ];
        for (text, expected) in cases {
            let message = parse("devshell.lock", text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}

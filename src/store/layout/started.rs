//! How a command of a package on npm is started. npm links to its file, so what its first line says counts: most are
//! run by node, some by a shell or Perl, and some are executables.

use std::path::{Path, PathBuf};

use url::Url;

use super::Site;
use super::tree::FINDS;
use crate::files::{bounded, most};
use crate::lock::Chosen;
use crate::name::CommandName;
use crate::store::Link;
use crate::store::unpack::is_program;

/// What the first bytes of a command's file say.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    /// node runs it, with these arguments before its path.
    Node(Vec<String>),
    /// Another program runs it.
    Other { interpreter: PathBuf, arguments: Vec<String> },
    /// The kernel runs it.
    Executable,
}

/// The link for a command, and the program that it lacks, if it lacks one.
pub struct Started {
    pub link: Link,
    pub lacks: Option<String>,
}

/// What starts a file that is a command, of a tool in the directory `content`. `runtime` is the node for it.
pub fn started(program: PathBuf, runtime: &Path, content: &Path, chosen: &Chosen, site: &mut Site) -> Started {
    // A path may have what means something else in an address.
    let finder = (!chosen.locked.with.is_empty()).then(|| Url::from_file_path(content.join(FINDS)).ok()).flatten();
    let finder = finder.map(String::from);
    let head = bounded::head(&program, most::FIRST_LINE).unwrap_or_default();
    let wrap = |by: PathBuf, mut arguments: Vec<String>| {
        arguments.push(program.to_string_lossy().into_owned());
        Link::Wrap { program: by, arguments, variables: Vec::new() }
    };
    let (link, lacks) = match start(&head) {
        Start::Executable => (Link::To(program), None),
        Start::Node(mut flags) if finder.is_some() => {
            flags.splice(..0, finder.into_iter().flat_map(|finder| ["--import".to_owned(), finder]));
            (wrap(runtime.to_owned(), flags), None)
        }
        Start::Node(flags) if flags.is_empty() => (Link::Run { runtime: runtime.to_owned(), program }, None),
        Start::Node(flags) => (wrap(runtime.to_owned(), flags), None),
        Start::Other { interpreter, arguments } => match site.interpreter(&interpreter, chosen) {
            Some(found) => (wrap(found, arguments), None),
            None => {
                let name = name_of(&interpreter).to_owned();
                (wrap(PathBuf::from(&name), arguments), Some(name))
            }
        },
    };
    Started { link, lacks }
}

impl Site<'_> {
    /// What a script's interpreter is in the dev shell: the command of another tool, found through PATH, or else the
    /// host's. A base utility of the host is on PATH too, but a link works from an editor as well.
    fn interpreter(&mut self, named: &Path, chosen: &Chosen) -> Option<PathBuf> {
        let name = name_of(named);
        let command = name.parse::<CommandName>().ok()?;
        if self.chosen.iter().any(|other| other.wish.name != chosen.wish.name && self.has_command(other, &command)) {
            return Some(PathBuf::from(name));
        }
        let there = Some(named.to_owned()).filter(|path| path.is_absolute() && path.is_file());
        let found = there.or_else(|| self.host.find(name))?;
        self.host_files.push(found.clone());
        Some(found)
    }
}

fn name_of(interpreter: &Path) -> &str {
    interpreter.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn start(head: &[u8]) -> Start {
    if is_program(head) && !head.starts_with(b"#!") {
        return Start::Executable;
    }
    let Some(line) = head.strip_prefix(b"#!") else { return Start::Node(Vec::new()) };
    let line = String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
    let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let Some(mut interpreter) = words.first().cloned() else { return Start::Node(Vec::new()) };
    words.remove(0);
    if name_of(Path::new(&interpreter)) == "env" {
        // `env NAME` and `env -S NAME ARGUMENT...`; what sets variables as well is left to `env` itself.
        let split = words.first().map(String::as_str).is_some_and(|word| word == "-S" || word == "--split-string");
        let rest = &words[usize::from(split)..];
        match rest.split_first() {
            Some((name, arguments)) if !name.starts_with('-') && !name.contains('=') => {
                (interpreter, words) = (name.clone(), arguments.to_vec());
            }
            _ => words = rest.to_vec(),
        }
    }
    if ["node", "nodejs"].contains(&name_of(Path::new(&interpreter))) {
        return Start::Node(words);
    }
    Start::Other { interpreter: PathBuf::from(interpreter), arguments: words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_what_starts_a_command() {
        let node = |flags: &[&str]| Start::Node(flags.iter().map(|flag| (*flag).to_owned()).collect());
        let other = |interpreter: &str, arguments: &[&str]| Start::Other {
            interpreter: interpreter.into(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        };
        for (head, expected) in [
            (&b"console.log(1)\n"[..], node(&[])),
            (b"", node(&[])),
            (b"#!\n", node(&[])),
            (b"#!/usr/bin/env node\n'use strict'\n", node(&[])),
            (b"#!/usr/bin/env node\r\n", node(&[])),
            (b"#! /usr/local/bin/node --harmony\n", node(&["--harmony"])),
            (b"#!/usr/bin/env -S node --no-warnings --import=x\n", node(&["--no-warnings", "--import=x"])),
            (b"#!/usr/bin/nodejs", node(&[])),
            (b"#!/usr/bin/env bash\n", other("bash", &[])),
            (b"#!/bin/sh -e\n", other("/bin/sh", &["-e"])),
            (b"#!/usr/bin/env perl -w\n", other("perl", &["-w"])),
            (b"#!/usr/bin/env -S deno run -A\n", other("deno", &["run", "-A"])),
            (b"#!/usr/bin/env -S A=1 node\n", other("/usr/bin/env", &["A=1", "node"])),
            (b"#!/usr/bin/env -i sh\n", other("/usr/bin/env", &["-i", "sh"])),
            (b"#!/opt/node-like\n", other("/opt/node-like", &[])),
            (b"\x7fELF\x02", Start::Executable),
            (b"\xcf\xfa\xed\xfe", Start::Executable),
        ] {
            assert_eq!(start(head), expected, "{}", String::from_utf8_lossy(head));
        }
    }
}

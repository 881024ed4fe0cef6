//! What a program is started by: the loader that an executable names, or the program in the first line of a script.

use std::path::{Path, PathBuf};

use super::{Store, prefix};
use crate::files::{bounded, most};
use crate::host::MissingLoader;
use crate::lock::LockedTool;
use crate::platform::Platform;

/// The absolute path that a program names, whether it is there or not.
pub fn interpreter(program: &Path) -> Option<PathBuf> {
    let head = bounded::head(program, most::FIRST_LINE).ok()?;
    if head.starts_with(b"\x7fELF") {
        return prefix::loader(&bounded::read(program, most::PROGRAM).ok()?).filter(|loader| loader.is_absolute());
    }
    prefix::interpreter(&head).map(|(path, _)| path.to_owned())
}

impl Store {
    /// What the commands of a lock's tools want to be started by and this machine lacks: each tool with the path.
    /// A missing loader may be there as a file that starts nothing.
    pub fn lacking<'l>(
        &self,
        tools: impl IntoIterator<Item = &'l LockedTool>,
        platform: Platform,
        missing: Option<&MissingLoader>,
    ) -> Vec<(String, PathBuf)> {
        let is_lacking = |path: &PathBuf| !path.exists() || missing.is_some_and(|missing| missing.path == *path);
        let mut lacking = Vec::new();
        for tool in tools.into_iter().filter(|tool| tool.runtime.is_none()) {
            let Some(artifact) = tool.artifacts_on(platform).next() else { continue };
            let content = self.as_used(self.object(artifact));
            let programs = tool.commands.values().map(|path| content.join(path.as_str()));
            let wanted = programs.filter_map(|program| interpreter(&program)).filter(is_lacking);
            lacking.extend(wanted.map(|path| (tool.tool.to_string(), path)));
        }
        lacking.sort();
        lacking.dedup();
        lacking
    }
}

/// How to get a loader or an interpreter that is missing.
pub fn remedy(path: &Path) -> String {
    if path.to_string_lossy().contains("/ld-") {
        "install the C library it belongs to (`gcompat` on Alpine, `nix-ld` on NixOS)".to_owned()
    } else {
        format!("install what provides {}", path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &[u8] = include_bytes!("../../fuzz/seeds/elf/program");

    #[test]
    fn programs_and_scripts_name_it_and_nonsense_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("program");
        let named = |bytes: &[u8]| {
            fs_err::write(&program, bytes).unwrap();
            interpreter(&program)
        };
        let at = PROGRAM.windows(7).position(|bytes| bytes == b"/lib64/").unwrap();
        let lacking = [&PROGRAM[..at], b"/nolib/", &PROGRAM[at + 7..]].concat();
        assert_eq!(named(&lacking).unwrap(), Path::new("/nolib/ld-linux-x86-64.so.2"));
        for length in 0..lacking.len() {
            assert_eq!(named(&lacking[..length]), None, "{length}");
        }
        assert_eq!(named(b"#! /nowhere/sh -e\n").unwrap(), Path::new("/nowhere/sh"));
        assert_eq!(named(b"#!sh\n"), None);
        assert_eq!(named(b"echo"), None);
    }
}

//! What a program is started by: the loader that an executable names, or the program in the first line of a script.

use std::path::{Path, PathBuf};

use super::prefix;
use crate::files::{bounded, most};

/// More than the first line that any kernel reads.
const LINE: u64 = 4 << 10;

/// The absolute path that a program names, whether it is there or not.
pub fn interpreter(program: &Path) -> Option<PathBuf> {
    let head = bounded::head(program, LINE).ok()?;
    if head.starts_with(b"\x7fELF") {
        return prefix::loader(&bounded::read(program, most::PROGRAM).ok()?).filter(|loader| loader.is_absolute());
    }
    prefix::interpreter(&head).map(|(path, _)| path.to_owned())
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

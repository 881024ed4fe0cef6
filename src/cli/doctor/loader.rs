//! Which interpreter an executable names: the dynamic loader in an ELF header, the path behind
//! `#!`. NixOS has no loader where generic executables expect it, nor has Alpine that of glibc.

use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use crate::files::bounded;

/// The header of an ELF file and its program headers stand at its beginning, in practice.
const HEAD: u64 = 64 << 10;

/// The interpreter that an executable names and that is not there.
pub fn missing_interpreter(program: &Path) -> Option<PathBuf> {
    let head = bounded::head(program, HEAD).ok()?;
    let named = elf_interpreter(&head).or_else(|| script_interpreter(&head))?;
    let path = PathBuf::from(std::ffi::OsString::from_vec(named));
    (path.is_absolute() && !path.exists()).then_some(path)
}

/// `PT_INTERP` of a 64-bit little-endian executable, as all six platforms have them (System V
/// ABI, "ELF Header" and "Program Header").
fn elf_interpreter(head: &[u8]) -> Option<Vec<u8>> {
    const PT_INTERP: u64 = 3;
    let number = |at: usize, width: usize| {
        let bytes = head.get(at..at.checked_add(width)?)?;
        Some(bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let place = |at: usize| usize::try_from(number(at, 8)?).ok();
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (table, width, count) = (place(32)?, usize::try_from(number(54, 2)?).ok()?, number(56, 2)?);
    let entries = (0..usize::try_from(count).ok()?).map_while(|index| table.checked_add(index * width));
    let entry = entries.into_iter().find(|at| number(*at, 4) == Some(PT_INTERP))?;
    let (start, length) = (place(entry + 8)?, place(entry + 32)?);
    let text = head.get(start..start.checked_add(length)?)?;
    Some(text.split(|byte| *byte == 0).next()?.to_vec())
}

fn script_interpreter(head: &[u8]) -> Option<Vec<u8>> {
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    line.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_are_read_and_nonsense_is_none() {
        assert_eq!(script_interpreter(b"#! /bin/sh -e\n").unwrap(), b"/bin/sh");
        assert_eq!(script_interpreter(b"echo"), None);
        // A header with one program header, which names the interpreter behind it.
        let mut elf = b"\x7fELF\x02\x01".to_vec();
        elf.resize(64 + 56, 0);
        elf[32] = 64;
        (elf[54], elf[56], elf[64]) = (56, 1, 3);
        (elf[64 + 8], elf[64 + 32]) = (64 + 56, 8);
        elf.extend(b"/lib/ld\0");
        assert_eq!(elf_interpreter(&elf).unwrap(), b"/lib/ld");
        for length in 0..elf.len() - 8 {
            assert_eq!(elf_interpreter(&elf[..length]), None, "{length}");
        }
        elf[64 + 8..64 + 16].fill(0xff);
        assert_eq!(elf_interpreter(&elf), None);
        elf[32..40].fill(0xff);
        assert_eq!(elf_interpreter(&elf), None);
    }
}

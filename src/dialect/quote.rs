//! Quoting of arbitrary bytes into one word of a shell.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// Single quotes as POSIX.1-2017 (Shell Command Language, section 2.2.2) has them: everything
/// inside is literal, and a single quote is written outside.
pub fn posix(text: &OsStr) -> OsString {
    wrap(text, |byte, word| match byte {
        b'\'' => word.extend_from_slice(b"'\\''"),
        _ => word.push(byte),
    })
}

/// Single quotes as fish has them: inside, a backslash escapes a quote and itself.
pub fn fish(text: &OsStr) -> OsString {
    wrap(text, |byte, word| match byte {
        b'\'' | b'\\' => word.extend_from_slice(&[b'\\', byte]),
        _ => word.push(byte),
    })
}

fn wrap(text: &OsStr, write: impl Fn(u8, &mut Vec<u8>)) -> OsString {
    let mut word = vec![b'\''];
    text.as_bytes().iter().for_each(|&byte| write(byte, &mut word));
    word.push(b'\'');
    OsString::from_vec(word)
}

/// A line of text around a quoted word.
pub fn line(before: &str, word: OsString) -> OsString {
    let mut line = OsString::from(before);
    line.push(word);
    line.push("\n");
    line
}

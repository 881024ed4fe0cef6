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

/// Single quotes as tcsh has them: inside, a newline and the `!` of the history want a backslash,
/// and a single quote is written outside.
pub fn csh(text: &OsStr) -> OsString {
    wrap(text, |byte, word| match byte {
        b'\'' => word.extend_from_slice(b"'\\''"),
        b'!' | b'\n' => word.extend_from_slice(&[b'\\', byte]),
        _ => word.push(byte),
    })
}

/// Double quotes as elvish has them, where `\xNN` is a byte.
pub fn elvish(text: &OsStr) -> OsString {
    escaped(text, '"', |byte| format!("\\x{byte:02x}"))
}

/// Single quotes as Python has them. A byte that is not Unicode is what Python makes of it when it
/// reads the environment, a lone surrogate (PEP 383).
pub fn python(text: &OsStr) -> OsString {
    escaped(text, '\'', |byte| if byte < 0x80 { format!("\\x{byte:02x}") } else { format!("\\udc{byte:02x}") })
}

/// A raw string of nushell, with more `#` around it than follow any quote inside. What is not
/// Unicode cannot be held.
pub fn nu(text: &OsStr) -> OsString {
    let text = text.to_string_lossy();
    let mut fence = "#".to_owned();
    while text.contains(&format!("'{fence}")) {
        fence.push('#');
    }
    format!("r{fence}'{text}'{fence}").into()
}

/// Single quotes as PowerShell has them: doubled inside, and it takes typographic ones for quotes
/// too. What is not Unicode cannot be held.
pub fn pwsh(text: &OsStr) -> OsString {
    let double = |c: char| std::iter::repeat_n(c, if "'‘’‚‛".contains(c) { 2 } else { 1 });
    format!("'{}'", text.to_string_lossy().chars().flat_map(double).collect::<String>()).into()
}

/// Text between two `quote`s, with backslashes before those and itself; `escape` writes control
/// characters and what is not Unicode.
fn escaped(text: &OsStr, quote: char, escape: impl Fn(u8) -> String) -> OsString {
    let mut word = String::from(quote);
    for chunk in text.as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\0'..' ' | '\x7f' => word.push_str(&escape(c as u8)),
                '\\' => word.push_str("\\\\"),
                c if c == quote => word.extend(['\\', c]),
                c => word.push(c),
            }
        }
        chunk.invalid().iter().for_each(|&byte| word.push_str(&escape(byte)));
    }
    word.push(quote);
    word.into()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The other shells read their quoting back in `tests/it/env.rs`; this one is not available there.
    #[test]
    fn powershell_takes_more_than_one_character_for_a_quote() {
        assert_eq!(pwsh(OsStr::new("it's $x `n\n“”")), "'it''s $x `n\n“”'");
        assert_eq!(pwsh(OsStr::new("‘’‚‛")), "'‘‘’’‚‚‛‛'");
        assert_eq!(pwsh(OsStr::from_bytes(b"a\xff")), "'a\u{fffd}'");
    }

    #[test]
    fn a_raw_string_of_nushell_has_a_fence_that_is_not_inside() {
        assert_eq!(nu(OsStr::new("plain")), "r#'plain'#");
        assert_eq!(nu(OsStr::new("a'# b'## c")), "r###'a'# b'## c'###");
    }
}

//! The variables of a bash, as its `declare -px` prints them: `declare -x NAME="value"`, or `NAME=$'value'` if a character
//! in it cannot be printed. bash prints no zero byte, and so no other notation is as exact without starting a program.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use memchr::memmem;

use crate::env::Variables;

/// The exported variables that have a value. An array has none that a program would get.
///
/// What bash does not print, such as a line that is cut off, is left out.
pub fn exported(mut printed: &[u8]) -> Variables {
    let mut variables = Variables::new();
    while let Some(start) = memmem::find(printed, b"declare -") {
        printed = &printed[start + b"declare -".len()..];
        let end = printed.iter().position(|byte| b"=\n".contains(byte)).unwrap_or(printed.len());
        let (head, rest) = printed.split_at(end);
        printed = rest;
        let Some(space) = head.iter().position(|byte| *byte == b' ') else { continue };
        let (flags, name) = (&head[..space], &head[space + 1..]);
        let Some(rest) = rest.strip_prefix(b"=") else { continue };
        let (value, after) = match rest {
            [b'"', text @ ..] => quoted(text),
            [b'$', b'\'', text @ ..] => ansi_c(text),
            [b'(', ..] => (Vec::new(), array_end(rest)),
            _ => (Vec::new(), rest),
        };
        printed = after;
        if !flags.iter().any(|flag| b"aA".contains(flag)) {
            variables.insert(OsString::from_vec(name.to_vec()), OsString::from_vec(value));
        }
    }
    variables
}

/// A text in double quotes, up to the closing one, and what is after it. A backslash is only before what it escapes.
fn quoted(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return (value, &text[index + 1..]),
            b'\\' => value.extend(bytes.next().map(|(_, byte)| byte)),
            _ => value.push(*byte),
        }
    }
    (value, &[])
}

/// A text in `$'…'`, up to the closing quote, and what is after it. bash writes a byte as three octal digits.
fn ansi_c(mut text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    while let [byte, rest @ ..] = text {
        text = rest;
        match (byte, rest) {
            (b'\'', _) => break,
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..]) => {
                value.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                text = rest;
            }
            (b'\\', [letter, rest @ ..]) => {
                value.push(escaped(*letter));
                text = rest;
            }
            _ => value.push(*byte),
        }
    }
    (value, text)
}

/// What a letter after a backslash means.
fn escaped(letter: u8) -> u8 {
    match letter {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'E' | b'e' => 27,
        letter => letter,
    }
}

/// What is after an array, `([0]="a" [k]=$'b')`.
fn array_end(mut text: &[u8]) -> &[u8] {
    while let [byte, rest @ ..] = text {
        text = match (byte, rest) {
            (b')', _) => return rest,
            (b'"', _) => quoted(rest).1,
            (b'$', [b'\'', rest @ ..]) => ansi_c(rest).1,
            _ => rest,
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::process::Command;

    use super::*;

    /// The real one prints them, in two locales.
    #[test]
    fn each_value_is_what_bash_has() {
        let all: Vec<u8> = (1..=255).collect();
        let values: [&[u8]; 12] = [
            b"",
            b"plain",
            b"a \"b\" 'c' $d `e` \\ \\n !",
            b"two\nlines\n",
            b"declare -x FAKE=\"1\"",
            b"a\ndeclare -x FAKE=\"1\"\n\x01",
            b"=",
            b"\x1b[31m\t\x07\x08\x0b\x0c\r'\"$\\",
            "é – \u{1f600}".as_bytes(),
            b"\xff\xfe not UTF-8",
            b"\x017",
            &all,
        ];
        let given: Variables = (values.iter().enumerate())
            .map(|(index, value)| (format!("V{index}").into(), OsStr::from_bytes(value).to_owned()))
            .collect();
        for locale in ["C", "C.UTF-8"] {
            let line =
                "declare -ax LIST=(1 ')' $'\\n\"'); declare -Ax MAP=([k]='\"x'); declare -x UNSET; declare -rix I=3;
                declare -a MORE=(a); f() { :; }; export -f f; set -o posix; builtin declare -px";
            let output = Command::new("bash")
                .args(["--norc", "-c", line])
                .env_clear()
                .env("LC_ALL", locale)
                .envs(&given)
                .output();
            let mut found = exported(&output.unwrap().stdout);
            for own in ["LC_ALL", "PWD", "SHLVL"] {
                assert!(found.remove(OsStr::new(own)).is_some(), "{own}");
            }
            assert_eq!(found.remove(OsStr::new("I")), Some("3".into()));
            found.remove(OsStr::new("_"));
            assert_eq!(found, given, "{locale}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_value_of_another() {
        for (text, expected) in [
            (&b""[..], ""),
            (b"declare", ""),
            (b"declare -x", ""),
            (b"declare -x A", ""),
            (b"declare -x A=", "A="),
            (b"declare -x A=\"b\\", "A=b"),
            (b"declare -x A=$'b\\", "A=b\\"),
            (b"declare -x A=$'b\\37", "A=b37"),
            (b"declare -ax A=([0]=\"1\" declare -x B=\"2\"\n", ""),
            (b"noise\ndeclare -x A=\"1\"\nnoise declare -ix B=\"2\"\n", "A=1 B=2"),
        ] {
            let found = exported(text);
            let shown: Vec<String> =
                found.iter().map(|(name, value)| format!("{}={}", name.display(), value.display())).collect();
            assert_eq!(shown.join(" "), expected, "{}", text.escape_ascii());
        }
    }
}

//! The list of a tree's hashes, as `sha256sum --check` reads it: one format, with its writer and its reader.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// A line for `sha256sum --check`; coreutils mark a line with escapes by a leading backslash.
pub fn line(sum: &str, path: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(path.len());
    for byte in path {
        match byte {
            b'\\' => escaped.extend(b"\\\\"),
            b'\n' => escaped.extend(b"\\n"),
            other => escaped.push(*other),
        }
    }
    let mark: &[u8] = if escaped == path { b"" } else { b"\\" };
    [mark, sum.as_bytes(), b"  ", &escaped, b"\n"].concat()
}

/// Reads a list as `sha256sum --check` does: path -> hash. A backslash at the start of a line says
/// that its path has escapes. Paths are bytes, which need not be UTF-8.
pub fn parse(list: &[u8]) -> Option<BTreeMap<PathBuf, String>> {
    let entry = |line: &[u8]| {
        let (is_escaped, line) = line.strip_prefix(b"\\").map_or((false, line), |rest| (true, rest));
        let (sum, path) = line.split_at_checked(64)?;
        let path = path.strip_prefix(b"  ")?;
        let path = if is_escaped { unescape(path) } else { path.to_owned() };
        Some((PathBuf::from(OsString::from_vec(path)), std::str::from_utf8(sum).ok()?.to_owned()))
    };
    list.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(entry).collect()
}

fn unescape(path: &[u8]) -> Vec<u8> {
    let mut bytes = path.iter();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                other => *other.unwrap_or(&b'\\'),
            },
            byte => *byte,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_escaped_as_coreutils_do() {
        let digits = "ab".repeat(32);
        for (path, expected) in [
            (&b"a b"[..], format!("{digits}  a b\n").into_bytes()),
            (b"a\nb", format!("\\{digits}  a\\nb\n").into_bytes()),
            (b"a\\b", format!("\\{digits}  a\\\\b\n").into_bytes()),
            (b"\xff", [digits.as_bytes(), b"  \xff\n"].concat()),
        ] {
            assert_eq!(line(&digits, path), expected);
        }
    }

    #[test]
    fn lists_are_read_as_they_are_written() {
        let sum = "0".repeat(64);
        let list = format!("{sum}  bin/a  b\n\\{sum}  back\\\\slash\\nnew\n");
        let paths: Vec<PathBuf> = parse(list.as_bytes()).unwrap().into_keys().collect();
        assert_eq!(paths, ["back\\slash\nnew", "bin/a  b"].map(PathBuf::from));
        let list = [sum.as_bytes(), b"  not \xff UTF-8\n"].concat();
        let paths: Vec<PathBuf> = parse(&list).unwrap().into_keys().collect();
        assert_eq!(paths, [PathBuf::from(OsString::from_vec(b"not \xff UTF-8".to_vec()))]);
        for bad in ["x", "00  short\n"] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}

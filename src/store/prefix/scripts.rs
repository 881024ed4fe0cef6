//! Scripts, whose first line names what runs them by an absolute path.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::Site;
use crate::store::placed::LONGEST;

/// A script with the prefix's own interpreter in its first line; `None` when it stays as it is,
/// since the prefix has no such program, or since the line would be too long.
pub fn adapted(site: &Site, script: &[u8]) -> Option<Vec<u8>> {
    let (interpreter, rest) = interpreter(script)?;
    // `env` looks on PATH, and is to find there what the dev shell has.
    if interpreter.file_name() == Some(OsStr::new("env")) {
        return None;
    }
    site.find(interpreter)?;
    let inside = interpreter.strip_prefix("/").ok()?;
    let line = [b"#!", site.place.join(inside).as_os_str().as_bytes()].concat();
    let length = line.len() + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    (length <= LONGEST).then(|| [&line, rest].concat())
}

/// What a script is run by, when that is an absolute path, and what follows it.
pub fn interpreter(script: &[u8]) -> Option<(&Path, &[u8])> {
    let line = script.strip_prefix(b"#!")?.trim_ascii_start();
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (interpreter, rest) = line.split_at(end);
    let interpreter = Path::new(OsStr::from_bytes(interpreter));
    interpreter.is_absolute().then_some((interpreter, rest))
}

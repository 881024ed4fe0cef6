//! Quoting: values between NULs, set in one script per shell, must come out of the real shell as
//! they went in. One run is as many cases as it has values.
#![no_main]

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use devshell::dialect::{Bash, Dialect, Fish, Posix, Zsh};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let values: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
    for dialect in [&Bash as &dyn Dialect, &Zsh, &Fish, &Posix] {
        check(dialect, &values);
    }
});

fn check(dialect: &dyn Dialect, values: &[&[u8]]) {
    let mut script = Vec::new();
    for (index, value) in values.iter().enumerate() {
        script.extend_from_slice(dialect.set(&format!("V{index}"), OsStr::from_bytes(value)).as_bytes());
    }
    script.extend_from_slice(b"env -0\n");
    let mut shell = Command::new(dialect.name())
        .args(dialect.script().arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        // A directory that root could make would be made: fish keeps its variables below it.
        .env("HOME", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", dialect.name()));
    let mut stdin = shell.stdin.take().unwrap();
    // From a thread of its own: the shell writes before it has read all.
    let writer = std::thread::spawn(move || stdin.write_all(&script));
    let output = shell.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let mut found = vec![None; values.len()];
    for variable in output.stdout.split(|byte| *byte == 0) {
        let Some(at) = variable.iter().position(|byte| *byte == b'=') else { continue };
        let name = std::str::from_utf8(&variable[..at]).ok().and_then(|name| name.strip_prefix('V'));
        if let Some(index) = name.and_then(|digits| digits.parse::<usize>().ok()) {
            found[index] = Some(&variable[at + 1..]);
        }
    }
    for (index, value) in values.iter().enumerate() {
        assert_eq!(found[index], Some(*value), "value {index} in {}", dialect.name());
    }
}

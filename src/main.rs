//! The process's edge.
//!
//! `main` is the C library's, not the one of Rust's run-time, which would read the memory map to
//! find the stack's guard page, install handlers for its overflow and more: 0.1 ms of the 2 that
//! `devshell run -- true` takes (docs/performance.md). Of all that, devshell needs two things: open
//! standard streams, which it sees to itself, and the command line. glibc hands that to Rust's library
//! even so, and musl does not, so it is read here.
#![no_main]

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt as _;

/// # Safety
///
/// `words` points to `count` strings that end in a zero byte and stay for as long as the process
/// runs, as the C library promises (C17, section 5.1.2.2.1).
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "C hands the command line on as pointers, and the name makes it the process's entry")]
pub unsafe extern "C" fn main(count: c_int, words: *const *const c_char) -> c_int {
    let count = usize::try_from(count).unwrap_or_default();
    let word = |index| {
        // SAFETY: the index is below the count that came with the pointer.
        OsStr::from_bytes(unsafe { CStr::from_ptr(*words.add(index)) }.to_bytes()).to_owned()
    };
    devshell::cli::main((0..count).map(word).collect()).into()
}

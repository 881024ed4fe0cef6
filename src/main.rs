//! The process's edge.
//!
//! `main` is the C library's, not the one of Rust's run-time, which would read the memory map to
//! find the stack's guard page, install handlers for its overflow and more: 0.1 ms of the 2 that
//! `devshell run -- true` takes (docs/performance.md). Of all that, devshell needs one thing, open
//! standard streams, and sees to it itself.
#![no_main]

use std::ffi::c_int;

#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "the name is what makes it the process's entry; nothing else has it")]
pub extern "C" fn main() -> c_int {
    devshell::cli::main().into()
}

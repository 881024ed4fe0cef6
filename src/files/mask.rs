//! The umask: the caller's counts for the user's own files, and one that lets others read but not
//! write counts while something is made for the store, by this process or by a program it starts.

use std::sync::{Mutex, PoisonError};

use rustix::fs::Mode;

/// What takes the right to write from group and others.
const STRICT: Mode = Mode::WGRP.union(Mode::WOTH);

/// How many want the strict one now, and the caller's.
static WANTED: Mutex<(usize, Mode)> = Mutex::new((0, Mode::empty()));

/// While it lives, what this process and the programs it starts make is `0755` or `0644`, unless
/// they say otherwise. The umask is the process's, so it is the caller's again before the process
/// becomes a command.
#[derive(Debug)]
pub struct Strict(());

impl Strict {
    pub fn new() -> Self {
        let mut wanted = WANTED.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.0 == 0 {
            wanted.1 = rustix::process::umask(STRICT);
        }
        wanted.0 += 1;
        Self(())
    }
}

impl Default for Strict {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        let mut wanted = WANTED.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.0 -= 1;
        if wanted.0 == 0 {
            rustix::process::umask(wanted.1);
        }
    }
}

/// The caller's.
pub fn of_caller() -> u32 {
    let wanted = WANTED.lock().unwrap_or_else(PoisonError::into_inner);
    let mask = if wanted.0 > 0 {
        wanted.1
    } else {
        // It can only be read by setting it, for a moment to what gives no one a right.
        let mask = rustix::process::umask(Mode::RWXG.union(Mode::RWXO));
        rustix::process::umask(mask);
        mask
    };
    #[allow(clippy::useless_conversion, reason = "it has 16 bits on macOS")]
    mask.bits().into()
}

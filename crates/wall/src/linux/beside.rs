//! A command that runs beside services, as a child of the process that has them.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::getpid;

use super::process::end_with;

/// Prepares a command that ends with the process that starts it, also if that is killed. It is killed when the *thread* that
/// starts it ends.
pub fn end_with_parent(command: &mut Command) {
    let parent = getpid();
    let prepare = move || end_with(parent);
    // SAFETY: it makes system calls alone, allocates nothing and waits for no lock.
    unsafe { command.pre_exec(prepare) };
}

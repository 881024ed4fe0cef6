//! Limits that the user or a container sets on a process (setrlimit(2)).

use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;
use signal_hook::flag;

/// Has a write beyond the limit on the sizes of files (`ulimit -f`) fail with an error that says so. Without this,
/// the system ends the process by a signal, and it cannot say a word. What devshell starts, and the command or shell
/// that it becomes, are ended as they always were: a handler does not outlive `execve`.
pub fn survive_large_files() {
    static PASSED: AtomicBool = AtomicBool::new(false);
    // Where the handler cannot be set, all is as it was.
    let _ = flag::register(SIGXFSZ, &PASSED);
}

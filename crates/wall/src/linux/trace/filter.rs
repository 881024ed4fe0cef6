//! The filter that tells of system calls: those that start programs or open files, but for directories. All others go on
//! at once, and so do those of 32-bit programs.

use libc::{SYS_execve, SYS_execveat, SYS_openat, SYS_openat2, c_long, sock_filter};

use super::super::filter::{ALLOW, ARCHITECTURE, NUMBER, OWN, argument, bits, finish, jump, load, number};

const NOTIFY: u32 = libc::SECCOMP_RET_USER_NOTIF;

/// The calls, and where in the data those have flags that say whether a directory is meant.
#[cfg(target_arch = "x86_64")]
const CALLS: [(c_long, Option<u32>); 6] = [
    (SYS_openat, Some(argument(2))),
    (SYS_execve, None),
    (SYS_execveat, None),
    (libc::SYS_open, Some(argument(1))),
    (libc::SYS_creat, None),
    (SYS_openat2, None),
];
#[cfg(not(target_arch = "x86_64"))]
const CALLS: [(c_long, Option<u32>); 4] =
    [(SYS_openat, Some(argument(2))), (SYS_execve, None), (SYS_execveat, None), (SYS_openat2, None)];

/// A jump for each call, then what looks at flags, then the two answers.
pub fn program() -> Vec<sock_filter> {
    let jumps = 3 + CALLS.len();
    let checks = CALLS.iter().filter(|(_, flags)| flags.is_some()).count();
    let allow = jumps + 1 + 2 * checks;
    let notify = allow + 1;
    let over = |from: usize, to: usize| u8::try_from(to - from - 1).unwrap_or(u8::MAX);
    let mut program = vec![load(ARCHITECTURE), jump(OWN, 0, over(1, allow)), load(NUMBER)];
    let mut check = jumps + 1;
    for (index, (call, flags)) in CALLS.iter().enumerate() {
        let to = if flags.is_some() { check } else { notify };
        check += if flags.is_some() { 2 } else { 0 };
        program.push(jump(number(*call), over(3 + index, to), 0));
    }
    program.push(finish(ALLOW));
    for flags in CALLS.iter().filter_map(|(_, flags)| *flags) {
        program.push(load(flags));
        let here = program.len();
        program.push(bits(libc::O_DIRECTORY.unsigned_abs(), over(here, allow), over(here, notify)));
    }
    program.extend([finish(ALLOW), finish(NOTIFY)]);
    program
}

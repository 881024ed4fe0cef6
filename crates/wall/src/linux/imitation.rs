//! A filter of system calls for a process that believes to be root. Programs that install something change owners, make devices
//! and become other users, and stop if they are refused. So they are told that it is done, and nothing happens. Calls that
//! reach more of the kernel than an installation needs are refused.

use libc::{SECCOMP_RET_ERRNO, c_long, sock_filter};

use super::at::At as _;
use super::filter::{ALLOW, ARCHITECTURE, NUMBER, OWN, REFUSE, argument, bits, finish, jump, load, number};
use super::system;
use crate::fault::Fault;

const DONE: u32 = SECCOMP_RET_ERRNO;
const UNKNOWN: u32 = SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// Of Linux 6.13, on all architectures.
const SYS_SETXATTRAT: c_long = 463;

/// Owners, attributes that only root may set, and users.
const IMITATED: &[c_long] = &[
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    SYS_SETXATTRAT,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
];

/// Calls that make devices, among others, and where in the data the mode is.
const MAKES_NODES: &[(c_long, u32)] = &[
    (libc::SYS_mknodat, argument(2)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mknod, argument(1)),
];

/// The bit that the modes of devices have, and no other kind of file that these calls make.
const DEVICE: u32 = libc::S_IFCHR;

/// Further namespaces and mounts, other processes, and parts of the kernel that no installation needs.
const FORBIDDEN: &[c_long] = &[
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_fsopen,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
];

/// What the numbers of calls have in x32, which is the same architecture.
const OTHER_CALLS: u32 = 0x4000_0000;

/// From now on, for this process and all that it starts. It needs `no_new_privs`.
pub fn install() -> Result<(), Fault> {
    system::filter(&mut program()).at(|| "imitate root".to_owned())
}

/// Each call with its answer follows the one before, so no jump is far.
fn program() -> Vec<sock_filter> {
    // For programs of the machine's other architectures nothing is imitated, so nothing of them works.
    let mut program = vec![load(ARCHITECTURE), jump(OWN, 1, 0), finish(UNKNOWN)];
    program.extend([load(NUMBER), bits(OTHER_CALLS, 0, 1), finish(UNKNOWN)]);
    let mut answer = |calls: &[c_long], answer| {
        program.push(load(NUMBER));
        for call in calls {
            program.extend([jump(number(*call), 0, 1), finish(answer)]);
        }
    };
    answer(IMITATED, DONE);
    answer(FORBIDDEN, REFUSE);
    // It has its flags in memory, where they cannot be seen. Programs then use the older call.
    answer(&[libc::SYS_clone3], UNKNOWN);
    for (call, mode) in MAKES_NODES {
        program.extend([load(NUMBER), jump(number(*call), 0, 4), load(*mode), bits(DEVICE, 0, 1), finish(DONE)]);
        program.push(finish(ALLOW));
    }
    let users = libc::CLONE_NEWUSER.unsigned_abs();
    program.extend([load(NUMBER), jump(number(libc::SYS_clone), 0, 3), load(argument(0)), bits(users, 0, 1)]);
    program.extend([finish(REFUSE), finish(ALLOW)]);
    program
}

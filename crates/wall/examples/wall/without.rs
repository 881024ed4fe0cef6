//! A kernel that allows less: one that is older, as far as one system call goes, or one that allows no namespaces.

use libc::{
    BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO,
    sock_filter,
};

/// From now on, for this process and all that it starts.
#[allow(dead_code)] // each of the examples takes what it needs
pub fn lack(call: &str) {
    let number = match call {
        "mount_setattr" => libc::SYS_mount_setattr,
        "openat2" => libc::SYS_openat2,
        _ => panic!("unknown call `{call}`"),
    };
    install(&mut [
        instruction(LOAD, 0, 0, NUMBER),
        instruction(IS, 0, 1, number.try_into().unwrap()),
        instruction(ANSWER, 0, 0, SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned()),
        instruction(ANSWER, 0, 0, SECCOMP_RET_ALLOW),
    ]);
}

/// A container that allows no namespaces of users, as Docker's.
#[allow(dead_code)]
pub fn forbid_namespaces() {
    let calls = [libc::SYS_clone, libc::SYS_unshare].map(|number| number.try_into().unwrap());
    install(&mut [
        instruction(LOAD, 0, 0, NUMBER),
        instruction(IS, 1, 0, calls[0]),
        instruction(IS, 0, 3, calls[1]),
        instruction(LOAD, 0, 0, FIRST_ARGUMENT),
        instruction(HAS, 0, 1, libc::CLONE_NEWUSER.cast_unsigned()),
        instruction(ANSWER, 0, 0, SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned()),
        instruction(ANSWER, 0, 0, SECCOMP_RET_ALLOW),
    ]);
}

const LOAD: u32 = BPF_LD | BPF_W | BPF_ABS;
const IS: u32 = BPF_JMP | BPF_JEQ | BPF_K;
const HAS: u32 = BPF_JMP | BPF_JSET | BPF_K;
const ANSWER: u32 = BPF_RET | BPF_K;

/// Where `struct seccomp_data` has the number of the call, and the lower half of its first argument.
const NUMBER: u32 = 0;
const FIRST_ARGUMENT: u32 = if cfg!(target_endian = "little") { 16 } else { 20 };

fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code: code.try_into().unwrap(), jt, jf, k }
}

fn install(program: &mut [sock_filter]) {
    rustix::thread::set_no_new_privs(true).unwrap();
    let program = libc::sock_fprog { len: program.len().try_into().unwrap(), filter: program.as_mut_ptr() };
    // SAFETY: the program has the length that is said, and is only read before the call returns.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program, 0, 0) };
    assert_eq!(result, 0);
}

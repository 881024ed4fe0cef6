//! A filter of system calls: what would type into the caller's terminal, so that its shell ran it later (TIOCSTI, and the
//! console's TIOCLINUX). Newer kernels refuse the first by themselves, unless a setting says otherwise.

use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter};

use super::at::At as _;
use super::system;
use crate::fault::Fault;

/// Places in `struct seccomp_data`: the number of the call and the architecture.
pub const NUMBER: u32 = 0;
pub const ARCHITECTURE: u32 = 4;

/// `AUDIT_ARCH_…` of this program.
pub const OWN: u32 = if cfg!(target_arch = "aarch64") { 0xc000_00b7 } else { 0xc000_003e };

/// `ioctl` of this architecture, of x32, and of the 32-bit one that the kernel has besides.
const IOCTL: u32 = if cfg!(target_arch = "aarch64") { 29 } else { 16 };
const IOCTL_X32: u32 = 0x4000_0202;
const IOCTL_32: u32 = 54;

const TIOCSTI: u32 = 0x5412;
const TIOCLINUX: u32 = 0x541c;

pub const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
pub const REFUSE: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;

/// From now on, for this process and all that it starts. It needs `no_new_privs`.
pub fn install() -> Result<(), Fault> {
    let mut program = program();
    system::filter(&mut program).at(|| "filter system calls".to_owned())
}

fn program() -> [sock_filter; 12] {
    [
        load(ARCHITECTURE),
        jump(OWN, 0, 3),
        load(NUMBER),
        jump(IOCTL, 3, 0),
        jump(IOCTL_X32, 2, 5),
        load(NUMBER),
        jump(IOCTL_32, 0, 3),
        load(argument(1)),
        jump(TIOCSTI, 2, 0),
        jump(TIOCLINUX, 1, 0),
        finish(ALLOW),
        finish(REFUSE),
    ]
}

/// The number of a call as it is compared.
pub fn number(call: libc::c_long) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

/// The place of the lower half of an argument, counted from 0.
pub const fn argument(index: u32) -> u32 {
    16 + 8 * index + if cfg!(target_endian = "little") { 0 } else { 4 }
}

pub fn load(place: u32) -> sock_filter {
    instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0, place)
}

/// Passes over some instructions if the value is this one, and over others if not.
pub fn jump(value: u32, equal: u8, other: u8) -> sock_filter {
    instruction(BPF_JMP | BPF_JEQ | BPF_K, equal, other, value)
}

pub fn finish(answer: u32) -> sock_filter {
    instruction(BPF_RET | BPF_K, 0, 0, answer)
}

/// The same, for whether one of these bits is set.
pub fn bits(mask: u32, any: u8, none: u8) -> sock_filter {
    instruction(BPF_JMP | BPF_JSET | BPF_K, any, none, mask)
}

pub fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code: code.try_into().unwrap_or(0), jt, jf, k }
}

const _: () = assert!(IOCTL as libc::c_long == libc::SYS_ioctl);

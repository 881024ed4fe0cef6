//! A filter of system calls for a wall by Landlock alone: what Landlock does not see and namespaces would keep apart.

use libc::{BPF_ALU, BPF_AND, BPF_JGE, BPF_JMP, BPF_K, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, sock_filter};

use crate::fault::Fault;
use crate::linux::at::At as _;
use crate::linux::filter::{ARCHITECTURE, NUMBER, OWN, argument, finish, instruction, jump, load};
use crate::linux::system;

/// Sockets without socket(2), the keys of the user's session, and System V's shared objects, which have numbers that can be
/// guessed.
const MISSING: [libc::c_long; 19] = [
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_shmget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
];

/// On x86-64, calls from here on are those of x32.
const X32: u32 = 0x4000_0000;

/// The part of a socket's type that is no flag.
const KIND: u32 = 0xf;

const REFUSED: u32 = SECCOMP_RET_ERRNO | libc::EACCES.cast_unsigned();
const UNKNOWN: u32 = SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();

/// From now on, for this process and all that it starts. It needs `no_new_privs`.
pub fn install(has_network: bool) -> Result<(), Fault> {
    let mut program = program(has_network);
    system::filter(&mut program).at(|| "filter system calls".to_owned())
}

fn program(has_network: bool) -> Vec<sock_filter> {
    let mut program = vec![load(ARCHITECTURE), jump(OWN, 1, 0), finish(UNKNOWN), load(NUMBER)];
    program.extend([instruction(BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32), finish(UNKNOWN)]);
    program.extend(MISSING.iter().flat_map(|call| on(number(*call), UNKNOWN)));
    program.extend(block(number(libc::SYS_socket), sockets(has_network)));
    program.extend(block(number(libc::SYS_socketpair), pairs()));
    program.push(finish(SECCOMP_RET_ALLOW));
    program
}

/// A socket in a directory leads to whatever serves there, such as a container engine that runs as root. Most versions of
/// Landlock do not see those.
fn sockets(has_network: bool) -> Vec<sock_filter> {
    if !has_network {
        return vec![finish(REFUSED)];
    }
    let family = |family: i32| on(family.cast_unsigned(), SECCOMP_RET_ALLOW);
    // Of netlink, what the C library asks for the machine's own addresses.
    let routes = [load(argument(2)), jump(libc::NETLINK_ROUTE.cast_unsigned(), 0, 1), finish(SECCOMP_RET_ALLOW)];
    [
        &[load(argument(0))][..],
        &family(libc::AF_INET),
        &family(libc::AF_INET6),
        &block(libc::AF_NETLINK.cast_unsigned(), [&routes[..], &[finish(REFUSED)]].concat()),
        &[finish(REFUSED)],
    ]
    .concat()
}

/// Of a pair, each end could send datagrams to any other socket.
fn pairs() -> Vec<sock_filter> {
    let refused = |kind: i32| on(kind.cast_unsigned(), REFUSED);
    [
        &[load(argument(1)), instruction(BPF_ALU | BPF_AND | BPF_K, 0, 0, KIND)][..],
        &refused(libc::SOCK_DGRAM),
        &refused(libc::SOCK_RAW),
        &[finish(SECCOMP_RET_ALLOW)],
    ]
    .concat()
}

/// An answer for one value.
fn on(value: u32, answer: u32) -> [sock_filter; 2] {
    [jump(value, 0, 1), finish(answer)]
}

/// Instructions for one value, the last of which is an answer.
fn block(value: u32, instructions: Vec<sock_filter>) -> Vec<sock_filter> {
    let length = u8::try_from(instructions.len()).unwrap_or(u8::MAX);
    [vec![jump(value, 0, length)], instructions].concat()
}

fn number(call: libc::c_long) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

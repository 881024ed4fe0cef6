//! The system calls that no library has.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use rustix::io::Errno;
use rustix::process::Pid;

pub use crate::fork::{exit, fork, last_error};

/// Starts a process that shares this one's memory until it becomes another program or ends, and waits until then, as
/// vfork(2) does. It has a stack of its own.
pub fn fork_until_exec(child: &mut dyn FnMut()) -> Result<Pid, Errno> {
    fork_sharing(0, child)
}

/// The same with a process that only ends, and shares the table of open files too.
pub fn fork_until_end(child: &mut dyn FnMut()) -> Result<Pid, Errno> {
    fork_sharing(libc::CLONE_FILES, child)
}

fn fork_sharing(further: i32, mut child: &mut dyn FnMut()) -> Result<Pid, Errno> {
    extern "C" fn begin(child: *mut libc::c_void) -> libc::c_int {
        // SAFETY: it is the pointer of the call below, whose caller waits meanwhile.
        let child = unsafe { &mut *child.cast::<&mut dyn FnMut()>() };
        child();
        0
    }
    const STACK: usize = 512 * 1024;
    let mut stack = vec![0_u128; STACK / size_of::<u128>()];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD | further;
    let top = stack.as_mut_ptr_range().end;
    // SAFETY: the stack is aligned, nothing else uses it, and it lives until the call returns; so does the closure. This
    // thread does not run until then, so that nothing is used by two at once.
    let child = unsafe { libc::clone(begin, top.cast(), flags, (&raw mut child).cast()) };
    if child < 0 { Err(last_error()) } else { Pid::from_raw(child).ok_or(Errno::CHILD) }
}

/// As [`fork`], with the child in new namespaces: it is the first process of one of processes.
pub fn fork_into(namespaces: i32) -> Result<Option<Pid>, Errno> {
    let flags = libc::c_long::from(namespaces | libc::SIGCHLD);
    // SAFETY: as above; and without a stack of its own and without CLONE_VM, the child goes on with a copy of this one's.
    let child = unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, 0_usize, 0_usize, 0_usize) };
    if child < 0 { Err(last_error()) } else { Ok(Pid::from_raw(i32::try_from(child).unwrap_or_default())) }
}

/// A number that no one can foresee.
pub fn random() -> Result<u32, Errno> {
    let mut bytes = [0; size_of::<u32>()];
    // SAFETY: the kernel writes to the buffer, at most its length.
    let length = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if length < 0 { Err(last_error()) } else { Ok(u32::from_ne_bytes(bytes)) }
}

/// What to do with a mount (`struct mount_attr`, `mount_setattr(2)`).
#[repr(C)]
struct Attributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// Flags of `mount_setattr(2)`, which are not those of mount(2).
pub const READ_ONLY: u64 = 0x1;
pub const NO_SET_UID: u64 = 0x2;
pub const NO_DEVICES: u64 = 0x4;

/// Adds attributes to the mount that a descriptor is the root of, and with `recursively` to all below it. Before Linux
/// 5.12, the error is ENOSYS.
pub fn set_attributes(mount: impl AsFd, set: u64, recursively: bool) -> Result<(), Errno> {
    let attributes = Attributes { set, clear: 0, propagation: 0, user_namespace: 0 };
    let flags = libc::AT_EMPTY_PATH | if recursively { libc::AT_RECURSIVE } else { 0 };
    let mount = mount.as_fd().as_raw_fd();
    let size = size_of::<Attributes>();
    // SAFETY: the path is a C string, the structure has the layout and the size that the kernel expects, and both live
    // until the call returns. The kernel writes to neither.
    let result =
        unsafe { libc::syscall(libc::SYS_mount_setattr, mount, c"".as_ptr(), flags, &raw const attributes, size) };
    answer(result)
}

/// Filters the system calls of this process and all that it starts (seccomp(2)). It needs `no_new_privs`.
pub fn filter(program: &mut [libc::sock_filter]) -> Result<(), Errno> {
    let length = u16::try_from(program.len()).map_err(|_| Errno::INVAL)?;
    let program = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    // SAFETY: the program has the length that is said, and is only read before the call returns.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program, 0, 0) };
    answer(result.into())
}

/// Switches the loopback interface on, in the network namespace of this thread.
pub fn loopback_up(socket: impl AsFd) -> Result<(), Errno> {
    let flags = libc::c_short::try_from(libc::IFF_UP | libc::IFF_RUNNING).unwrap_or(0);
    let mut request = Request { name: [0; libc::IFNAMSIZ], flags, rest: [0; 22] };
    request.name[..2].copy_from_slice(b"lo");
    let socket = socket.as_fd().as_raw_fd();
    // SAFETY: SIOCSIFFLAGS reads a `struct ifreq`, of which `Request` is the variant with flags, in its full size.
    let result = unsafe { libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &raw const request) };
    answer(result.into())
}

/// `struct ifreq` with flags (netdevice(7)).
#[repr(C)]
struct Request {
    name: [u8; libc::IFNAMSIZ],
    flags: libc::c_short,
    rest: [u8; 22],
}

const _: () = assert!(size_of::<Request>() == size_of::<libc::ifreq>());

pub fn answer(result: libc::c_long) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// What a signal does from now on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    Default,
    Ignored,
}

/// Sets what a signal does in this process. Returns whether it was ignored before.
pub fn set_disposition(signal: i32, disposition: Disposition) -> bool {
    let action = if disposition == Disposition::Default { libc::SIG_DFL } else { libc::SIG_IGN };
    // SAFETY: neither of the two actions is a function, so no code of this process runs at a signal.
    let before = unsafe { libc::signal(signal, action) };
    before == libc::SIG_IGN
}

/// Gives all signals the dispositions and the mask with which programs expect to be started. It may be called between
/// fork(2) and execve(2).
pub fn reset_signals() {
    for signal in 1..=LAST_SIGNAL {
        // Those that cannot be set have the default anyway, but for the library's own.
        set_disposition(signal, Disposition::Default);
    }
    for signal in OF_THE_LIBRARY {
        heed(signal);
    }
    SignalSet::of(&[]).restore();
}

/// No kernel has more (signal(7)).
const LAST_SIGNAL: i32 = 64;

/// Those that C libraries keep for their threads and let no one set: the first two, or three, of the real-time signals.
const OF_THE_LIBRARY: std::ops::RangeInclusive<i32> = 32..=34;

/// Gives a signal the default if it is ignored. A handler of the library stays.
fn heed(signal: i32) {
    // The kernel's structure begins with the action, on x86-64 and aarch64; the rest is flags, a function that is not used,
    // and the mask, which has this size.
    const MASK: usize = size_of::<u64>();
    const DEFAULT: [usize; 4] = [libc::SIG_DFL; 4];
    let mut before = DEFAULT;
    let none = std::ptr::null::<usize>();
    // SAFETY: the kernel writes to the buffer, which is as long as its structure, and reads nothing.
    unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, none, before.as_mut_ptr(), MASK) };
    if before[0] == libc::SIG_IGN {
        // SAFETY: the kernel reads from the buffer, and writes nothing. The action is no function of this process.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, DEFAULT.as_ptr(), none, MASK) };
    }
}

/// Whether a signal is ignored in this process.
pub fn is_ignored(signal: i32) -> bool {
    let mut found = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: without a new action, the kernel only writes the present one, in its full size.
    let result = unsafe { libc::sigaction(signal, std::ptr::null(), found.as_mut_ptr()) };
    // SAFETY: the kernel has written it.
    result == 0 && unsafe { found.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// Some signals.
pub struct SignalSet(libc::sigset_t);

impl SignalSet {
    pub fn of(signals: &[i32]) -> Self {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: it writes an empty set, in its full size.
        unsafe { libc::sigemptyset(set.as_mut_ptr()) };
        for signal in signals {
            // SAFETY: the set has been written above; a number that is no signal changes nothing.
            unsafe { libc::sigaddset(set.as_mut_ptr(), *signal) };
        }
        // SAFETY: as above.
        Self(unsafe { set.assume_init() })
    }

    /// A descriptor to read those from that are blocked (signalfd(2)); without any, reading does not wait.
    pub fn descriptor(&self) -> Result<OwnedFd, Errno> {
        // SAFETY: the set is only read.
        let number = unsafe { libc::signalfd(-1, &raw const self.0, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if number < 0 {
            return Err(last_error());
        }
        // SAFETY: the kernel has just made it, so nothing else owns it.
        Ok(unsafe { OwnedFd::from_raw_fd(number) })
    }

    /// Blocks them in this thread, and in those that it starts. Returns what was blocked before.
    pub fn block(&self) -> Result<Self, Errno> {
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: the new set is only read, and the one before is written in its full size.
        let number = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const self.0, before.as_mut_ptr()) };
        if number != 0 {
            return Err(Errno::from_raw_os_error(number));
        }
        // SAFETY: the call has written it.
        Ok(Self(unsafe { before.assume_init() }))
    }

    /// Blocks these and no others.
    pub fn restore(&self) {
        // SAFETY: the set is only read, and nothing is written.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
    }
}

/// An open descriptor by its number, while nothing closes it.
pub fn descriptor(number: RawFd) -> Option<BorrowedFd<'static>> {
    // SAFETY: the number is not -1; that it is open is checked before it is used for anything else.
    let descriptor = (number >= 0).then(|| unsafe { BorrowedFd::borrow_raw(number) })?;
    rustix::io::fcntl_getfd(descriptor).is_ok().then_some(descriptor)
}

/// Closes all descriptors of this process but the streams and one, which gets another number.
pub fn close_all_but(kept: OwnedFd) -> Result<OwnedFd, Errno> {
    let kept = rustix::io::fcntl_dupfd_cloexec(kept, 3)?;
    close_all_others(&[kept.as_fd()])?;
    Ok(kept)
}

/// Closes all descriptors of this process but the streams and these. Nothing may use or drop another one after that.
pub fn close_all_others(kept: &[BorrowedFd<'_>]) -> Result<(), Errno> {
    let mut numbers: Vec<u32> = kept.iter().filter_map(|one| u32::try_from(one.as_raw_fd()).ok()).collect();
    numbers.sort_unstable();
    let mut first = 3;
    for number in numbers {
        close_range(first, number.saturating_sub(1))?;
        first = first.max(number + 1);
    }
    close_range(first, u32::MAX)
}

fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    if first > last {
        return Ok(());
    }
    // SAFETY: no code of this process uses a descriptor after this but those that are kept.
    answer(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) })
}

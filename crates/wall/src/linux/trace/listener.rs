//! The raw calls of `seccomp_unotify(2)`: making a listener, hearing of a system call, and letting it go on.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use libc::{seccomp_notif, seccomp_notif_resp, seccomp_notif_sizes};
use rustix::io::Errno;

use super::super::system::last_error;

/// A system call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub id: u64,
    /// The thread that makes it, as this process knows it.
    pub thread: u32,
    pub number: i64,
    pub arguments: [u64; 6],
}

/// Hears of the system calls of this process and all that it starts from now on. It needs `no_new_privs`.
pub fn listen(program: &mut [libc::sock_filter]) -> Result<OwnedFd, Errno> {
    let length = u16::try_from(program.len()).map_err(|_| Errno::INVAL)?;
    let program = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // Since Linux 5.19, a signal does not interrupt a call that is being answered, so none fails or is told twice.
    match set_filter(&program, listener | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
        Err(Errno::INVAL) => set_filter(&program, listener),
        result => result,
    }
}

fn set_filter(program: &libc::sock_fprog, flags: libc::c_ulong) -> Result<OwnedFd, Errno> {
    let operation = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: the program has the length that it says, and is only read before the call returns.
    let made = unsafe { libc::syscall(libc::SYS_seccomp, operation, flags, std::ptr::from_ref(program)) };
    let number = RawFd::try_from(made).ok().filter(|number| *number >= 0).ok_or_else(last_error)?;
    // SAFETY: the kernel has just opened this descriptor, and nothing else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// The end of a listener at which calls are answered.
pub struct Listener {
    descriptor: OwnedFd,
    /// As long as this kernel's structures, which may have grown since.
    heard: Vec<u64>,
    answer: Vec<u64>,
}

impl Listener {
    pub fn new(descriptor: OwnedFd) -> Result<Self, Errno> {
        let mut sizes = seccomp_notif_sizes { seccomp_notif: 0, seccomp_notif_resp: 0, seccomp_data: 0 };
        // SAFETY: the kernel writes the three numbers of this structure.
        let got = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_NOTIF_SIZES, 0, &raw mut sizes) };
        if got != 0 {
            return Err(last_error());
        }
        let room = |own: usize, kernels: u16| vec![0_u64; own.max(kernels.into()).div_ceil(size_of::<u64>())];
        let heard = room(size_of::<seccomp_notif>(), sizes.seccomp_notif);
        let answer = room(size_of::<seccomp_notif_resp>(), sizes.seccomp_notif_resp);
        // An answer then wakes the command at once, on the same processor (Linux 6.6).
        let (number, flags) = (descriptor.as_raw_fd(), 1_u64);
        // SAFETY: the argument is a number.
        unsafe { libc::ioctl(number, libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags) };
        Ok(Self { descriptor, heard, answer })
    }

    /// The next call, or nothing if its process has ended meanwhile.
    pub fn hear(&mut self) -> Result<Option<Call>, Errno> {
        self.heard.fill(0);
        let place = self.heard.as_mut_ptr();
        // SAFETY: the kernel writes a structure of its own size, for which there is room.
        let heard = unsafe { libc::ioctl(self.descriptor.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, place) };
        if heard != 0 {
            let error = last_error();
            return if matches!(error, Errno::INTR | Errno::NOENT) { Ok(None) } else { Err(error) };
        }
        // SAFETY: the structure is at the beginning of what was written, aligned, and any bytes are a value of it.
        let call = unsafe { place.cast::<seccomp_notif>().read() };
        let number = call.data.nr.into();
        Ok(Some(Call { id: call.id, thread: call.pid, number, arguments: call.data.args }))
    }

    /// Lets a call go on. Returns whether it still waited for that: if not, what was read of its process may be another's.
    pub fn let_go_on(&mut self, id: u64) -> bool {
        let flags = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE.try_into().unwrap_or(1);
        let answer = seccomp_notif_resp { id, val: 0, error: 0, flags };
        let place = self.answer.as_mut_ptr();
        // SAFETY: there is room for the structure, and the place is aligned for it.
        unsafe { place.cast::<seccomp_notif_resp>().write(answer) };
        // SAFETY: the kernel reads a structure of its own size, which is there.
        let sent = unsafe { libc::ioctl(self.descriptor.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, place) };
        sent == 0
    }

    pub fn into_descriptor(self) -> OwnedFd {
        self.descriptor
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

//! Landlock's system calls (landlock(7)). A process gives up everything of a kind, except for what rules allow.

use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};

use rustix::io::Errno;

use super::system::{answer, last_error};

/// What is given up (`struct landlock_ruleset_attr`). A kernel that does not know one of the later fields takes it as
/// long as it is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Handled {
    pub files: u64,
    pub network: u64,
    pub scoped: u64,
}

/// What stays allowed below a file or a directory (`struct landlock_path_beneath_attr`).
#[repr(C, packed)]
struct Beneath {
    rights: u64,
    parent: RawFd,
}

const PATH_BENEATH: usize = 1;
const ASK_VERSION: usize = 1;

pub struct Ruleset(OwnedFd);

impl Ruleset {
    pub fn new(handled: Handled) -> Result<Self, Errno> {
        let size = size_of::<Handled>();
        // SAFETY: the structure has the layout and the size that the kernel expects, and is only read.
        let made = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, &raw const handled, size, 0_usize) };
        let number = RawFd::try_from(made).ok().filter(|number| *number >= 0).ok_or_else(last_error)?;
        // SAFETY: the kernel has just opened this descriptor, and nothing else knows it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(number) }))
    }

    /// Rights that the ruleset handles. Those of directories are refused for a file.
    pub fn allow(&self, beneath: &OwnedFd, rights: u64) -> Result<(), Errno> {
        let rule = Beneath { rights, parent: beneath.as_raw_fd() };
        let ruleset = self.0.as_raw_fd();
        // SAFETY: the structure has the layout that the kernel expects of this kind of rule, and is only read.
        answer(unsafe { libc::syscall(libc::SYS_landlock_add_rule, ruleset, PATH_BENEATH, &raw const rule, 0_usize) })
    }

    /// From now on, for this process and all that it starts. It needs `no_new_privs`.
    pub fn enforce(&self) -> Result<(), Errno> {
        // SAFETY: the arguments are numbers.
        answer(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, self.0.as_raw_fd(), 0_usize) })
    }
}

/// Which version of Landlock the kernel has, if any.
pub fn version() -> Option<u32> {
    let none = std::ptr::null::<Handled>();
    // SAFETY: with this flag and no structure, the kernel returns a number.
    let found = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, 0_usize, ASK_VERSION) };
    u32::try_from(found).ok().filter(|version| *version > 0)
}

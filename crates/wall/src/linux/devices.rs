//! The devices inside: those that do no harm, pseudo-terminals of its own, and the terminal that the caller has.

use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use rustix::fs::symlinkat;
use rustix::mount::{MountFlags, mount};

use super::at::At as _;
use super::builder::Builder;
use super::place::{self, NEW, step};
use crate::fault::Fault;

/// Files that are bound from the host, since nobody may make devices in a namespace of users.
const HARMLESS: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// The path of the terminal that this process has, by its standard streams.
pub fn terminal() -> Option<PathBuf> {
    let (input, output, errors) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    [input.as_fd(), output.as_fd(), errors.as_fd()].into_iter().find_map(|stream| {
        let name = rustix::termios::ttyname(stream, Vec::new()).ok()?;
        Some(PathBuf::from(std::ffi::OsString::from(name.to_string_lossy().into_owned())))
    })
}

/// The host's devices that do no harm, and the terminal that this process has.
pub fn harmless() -> impl Iterator<Item = PathBuf> {
    HARMLESS.iter().map(|name| Path::new("/dev").join(name)).chain(terminal())
}

pub fn make(builder: &mut Builder, target: &Path, terminal: Option<&Path>) -> Result<(), Fault> {
    let made = builder.memory(target, 0o755)?;
    for name in HARMLESS {
        builder.bind_device_in(&made, name, &Path::new("/dev").join(name))?;
    }
    // It has no name among the new pseudo-terminals. ttyname(3) finds it here.
    if let Some(terminal) = terminal {
        builder.bind_device_in(&made, "console", terminal)?;
    }
    for (name, to) in LINKS {
        symlinkat(to, &made, name).at(|| step("link", &target.join(name)))?;
    }
    builder.memory(&target.join("shm"), 0o1777)?;
    let pseudo = target.join("pts");
    place::made(made.as_fd(), Path::new("pts"), true).at(|| step("make", &pseudo))?;
    let path = Path::new(NEW).join(pseudo.strip_prefix("/").unwrap_or(&pseudo));
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount("devpts", &path, "devpts", flags, c"newinstance,ptmxmode=0666,mode=620").at(|| step("mount", &pseudo))
}

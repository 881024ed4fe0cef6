//! The process outside of the wall: it starts the one inside, hands it the terminal, passes signals on, and ends with
//! it. Nothing that the command left running outlives it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, set_child_subreaper, set_parent_process_death_signal,
    waitpid,
};

use crate::fault::{At as _, Fault};
use crate::plan::Wall;
use crate::terminal::Terminal;
use crate::{capabilities, mounts, namespaces, signals};

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Exited(u8),
    Signalled(i32),
}

/// Runs a command inside a wall, and returns when it has ended. The calling process must have a single thread, and no
/// other children: what is left of them is killed at the end.
pub fn run(wall: &Wall, command: &mut Command) -> Result<Ending, Fault> {
    // A process whose parent ends becomes a child of this one, and not of the system's first process.
    set_child_subreaper(Some(getpid())).at(|| "adopt processes".to_owned())?;
    let signals = signals::Forwarded::new()?;
    let terminal = Terminal::own();
    let (from_child, to_parent) = pipe()?;
    let (from_parent, to_child) = pipe()?;
    // SAFETY: there is a single thread, so that no lock is held by one that the child does not have.
    let child = match unsafe { libc::fork() } {
        0 => {
            drop((from_child, to_child));
            let fault = inside(wall, command, terminal.as_ref(), &to_parent, from_parent);
            let _ = File::from(to_parent).write_all(&[&[FAULT], fault.to_bytes().as_slice()].concat());
            // SAFETY: it ends this process at once, and runs no destructor of what the parent still uses.
            unsafe { libc::_exit(125) }
        }
        child => Pid::from_raw(child),
    };
    let Some(child) = child else { return Err(Fault::new("start a process", rustix::io::Errno::AGAIN)) };
    drop((to_parent, from_parent));
    let built = follow(child, File::from(from_child), to_child);
    let ending = wait(child, terminal.as_ref(), signals);
    sweep();
    built.and(ending)
}

/// What the child says first: it has left the host's namespaces.
const LEFT: u8 = 0;
/// What follows is a fault.
const FAULT: u8 = 1;

/// The child: becomes the command, or returns why not.
fn inside(
    wall: &Wall,
    command: &mut Command,
    terminal: Option<&Terminal>,
    to_parent: &OwnedFd,
    from_parent: OwnedFd,
) -> Fault {
    let build = || {
        if let Some(terminal) = terminal {
            terminal.take()?;
        }
        // A shell does not survive whoever supervises it; what it left in the background is ended by the end of the
        // namespace's last process.
        set_parent_process_death_signal(Some(Signal::KILL)).at(|| "follow the parent".to_owned())?;
        namespaces::leave(wall.network)?;
        rustix::io::write(to_parent, &[LEFT]).at(|| "reach the parent".to_owned())?;
        let mut answer = Vec::new();
        File::from(from_parent).read_to_end(&mut answer).at(|| "hear the parent".to_owned())?;
        if wall.network == crate::Network::None {
            crate::loopback::up()?;
        }
        mounts::enter(wall)?;
        capabilities::drop(rustix::process::geteuid().is_root())
    };
    match build() {
        Err(fault) => fault,
        Ok(()) => {
            let error = command.exec();
            let number = error.raw_os_error().unwrap_or(libc::EIO);
            Fault { step: format!("run `{}`", command.get_program().display()), number }
        }
    }
}

/// Does the parent's part of building, until the child has become the command or has failed.
fn follow(child: Pid, mut from_child: File, to_child: OwnedFd) -> Result<(), Fault> {
    let step = || "hear the child".to_owned();
    let mut first = [FAULT];
    from_child.read_exact(&mut first).at(step)?;
    let mapped = if first == [LEFT] { namespaces::map(child) } else { Ok(()) };
    if mapped.is_err() {
        let _ = kill_process(child, Signal::KILL);
    }
    drop(to_child);
    mapped?;
    let mut rest = Vec::new();
    from_child.read_to_end(&mut rest).at(step)?;
    let fault = if first == [LEFT] { rest.get(1..).unwrap_or_default() } else { &rest };
    Fault::from_bytes(fault).map_or(Ok(()), Err)
}

/// Waits for the end of the command, and meanwhile does for it what a shell does.
fn wait(child: Pid, terminal: Option<&Terminal>, mut signals: signals::Forwarded) -> Result<Ending, Fault> {
    loop {
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        match waitpid(Some(child), options).at(|| "wait for the command".to_owned())? {
            Some((_, status)) if status.stopped() => {
                if let Some(terminal) = terminal {
                    terminal.stop_with(child);
                }
            }
            Some((_, status)) => {
                if let Some(terminal) = terminal {
                    terminal.take_back();
                }
                return Ok(ending(status));
            }
            None => signals.pass_on(child),
        }
    }
}

fn ending(status: WaitStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ending::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
        (None, signal) => Ending::Signalled(signal.unwrap_or(0)),
    }
}

/// Ends whatever the command left running. Each that ends leaves its own children to this process.
fn sweep() {
    let own = format!("/proc/self/task/{}/children", getpid().as_raw_nonzero());
    loop {
        let children = std::fs::read_to_string(&own).unwrap_or_default();
        for child in children.split_ascii_whitespace().filter_map(|number| Pid::from_raw(number.parse().ok()?)) {
            let _ = kill_process(child, Signal::KILL);
        }
        if waitpid(None, WaitOptions::empty()).is_err() {
            return;
        }
    }
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Fault> {
    pipe_with(PipeFlags::CLOEXEC).at(|| "make a pipe".to_owned())
}

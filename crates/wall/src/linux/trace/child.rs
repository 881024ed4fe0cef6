//! A traced command without a wall: a child of this process, with the terminal if there is one, and the signals.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, set_parent_process_death_signal,
    wait as wait_any, waitpid,
};

use super::super::at::At as _;
use super::super::message::Message;
use super::super::readable::readable;
use super::super::signals::{Changes, Forwarded, Signals};
use super::super::system;
use super::super::terminal::Terminal;
use super::watch::Tracing;
use crate::ending::Ending;
use crate::fault::Fault;

/// Runs the command, and returns when it has ended. What it left in the background goes on.
pub fn run(command: &mut Command, tracing: &mut Tracing) -> Result<Ending, Fault> {
    let step = || "start a process".to_owned();
    let forwarded = Forwarded::new();
    let terminal = Terminal::own();
    let changes = Changes::hear()?;
    let (from_child, messages) = pipe_with(PipeFlags::CLOEXEC).at(step)?;
    // Processes whose parents have ended stay below this one, which may read their memory therefore (ptrace(2), Yama).
    set_child_subreaper(Some(getpid())).at(step)?;
    let Some(child) = system::fork().at(step)? else {
        let message = become_command(command, terminal.as_ref(), tracing);
        let _ = File::from(messages).write_all(&message.to_bytes());
        system::exit(125);
    };
    drop(messages);
    let ending = forwarded.hear().and_then(|signals| {
        tracing.begin()?;
        let parent = Parent { child, terminal, changes: &changes, signals };
        parent.follow(File::from(from_child))
    });
    if ending.is_err() {
        // It may wait for an answer that does not come.
        let _ = kill_process(child, Signal::KILL);
    }
    // Until then it counts as traced.
    let _ = waitpid(Some(child), WaitOptions::empty());
    let _ = set_child_subreaper(None);
    ending
}

/// Returns only if that failed.
fn become_command(command: &mut Command, terminal: Option<&Terminal>, tracing: &Tracing) -> Message {
    let prepare = || {
        // Without the process outside, it could open nothing more.
        set_parent_process_death_signal(Some(Signal::KILL)).at(|| "follow the parent".to_owned())?;
        terminal.map_or(Ok(()), Terminal::take)?;
        tracing.hand_over()
    };
    match prepare() {
        Ok(()) => Message::Ended(Ending::NotStarted(command.exec().raw_os_error().unwrap_or(libc::EIO))),
        Err(fault) => Message::Failed(fault),
    }
}

struct Parent<'a> {
    child: Pid,
    terminal: Option<Terminal>,
    /// Readable when a child has changed.
    changes: &'a Changes,
    signals: Signals,
}

impl Parent<'_> {
    fn follow(mut self, mut from_child: File) -> Result<Ending, Fault> {
        // The other end is closed when the command has started.
        let ending = match Message::read(&mut from_child).at(|| "hear the command".to_owned())? {
            Some(Message::Failed(fault)) => Err(fault),
            Some(Message::Ended(ending)) => Ok(ending),
            Some(Message::Begun | Message::Stopped) | None => self.wait(),
        };
        if let Some(terminal) = &self.terminal {
            terminal.take_back();
        }
        ending
    }

    fn wait(&mut self) -> Result<Ending, Fault> {
        loop {
            if let Some(ending) = self.look()? {
                return Ok(ending);
            }
            let [is_signalled, has_changed] = readable([self.signals.as_fd(), self.changes.as_fd()])?;
            if has_changed {
                self.changes.clear();
            }
            if is_signalled {
                self.pass_signals();
            }
        }
    }

    /// What has changed about children, and whether that is the end. All that have ended are taken note of: those are
    /// still traced until then.
    fn look(&self) -> Result<Option<Ending>, Fault> {
        let mut end = None;
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        loop {
            match wait_any(options) {
                Ok(Some((process, status))) if process == self.child && status.stopped() => self.stop(),
                Ok(Some((process, status))) if process == self.child => end = Some(status.into()),
                Ok(None) | Err(rustix::io::Errno::CHILD) => return Ok(end),
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error).at(|| "wait for the command".to_owned()),
            }
        }
    }

    fn pass_signals(&mut self) {
        for signal in self.signals.take().filter_map(Signal::from_named_raw) {
            let _ = kill_process(self.child, signal);
        }
    }

    fn stop(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.stop();
            terminal.go_on(self.child);
        }
    }
}

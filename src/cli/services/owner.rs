//! The process that has services: it starts their manager, hears of it, and passes on what the user wants.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use std::{io, iter};

use devshell_wall::{Enclosure, enclose, end_leftovers, own_group};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT};

use super::Here;
use crate::cli::failure::{Failure, code};
use crate::files::{Caught, ignored};
use crate::host::project_key;
use crate::services::{Answer, Client, Lease, Manager, Request, Watcher, order};
use crate::session::Ending;

/// What the manager's process says first.
const CAN_BE_ASKED: u8 = b'r';

/// How long a manager has to end services at once. One that cannot print does not end them.
const ENDS_AT_ONCE: Duration = Duration::from_secs(2);

/// Has the manager of services, which ends with it.
pub struct Owner {
    enclosure: Enclosure,
    client: Client,
    wishes: Wishes,
}

/// How waiting ended.
pub enum Waited {
    /// The manager has answered.
    Answered(Answer),
    /// The user has asked for the end, by this signal.
    Interrupted(i32),
    /// All services have ended by themselves.
    Ended,
}

impl Owner {
    /// Starts a manager. This process has a single thread.
    pub fn start(here: &Here, lease: Lease, watcher: Arc<dyn Watcher>) -> Result<Self, Failure> {
        if here.place.was_killed() {
            // Where there are no namespaces, it may have left something.
            end_leftovers(&project_key(&here.project.root));
        }
        let (planned, place) = (here.planned(), here.place.clone());
        let manage = |manager: devshell_wall::Manager| {
            let devshell_wall::Manager { orders, messages, .. } = manager;
            let told = || {
                let _ = rustix::io::write(&messages, &[CAN_BE_ASKED]);
            };
            Manager::new(planned, &place, lease, watcher).run(orders, told).unwrap_or(code::NO)
        };
        let failed = |text: String| Failure::said(code::BEFORE_START, text, None);
        let mut enclosure = enclose(manage).map_err(|fault| failed(format!("services cannot be started: {fault}")))?;
        if enclosure.read()? != Some(CAN_BE_ASKED) {
            return Err(failed("the manager of the services ended before it could be asked".to_owned()));
        }
        let client = Client::connect(&here.place).ok_or_else(|| failed("the services cannot be reached".to_owned()))?;
        // Not before: the manager's process would not notice that its signals do something else.
        Ok(Self { enclosure, client, wishes: Wishes::hear()? })
    }

    /// Starts services.
    pub fn begin(&mut self, names: &[String]) -> Result<(), Failure> {
        Ok(self.client.send(&Request::Start(names.to_vec()))?)
    }

    /// Waits until what was asked for is answered, the user has enough, or all services have ended. Without a question, until
    /// one of the other two.
    pub fn answer(&mut self) -> Result<Waited, Failure> {
        loop {
            let ([is_answered, is_over], is_signalled) =
                self.wishes.or([self.client.as_fd(), self.enclosure.as_fd()], None)?;
            if is_answered {
                return Ok(self.client.receive().map_or(Waited::Ended, Waited::Answered));
            }
            if is_over {
                return Ok(Waited::Ended);
            }
            if is_signalled && let Some(signal) = self.wishes.take().first() {
                return Ok(Waited::Interrupted(*signal));
            }
        }
    }

    /// Waits for a command that runs beside the services. Signals go on to it, unless it gets them from the terminal.
    pub fn run_beside(&mut self, mut child: Child) -> Result<Ending, Failure> {
        let process = Pid::from_child(&child);
        let (end, hold) = io::pipe()?;
        let waiting = thread::Builder::new().spawn(move || {
            let status = child.wait();
            drop(hold);
            status
        })?;
        loop {
            let ([has_ended], is_signalled) = self.wishes.or([end.as_fd()], None)?;
            if has_ended {
                break;
            }
            let signals = if is_signalled { self.wishes.take() } else { Vec::new() };
            for signal in signals.into_iter().filter(|signal| !(*signal == SIGINT && is_in_foreground())) {
                let _ = Signal::from_named_raw(signal).map(|signal| kill_process(process, signal));
            }
        }
        Ok(waiting.join().map_err(|_| io::Error::from(io::ErrorKind::Other))??.into())
    }

    /// Ends all services and the manager. Another signal in the meantime ends them at once.
    pub fn bring_down(mut self) -> Result<Ending, Failure> {
        let _ = self.enclosure.order(order::STOP);
        // A terminal that is closed ends the shell too, and may say so several times.
        self.wishes.parent = None;
        let mut deadline: Option<Instant> = None;
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                self.enclosure.end();
                return Ok(Ending::Exited(code::NO));
            }
            let ([is_over], is_signalled) = self.wishes.or([self.enclosure.as_fd()], left)?;
            if is_over {
                return Ok(self.ended());
            }
            if is_signalled && self.wishes.take().iter().any(|signal| *signal != SIGHUP) {
                let _ = self.enclosure.order(order::STOP);
                deadline.get_or_insert_with(|| Instant::now() + ENDS_AT_ONCE);
            }
        }
    }

    /// Ends all services, unless other commands use them: then they end with the last of these.
    pub fn release(mut self) -> Result<(), Failure> {
        let mut answer = self.client.ask(&Request::Release);
        // What was asked for before may be answered only now.
        while answer.as_ref().is_ok_and(|answer| !matches!(answer, Answer::Unused | Answer::InUse)) {
            answer = self.client.receive();
        }
        if matches!(answer, Ok(Answer::InUse)) { self.leave() } else { self.bring_down().map(|_| ()) }
    }

    /// Signals that have come by now are no wish for something that comes after.
    pub fn forget_signals(&mut self) {
        self.wishes.signals.rearm();
        self.wishes.signals.take();
    }

    /// How the manager ended.
    pub fn ended(self) -> Ending {
        match self.enclosure.wait() {
            devshell_wall::Ending::Exited(status) => Ending::Exited(status),
            devshell_wall::Ending::Signalled(_) | devshell_wall::Ending::NotStarted(_) => Ending::Exited(code::NO),
        }
    }

    /// Leaves the services to themselves.
    pub fn leave(self) -> Result<(), Failure> {
        Ok(self.enclosure.detach()?)
    }
}

/// What asks for the end: signals, and the end of the program that started this one.
struct Wishes {
    signals: Caught,
    /// With it, the services end. None if a terminal that is closed ends nothing either.
    parent: Option<OwnedFd>,
}

impl Wishes {
    fn hear() -> io::Result<Self> {
        let parent = if ignored()(SIGHUP) { None } else { parent() };
        Ok(Self { signals: Caught::catch()?, parent })
    }

    /// Waits for one of some descriptors to be readable, or for a wish.
    fn or<const N: usize>(&self, others: [BorrowedFd; N], within: Option<Duration>) -> io::Result<([bool; N], bool)> {
        let own = iter::once(self.signals.as_fd()).chain(self.parent.as_ref().map(OwnedFd::as_fd));
        let mut all: Vec<PollFd> =
            others.into_iter().chain(own).map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        let within = within.and_then(|within| Timespec::try_from(within).ok());
        match poll(&mut all, within.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_readable = |fd: &PollFd| !fd.revents().is_empty();
        Ok((std::array::from_fn(|index| is_readable(&all[index])), all[N..].iter().any(is_readable)))
    }

    /// The signals that have come. The parent's end is seen once, and as if a terminal had been closed.
    fn take(&mut self) -> Vec<i32> {
        self.signals.rearm();
        let signals = self.signals.take();
        let has_ended = |parent: &mut OwnedFd| {
            let mut polled = [PollFd::new(parent, PollFlags::IN)];
            poll(&mut polled, Some(&Timespec::default())).is_ok_and(|count| count > 0)
        };
        let parent = self.parent.take_if(has_ended).map(|_| SIGHUP);
        signals.into_iter().chain(parent).collect()
    }
}

/// Whether keys of the terminal reach this process, and with it what it has started.
fn is_in_foreground() -> bool {
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    let Ok(terminal) = rustix::fs::open("/dev/tty", flags, Mode::empty()) else { return false };
    rustix::termios::tcgetpgrp(&terminal).ok().is_some_and(|group| own_group() == Some(group))
}

fn parent() -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{PidfdFlags, getppid, pidfd_open};
        let parent = getppid().filter(|parent| parent.as_raw_nonzero().get() > 1)?;
        pidfd_open(parent, PidfdFlags::empty()).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

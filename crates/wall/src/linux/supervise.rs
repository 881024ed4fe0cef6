//! The process outside of the wall: it starts the one inside, hands it the terminal, passes signals on, and ends with
//! it. Nothing that the command left running outlives it.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::Command;
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::at::At as _;
use super::gate::{Channel, Process};
use super::init::Init;
use super::landlock::LandlockWall;
use super::message::{BEGIN, GO_ON, Message};
use super::probe::MAKE_NAMESPACES;
use super::readable::readable_within;
use super::signals::{Forwarded, Signals};
use super::terminal::Terminal;
use super::trace::Tracing;
use super::{namespaces, system};
use crate::ending::{Ending, Outcome};
use crate::fault::Fault;
use crate::gate::Gate;
use crate::plan::{Network, Users, Wall};

/// Runs a command inside a wall, and returns when it has ended. The calling process must have a single thread.
/// [`Network::Gated`] needs a gate; without one, nothing passes.
pub fn run(wall: &Wall, command: &mut Command, gate: Option<&dyn Gate>) -> Result<Outcome, Fault> {
    run_traced(wall, command, gate, None)
}

/// The same without a gate, for as long as this is true, which is asked ten times in a second. Then the command is killed.
pub fn run_while(wall: &Wall, command: &mut Command, goes_on: &mut dyn FnMut() -> bool) -> Result<Ending, Fault> {
    run_inside(wall, command, None, Further { goes_on: Some(goes_on), ..Further::default() })
}

/// The same, with a trace of what the command uses, if there is one.
pub fn run_traced(
    wall: &Wall,
    command: &mut Command,
    gate: Option<&dyn Gate>,
    tracing: Option<&mut Tracing>,
) -> Result<Outcome, Fault> {
    let gate = match (&wall.network, gate) {
        (Network::Gated { published }, Some(gate)) => Some((Process::start(gate, published)?, gate.addresses())),
        _ => None,
    };
    let Some(((process, channel), addresses)) = gate else {
        return Ok(Outcome {
            ending: run_inside(wall, command, None, Further { tracing, ..Further::default() })?,
            report: Vec::new(),
        });
    };
    let further = Further { gate: Some((channel, addresses)), tracing, goes_on: None };
    let ending = run_inside(wall, command, None, further);
    // It says what it has to say, and ends, whatever became of the wall.
    let report = process.end();
    Ok(Outcome { ending: ending?, report })
}

/// The same with a weaker wall.
pub fn run_with_landlock(landlock: &LandlockWall, command: &mut Command) -> Result<Ending, Fault> {
    run_inside(landlock.wall, command, Some(landlock), Further::default())
}

/// What only some commands have.
#[derive(Default)]
struct Further<'a> {
    gate: Option<(Channel, Vec<SocketAddr>)>,
    tracing: Option<&'a mut Tracing>,
    goes_on: Option<&'a mut dyn FnMut() -> bool>,
}

fn run_inside(
    wall: &Wall,
    command: &mut Command,
    landlock: Option<&LandlockWall>,
    Further { gate, mut tracing, goes_on }: Further,
) -> Result<Ending, Fault> {
    let forwarded = Forwarded::new();
    let terminal = Terminal::own();
    let (from_inside, messages) = pipe()?;
    let (orders, to_inside) = pipe()?;
    let flags = if landlock.is_some() { 0 } else { namespaces::flags(&wall.network) };
    let started = system::fork_into(flags).at(|| MAKE_NAMESPACES.to_owned())?;
    let Some(inside) = started else {
        drop((from_inside, to_inside));
        let (messages, orders) = (File::from(messages), File::from(orders));
        let (terminal, tracing) = (terminal.as_ref(), tracing.as_deref());
        Init { wall, command, terminal, tracing, landlock, messages, orders, gate }.run();
        system::exit(0);
    };
    drop((messages, orders, gate));
    let has_namespaces = landlock.is_none();
    let outside =
        Outside { inside, has_namespaces, users: wall.users, terminal, orders: File::from(to_inside), goes_on };
    let ending = forwarded.hear().and_then(|signals| {
        // Its thread hears none of them either.
        tracing.as_mut().map_or(Ok(()), |tracing| tracing.begin())?;
        outside.follow(File::from(from_inside), &signals)
    });
    // It has ended by itself, or is of no use.
    let _ = kill_process(inside, Signal::KILL);
    let _ = waitpid(Some(inside), WaitOptions::empty());
    ending
}

struct Outside<'a> {
    inside: Pid,
    has_namespaces: bool,
    users: Users,
    terminal: Option<Terminal>,
    orders: File,
    goes_on: Option<&'a mut dyn FnMut() -> bool>,
}

/// How often it is asked whether the command may go on.
const INTERVAL: Duration = Duration::from_millis(100);

impl Outside<'_> {
    fn follow(mut self, mut messages: File, signals: &Signals) -> Result<Ending, Fault> {
        if self.has_namespaces {
            namespaces::map(self.inside, self.users)?;
        }
        self.order(BEGIN)?;
        let ending = loop {
            let limit = self.goes_on.is_some().then_some(INTERVAL);
            let [is_told, is_signalled] = readable_within([messages.as_fd(), signals.as_fd()], limit)?;
            if self.goes_on.as_mut().is_some_and(|goes_on| !goes_on()) {
                break Ok(Ending::Signalled(libc::SIGKILL));
            }
            if is_signalled {
                self.pass(signals.take());
            }
            if !is_told {
                continue;
            }
            match Message::read(&mut messages).at(|| "hear the command".to_owned())? {
                Some(Message::Begun) => {}
                Some(Message::Stopped) => self.stop()?,
                Some(Message::Ended(ending)) => break Ok(ending),
                Some(Message::Failed(fault)) => break Err(fault),
                None => break Ok(Ending::Signalled(libc::SIGKILL)),
            }
        };
        // A shell that was killed does not give it back.
        if let Some(terminal) = &self.terminal {
            terminal.take_back();
        }
        ending
    }

    /// Stops with the command, as a job of the shell outside, until that lets it go on.
    fn stop(&mut self) -> Result<(), Fault> {
        let Some(terminal) = &self.terminal else { return Ok(()) };
        terminal.stop();
        self.order(GO_ON)
    }

    fn pass(&mut self, signals: impl Iterator<Item = i32>) {
        for signal in signals.filter_map(|signal| u8::try_from(signal).ok()) {
            // If it has ended, that is about to be heard.
            let _ = self.order(signal);
        }
    }

    fn order(&mut self, order: u8) -> Result<(), Fault> {
        self.orders.write_all(&[order]).at(|| "reach the command".to_owned())
    }
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Fault> {
    pipe_with(PipeFlags::CLOEXEC).at(|| "make a pipe".to_owned())
}

//! The first process inside the wall: it builds the wall around itself, starts the command, and takes care of processes
//! whose parents have ended. When it ends, the kernel ends all others inside.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitOptions, geteuid, kill_process, set_dumpable_behavior,
    set_parent_process_death_signal, wait as wait_any,
};

use super::at::At as _;
use super::gate::{Channel, Inside};
use super::landlock::{LandlockWall, Private, remaining};
use super::message::{GO_ON, Message};
use super::readable::readable;
use super::signals::{Changes, Forwarded};
use super::terminal::Terminal;
use super::trace::Tracing;
use super::{capabilities, descriptors, filter, imitation, loopback, mounts, scope, system};
use crate::ending::Ending;
use crate::fault::Fault;
use crate::plan::{Network, Users, Wall};

pub struct Init<'a> {
    pub wall: &'a Wall,
    pub command: &'a mut Command,
    pub terminal: Option<&'a Terminal>,
    pub tracing: Option<&'a Tracing>,
    /// In the place of namespaces.
    pub landlock: Option<&'a LandlockWall<'a>>,
    /// To the process outside.
    pub messages: File,
    /// From there.
    pub orders: File,
    /// To the gate, with the addresses that are there from the beginning.
    pub gate: Option<(Channel, Vec<SocketAddr>)>,
}

impl Init<'_> {
    /// Returns when there is nothing more to do inside.
    pub fn run(mut self) {
        let result = match self.landlock {
            Some(landlock) => self.supervise_with(landlock),
            None => self.build().and_then(|inside| self.supervise(None, inside)),
        };
        let message = match result {
            Ok(Some(ending)) => Message::Ended(ending),
            // The process outside has ended, and hears nothing any more.
            Ok(None) => return,
            Err(fault) => Message::Failed(fault),
        };
        self.say(&message);
    }

    fn say(&mut self, message: &Message) {
        // If it cannot be said, the process outside has ended; then this one is about to.
        let _ = self.messages.write_all(&message.to_bytes());
    }

    fn build(&mut self) -> Result<Option<Inside>, Fault> {
        set_parent_process_death_signal(Some(Signal::KILL)).at(|| "follow the parent".to_owned())?;
        self.wait_for_the_parent()?;
        let inside = match self.gate.take() {
            Some((channel, addresses)) => Some(Inside::open(channel, &addresses)?),
            None if self.wall.network == Network::Host => None,
            None => {
                loopback::up()?;
                None
            }
        };
        descriptors::close_ways_out()?;
        mounts::enter(self.wall)?;
        // Its memory is a copy of the caller's, with all variables of the host.
        set_dumpable_behavior(DumpableBehavior::NotDumpable).at(|| "hide the memory".to_owned())?;
        Ok(inside)
    }

    fn wait_for_the_parent(&mut self) -> Result<(), Fault> {
        self.orders.read_exact(&mut [0]).at(|| "hear the parent".to_owned())
    }

    /// Without namespaces, this process is outside of the wall: it ends what the kernel would end otherwise. It does so
    /// when its parent has ended, too.
    fn supervise_with(&mut self, landlock: &LandlockWall) -> Result<Option<Ending>, Fault> {
        self.wait_for_the_parent()?;
        Forwarded::new().outlive()?;
        descriptors::close_ways_out()?;
        let private = landlock.prepare(self.command)?;
        let ending = self.supervise(private.as_ref(), None);
        remaining::end();
        ending
    }

    /// Starts the command and waits for its end.
    fn supervise(&mut self, private: Option<&Private>, mut inside: Option<Inside>) -> Result<Option<Ending>, Fault> {
        let changes = Changes::hear()?;
        let mut become_command = || {
            let message = self.become_command(private);
            self.say(&message);
            system::exit(125);
        };
        let command = system::fork_until_exec(&mut become_command).at(|| "start a process".to_owned())?;
        loop {
            if let Some(ending) = self.look(command)? {
                return Ok(Some(ending));
            }
            // Without a gate, nothing is asked.
            let questions = inside.as_ref().map_or(self.orders.as_fd(), Inside::as_fd);
            let [is_ordered, has_changed, is_asked] = readable([self.orders.as_fd(), changes.as_fd(), questions])?;
            if has_changed {
                changes.clear();
            }
            // If the gate has ended, nothing passes any more.
            inside = inside.filter(|inside| !is_asked || inside.serve());
            if is_ordered && !self.obey(command) {
                return Ok(None);
            }
        }
    }

    /// Returns only if that failed.
    fn become_command(&mut self, private: Option<&Private>) -> Message {
        let build = || {
            if let Some(landlock) = self.landlock {
                landlock.enter(private)?;
            } else {
                capabilities::drop(geteuid().is_root(), self.wall.users)?;
                scope::close()?;
            }
            filter::install()?;
            if self.wall.users == Users::ImitatedRoot {
                imitation::install()?;
            }
            self.terminal.map_or(Ok(()), Terminal::take)?;
            self.tracing.map_or(Ok(()), Tracing::hand_over)
        };
        if let Err(fault) = build() {
            return Message::Failed(fault);
        }
        let error = self.command.exec();
        Message::Ended(Ending::NotStarted(error.raw_os_error().unwrap_or(libc::EIO)))
    }

    /// What has changed about processes inside, and whether that is the end.
    fn look(&mut self, command: Pid) -> Result<Option<Ending>, Fault> {
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        while let Some((process, status)) = wait_any(options).at(|| "wait for the command".to_owned())? {
            if process == command && status.stopped() {
                self.say(&Message::Stopped);
            } else if process == command {
                return Ok(Some(status.into()));
            }
        }
        Ok(None)
    }

    /// Returns whether there is still anyone who gives orders.
    fn obey(&mut self, command: Pid) -> bool {
        let mut order = [0];
        match self.orders.read(&mut order) {
            Ok(0) => return false,
            Err(error) => return error.kind() == io::ErrorKind::Interrupted,
            Ok(_) => {}
        }
        if order == [GO_ON] {
            if let Some(terminal) = self.terminal {
                terminal.go_on(command);
            }
        } else if let Some(signal) = Signal::from_named_raw(order[0].into()) {
            let _ = kill_process(command, signal);
        }
        true
    }
}

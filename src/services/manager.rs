//! The manager: it starts what is asked for in order, answers other commands, and ends when everything has. It runs in a
//! process of its own, from the start of the first service to the end of the last.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::control::{Answering, Server};
use super::course::{Course, can_start, can_stop, in_vain, with_needs};
use super::events::{Event, obey, order, serve};
use super::shown::Shown;
use super::status::waited_for;
use super::unit::{Surroundings, Unit};
use super::{Answer, ENDS_WITHIN, ENDS_WITHOUT_OWNER, Lease, Phase, Place, Planned, Request, Status, Watcher};

/// The manager of a project's services.
pub struct Manager {
    units: Vec<Unit>,
    place: Place,
    watcher: Arc<dyn Watcher>,
    output: Option<Shown>,
    /// As it was shown last.
    shown: Vec<Phase>,
    waiting: Vec<(Awaited, Answering)>,
    ending: Option<Duration>,
    was_asked: bool,
    is_detached: bool,
    /// The connections that use services.
    users: BTreeSet<u64>,
    /// They end with the last one that uses them.
    ends_unused: bool,
    is_kept: bool,
    _lease: Lease,
}

/// What one that asked waits for.
enum Awaited {
    Ready(Vec<String>),
    Over(Vec<String>),
    End,
}

impl Manager {
    /// `services` are in the order of their names.
    pub fn new(services: Vec<Planned>, place: &Place, lease: Lease, watcher: Arc<dyn Watcher>) -> Self {
        let units: Vec<Unit> = services.into_iter().map(Unit::new).collect();
        Self {
            shown: vec![Phase::Idle; units.len()],
            units,
            place: place.clone(),
            watcher,
            output: None,
            waiting: Vec::new(),
            ending: None,
            was_asked: false,
            is_detached: false,
            users: BTreeSet::new(),
            ends_unused: false,
            is_kept: false,
            _lease: lease,
        }
    }

    /// Returns when all services have ended that were started. `told` once it can be asked.
    pub fn run(mut self, orders: OwnedFd, told: impl FnOnce()) -> io::Result<u8> {
        let (events, heard) = channel();
        let server = Server::open(&self.place)?;
        let asked = events.clone();
        thread::Builder::new().spawn(move || serve(&server, &asked))?;
        let ordered = events.clone();
        thread::Builder::new().spawn(move || obey(&orders, &ordered))?;
        self.output = Some(Shown::begin(Arc::clone(&self.watcher))?);
        told();
        self.follow(&events, &heard);
        let _ = fs_err::remove_file(self.place.socket());
        self.output.take().into_iter().for_each(Shown::finish);
        let has_failed = self.units.iter().any(|unit| unit.phase == Phase::Failed);
        Ok(u8::from(has_failed))
    }

    fn follow(&mut self, events: &Sender<Event>, heard: &Receiver<Event>) {
        while !self.is_over() {
            match self.next(heard) {
                Some(Event::Happened { index, number, what }) => self.act(index, events, |unit, around| {
                    unit.take(number, what, around);
                }),
                Some(Event::Asked(number, request, answering)) => self.asked(number, request, answering),
                Some(Event::Left(number)) => self.left(number),
                Some(Event::Ordered(order)) => self.ordered(order),
                None => {}
            }
            let now = Instant::now();
            for index in 0..self.units.len() {
                if self.units[index].due().is_some_and(|due| due <= now) {
                    self.act(index, events, Unit::on_time);
                }
            }
            self.go_on(events);
            self.tell();
        }
    }

    /// The next event; `None` if it is time for something.
    fn next(&self, heard: &Receiver<Event>) -> Option<Event> {
        let Some(due) = self.units.iter().filter_map(Unit::due).min() else { return heard.recv().ok() };
        heard.recv_timeout(due.saturating_duration_since(Instant::now())).ok()
    }

    fn act(&mut self, index: usize, events: &Sender<Event>, act: impl FnOnce(&mut Unit, &Surroundings)) {
        let around = Surroundings { index, events, place: &self.place, watcher: &self.watcher };
        act(&mut self.units[index], &around);
    }

    /// Starts and stops what can be by now.
    fn go_on(&mut self, events: &Sender<Event>) {
        if let Some(within) = self.ending {
            for name in can_stop(&self.courses()) {
                self.unit(&name).stop(within);
            }
            return;
        }
        loop {
            let all = self.courses();
            let (ready, vain) = (can_start(&all), in_vain(&all));
            if ready.is_empty() && vain.is_empty() {
                return;
            }
            for (name, need) in vain {
                self.unit(&name).fail(waited_for(&need));
            }
            for name in ready {
                let index = self.units.iter().position(|unit| unit.planned.name == name).unwrap_or(0);
                self.act(index, events, Unit::start);
                self.show();
            }
        }
    }

    fn asked(&mut self, number: u64, request: Request, answering: Answering) {
        match request {
            Request::Status => answering.answer(&Answer::Status(self.statuses())),
            Request::Start(names) => self.asked_to_start(number, &names, answering),
            Request::Keep if self.ending.is_some() => answering.answer(&Answer::Ending),
            Request::Keep => {
                self.is_kept = true;
                answering.answer(&Answer::Done);
            }
            Request::Release => {
                self.users.remove(&number);
                let is_used = self.is_kept || !self.users.is_empty();
                self.ends_unused = is_used;
                answering.answer(if is_used { &Answer::InUse } else { &Answer::Unused });
            }
            Request::Stop(names) if names.is_empty() => {
                self.ending.get_or_insert(ENDS_WITHIN);
                self.waiting.push((Awaited::End, answering));
            }
            Request::Stop(names) => {
                let unknown: Vec<String> = names.iter().filter(|name| !self.has(name)).cloned().collect();
                if !unknown.is_empty() {
                    return answering.answer(&Answer::Unknown(unknown));
                }
                let names = self.with_those_that_need(names);
                for name in &names {
                    self.unit(name).stop(ENDS_WITHIN);
                }
                self.waiting.push((Awaited::Over(names), answering));
            }
        }
    }

    fn asked_to_start(&mut self, number: u64, names: &[String], answering: Answering) {
        if self.ending.is_some() {
            return answering.answer(&Answer::Ending);
        }
        let unknown: Vec<String> = names.iter().filter(|name| !self.has(name)).cloned().collect();
        if !unknown.is_empty() {
            return answering.answer(&Answer::Unknown(unknown));
        }
        let names = with_needs(&self.courses(), names);
        self.was_asked |= !names.is_empty();
        self.users.insert(number);
        for name in &names {
            let unit = self.unit(name);
            if unit.phase.is_over() {
                unit.want();
            }
        }
        self.waiting.push((Awaited::Ready(names), answering));
    }

    fn left(&mut self, number: u64) {
        self.users.remove(&number);
        if self.ends_unused && !self.is_kept && self.users.is_empty() {
            self.ending.get_or_insert(ENDS_WITHIN);
        }
    }

    /// The first time, it asks all to end; after that, it ends them.
    fn ordered(&mut self, order: Option<u8>) {
        match order {
            Some(order::DETACH) => {
                self.is_detached = true;
                let_go_of_streams();
            }
            None if self.is_detached => {}
            None => {
                self.ending = Some(ENDS_WITHOUT_OWNER);
                self.units.iter_mut().for_each(|unit| unit.stop(ENDS_WITHOUT_OWNER));
            }
            Some(_) if self.ending.is_some() => self.units.iter_mut().for_each(Unit::kill),
            Some(_) => self.ending = Some(ENDS_WITHIN),
        }
    }

    /// Answers those that have what they wait for, and shows what has changed.
    fn tell(&mut self) {
        self.show();
        let phase = |name: &String| self.units.iter().find(|unit| unit.planned.name == *name).map(|unit| unit.phase);
        let (mut done, mut rest) = (Vec::new(), Vec::new());
        let is_over = |name: &String| phase(name).is_none_or(Phase::is_over);
        let all_over = self.units.iter().all(|unit| unit.phase.is_over());
        for (awaited, answering) in std::mem::take(&mut self.waiting) {
            let answer = match &awaited {
                Awaited::Ready(names) if names.iter().any(is_over) => {
                    let of_these = |unit: &&Unit| names.contains(&unit.planned.name) && unit.phase.is_over();
                    Some(Answer::Failed(self.units.iter().filter(of_these).map(Unit::status).collect()))
                }
                Awaited::Ready(names) => {
                    names.iter().all(|name| phase(name) == Some(Phase::Ready)).then_some(Answer::Done)
                }
                Awaited::Over(names) => names.iter().all(is_over).then_some(Answer::Done),
                Awaited::End => all_over.then_some(Answer::Done),
            };
            match answer {
                Some(answer) => done.push((answering, answer)),
                None => rest.push((awaited, answering)),
            }
        }
        self.waiting = rest;
        if !done.is_empty() {
            // What the one that asked prints comes after it.
            self.output.iter().for_each(Shown::settle);
        }
        for (answering, answer) in done {
            answering.answer(&answer);
        }
    }

    fn show(&mut self) {
        for index in 0..self.units.len() {
            if self.units[index].phase != self.shown[index] {
                self.shown[index] = self.units[index].phase;
                let all = self.statuses();
                self.output.iter().for_each(|output| output.changed(all.clone(), index));
            }
        }
    }

    /// Whether there is nothing to do any more.
    fn is_over(&self) -> bool {
        (self.was_asked || self.ending.is_some()) && self.units.iter().all(|unit| unit.phase.is_over())
    }

    fn statuses(&self) -> Vec<Status> {
        self.units.iter().map(Unit::status).collect()
    }

    fn courses(&self) -> BTreeMap<String, Course> {
        let course = |unit: &Unit| Course { needs: unit.planned.needs.clone(), phase: unit.phase };
        self.units.iter().map(|unit| (unit.planned.name.clone(), course(unit))).collect()
    }

    /// The names, with all that need one of them and run.
    fn with_those_that_need(&self, mut names: Vec<String>) -> Vec<String> {
        let mut index = 0;
        while index < names.len() {
            let needs = |unit: &&Unit| unit.planned.needs.contains(&names[index]) && !unit.phase.is_over();
            let more: Vec<String> = self.units.iter().filter(needs).map(|unit| unit.planned.name.clone()).collect();
            names.extend(more.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
            index += 1;
        }
        names
    }

    fn has(&self, name: &str) -> bool {
        self.units.iter().any(|unit| unit.planned.name == name)
    }

    fn unit(&mut self, name: &str) -> &mut Unit {
        self.units.iter_mut().find(|unit| unit.planned.name == name).expect("the names are those of units")
    }
}

/// From now on, nothing is shown: a program that waits for the end of the owner's output shall not wait for this process.
fn let_go_of_streams() {
    let Ok(nothing) = fs_err::OpenOptions::new().read(true).write(true).open("/dev/null") else { return };
    let _ = rustix::stdio::dup2_stdin(&nothing);
    let _ = rustix::stdio::dup2_stdout(&nothing);
    let _ = rustix::stdio::dup2_stderr(&nothing);
}

//! One service on its way: started, watched and stopped. What happens to it comes as events, each with the number of the
//! start that it is about, so that one of an earlier start changes nothing.

use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use devshell_wall::{end_leftovers, leftovers};
use rustix::process::{Pid, Signal};

use super::end::{shown, signal_of};
use super::events::{Event, Happened};
use super::output::{Last, LogFile, follow};
use super::{ENDS_WITHIN, Phase, Place, Planned, READY_WITHIN, Sign, Status, Watcher, probe, process};
use crate::manifest::Restart;

/// A service without a sign is ready once it has run for so long: what cannot start at all has ended by then.
const SETTLES: Duration = Duration::from_millis(50);

/// A service that was ready for so long has not failed in a row.
const STEADY: Duration = Duration::from_secs(10);

/// So often in a row it is started again.
const MOST_RESTARTS: u32 = 5;

/// Why a service fails that devshell cannot watch.
const UNWATCHED: &str = "no thread can be started that would watch it";

/// One service.
#[derive(Debug)]
pub struct Unit {
    pub planned: Planned,
    pub phase: Phase,
    since: Instant,
    /// When its present start began.
    started: Instant,
    ready_after: Option<Duration>,
    restarts: u32,
    /// How often it has ended since it was last steady.
    in_a_row: u32,
    reason: Option<String>,
    last: Last,
    leader: Option<Pid>,
    number: u64,
    /// Ends the probes of the present start.
    is_over: Arc<AtomicBool>,
    /// When something happens by itself: it starts again, or is not waited for any longer.
    due: Option<Instant>,
}

/// Where a unit tells what happens to it.
pub struct Surroundings<'a> {
    pub index: usize,
    pub events: &'a Sender<Event>,
    pub place: &'a Place,
    pub watcher: &'a Arc<dyn Watcher>,
}

impl Unit {
    pub fn new(planned: Planned) -> Self {
        let now = Instant::now();
        Self {
            planned,
            phase: Phase::Idle,
            since: now,
            started: now,
            ready_after: None,
            restarts: 0,
            in_a_row: 0,
            reason: None,
            last: Last::default(),
            leader: None,
            number: 0,
            is_over: Arc::default(),
            due: None,
        }
    }

    pub fn status(&self) -> Status {
        Status {
            service: self.planned.name.clone(),
            phase: self.phase,
            seconds: self.since.elapsed().as_secs_f64(),
            ready_after: self.ready_after.map(|after| after.as_secs_f64()),
            restarts: self.restarts,
            ports: self.planned.ports.iter().cloned().collect(),
            reason: self.reason.clone(),
            last_lines: if self.phase == Phase::Failed { self.last.lines() } else { Vec::new() },
        }
    }

    /// When something happens by itself.
    pub const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// From now on it waits for what it needs.
    pub fn want(&mut self) {
        (self.restarts, self.in_a_row, self.reason) = (0, 0, None);
        self.last.clear();
        self.enter(Phase::Waiting);
    }

    /// Starts it, or first what prepares it.
    pub fn start(&mut self, around: &Surroundings) {
        (self.started, self.ready_after) = (Instant::now(), None);
        if let Some(taken) = self.planned.ready.as_ref().and_then(probe::taken) {
            return self.fail(taken);
        }
        match self.planned.prepare.clone() {
            Some(line) => self.launch(&line, Phase::Preparing, around),
            None => self.begin(around),
        }
    }

    fn begin(&mut self, around: &Surroundings) {
        self.launch(&self.planned.run.clone(), Phase::Starting, around);
        if self.phase == Phase::Starting {
            self.probe(around);
        }
    }

    fn launch(&mut self, line: &str, phase: Phase, around: &Surroundings) {
        self.number += 1;
        let directory = &self.planned.directory;
        if !directory.is_dir() {
            return self.fail(format!("its directory `{}` does not exist", directory.display()));
        }
        let (child, output) = match process::start(&self.planned, line) {
            Ok(started) => started,
            Err(error) => return self.fail(format!("it cannot be started: {error}")),
        };
        self.leader = Some(Pid::from_child(&child));
        self.enter(phase);
        let (happened, last) = (self.happened(around), self.last.clone());
        let hear = self.hearing(phase, around);
        let file = LogFile::append(&around.place.log(&self.planned.name)).ok();
        let reading = thread::Builder::new().spawn(move || follow(output, file, &last, hear));
        let mut child = child;
        let waiting = thread::Builder::new().spawn(move || {
            let status = child.wait();
            // What it printed last is heard before its end is known, unless something else goes on printing.
            if let Ok(reading) = reading {
                let since = Instant::now();
                while !reading.is_finished() && since.elapsed() < Duration::from_millis(100) {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            happened(Happened::Ended(status.unwrap_or_default()));
        });
        if waiting.is_err() {
            self.give_up(UNWATCHED.to_owned());
        }
    }

    /// What hears its lines. One of them may be the sign that it is ready.
    fn hearing(&self, phase: Phase, around: &Surroundings) -> super::output::Hear {
        let (name, watcher) = (self.planned.name.clone(), Arc::clone(around.watcher));
        let mut sign = match &self.planned.ready {
            Some(Sign::Line(text)) if phase == Phase::Starting && !text.is_empty() => Some(text.clone().into_bytes()),
            _ => None,
        };
        let happened = self.happened(around);
        Box::new(move |line| {
            watcher.line(&name, line);
            if sign.as_ref().is_some_and(|sign| memchr::memmem::find(line, sign).is_some()) {
                sign = None;
                happened(Happened::Ready);
            }
        })
    }

    fn happened(&self, around: &Surroundings) -> impl Fn(Happened) + Send + use<> {
        let (events, index, number) = (around.events.clone(), around.index, self.number);
        // The manager is gone when no one hears it.
        move |what| drop(events.send(Event::Happened { index, number, what }))
    }

    /// Looks for its sign, in a thread of its own.
    fn probe(&mut self, around: &Surroundings) {
        self.due = Some(Instant::now() + READY_WITHIN);
        let (planned, happened, is_over) = (self.planned.clone(), self.happened(around), Arc::clone(&self.is_over));
        let since = self.started;
        let started = match planned.ready.clone() {
            Some(Sign::Line(_)) => return,
            None => thread::Builder::new().spawn(move || {
                thread::sleep(SETTLES);
                happened(Happened::Ready);
            }),
            Some(sign) => thread::Builder::new().spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    if probe::is_ready(&planned, &sign) {
                        return happened(Happened::Ready);
                    }
                    thread::sleep(probe::pause(&sign, since.elapsed()));
                }
            }),
        };
        if started.is_err() {
            self.give_up(UNWATCHED.to_owned());
        }
    }

    /// Takes note of something about the start with this number.
    pub fn take(&mut self, number: u64, what: Happened, around: &Surroundings) {
        if number != self.number {
            return;
        }
        match (what, self.phase) {
            (Happened::Ready, Phase::Starting) => {
                self.ready_after = Some(self.started.elapsed());
                self.enter(Phase::Ready);
            }
            (Happened::Ended(status), Phase::Preparing) if status.success() => self.begin(around),
            (Happened::Ended(status), Phase::Preparing) => {
                self.give_up(format!("`prepare` ended with {}", shown(status)));
            }
            (Happened::Ended(status), Phase::Stopping) => {
                // What its shell has started may need more time to end than the shell.
                if let Some(leader) = self.leader.take_if(|leader| process::has_group(*leader)) {
                    return self.await_group(leader, status, around);
                }
                end_leftovers(&self.planned.mark());
                self.enter(Phase::Stopped);
            }
            (Happened::Ended(status), Phase::Starting | Phase::Ready) => self.ended(status),
            _ => {}
        }
    }

    /// Its end comes once more, when no process of its group is left.
    fn await_group(&self, leader: Pid, status: ExitStatus, around: &Surroundings) {
        let (happened, is_over) = (self.happened(around), Arc::clone(&self.is_over));
        // Without a thread, it is killed when its time is over.
        let _ = thread::Builder::new().spawn(move || {
            while !is_over.load(Ordering::Relaxed) && process::has_group(leader) {
                thread::sleep(Duration::from_millis(5));
            }
            happened(Happened::Ended(status));
        });
    }

    /// It has ended although no one asked it to.
    fn ended(&mut self, status: ExitStatus) {
        let went_on = !leftovers(&self.planned.mark()).is_empty();
        end_leftovers(&self.planned.mark());
        let was_ready = self.phase == Phase::Ready;
        if status.success() && went_on {
            return self.fail("it went into the background; `run` has to stay in the foreground".to_owned());
        }
        self.in_a_row = if was_ready && self.since.elapsed() > STEADY { 1 } else { self.in_a_row + 1 };
        let again = match self.planned.restart {
            Restart::No => false,
            Restart::OnFailure => !status.success(),
            Restart::Always => true,
        };
        let how = shown(status);
        if again && self.in_a_row <= MOST_RESTARTS {
            self.restarts += 1;
            self.reason = Some(format!("it ended with {how}"));
            self.enter(Phase::Restarting);
            self.due = Some(Instant::now() + Duration::from_millis(100 << self.in_a_row.min(6)));
        } else if again {
            self.fail(format!("it ended {} times in a row, the last time with {how}", self.in_a_row));
        } else if was_ready && status.success() {
            self.reason = Some(format!("it ended with {how}"));
            self.enter(Phase::Stopped);
        } else if was_ready {
            self.fail(format!("it ended with {how}"));
        } else {
            self.fail(format!("it ended before it was ready, with {how}"));
        }
    }

    /// What is to happen by itself happens.
    pub fn on_time(&mut self, around: &Surroundings) {
        self.due = None;
        match self.phase {
            Phase::Restarting => self.start(around),
            Phase::Starting => {
                self.give_up(format!("it was not ready within {} seconds", READY_WITHIN.as_secs()));
            }
            Phase::Stopping => self.kill(),
            _ => {}
        }
    }

    /// Asks it to end, and does not wait longer than this.
    pub fn stop(&mut self, within: Duration) {
        let phase = self.phase;
        match phase {
            Phase::Waiting | Phase::Restarting => self.enter(Phase::Stopped),
            Phase::Preparing | Phase::Starting | Phase::Ready => {
                self.reason = None;
                self.enter(Phase::Stopping);
                self.due = Some(Instant::now() + within.min(ENDS_WITHIN));
                let asked = if phase == Phase::Preparing { Signal::TERM } else { signal_of(self.planned.stop) };
                self.leader.into_iter().for_each(|leader| process::signal(leader, asked));
            }
            Phase::Stopping => {
                let sooner = Instant::now() + within;
                self.due = Some(self.due.map_or(sooner, |due| due.min(sooner)));
            }
            _ => {}
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if matches!(self.phase, Phase::Preparing | Phase::Starting | Phase::Ready) {
            self.enter(Phase::Stopping);
        }
        self.leader.into_iter().for_each(|leader| process::signal(leader, Signal::KILL));
        end_leftovers(&self.planned.mark());
        // Its end is an event of its own, unless it never ran.
        if self.leader.is_none() && !self.phase.is_over() {
            self.enter(Phase::Stopped);
        }
    }

    /// The same, with an end to what it has started.
    fn give_up(&mut self, reason: String) {
        end_leftovers(&self.planned.mark());
        self.fail(reason);
    }

    /// It will not be ready.
    pub fn fail(&mut self, reason: String) {
        self.reason = Some(reason);
        self.enter(Phase::Failed);
    }

    fn enter(&mut self, phase: Phase) {
        (self.phase, self.since, self.due) = (phase, Instant::now(), None);
        if !matches!(phase, Phase::Starting | Phase::Preparing) {
            self.is_over.store(true, Ordering::Relaxed);
            self.is_over = Arc::default();
        }
        if phase.is_over() || phase == Phase::Restarting {
            self.leader = None;
        }
    }
}

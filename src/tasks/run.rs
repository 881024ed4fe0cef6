//! Runs tasks, several at once, and hears what they print. All of it is one loop that waits for pipes and signals, so it
//! needs no thread.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use signal_hook::consts::{SIGHUP, SIGINT};

use super::fresh::note_success;
use super::graph::{Plan, Progress};
use super::lines::{LONGEST, Lines};
use super::process::{Failure, start};
use super::{Output, Reason, Records, Snapshot, Task, Verdict, check};
use crate::files::Caught;
use crate::parallel;

/// Hears what happens. Every call comes from the thread that called `run`.
pub trait Watcher {
    /// Why a task is not skipped, before it starts.
    fn stale(&self, _name: &str, _why: &Reason) {}
    fn started(&self, name: &str);
    /// A line without its line break, of any bytes; of one that has more than 64 KiB, a piece. A process that a task has
    /// left in the background is heard after the task has ended, too.
    fn line(&self, name: &str, is_error: bool, line: &[u8]);
    fn skipped(&self, name: &str);
    /// `how` is a success or a failure. What did not start, because it cannot, has ended as well.
    fn ended(&self, name: &str, how: &Outcome, took: Duration);
}

/// What became of a task.
#[derive(Debug)]
pub enum Outcome {
    Skipped,
    Succeeded,
    Failed(Failure),
    NotRun,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// How many run at once, at most: as many as there are processors, if that is absent.
    pub jobs: Option<usize>,
    /// Whether a failure prevents only what needs the task that failed.
    pub keep_going: bool,
    /// Whether nothing is skipped.
    pub force: bool,
    pub output: Output,
    /// DEVSHELL_STATE, as an absolute path.
    pub state: PathBuf,
}

#[derive(Debug)]
pub struct Report {
    /// By name, in an order that respects needs.
    pub outcomes: Vec<(String, Outcome)>,
    first_failure: Option<usize>,
    /// A signal that came meanwhile. The caller ends by it.
    pub signal: Option<i32>,
}

impl Report {
    /// The task that failed first, in time.
    pub fn first_failure(&self) -> Option<(&str, &Failure)> {
        match self.outcomes.get(self.first_failure?)? {
            (name, Outcome::Failed(failure)) => Some((name, failure)),
            _ => None,
        }
    }
}

/// What has to run for some targets among all tasks. Of a chain, the caller can let each task use the terminal.
pub fn plan(all: &[Task], targets: &[&str]) -> Plan {
    Plan::of(all.iter().map(|task| (task.name.as_str(), task.needs.as_slice())), targets)
}

/// Runs some targets among all tasks, and what they need.
///
/// After a failure nothing starts any more, unless `keep_going` says so. What runs is always waited for, also when a
/// signal ends devshell.
///
/// # Errors
/// When devshell has no file descriptors left. That a task cannot be started is the task's failure.
pub fn run(all: &[Task], targets: &[&str], options: &Options, watcher: &dyn Watcher) -> io::Result<Report> {
    let plan = plan(all, targets);
    let tasks: Vec<&Task> = plan.names().filter_map(|name| all.iter().rfind(|task| task.name == name)).collect();
    let mut runner = Runner {
        outcomes: tasks.iter().map(|_| Outcome::NotRun).collect(),
        tasks,
        options,
        watcher,
        records: Records::of(options.state.clone()),
        signals: Caught::catch()?,
        progress: Progress::of(&plan),
        running: Vec::new(),
        streams: Vec::new(),
        first_failure: None,
        signal: None,
    };
    loop {
        runner.start_what_may();
        if runner.running.is_empty() {
            break;
        }
        runner.wait()?;
    }
    runner.heed_signals();
    let names = plan.names().map(str::to_owned);
    let Runner { outcomes, first_failure, signal, .. } = runner;
    Ok(Report { outcomes: names.zip(outcomes).collect(), first_failure, signal })
}

struct Running {
    place: usize,
    child: Child,
    since: Instant,
    /// Its inputs when it started.
    before: Snapshot,
}

/// One of a task's two pipes.
struct Stream {
    place: usize,
    is_error: bool,
    pipe: OwnedFd,
    lines: Lines,
}

struct Runner<'r> {
    /// In the plan's order.
    tasks: Vec<&'r Task>,
    options: &'r Options,
    watcher: &'r dyn Watcher,
    records: Records,
    signals: Caught,
    progress: Progress<'r>,
    running: Vec<Running>,
    streams: Vec<Stream>,
    outcomes: Vec<Outcome>,
    first_failure: Option<usize>,
    signal: Option<i32>,
}

impl Runner<'_> {
    fn start_what_may(&mut self) {
        let most = match self.options.output {
            Output::Inherit => 1,
            Output::Lines => self.options.jobs.unwrap_or_else(parallel::processors).max(1),
        };
        while self.running.len() < most {
            self.heed_signals();
            let Some(place) = self.progress.start_next() else { break };
            self.begin(place);
        }
    }

    /// Starts a task, unless it can be skipped.
    fn begin(&mut self, place: usize) {
        let task = self.tasks[place];
        let (reason, before) = match check(task, &self.records, self.signals.is_ending()) {
            // A signal has come.
            None => return,
            Some(Verdict::Fresh(_)) if !self.options.force => {
                self.outcomes[place] = Outcome::Skipped;
                self.progress.succeeded(place);
                return self.watcher.skipped(&task.name);
            }
            Some(Verdict::Fresh(before)) => (Reason::Forced, before),
            Some(Verdict::Stale(reason, before)) => (reason, before),
        };
        self.watcher.stale(&task.name, &reason);
        if task.is_skippable() {
            // Should devshell be killed, then what is there may be half of it.
            self.records.remove(&task.name);
        }
        self.watcher.started(&task.name);
        let since = Instant::now();
        match start(task, self.options.output) {
            Ok(mut child) => {
                // No names but the task's: what its command line contains may be secret.
                log::debug!("task {}: process {}", task.name, child.id());
                let [out, error] = [child.stdout.take().map(OwnedFd::from), child.stderr.take().map(OwnedFd::from)];
                for (is_error, pipe) in [(false, out), (true, error)] {
                    self.streams.extend(pipe.map(|pipe| Stream { place, is_error, pipe, lines: Lines::default() }));
                }
                self.running.push(Running { place, child, since, before });
            }
            Err(error) => self.end(place, Some(Failure::NotStarted(error)), since),
        }
    }

    /// Waits until something happens, and does what follows from it.
    fn wait(&mut self) -> io::Result<()> {
        // A signal wakes us; this is for a caller that has blocked it.
        const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
        let mut waiting = vec![PollFd::new(&self.signals, PollFlags::IN)];
        waiting.extend(self.streams.iter().map(|stream| PollFd::new(&stream.pipe, PollFlags::IN)));
        let count = match poll(&mut waiting, Some(&PATIENCE)) {
            Err(Errno::INTR) => return Ok(()),
            outcome => outcome?,
        };
        let is_ready: Vec<bool> = waiting.iter().map(|one| !one.revents().is_empty()).collect();
        let mut ready = is_ready[1..].iter();
        let (tasks, watcher) = (&self.tasks, self.watcher);
        self.streams
            .retain_mut(|stream| !ready.next().is_some_and(|is_ready| *is_ready) || stream.read(tasks, watcher));
        if is_ready[0] || count == 0 {
            self.signals.rearm();
            self.heed_signals();
            self.reap();
        }
        Ok(())
    }

    /// A signal that ends devshell: nothing starts any more, and what runs gets it too, unless the terminal has sent it to
    /// all of them. After a second Ctrl-C, they get a stronger one.
    fn heed_signals(&mut self) {
        for number in self.signals.take() {
            self.progress.stop();
            let is_again = self.signal.is_some();
            self.signal.get_or_insert(number);
            let passed = match number {
                SIGHUP => Some(Signal::HUP),
                SIGINT if !is_again => None,
                _ => Some(Signal::TERM),
            };
            for Running { child, .. } in &self.running {
                // It is not waited for yet, so its number is its own.
                let _ = passed.map(|signal| kill_process(Pid::from_child(child), signal));
            }
        }
    }

    /// Finds out who has ended.
    fn reap(&mut self) {
        let mut ended = Vec::new();
        self.running.retain_mut(|running| match running.child.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                ended.push((running.place, Failure::of(status), running.since, std::mem::take(&mut running.before)));
                false
            }
            // Some other code has waited for it, and how it ended is lost.
            Err(_) => {
                ended.push((running.place, Some(Failure::Exited(u8::MAX)), running.since, Snapshot::default()));
                false
            }
        });
        for (place, failure, since, before) in ended {
            self.hear_rest(place);
            // What was interrupted may be half done, whatever its status says.
            if failure.is_none() && self.signal.is_none() {
                note_success(self.tasks[place], &self.records, before);
            }
            self.end(place, failure, since);
        }
    }

    /// Reads what a task has printed before its end. It does not wait for the end of the pipe, which another process that
    /// the task has left may hold open for good.
    fn hear_rest(&mut self, place: usize) {
        let (tasks, watcher) = (&self.tasks, self.watcher);
        self.streams.retain_mut(|stream| stream.place != place || stream.read_rest(tasks, watcher));
    }

    fn end(&mut self, place: usize, failure: Option<Failure>, since: Instant) {
        if failure.is_some() {
            self.first_failure.get_or_insert(place);
            self.progress.failed(place);
            if !self.options.keep_going {
                self.progress.stop();
            }
        } else {
            self.progress.succeeded(place);
        }
        self.outcomes[place] = failure.map_or(Outcome::Succeeded, Outcome::Failed);
        self.watcher.ended(&self.tasks[place].name, &self.outcomes[place], since.elapsed());
    }
}

impl Stream {
    /// Reads what is there, once. Whether there may be more.
    fn read(&mut self, tasks: &[&Task], watcher: &dyn Watcher) -> bool {
        let mut buffer = vec![0; LONGEST];
        let hear = |line: &[u8]| watcher.line(&tasks[self.place].name, self.is_error, line);
        match rustix::io::read(&self.pipe, &mut buffer) {
            Err(Errno::INTR | Errno::AGAIN) => true,
            Ok(0) | Err(_) => {
                self.lines.finish(hear);
                false
            }
            Ok(read) => {
                self.lines.feed(&buffer[..read], hear);
                true
            }
        }
    }

    /// Reads as much as a pipe can hold, without waiting for more, and ends the line.
    fn read_rest(&mut self, tasks: &[&Task], watcher: &dyn Watcher) -> bool {
        // The largest that a user may make it (pipe(7)), so that a process that never stops printing is no obstacle.
        const LARGEST_PIPE: usize = 1 << 20;
        for _ in 0..LARGEST_PIPE / LONGEST {
            let mut waiting = [PollFd::new(&self.pipe, PollFlags::IN)];
            let is_ready = poll(&mut waiting, Some(&Timespec::default())).is_ok_and(|ready| ready > 0);
            if !is_ready {
                break;
            }
            if !self.read(tasks, watcher) {
                return false;
            }
        }
        self.lines.finish(|line| watcher.line(&tasks[self.place].name, self.is_error, line));
        true
    }
}

#[cfg(test)]
mod tests;

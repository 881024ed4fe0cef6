//! The uses that were heard of, each once.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use rustix::fs::FileType;

use super::call;
use super::listener::Call;
use super::process::{self, Found};
use crate::trace::{Action, Trace, Use};

/// So many different uses are kept. A build has some thousands.
const MOST: usize = 1 << 18;
/// So many threads are remembered with their programs.
const MOST_THREADS: usize = 1 << 12;
/// A script may have a script as its interpreter (execve(2)).
const DEEPEST: usize = 4;

/// A program, what it did, and the path.
type Key = (usize, Action, PathBuf);

pub struct Record {
    /// What is read and written below these is not kept.
    ignored: Vec<PathBuf>,
    /// Each program once, by its number.
    programs: Vec<PathBuf>,
    numbers: HashMap<PathBuf, usize>,
    /// What each thread runs.
    running: HashMap<u32, usize>,
    /// Where each use is, unless it is of no interest.
    known: HashMap<Key, Option<usize>>,
    trace: Trace,
}

impl Record {
    pub fn new(ignored: Vec<PathBuf>) -> Self {
        Self {
            ignored,
            programs: Vec::new(),
            numbers: HashMap::new(),
            running: HashMap::new(),
            known: HashMap::new(),
            trace: Trace::default(),
        }
    }

    pub fn into_trace(self) -> Trace {
        self.trace
    }

    /// Takes note of a call, while its process waits.
    pub fn add(&mut self, call: &Call) {
        let Some((action, path)) = call::read(call) else {
            self.trace.lost += 1;
            return;
        };
        if action != Action::Run && self.is_ignored(&path) {
            return;
        }
        let by = self.program(call.thread);
        self.note(call.thread, (by, action, path), 0);
        if action == Action::Run {
            // It becomes another program, if that can be started.
            self.running.remove(&call.thread);
        }
    }

    fn note(&mut self, thread: u32, key: Key, depth: usize) {
        if let Some(known) = self.known.get(&key) {
            if let Some(index) = known {
                self.trace.uses[*index].times += 1;
            }
            return;
        }
        if self.known.len() >= MOST {
            self.trace.lost += 1;
            return;
        }
        let (by, action, path) = &key;
        let found = Found::of(thread, path);
        let real = match (&found, action) {
            (Some(found), _) => Some(found.path.clone()),
            (None, Action::Write) => beside(thread, path),
            (None, _) => None,
        };
        let is_kept = match &found {
            Some(found) => found.kind == FileType::RegularFile && (*action != Action::Run || found.executable),
            None => *action != Action::Read,
        };
        let is_ignored = *action != Action::Run && real.as_deref().is_some_and(|real| self.is_ignored(real));
        if !is_kept || is_ignored {
            self.known.insert(key, None);
            return;
        }
        let interpreter = found.as_ref().filter(|_| *action == Action::Run && depth < DEEPEST);
        let interpreter = interpreter.and_then(Found::interpreter);
        self.trace.uses.push(Use {
            action: *action,
            path: path.clone(),
            file: found.map(|found| found.file),
            real: real.clone(),
            by: self.programs[*by].clone(),
            interprets: depth > 0,
            times: 1,
        });
        self.known.insert(key, Some(self.trace.uses.len() - 1));
        if let (Some(interpreter), Some(script)) = (interpreter, real) {
            let by = self.number(script);
            self.note(thread, (by, Action::Run, interpreter), depth + 1);
        }
    }

    /// What the name alone says. A path with `..` may be anywhere.
    fn is_ignored(&self, path: &Path) -> bool {
        self.ignored.iter().any(|directory| path.starts_with(directory))
            && !path.components().any(|component| component == Component::ParentDir)
    }

    fn program(&mut self, thread: u32) -> usize {
        if let Some(number) = self.running.get(&thread) {
            return *number;
        }
        let path = process::link(thread, "exe").unwrap_or_default();
        let number = self.number(path);
        // Numbers of threads come again.
        if self.running.len() >= MOST_THREADS {
            self.running.clear();
        }
        self.running.insert(thread, number);
        number
    }

    fn number(&mut self, program: PathBuf) -> usize {
        let next = self.programs.len();
        let number = *self.numbers.entry(program.clone()).or_insert(next);
        if number == next {
            self.programs.push(program);
        }
        number
    }
}

/// Where a file that does not exist yet is going to be.
fn beside(thread: u32, path: &Path) -> Option<PathBuf> {
    let directory = Found::of(thread, path.parent()?)?;
    Some(directory.path.join(path.file_name()?))
}

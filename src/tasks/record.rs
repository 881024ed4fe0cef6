//! The record of a task's last success: one file for each task below the project's state, complete or absent.
//! One that cannot be read counts as none, and so does one in another format.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::inputs::Input;
use super::outputs::Made;
use super::{Reason, Snapshot, Task};
use crate::digest::key;
use crate::files::{bounded, most, own, write_private};

/// The first line. Its number changes with the meaning of what follows.
const FORMAT: &[u8] = b"devshell task 1\n";

/// The directory of the state that the records are in.
const DIRECTORY: &str = "tasks";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    command: String,
    directory: String,
    patterns: String,
    /// By name. There is a digest in the place of each value, because a value may be secret.
    variables: Vec<(Vec<u8>, String)>,
    basis: String,
    pub inputs: Vec<Input>,
    pub outputs: Made,
}

impl Record {
    pub fn of(task: &Task, snapshot: Snapshot, outputs: Made) -> Self {
        let words = |words: &[String]| key(&words.iter().map(String::as_bytes).collect::<Vec<_>>());
        let value = |name| task.variables.get(name).map_or(key(&[]), |value| key(&[value.as_bytes()]));
        Self {
            command: key(&task.command.iter().map(|word| word.as_bytes()).collect::<Vec<_>>()),
            directory: key(&[task.directory.as_os_str().as_bytes(), task.root.as_os_str().as_bytes()]),
            patterns: key(&[words(&task.inputs).as_bytes(), words(&task.outputs).as_bytes()]),
            variables: task.counted.iter().map(|name| (name.as_bytes().to_owned(), value(name))).collect(),
            basis: task.basis.clone(),
            inputs: snapshot.inputs,
            outputs,
        }
    }

    /// The first difference to another record, of the same task as it is now, in anything but the outputs.
    pub fn difference(&self, now: &Self) -> Option<Reason> {
        if self.command != now.command {
            return Some(Reason::Command);
        }
        if self.directory != now.directory {
            return Some(Reason::Directory);
        }
        if self.patterns != now.patterns {
            return Some(Reason::Patterns);
        }
        let differing =
            |one: &Self, other: &Self| one.variables.iter().find(|pair| !other.variables.contains(pair)).cloned();
        if let Some((name, _)) = differing(now, self).or_else(|| differing(self, now)) {
            return Some(Reason::Variable(std::os::unix::ffi::OsStringExt::from_vec(name)));
        }
        if self.basis != now.basis {
            return Some(Reason::Basis);
        }
        differing_input(&self.inputs, &now.inputs)
    }
}

/// Both are sorted.
fn differing_input(before: &[Input], now: &[Input]) -> Option<Reason> {
    let differs = |(a, b): &(&Input, &Input)| a.path_bytes() != b.path_bytes() || a.content != b.content;
    let first = before.iter().zip(now).find(differs);
    let shorter = before.len().min(now.len());
    let (before, now) =
        first.map_or((before.get(shorter), now.get(shorter)), |(before, now)| (Some(before), Some(now)));
    match (before, now) {
        (None, None) => None,
        (Some(before), Some(now)) if before.path_bytes() == now.path_bytes() => Some(Reason::InputChanged(now.path())),
        (Some(before), Some(now)) if before.path_bytes() > now.path_bytes() => Some(Reason::InputNew(now.path())),
        (None, Some(now)) => Some(Reason::InputNew(now.path())),
        (Some(before), _) => Some(Reason::InputGone(before.path())),
    }
}

/// All records of a project.
#[derive(Clone, Debug)]
pub struct Records {
    pub(super) state: PathBuf,
}

impl Records {
    /// Those in a project's DEVSHELL_STATE.
    pub const fn of(state: PathBuf) -> Self {
        Self { state }
    }

    /// A task's name may be anything, so the file's is a digest of it. A file that a script puts in the place of the
    /// directory, as a link to another one, cannot choose what is written there either.
    fn place(&self, name: &str) -> PathBuf {
        self.state.join(DIRECTORY).join(key(&[name.as_bytes()]))
    }

    pub(super) fn read(&self, name: &str) -> Option<Record> {
        let bytes = bounded::open(&self.place(name)).and_then(|file| file.read_finished(most::TASK)).ok()?;
        postcard::from_bytes(bytes.strip_prefix(FORMAT)?).ok()
    }

    /// Of two processes, the last one wins. Without a record, the task runs once more, so it may fail.
    pub(super) fn write(&self, name: &str, record: &Record) {
        let written = || -> io::Result<()> {
            let directory = own::make_directory(&self.state, DIRECTORY, own::PRIVATE)?;
            if !fs_err::symlink_metadata(directory)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            let bytes = postcard::to_stdvec(record).map_err(io::Error::other)?;
            write_private(&self.place(name), &[FORMAT, &bytes])
        };
        if let Err(error) = written() {
            log::debug!("the record of a task cannot be written: {error}");
        }
    }

    /// Whatever becomes of the task now, it has no success until the next record.
    pub(super) fn remove(&self, name: &str) {
        match fs_err::remove_file(self.place(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                log::debug!("the record of a task cannot be removed: {error}");
            }
            _ => {}
        }
    }
}

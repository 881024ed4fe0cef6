//! Scripts that need others: in which order they run, several at once, and which of them are skipped because nothing
//! has changed. It gets values and knows neither manifest nor lock. It prints nothing: a `Watcher` hears what happens.

mod fresh;
mod graph;
mod inputs;
mod lines;
mod outputs;
mod patterns;
mod process;
mod reason;
mod record;
mod run;
mod walk;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

pub use fresh::{Verdict, check};
pub use graph::{Plan, Progress};
pub use inputs::Snapshot;
pub use lines::{LONGEST, Lines};
pub use process::{Failure, StartError};
pub use reason::Reason;
pub use record::Records;
pub use run::{Options, Outcome, Report, Watcher, plan, run};

use crate::env::Variables;

/// Where a task's input comes from and its output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It has no input, and its output is heard in lines.
    Lines,
    /// Both are devshell's own, so only one task runs at a time.
    Inherit,
}

/// One script, as it is run.
#[derive(Clone, Debug, Default)]
pub struct Task {
    pub name: String,
    /// The names of tasks that have to succeed, or be skipped, before it starts. A name that no task has is passed over.
    pub needs: Vec<String>,
    /// A program, which is found on the PATH of `variables`, and its arguments.
    pub command: Vec<OsString>,
    /// Where it runs, as an absolute path.
    pub directory: PathBuf,
    /// All variables that it gets.
    pub variables: Variables,
    /// The names of those whose values decide whether it is fresh. A terminal sets others to something new each time.
    pub counted: BTreeSet<OsString>,
    /// Patterns of the files that it reads.
    pub inputs: Vec<String>,
    /// Patterns of the files that it makes.
    pub outputs: Vec<String>,
    /// The directory that the patterns are relative to, as an absolute path.
    pub root: PathBuf,
    /// A digest of what else decides: the environment with the locked tools.
    pub basis: String,
}

impl Task {
    /// Whether it can ever be skipped.
    pub fn is_skippable(&self) -> bool {
        !self.inputs.is_empty() || !self.outputs.is_empty()
    }
}

#[cfg(test)]
mod tests;

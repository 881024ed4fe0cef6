//! How a verb fails: its messages, and the exit code.

use std::error::Error;
use std::path::PathBuf;

use crate::files::way_to_own;
use crate::hint::{Hint, causes};
use crate::manifest::Problems;
use crate::project::ProjectError;
use crate::road::RoadError;
use crate::sandbox;
use crate::session::SpawnError;

/// The exit codes besides 0 and those of the command that was run.
pub mod code {
    /// The answer is no: `lock --check`.
    pub const NO: u8 = 1;
    /// The command line makes no sense.
    pub const USAGE: u8 = 2;
    /// The lock is missing or stale.
    pub const LOCK: u8 = 3;
    /// The manifest or the lock is wrong.
    pub const MANIFEST: u8 = 4;
    /// A tool is not available.
    pub const TOOL: u8 = 5;
    /// Before the command started, devshell itself failed.
    pub const BEFORE_START: u8 = 125;
    /// The command is there and cannot be run.
    pub const CANNOT_RUN: u8 = 126;
    /// The command is not there.
    pub const NOT_FOUND: u8 = 127;
}

/// Why a verb ends early.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    pub reports: Vec<Report>,
}

/// One thing to say on standard error.
#[derive(Debug)]
pub enum Report {
    Message { text: String, causes: Vec<String>, hint: Option<String> },
    Problems(Box<Problems>),
}

/// So many messages with one cause are printed, and after the last of them the cause and the hint.
const MOST_ALIKE: usize = 4;

impl Failure {
    /// An error with its causes and its hint.
    pub fn new(code: u8, error: &(impl Error + Hint)) -> Self {
        Self::several(code, std::slice::from_ref(error))
    }

    /// Several errors of one kind.
    pub fn several(code: u8, errors: &[impl Error + Hint]) -> Self {
        let mut found: Vec<(String, Vec<String>, Option<String>)> = Vec::new();
        for error in errors {
            let (text, causes) = (error.to_string(), causes(error));
            // A cause that several tools share is printed once.
            if !found.iter().any(|(t, c, _)| (t, c) == (&text, &causes)) {
                let hint = next_step(error, &causes);
                found.push((text, causes, hint));
            }
        }
        let mut reports = Vec::new();
        for alike in found.chunk_by(|(_, a, x), (_, b, y)| !a.is_empty() && (a, x) == (b, y)) {
            let mut texts: Vec<String> = alike.iter().take(MOST_ALIKE).map(|(text, ..)| text.clone()).collect();
            if let count @ 1.. = alike.len().saturating_sub(MOST_ALIKE) {
                texts.push(format!("{count} more, for the same reason"));
            }
            let message = |text| Report::Message { text, causes: Vec::new(), hint: None };
            reports.extend(texts.into_iter().map(message));
            if let Some(Report::Message { causes, hint, .. }) = reports.last_mut() {
                (*causes, *hint) = (alike[0].1.clone(), alike[0].2.clone());
            }
        }
        Self { code, reports }
    }

    /// A text of the verb's own, and a hint.
    pub fn said(code: u8, text: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        let report = Report::Message { text: text.into(), causes: Vec::new(), hint: hint.into() };
        Self { code, reports: vec![report] }
    }

    /// The messages, without the hints.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.reports.iter().map(|report| match report {
            Report::Message { text, causes, .. } => format!("{text} {causes:?}"),
            Report::Problems(problems) => problems.to_string(),
        })
    }

    /// The same failure in a verb that runs a command, whose own codes must stay apart. A lock
    /// that is missing or stale keeps its code, for CI to tell, and so does a command that is
    /// not there or cannot be run.
    pub fn before_start(self) -> Self {
        let code = match self.code {
            code::LOCK | code::CANNOT_RUN | code::NOT_FOUND => self.code,
            _ => code::BEFORE_START,
        };
        Self { code, ..self }
    }
}

/// The hint of an error, but where the wall of a sandbox is its cause.
fn next_step(error: &impl Hint, causes: &[String]) -> Option<String> {
    let is_refused = causes.iter().any(|cause| cause.contains("Read-only file system"));
    let around = sandbox::around(None).filter(|_| is_refused);
    let outside = |around: PathBuf| {
        format!("nothing can be installed in the sandbox of `{}`: type it outside, and enter again", around.display())
    };
    around.map(outside).or_else(|| error.hint())
}

impl From<Box<Problems>> for Failure {
    fn from(problems: Box<Problems>) -> Self {
        Self { code: code::MANIFEST, reports: vec![Report::Problems(problems)] }
    }
}

impl From<RoadError> for Failure {
    fn from(error: RoadError) -> Self {
        match error {
            RoadError::Own(error) => Self::new(code::BEFORE_START, &error),
            RoadError::Manifest(problems) => problems.into(),
            RoadError::Environment(error) => Self::new(code::USAGE, &error),
            RoadError::Misfits { lines, hint } => {
                let report = |text| Report::Message { text, causes: Vec::new(), hint: Some(hint.clone()) };
                Self { code: code::MANIFEST, reports: lines.into_iter().map(report).collect() }
            }
            RoadError::NotCurrent(error) => Self::new(code::LOCK, &error),
            RoadError::Resolve(errors) => Self::several(code::TOOL, &errors),
            RoadError::Fetch(errors) => Self::several(code::TOOL, &errors),
            error @ RoadError::Publishers(_) => Self::new(code::TOOL, &error),
            RoadError::Variables(errors) => Self::several(code::MANIFEST, &errors),
            RoadError::Nix(error) if error.is_about_lock() => Self::new(code::LOCK, &error),
            RoadError::Nix(error) => Self::new(code::TOOL, &error),
            RoadError::Files(error) => error.into(),
            error @ (RoadError::NotLocked(_) | RoadError::Layout(_) | RoadError::Python(_)) => {
                Self::new(code::TOOL, &error)
            }
            error @ (RoadError::Project(_)
            | RoadError::Devshell { .. }
            | RoadError::Platform { .. }
            | RoadError::Lock(_)
            | RoadError::Clash(_)
            | RoadError::EnvFile(_)
            | RoadError::NoBase
            | RoadError::OfHost(_)
            | RoadError::NoHome) => Self::new(code::MANIFEST, &error),
        }
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        RoadError::from(error).into()
    }
}

impl From<SpawnError> for Failure {
    fn from(error: SpawnError) -> Self {
        Self::new(error.status(), &error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::said(code::NO, error.to_string(), way_to_own(&error))
    }
}

//! Why a task is run and not skipped, in words that follow "because".

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::text;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was asked for.
    Forced,
    NothingNamed,
    NoRecord,
    Command,
    Directory,
    Patterns,
    Variable(OsString),
    Basis,
    /// A pattern of the inputs that no file matches: likely a mistake, which would keep the task fresh for good.
    NoInput(String),
    InputUnreadable(PathBuf),
    InputChanged(PathBuf),
    InputNew(PathBuf),
    InputGone(PathBuf),
    NoOutput(String),
    OutputMissing(PathBuf),
    OutputChanged(PathBuf),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = |f: &mut fmt::Formatter, path: &PathBuf, what: &str| {
            write!(f, "`{}` {what}", text::word(&path.to_string_lossy()))
        };
        match self {
            Self::Forced => f.write_str("you asked for it"),
            Self::NothingNamed => f.write_str("it names no `inputs` or `outputs`"),
            Self::NoRecord => f.write_str("it has not succeeded yet"),
            Self::Command => f.write_str("the command has changed"),
            Self::Directory => f.write_str("the directory that it runs in has changed"),
            Self::Patterns => f.write_str("its `inputs` or `outputs` have changed"),
            Self::Variable(name) => write!(f, "the variable `{}` has changed", text::word(&name.to_string_lossy())),
            Self::Basis => f.write_str("the tools have changed"),
            Self::NoInput(pattern) | Self::NoOutput(pattern) => write!(f, "no file matches `{}`", text::word(pattern)),
            Self::InputUnreadable(path) => about(f, path, "cannot be read"),
            Self::InputChanged(path) => about(f, path, "has changed"),
            Self::InputNew(path) => about(f, path, "is new"),
            Self::InputGone(path) => about(f, path, "is gone"),
            Self::OutputMissing(path) => about(f, path, "is missing"),
            Self::OutputChanged(path) => about(f, path, "was changed"),
        }
    }
}

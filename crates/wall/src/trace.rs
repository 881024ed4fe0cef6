//! What a command used while it ran, as a value.

use std::path::PathBuf;

/// The step of a [`Fault`](crate::Fault) that says that this process cannot be traced.
pub(crate) const STEP: &str = "trace the command";

/// What a process did with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    Run,
    Read,
    /// It may also have read it.
    Write,
}

/// One file that one program used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub action: Action,
    /// As the program named it. It is absolute, and may have links in it.
    pub path: PathBuf,
    /// Where it is without links, for the program. Nothing if it did not exist: that is recorded of what should run or was
    /// about to be written, and of nothing else.
    pub real: Option<PathBuf>,
    /// The device and the inode of the file.
    pub file: Option<(u64, u64)>,
    /// The program that used it, as the kernel knows it: what a script uses, its interpreter does.
    pub by: PathBuf,
    /// Whether the kernel started it for a script, which `by` is then.
    pub interprets: bool,
    /// How often; of the interpreter of a script once for each script.
    pub times: u64,
}

/// All that a command and the processes that it started used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// In the order of their first use.
    pub uses: Vec<Use>,
    /// How many uses could not be read, or were too many to be kept.
    pub lost: u64,
}

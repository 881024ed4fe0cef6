//! How a command inside a wall ended.

use rustix::process::WaitStatus;

/// How a command inside a wall ended, and what its gate has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub ending: Ending,
    /// [`Gate::report`](crate::Gate::report); empty without a gate.
    pub report: Vec<u8>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Exited(u8),
    Signalled(i32),
    /// It could not be started, for this reason (errno(3)).
    NotStarted(i32),
}

impl From<WaitStatus> for Ending {
    fn from(status: WaitStatus) -> Self {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Self::Exited(u8::try_from(code).unwrap_or(u8::MAX)),
            (None, signal) => Self::Signalled(signal.unwrap_or(0)),
        }
    }
}

//! How a command inside a wall ended.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Exited(u8),
    Signalled(i32),
    /// It could not be started, for this reason (errno(3)).
    NotStarted(i32),
}

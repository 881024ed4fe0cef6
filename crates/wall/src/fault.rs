//! Why a wall could not be built: what was tried, and what the kernel answered.

use std::fmt;
use std::io;

use rustix::io::Errno;

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Such as "mount `/dev`"; it fits "cannot …".
    pub step: String,
    /// The number of the error, as in errno(3).
    pub number: i32,
}

impl Fault {
    pub(crate) fn new(step: impl Into<String>, error: Errno) -> Self {
        Self { step: step.into(), number: error.raw_os_error() }
    }

    /// Whether it is the trace that could not begin.
    pub fn is_of_trace(&self) -> bool {
        self.step == crate::trace::STEP
    }

    pub fn errno(&self) -> Errno {
        Errno::from_raw_os_error(self.number)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.step, io::Error::from_raw_os_error(self.number))
    }
}

impl std::error::Error for Fault {}

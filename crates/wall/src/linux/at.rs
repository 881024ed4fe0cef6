//! Results of system calls, with the step that they were.

use std::io;

use rustix::io::Errno;

use crate::fault::Fault;

/// Names the step of a system call.
pub(crate) trait At<T> {
    fn at(self, step: impl FnOnce() -> String) -> Result<T, Fault>;
}

impl<T> At<T> for Result<T, Errno> {
    fn at(self, step: impl FnOnce() -> String) -> Result<T, Fault> {
        self.map_err(|error| Fault::new(step(), error))
    }
}

impl<T> At<T> for io::Result<T> {
    fn at(self, step: impl FnOnce() -> String) -> Result<T, Fault> {
        self.map_err(|error| Fault::new(step(), Errno::from_io_error(&error).unwrap_or(Errno::IO)))
    }
}

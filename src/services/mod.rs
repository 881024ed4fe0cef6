//! Services: programs that run beside one's work, started in order, watched, and stopped in reverse order. It knows neither
//! manifest nor lock and prints nothing: it gets services that are planned, and a `Watcher` that shows what happens.
//!
//! The owner (`devshell up`, or `devshell run` of a script that needs services) starts a manager in a process of its own,
//! by `devshell_wall::enclose`: whatever becomes of either, nothing that the manager started outlives it.

mod control;
mod course;
mod end;
mod events;
mod lease;
mod manager;
mod output;
pub mod ports;
mod probe;
mod process;
mod shown;
mod status;
mod unit;

use std::path::PathBuf;
use std::time::Duration;

pub use control::{Answer, Client, Request};
pub use events::order;
pub use lease::{Lease, Place};
pub use manager::Manager;
pub use status::{Phase, Status};

use crate::env::Variables;
use crate::manifest::{Restart, StopSignal};

/// A service, with everything that starting it takes.
#[derive(Clone, Debug)]
pub struct Planned {
    pub name: String,
    /// What all services of its project have in common, and no other's have.
    pub project: String,
    /// Its command line, for `sh -c`.
    pub run: String,
    /// What runs before each start.
    pub prepare: Option<String>,
    pub ready: Option<Sign>,
    pub stop: StopSignal,
    pub restart: Restart,
    /// The services that have to be ready before it.
    pub needs: Vec<String>,
    pub variables: Variables,
    pub directory: PathBuf,
    /// Its ports, by their variables.
    pub ports: Vec<(String, u16)>,
}

impl Planned {
    /// What all its processes have in a variable.
    fn mark(&self) -> String {
        format!("{}/{}", self.project, self.name)
    }
}

/// What shows that a service can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A command line ends well.
    Command(String),
    /// A TCP port of the loopback interface takes connections.
    Port(u16),
    /// A socket in the file system takes connections.
    Socket(PathBuf),
    /// A URL is answered with a status below 400.
    Http(String),
    /// A line with this text in it is printed.
    Line(String),
}

/// Sees what happens to services, from several threads.
pub trait Watcher: Send + Sync {
    /// A line that a service printed, without its end.
    fn line(&self, service: &str, line: &[u8]);

    /// Something has changed about a service; all are given in the order of their names.
    fn changed(&self, all: &[Status], which: usize);
}

/// How long a service has to become ready.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// How long it has to end once it was asked to.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// The same if its owner is gone: after five seconds, nothing is left.
const ENDS_WITHOUT_OWNER: Duration = Duration::from_secs(3);

/// How long to wait for services that another command is just starting or stopping.
pub const SETTLES_WITHIN: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;

//! Whether walls can be built on this machine, by building one.

use std::process::Command;

use super::supervise::run;
use crate::fault::Fault;
use crate::plan::{Mount, Network, Users, Wall};

/// Builds a wall in which nothing runs. The calling process must have a single thread.
pub fn try_walls() -> Result<(), Fault> {
    let mounts = vec![Mount::Devices { target: "/dev".into() }, Mount::Processes { target: "/proc".into() }];
    let wall = Wall { mounts, network: Network::None, directory: "/".into(), users: Users::Same };
    // A directory is no program, which is found once the wall is there.
    run(&wall, &mut Command::new("/"), None).map(drop)
}

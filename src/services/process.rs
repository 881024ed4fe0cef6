//! Starts the processes of services, and signals them.

use std::io;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

use super::Planned;
use crate::manifest::in_place;

/// A command line of a service, for `sh -c`, not started yet. It gets no input. All its processes have the service's mark.
pub fn shell(service: &Planned, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &in_place(line)]).arg(&service.name).stdin(Stdio::null());
    command.env_clear().envs(&service.variables).current_dir(&service.directory);
    devshell_wall::lead(&mut command, &service.mark());
    command
}

/// Starts a command line, with what it prints in one pipe.
pub fn start(service: &Planned, line: &str) -> io::Result<(Child, io::PipeReader)> {
    let (reader, writer) = io::pipe()?;
    let mut command = shell(service, line);
    command.stdout(writer.try_clone()?).stderr(writer);
    // With the command go our ends of the pipe, so that reading has an end.
    let child = command.spawn()?;
    drop(command);
    Ok((child, reader))
}

/// Sends a signal to a process and to its group, if it leads one.
pub fn signal(leader: Pid, signal: Signal) {
    let _ = kill_process_group(leader, signal).or_else(|_| kill_process(leader, signal));
}

/// Whether there are processes in a group, whose leader may have ended.
pub fn has_group(leader: Pid) -> bool {
    test_kill_process_group(leader).is_ok()
}

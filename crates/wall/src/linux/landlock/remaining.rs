//! What still runs when the command has ended. Without a namespace of processes, the kernel does not end it.

use std::fs;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};

use crate::fault::Fault;
use crate::linux::at::At as _;
use crate::linux::process::parent;

/// From now on, this process is the parent of what loses its own.
pub fn adopt() -> Result<(), Fault> {
    set_child_subreaper(Some(getpid())).at(|| "adopt processes".to_owned())
}

/// Ends all processes below this one.
pub fn end() {
    // The children of one that ends come to this process.
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => continue,
            Ok(None) => {}
            Err(_) => return,
        }
        // Until this process has waited for it, the number of a child is no other process's.
        for child in children() {
            let _ = kill_process(child, Signal::KILL);
        }
        if !matches!(wait(WaitOptions::empty()), Ok(_) | Err(Errno::INTR)) {
            return;
        }
    }
}

fn children() -> Vec<Pid> {
    let own = getpid();
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(Pid::from_raw).filter(|process| parent(*process) == Some(own)).collect()
}

//! What still runs when the command has ended. Without a namespace of processes, the kernel does not end it.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};

use crate::fault::Fault;
use crate::linux::at::At as _;
use crate::linux::process::{all, parent};

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
        let killed = children().filter(|child| kill_process(*child, Signal::KILL).is_ok()).count();
        // A program with the set-uid bit may have become another user's process, which would be waited for in vain.
        if killed == 0 || !matches!(wait(WaitOptions::empty()), Ok(_) | Err(Errno::INTR)) {
            return;
        }
    }
}

fn children() -> impl Iterator<Item = Pid> {
    let own = getpid();
    all().filter(move |process| parent(*process) == Some(own))
}

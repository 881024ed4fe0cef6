//! The loop that answers system calls.

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::listener::{Call, Listener};

/// Why there is nothing more to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// All processes have ended.
    End,
    /// It was to stop.
    Stop,
}

/// Lets each call go on after it was looked at, until the last process has ended, or the other end of `stopped` is closed.
pub fn answer(listener: &mut Listener, stopped: Option<&OwnedFd>, mut look: impl FnMut(&Call)) -> Heard {
    loop {
        let (calls, stop) = match wait(listener, stopped) {
            Ok(events) => events,
            Err(Errno::INTR) => continue,
            Err(_) => return Heard::End,
        };
        if calls.contains(PollFlags::IN) {
            match listener.hear() {
                Ok(Some(call)) => {
                    look(&call);
                    listener.let_go_on(call.id);
                }
                Ok(None) => {}
                Err(_) => return Heard::End,
            }
        } else if calls.intersects(PollFlags::HUP | PollFlags::ERR) {
            return Heard::End;
        } else if !stop.is_empty() {
            return Heard::Stop;
        }
    }
}

fn wait(listener: &Listener, stopped: Option<&OwnedFd>) -> Result<(PollFlags, PollFlags), Errno> {
    let calls = PollFd::new(listener, PollFlags::IN);
    let Some(stopped) = stopped else {
        let mut one = [calls];
        poll(&mut one, None)?;
        return Ok((one[0].revents(), PollFlags::empty()));
    };
    let mut both = [calls, PollFd::new(stopped, PollFlags::IN)];
    poll(&mut both, None)?;
    Ok((both[0].revents(), both[1].revents()))
}

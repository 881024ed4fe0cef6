//! The two ends of a trace: the command hands its listener over before it starts, and a thread of the process outside
//! answers and takes note.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::thread::JoinHandle;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::system::uname;
use rustix::thread::set_no_new_privs;

use super::super::at::At as _;
use super::answers::{Heard, answer};
use super::filter;
use super::keeper;
use super::listener::{Listener, listen};
use super::record::Record;
use crate::fault::Fault;
use crate::trace::{STEP, Trace};

/// A trace, before and while the command runs.
pub struct Tracing {
    ignored: Vec<PathBuf>,
    /// For the process outside, and for the command. With packets, an end that is closed is heard at the other one.
    outside: Option<OwnedFd>,
    inside: Option<OwnedFd>,
    watch: Option<Watch>,
}

struct Watch {
    thread: JoinHandle<(Trace, Option<Listener>)>,
    /// The thread stops when this is closed.
    stop: OwnedFd,
}

impl Tracing {
    pub fn new(ignored: Vec<PathBuf>) -> Result<Self, Fault> {
        if !is_new_enough(&uname().release().to_string_lossy()) {
            return Err(Fault::new(STEP, Errno::NOSYS));
        }
        let (family, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
        let ends = socketpair(family, kind, SocketFlags::CLOEXEC, None).at(|| "make a pair of sockets".to_owned());
        let (outside, inside) = ends?;
        Ok(Self { ignored, outside: Some(outside), inside: Some(inside), watch: None })
    }

    /// For the process that becomes the command: from now on, each of its calls waits for an answer.
    pub fn hand_over(&self) -> Result<(), Fault> {
        let step = || STEP.to_owned();
        set_no_new_privs(true).at(step)?;
        let Some(socket) = &self.inside else { return Ok(()) };
        let listener = listen(&mut filter::program()).at(step)?;
        let descriptors = [listener.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        sendmsg(socket, &[IoSlice::new(&[0])], &mut control, SendFlags::empty()).at(step)?;
        Ok(())
    }

    /// For the process outside, once the other has been started.
    pub fn begin(&mut self) -> Result<(), Fault> {
        let step = || STEP.to_owned();
        self.inside = None;
        let Some(socket) = self.outside.take() else { return Ok(()) };
        let (stopped, end) = pipe_with(PipeFlags::CLOEXEC).at(step)?;
        let mut record = Record::new(std::mem::take(&mut self.ignored));
        let watch = move || {
            let Some(mut listener) = receive(&socket) else { return (record.into_trace(), None) };
            drop(socket);
            let heard = answer(&mut listener, Some(&stopped), |call| record.add(call));
            let rest = (heard == Heard::Stop).then_some(listener);
            (record.into_trace(), rest)
        };
        let thread = std::thread::Builder::new().spawn(watch).at(step)?;
        self.watch = Some(Watch { thread, stop: end });
        Ok(())
    }

    /// What was used until now. Processes that still run go on, and are not watched any more.
    pub fn finish(self) -> Trace {
        // Without these, the thread does not wait for a listener that does not come.
        drop((self.inside, self.outside));
        let Some(Watch { thread, stop }) = self.watch else { return Trace::default() };
        drop(stop);
        let Ok((trace, rest)) = thread.join() else { return Trace::default() };
        if let Some(listener) = rest {
            keeper::start(listener);
        }
        trace
    }
}

/// Whether a listener of this kernel says when the last process has ended, which it does since Linux 5.9.
fn is_new_enough(release: &str) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().unwrap_or(0));
    let version: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    version >= (5, 9)
}

/// The listener of the command, unless it ended before.
fn receive(socket: &OwnedFd) -> Option<Listener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut parts = [std::io::IoSliceMut::new(&mut byte)];
    while let Err(error) = recvmsg(socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
        if error != Errno::INTR {
            return None;
        }
    }
    let mut descriptors = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    Listener::new(descriptors.next()?.next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn old_kernels_are_known_by_their_names() {
        for (release, expected) in [
            ("5.9.0", true),
            ("6.1.0-18-amd64", true),
            ("5.15.153.1-microsoft-standard-WSL2", true),
            ("6.10-rc1+", true),
            ("5.4.0-150-generic", false),
            ("4.18.0-553.el8_10.x86_64", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(release), expected, "{release}");
        }
    }
}

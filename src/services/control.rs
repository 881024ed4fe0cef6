//! How other commands of devshell talk to a manager: lines of JSON over a socket in the project's state.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};

use super::{Place, Status};

/// How long a manager waits for one that does not read its answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a manager is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// How everything is.
    Status,
    /// Starts services, with what they need, and answers once they are ready, or one cannot be. From then on they are used, for
    /// as long as the connection is open.
    Start(Vec<String>),
    /// From the owner: it needs them no longer. If others do, they go on until the last one has ended.
    Release,
    /// They go on, also if the owner ends.
    Keep,
    /// Stops services, with those that need them, and answers once they have ended; without names, all, and the manager.
    Stop(Vec<String>),
}

/// What it answers, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Status(Vec<Status>),
    /// It is done.
    Done,
    /// These are not ready.
    Failed(Vec<Status>),
    /// It has no services of these names: it was started with an earlier manifest.
    Unknown(Vec<String>),
    /// It is about to end, and starts nothing.
    Ending,
    /// No one else uses them.
    Unused,
    /// Others use them.
    InUse,
}

/// A connection to a manager.
#[derive(Debug)]
pub struct Client(BufReader<UnixStream>);

impl Client {
    /// `None` if no manager runs.
    pub fn connect(place: &Place) -> Option<Self> {
        let connect = |path: &Path| UnixStream::connect(path);
        reach(place, connect).ok().map(|stream| Self(BufReader::new(stream)))
    }

    /// Asks, and waits for the answer. The end of a manager in between is an error.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        self.send(request)?;
        self.receive()
    }

    pub fn send(&mut self, request: &Request) -> io::Result<()> {
        write_line(self.0.get_mut(), request)
    }

    /// It stays open in the program that takes this process's place, and so its services are used until that has ended.
    pub fn hand_on(&self) {
        // If not, the services may end sooner.
        let _ = rustix::io::fcntl_setfd(self, rustix::io::FdFlags::empty());
    }

    /// The answer to what was sent.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

/// Readable when there is an answer, or the manager has ended.
impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}

/// Where a manager is asked.
#[derive(Debug)]
pub(super) struct Server(UnixListener);

impl Server {
    /// Only the holder of the lease does that, so what is in the place is left from an earlier one.
    pub fn open(place: &Place) -> io::Result<Self> {
        let _ = fs_err::remove_file(place.socket());
        reach(place, |path| UnixListener::bind(path)).map(Self)
    }

    /// The next one that asks.
    pub fn accept(&self) -> io::Result<Asking> {
        let (stream, _) = self.0.accept()?;
        Ok(Asking(BufReader::new(stream)))
    }
}

/// One that asks.
#[derive(Debug)]
pub(super) struct Asking(BufReader<UnixStream>);

/// Where it gets its answers.
#[derive(Debug)]
pub(super) struct Answering(UnixStream);

impl Asking {
    /// The next question, and where to answer it; `None` if there is none any more.
    pub fn next(&mut self) -> Option<(Request, Answering)> {
        let mut line = String::new();
        self.0.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let request = serde_json::from_str(&line).ok()?;
        Some((request, Answering(self.0.get_ref().try_clone().ok()?)))
    }
}

impl Answering {
    /// One that does not read it is not waited for.
    pub fn answer(mut self, answer: &Answer) {
        let _ = self.0.set_write_timeout(Some(PATIENCE)).and_then(|()| write_line(&mut self.0, answer));
    }
}

fn write_line(stream: &mut UnixStream, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Does something with the path of the socket, which is short however long that of the state is: a socket's path must fit
/// in 107 bytes.
fn reach<T>(place: &Place, act: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
    if !cfg!(target_os = "linux") {
        return act(&place.socket());
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::open(&place.directory, flags, Mode::empty())?;
    let descriptor = directory.as_raw_fd();
    act(&PathBuf::from(format!("/proc/self/fd/{descriptor}/socket")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_below_a_long_path() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::below(&root.path().join("x".repeat(120)));
        place.make().unwrap();
        assert!(Client::connect(&place).is_none());
        let server = Server::open(&place).unwrap();
        let answering = std::thread::spawn(move || {
            let mut asking = server.accept().unwrap();
            let (request, answering) = asking.next().unwrap();
            answering.answer(&Answer::Unknown(vec!["a b\n".to_owned()]));
            (request, asking.next().is_some())
        });
        let mut client = Client::connect(&place).unwrap();
        let answer = client.ask(&Request::Start(vec!["a b\n".to_owned()])).unwrap();
        assert_eq!(answer, Answer::Unknown(vec!["a b\n".to_owned()]));
        drop(client);
        assert_eq!(answering.join().unwrap(), (Request::Start(vec!["a b\n".to_owned()]), false));
        // A socket that no one listens at any more is none.
        assert!(Client::connect(&place).is_none());
        assert!(Server::open(&place).is_ok());
    }
}

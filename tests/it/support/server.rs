//! A small web server on the loopback interface: connections, TLS, who is answered, a log, and the
//! mistakes it is told to make. What it has to give is the affair of a [`Site`].

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use rustls::{ServerConnection, StreamOwned};
use sha2::{Digest as _, Sha256};

use super::{Certified, DEADLINE};

/// What a server has, and the protocol it speaks above HTTP.
pub trait Site: Send + 'static {
    /// The answer when nothing goes wrong. `base` is the server's address, with a `/` at the end.
    fn answer(&self, base: &str, request: &Request) -> Answer;
}

/// Serves until it is dropped.
#[must_use]
pub struct Server<S: Site> {
    url: String,
    address: SocketAddr,
    state: Arc<Mutex<State<S>>>,
}

/// What goes wrong at an address.
#[derive(Clone)]
pub enum Fault {
    /// 404, always.
    NotFound,
    /// This status, so many times, and the wish to be asked again at once.
    Status(u16, usize),
    /// 302 to another address, always.
    Redirect(String),
    /// 429, once, and the wish to be asked again after so many seconds.
    Busy(u32),
    /// The connection ends in the middle of the body, so many times.
    Cut(usize),
    /// These bytes instead of the right ones, always.
    OtherBytes(Vec<u8>),
    /// The right body, announced as one of so many bytes, always.
    Announces(u64),
    /// The connection stays open in the middle of the body until the test opens the gate.
    Gate(Gate),
}

struct State<S> {
    site: S,
    faults: BTreeMap<String, Fault>,
    log: Vec<(Request, u16)>,
    authorization: Option<String>,
    closed: bool,
}

impl<S: Site> Server<S> {
    pub fn new(site: S) -> Self {
        Self::behind("http", site, Ok)
    }

    /// A server that speaks TLS with this certificate, for `localhost`.
    pub fn with_tls(site: S, certificate: &Certified) -> Self {
        let settings = certificate.server();
        Self::behind("https", site, move |stream| {
            let connection = ServerConnection::new(Arc::clone(&settings)).map_err(io::Error::other)?;
            Ok(StreamOwned::new(connection, stream))
        })
    }

    /// `wrap` makes what is spoken over a connection.
    fn behind<W: io::Read + io::Write>(
        scheme: &str,
        site: S,
        wrap: impl Fn(TcpStream) -> io::Result<W> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let host = if scheme == "https" { "localhost".to_owned() } else { address.ip().to_string() };
        let url = format!("{scheme}://{host}:{}/", address.port());
        let wrap = Arc::new(wrap);
        let state = State { site, faults: BTreeMap::new(), log: Vec::new(), authorization: None, closed: false };
        let state = Arc::new(Mutex::new(state));
        let (shared, base) = (Arc::clone(&state), url.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if locked(&shared).closed {
                    break;
                }
                let (shared, base, wrap) = (Arc::clone(&shared), base.clone(), Arc::clone(&wrap));
                // A client that goes away is the client's affair.
                std::thread::spawn(move || stream.and_then(|stream| serve(wrap(stream)?, &shared, &base)));
            }
        });
        Self { url, address, state }
    }

    /// Its address, with a `/` at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes what it has.
    pub fn change<T>(&self, change: impl FnOnce(&mut S) -> T) -> T {
        change(&mut locked(&self.state).site)
    }

    /// From now on this goes wrong at this path.
    pub fn fault(&self, path: impl Into<String>, fault: Fault) {
        locked(&self.state).faults.insert(path.into(), fault);
    }

    /// From now on only those are answered who send this value of `Authorization`.
    pub fn require(&self, authorization: String) {
        locked(&self.state).authorization = Some(authorization);
    }

    /// What is to be seen of each request so far and of the status it was answered with, in order.
    pub fn log<T>(&self, mut see: impl FnMut(&Request, u16) -> T) -> Vec<T> {
        locked(&self.state).log.iter().map(|(request, status)| see(request, *status)).collect()
    }

    pub fn forget_requests(&self) {
        locked(&self.state).log.clear();
    }
}

impl<S: Site> Drop for Server<S> {
    fn drop(&mut self) {
        let mut state = locked(&self.state);
        state.closed = true;
        for fault in state.faults.values() {
            if let Fault::Gate(gate) = fault {
                gate.open();
            }
        }
        drop(state);
        // The listener learns of it when somebody knocks.
        let _ = TcpStream::connect(self.address);
    }
}

/// Holds a response back in the middle of its body.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    waiting: usize,
    open: bool,
}

impl Gate {
    /// Waits until a client has got the first half of a body.
    #[track_caller]
    pub fn wait_for_client(&self) {
        self.wait_for_clients(1);
    }

    /// Likewise for so many of them.
    #[track_caller]
    pub fn wait_for_clients(&self, count: usize) {
        let (state, changed) = &*self.0;
        let (state, timeout) =
            changed.wait_timeout_while(state.lock().unwrap(), DEADLINE, |state| state.waiting < count).unwrap();
        drop(state);
        assert!(!timeout.timed_out(), "nobody came to the gate");
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().open = true;
        changed.notify_all();
    }

    fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.waiting += 1;
        changed.notify_all();
        drop(changed.wait_while(state, |state| !state.open).unwrap());
    }
}

/// A test that failed while it held the lock has said so already.
fn locked<S>(state: &Mutex<State<S>>) -> MutexGuard<'_, State<S>> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub struct Request {
    method: String,
    pub path: String,
    headers: BTreeMap<String, String>,
}

impl Request {
    /// The value of a header, whose name is in lower case; empty where it was not sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn is_get(&self) -> bool {
        self.method == "GET"
    }

    /// All of it: the path with its query, and each header.
    pub fn everything(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        format!("{} {}\n{}", self.method, self.path, headers.collect::<String>())
    }

    /// How a log shows it: `PATH STATUS`, and the method where that is not GET.
    pub fn shown(&self, status: u16) -> String {
        let method = if self.is_get() { String::new() } else { format!("{} ", self.method) };
        format!("{method}{} {status}", self.path)
    }
}

/// A response, as far as a site decides on it.
pub struct Answer {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub fn not_found() -> Self {
        Self::new(404, [])
    }

    pub fn header(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.headers.push(format!("{name}: {value}"));
        self
    }

    /// Names its body in an ETag, and leaves it out for a client that has it (RFC 9110, 13.1.2).
    pub fn revalidated(mut self, request: &Request) -> Self {
        let etag = etag(&self.body);
        let has = |known: &str| known.trim().trim_start_matches("W/") == etag;
        if request.header("if-none-match").split(',').any(has) {
            (self.status, self.body) = (304, Vec::new());
        }
        self.header("ETag", etag)
    }
}

/// The validator of a body: equal only for equal bytes.
pub fn etag(body: &[u8]) -> String {
    format!("\"{}\"", devshell::digest::hex(&Sha256::digest(body)[..16]))
}

/// Answers one connection's requests until the client closes it.
fn serve<S: Site>(stream: impl io::Read + io::Write, state: &Mutex<State<S>>, base: &str) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        let out = reader.get_mut();
        if request.method == "CONNECT" {
            // As a proxy, it is whatever server is asked for.
            out.write_all(b"HTTP/1.1 200 X\r\n\r\n")?;
            continue;
        }
        let is_head = request.method == "HEAD";
        let (Answer { status, headers, body }, fault) = answer(state, base, request);
        let length = if let Some(Fault::Announces(length)) = fault { length } else { body.len() as u64 };
        write!(out, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n")?;
        headers.iter().try_for_each(|header| write!(out, "{header}\r\n"))?;
        write!(out, "\r\n")?;
        let body = if is_head { &[] } else { body.as_slice() };
        let (first, second) = body.split_at(body.len() / 2);
        out.write_all(first)?;
        out.flush()?;
        match fault {
            // Dropping the stream closes it.
            Some(Fault::Cut(_)) => return Ok(()),
            Some(Fault::Announces(_)) => {
                out.write_all(second)?;
                return Ok(());
            }
            Some(Fault::Gate(gate)) => gate.pass(),
            _ => {}
        }
        out.write_all(second)?;
        out.flush()?;
    }
    Ok(())
}

fn read_request(reader: &mut impl io::BufRead) -> io::Result<Option<Request>> {
    let mut lines = reader.lines();
    let Some(first) = lines.next().transpose()? else { return Ok(None) };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    // To a proxy a client may also say the whole address.
    let path = path.strip_prefix("http://").and_then(|rest| Some(rest[rest.find('/')?..].to_owned())).unwrap_or(path);
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(Some(Request { method, path, headers }))
}

/// Decides on the answer, and writes it into the log before the client can have it.
fn answer<S: Site>(state: &Mutex<State<S>>, base: &str, request: Request) -> (Answer, Option<Fault>) {
    let mut state = locked(state);
    let state = &mut *state;
    let right = || state.site.answer(base, &request);
    let mut during = None;
    let mut answer = match state.faults.get_mut(&request.path) {
        Some(Fault::NotFound) => Answer::not_found(),
        Some(Fault::Redirect(to)) => Answer::new(302, []).header("Location", to),
        Some(Fault::Status(status, times @ 1..)) => {
            *times -= 1;
            // Without this the client would pause between its attempts.
            Answer::new(*status, []).header("Retry-After", 0)
        }
        Some(fault @ Fault::Busy(_)) => {
            let Fault::Busy(seconds) = *fault else { unreachable!() };
            *fault = Fault::Status(429, 0);
            Answer::new(429, []).header("Retry-After", seconds)
        }
        Some(fault @ Fault::Cut(1..)) => {
            let Fault::Cut(times) = fault else { unreachable!() };
            *times -= 1;
            during = Some(fault.clone());
            right()
        }
        Some(Fault::OtherBytes(bytes)) => {
            let mut headers = right().headers;
            headers.retain(|header| header.starts_with("Content-Type:"));
            Answer { headers, ..Answer::new(200, bytes.clone()) }
        }
        Some(Fault::Announces(length)) => {
            during = Some(Fault::Announces(*length));
            right()
        }
        Some(Fault::Gate(gate)) => {
            during = Some(Fault::Gate(gate.clone()));
            right()
        }
        _ => right(),
    };
    if let Some(required) =
        state.authorization.as_ref().filter(|required| request.header("authorization") != **required)
    {
        let scheme = required.split(' ').next().unwrap_or_default();
        answer = Answer::new(401, []).header("WWW-Authenticate", format_args!("{scheme} realm=\"tests\""));
    }
    state.log.push((request, answer.status));
    (answer, during)
}

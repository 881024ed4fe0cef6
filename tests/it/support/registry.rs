//! An npm registry on the loopback interface. It speaks the real protocol (abbreviated metadata
//! with ETags, gzipped tarballs), keeps a log, and makes the mistakes it is told to make.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use rustls::{ServerConnection, StreamOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Certified, DEADLINE, Package};

/// A registry that serves until it is dropped.
#[must_use]
pub struct Registry {
    url: String,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
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
    /// The connection stays open in the middle of the body until the test opens the gate.
    Gate(Gate),
}

#[derive(Default)]
struct State {
    packages: BTreeMap<String, Vec<Package>>,
    files: BTreeMap<String, Vec<u8>>,
    tags: BTreeMap<String, BTreeMap<String, String>>,
    faults: BTreeMap<String, Fault>,
    log: Vec<Request>,
    token: Option<String>,
    searches: bool,
    closed: bool,
}

struct Request {
    path: String,
    headers: BTreeMap<String, String>,
    status: u16,
}

impl Registry {
    pub fn new() -> Self {
        Self::behind("http", Ok)
    }

    /// A registry that speaks TLS with this certificate, for `localhost`.
    pub fn with_tls(certificate: &Certified) -> Self {
        let settings = certificate.server();
        Self::behind("https", move |stream| {
            let connection = ServerConnection::new(Arc::clone(&settings)).map_err(io::Error::other)?;
            Ok(StreamOwned::new(connection, stream))
        })
    }

    /// `wrap` makes what is spoken over a connection.
    fn behind<S: io::Read + io::Write>(
        scheme: &str,
        wrap: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let host = if scheme == "https" { "localhost".to_owned() } else { address.ip().to_string() };
        let url = format!("{scheme}://{host}:{}/", address.port());
        let wrap = Arc::new(wrap);
        let state = Arc::new(Mutex::new(State::default()));
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

    /// A registry that has these packages.
    pub fn with(packages: impl IntoIterator<Item = Package>) -> Self {
        let registry = Self::new();
        registry.publish(packages);
        registry
    }

    /// Its address, with a `/` at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Publishes packages; each becomes what its tag means.
    pub fn publish(&self, packages: impl IntoIterator<Item = Package>) {
        let mut state = locked(&self.state);
        for package in packages {
            let tags = state.tags.entry(package.name.clone()).or_default();
            tags.insert(package.tag.to_owned(), package.version.clone());
            let versions = state.packages.entry(package.name.clone()).or_default();
            versions.retain(|other| other.version != package.version);
            versions.push(package);
        }
    }

    /// Has a file at a path, as any web server has; a later one takes its place.
    pub fn serve(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        locked(&self.state).files.insert(path.to_owned(), bytes.into());
    }

    /// Takes a version away.
    pub fn unpublish(&self, name: &str, version: &str) {
        if let Some(versions) = locked(&self.state).packages.get_mut(name) {
            versions.retain(|package| package.version != version);
        }
    }

    /// From now on this goes wrong at this path.
    pub fn fault(&self, path: impl Into<String>, fault: Fault) {
        locked(&self.state).faults.insert(path.into(), fault);
    }

    /// From now on only those who bring this token are answered.
    pub fn require_token(&self, token: &str) {
        locked(&self.state).token = Some(token.to_owned());
    }

    /// From now on it can be searched, as mirrors often cannot.
    pub fn offer_search(&self) {
        locked(&self.state).searches = true;
    }

    /// What was asked so far and how it was answered, as `PATH STATUS`, in order.
    pub fn requests(&self) -> Vec<String> {
        locked(&self.state).log.iter().map(|request| format!("{} {}", request.path, request.status)).collect()
    }

    /// The requests for tarballs, sorted.
    pub fn downloads(&self) -> Vec<String> {
        let mut downloads = self.requests();
        downloads.retain(|request| request.contains(".tgz "));
        downloads.sort();
        downloads
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        locked(&self.state).log.iter().filter(|request| request.path == path).count()
    }

    /// The values of a header, request by request; empty where it was not sent.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let state = locked(&self.state);
        state.log.iter().map(|request| request.headers.get(name).cloned().unwrap_or_default()).collect()
    }

    pub fn forget_requests(&self) {
        locked(&self.state).log.clear();
    }
}

impl Drop for Registry {
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
        let (state, changed) = &*self.0;
        let (state, timeout) =
            changed.wait_timeout_while(state.lock().unwrap(), DEADLINE, |state| state.waiting == 0).unwrap();
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
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

struct Answer {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
    fault: Option<Fault>,
}

/// Answers one connection's requests until the client closes it.
fn serve(stream: impl io::Read + io::Write, state: &Mutex<State>, base: &str) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some((method, path, headers)) = read_request(&mut reader)? {
        let out = reader.get_mut();
        if method == "CONNECT" {
            // As a proxy, it is whatever server is asked for.
            out.write_all(b"HTTP/1.1 200 X\r\n\r\n")?;
            continue;
        }
        // To a proxy a client may also say the whole address.
        let path =
            path.strip_prefix("http://").and_then(|rest| Some(rest[rest.find('/')?..].to_owned())).unwrap_or(path);
        let answer = answer(state, base, &path, headers);
        let Answer { status, headers, body, fault } = answer;
        write!(out, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len())?;
        headers.iter().try_for_each(|header| write!(out, "{header}\r\n"))?;
        write!(out, "\r\n")?;
        let (first, second) = body.split_at(body.len() / 2);
        out.write_all(first)?;
        out.flush()?;
        match fault {
            // Dropping the stream closes it.
            Some(Fault::Cut(_)) => return Ok(()),
            Some(Fault::Gate(gate)) => gate.pass(),
            _ => {}
        }
        out.write_all(second)?;
        out.flush()?;
    }
    Ok(())
}

type Headers = BTreeMap<String, String>;

fn read_request(reader: &mut impl io::BufRead) -> io::Result<Option<(String, String, Headers)>> {
    let mut lines = reader.lines();
    let Some(first) = lines.next().transpose()? else { return Ok(None) };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(Some((method, path, headers)))
}

/// Decides on the answer, and writes it into the log before the client can have it.
fn answer(state: &Mutex<State>, base: &str, path: &str, headers: Headers) -> Answer {
    let mut state = locked(state);
    let mut answer = match state.faults.get_mut(path) {
        Some(Fault::NotFound) => plain(404, None),
        Some(Fault::Redirect(to)) => Answer { headers: vec![format!("Location: {to}")], ..plain(302, None) },
        Some(fault @ Fault::Status(_, 1..)) => {
            let Fault::Status(status, times) = fault else { unreachable!() };
            *times -= 1;
            // Without this the client would pause between its attempts.
            Answer { headers: vec!["Retry-After: 0".to_owned()], ..plain(*status, None) }
        }
        Some(fault @ Fault::Busy(_)) => {
            let Fault::Busy(seconds) = *fault else { unreachable!() };
            *fault = Fault::Status(429, 0);
            Answer { headers: vec![format!("Retry-After: {seconds}")], ..plain(429, None) }
        }
        Some(fault @ Fault::Cut(1..)) => {
            let Fault::Cut(times) = fault else { unreachable!() };
            *times -= 1;
            let fault = Some(fault.clone());
            Answer { fault, ..state.find(base, path, &headers) }
        }
        Some(Fault::OtherBytes(bytes)) => Answer { body: bytes.clone(), ..plain(200, None) },
        Some(Fault::Gate(gate)) => {
            let fault = Some(Fault::Gate(gate.clone()));
            Answer { fault, ..state.find(base, path, &headers) }
        }
        _ => state.find(base, path, &headers),
    };
    if state.token.as_ref().is_some_and(|token| headers.get("authorization") != Some(&format!("Bearer {token}"))) {
        answer = plain(401, None);
    }
    state.log.push(Request { path: path.to_owned(), headers, status: answer.status });
    answer
}

fn plain(status: u16, body: Option<Vec<u8>>) -> Answer {
    Answer { status, headers: Vec::new(), body: body.unwrap_or_default(), fault: None }
}

impl State {
    fn find(&self, base: &str, path: &str, headers: &Headers) -> Answer {
        if let Some(package) = self.packages.values().flatten().find(|package| package.tarball_path() == path) {
            return plain(200, Some(package.tarball()));
        }
        if let Some(bytes) = self.files.get(path) {
            return plain(200, Some(bytes.clone()));
        }
        if let Some(query) = path.strip_prefix("/-/v1/search?").filter(|_| self.searches) {
            return plain(200, Some(self.search(query)));
        }
        let name = path.trim_start_matches('/').replace("%2f", "/");
        let Some(versions) = self.packages.get(&name) else { return plain(404, None) };
        let releases: serde_json::Map<String, Value> =
            versions.iter().map(|package| (package.version.clone(), package.metadata(base))).collect();
        let body =
            json!({ "name": name, "dist-tags": self.tags[&name], "versions": releases }).to_string().into_bytes();
        let etag = format!("\"{}\"", devshell::digest::hex(&Sha256::digest(&body)[..16]));
        if headers.get("if-none-match") == Some(&etag) {
            return plain(304, None);
        }
        let kind = "Content-Type: application/vnd.npm.install-v1+json".to_owned();
        Answer { headers: vec![kind, format!("ETag: {etag}")], ..plain(200, Some(body)) }
    }
    /// The packages that have the text in their name, each in its latest version.
    fn search(&self, query: &str) -> Vec<u8> {
        let text = query.split('&').find_map(|pair| pair.strip_prefix("text=")).unwrap_or_default();
        let found = self.packages.keys().filter(|name| name.contains(text)).map(|name| {
            let about = format!("what\nis {name}?");
            json!({ "package": { "name": name, "version": self.tags[name]["latest"], "description": about } })
        });
        json!({ "objects": found.collect::<Vec<_>>() }).to_string().into_bytes()
    }
}

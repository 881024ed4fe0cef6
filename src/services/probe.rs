//! Looks again and again whether a service can be used: often at first, and more rarely the longer it takes.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::process::shell;
use super::{Planned, Sign};

/// How long one attempt may take. A server that takes a connection and answers nothing is not ready.
const ATTEMPT: Duration = Duration::from_secs(5);

/// So much of an answer is read, in bytes.
const MOST_READ: u64 = 1 << 20;

/// The longest pause after an attempt that starts a process, and after one that only connects.
const LONGEST: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(25)];

/// The pause after an attempt: a twentieth of the time so far, so that it is noticed within a fraction of what it took.
pub fn pause(sign: &Sign, since: Duration) -> Duration {
    let [longest, connecting] = LONGEST;
    let longest = if matches!(sign, Sign::Command(_)) { longest } else { connecting };
    (since / 20).clamp(Duration::from_millis(5), longest)
}

/// Whether a service shows that it can be used. [`Sign::Line`] is seen elsewhere.
pub fn is_ready(service: &Planned, sign: &Sign) -> bool {
    match sign {
        Sign::Command(line) => {
            let mut command = shell(service, line);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            // One that hangs is ended with the service, and the deadline is not the probe's.
            command.status().is_ok_and(|status| status.success())
        }
        Sign::Port(port) => is_listening(*port),
        Sign::Socket(path) => takes_connections(path),
        Sign::Http(url) => answers(url).unwrap_or(false),
        Sign::Line(_) => false,
    }
}

/// Why a service that is about to start cannot be known by this sign: another program has it already.
pub fn taken(sign: &Sign) -> Option<String> {
    match sign {
        Sign::Port(port) if is_listening(*port) => Some(format!("port {port} is already used by another program")),
        Sign::Socket(path) if takes_connections(path) => {
            Some(format!("another program listens at `{}`", path.display()))
        }
        Sign::Http(url) if is_served(url) => Some(format!("another program answers at `{url}`")),
        _ => None,
    }
}

/// Whether something takes connections at a port of the loopback interface, at either of its addresses.
pub fn is_listening(port: u16) -> bool {
    connect(port).is_ok()
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let at = |address: SocketAddr| TcpStream::connect_timeout(&address, ATTEMPT);
    at((Ipv4Addr::LOCALHOST, port).into()).or_else(|_| at((Ipv6Addr::LOCALHOST, port).into()))
}

/// Whether something takes connections at a socket in the file system.
pub fn takes_connections(path: &Path) -> bool {
    UnixStream::connect(path).is_ok()
}

/// Whether something takes connections where a URL leads.
pub fn is_served(url: &str) -> bool {
    Address::of(url).and_then(|address| address.connect()).is_ok()
}

/// Whether an HTTP server of this machine answers a GET with a status below 400 (RFC 9110, 15). It is spoken to in
/// HTTP/1.0, so that it closes the connection.
fn answers(url: &str) -> io::Result<bool> {
    let address = Address::of(url)?;
    let Address { authority, path, .. } = address;
    let mut stream = address.connect()?;
    stream.set_read_timeout(Some(ATTEMPT))?;
    stream.set_write_timeout(Some(ATTEMPT))?;
    // In one piece: a stream sends each part of what is formatted by itself.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\nUser-Agent: devshell\r\nAccept: */*\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let (mut answer, since) = ([0; 12], Instant::now());
    let mut filled = 0;
    while filled < answer.len() && since.elapsed() < ATTEMPT {
        match stream.read(&mut answer[filled..])? {
            0 => return Ok(false),
            count => filled += count,
        }
    }
    // To go away in the middle of an answer would look like an error to the server.
    let _ = io::copy(&mut stream.take(MOST_READ), &mut io::sink());
    // `HTTP/1.1 200`.
    let status = std::str::from_utf8(&answer).ok().filter(|text| text.starts_with("HTTP/"));
    Ok(status.and_then(|text| text.get(9..12)?.parse::<u16>().ok()).is_some_and(|status| status < 400))
}

/// Where a URL leads.
struct Address<'u> {
    authority: &'u str,
    host: &'u str,
    port: u16,
    path: &'u str,
}

impl<'u> Address<'u> {
    fn of(url: &'u str) -> io::Result<Self> {
        let bad = || io::Error::from(io::ErrorKind::InvalidInput);
        let rest = url.strip_prefix("http://").ok_or_else(bad)?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| bad())?),
            _ => (authority, 80),
        };
        Ok(Self { authority, host, port, path })
    }

    /// A name is taken for this machine's.
    fn connect(&self) -> io::Result<TcpStream> {
        match self.host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) => TcpStream::connect_timeout(&SocketAddr::new(address, self.port), ATTEMPT),
            Err(_) => connect(self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_server_is_ready_once_it_answers_well() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n", true),
            ("HTTP/1.1 404 Not Found\r\n\r\n", false),
            ("HTTP/1.1 503 Unavailable\r\n\r\n", false),
            ("SSH-2.0-OpenSSH_9.2\r\n", false),
            ("", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                let length = stream.read(&mut request).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                String::from_utf8_lossy(&request[..length]).into_owned()
            });
            let url = format!("http://localhost:{port}/health?x=1");
            assert_eq!(answers(&url).unwrap_or(false), expected, "{answer:?}");
            let request = server.join().unwrap();
            assert!(request.starts_with("GET /health?x=1 HTTP/1.0\r\nHost: localhost:"), "{request}");
        }
        for url in ["https://localhost/", "http://localhost:x/", "ftp://a"] {
            assert!(answers(url).is_err(), "{url}");
        }
    }

    #[test]
    fn pauses_grow_with_the_time_that_it_takes() {
        let (asking, connecting) = (Sign::Command("true".to_owned()), Sign::Port(1));
        for (since, expected) in [(0, [5, 5]), (100, [5, 5]), (400, [20, 20]), (2000, [100, 25]), (60_000, [250, 25])] {
            let found = [&asking, &connecting].map(|sign| pause(sign, Duration::from_millis(since)));
            assert_eq!(found, expected.map(Duration::from_millis));
        }
    }
}

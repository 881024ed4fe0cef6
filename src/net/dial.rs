//! Connections with hosts for other protocols than HTTP, by way of the machine's proxy if it has one.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use super::names::{NameError, Names};

/// The longest answer of a proxy before the connection.
const MOST_ANSWER: usize = 16 << 10;

/// Connects with hosts by their names.
#[derive(Debug)]
pub struct Dialer {
    names: Names,
    proxy: Option<Proxy>,
    patience: Duration,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error(transparent)]
    Name(#[from] Arc<NameError>),
    /// None of its addresses was acceptable, this one included.
    #[error("its address is {0}")]
    Unacceptable(IpAddr),
    #[error("the proxy answered `{0}`")]
    Proxy(String),
    #[error("the proxy in use speaks another protocol than HTTP")]
    OtherProxy,
    #[error(transparent)]
    Failed(#[from] io::Error),
}

impl Dialer {
    /// `patience` is how long a look-up or an attempt to connect may take.
    pub fn of_machine(patience: Duration) -> Self {
        Self { names: Names::of_machine(patience), proxy: Proxy::try_from_env(), patience }
    }

    /// Connects with a host at an address that is acceptable. What a proxy accepts is its own affair.
    pub fn connect(
        &self,
        host: &str,
        port: u16,
        is_acceptable: impl Fn(IpAddr) -> bool,
    ) -> Result<TcpStream, DialError> {
        if let Some(proxy) = self.proxy_for(host, port) {
            return self.through(proxy, host, port);
        }
        let addresses = self.names.addresses(host, Instant::now() + self.patience)?;
        let first = addresses.first().copied();
        let acceptable: Vec<IpAddr> = addresses.into_iter().filter(|address| is_acceptable(*address)).collect();
        match (acceptable.is_empty(), first) {
            (true, Some(address)) => Err(DialError::Unacceptable(address)),
            _ => Ok(self.connect_any(&acceptable, port)?),
        }
    }

    /// Connects with an address, which no proxy is asked for.
    pub fn connect_address(&self, address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect_timeout(&address, self.patience)
    }

    fn connect_any(&self, addresses: &[IpAddr], port: u16) -> io::Result<TcpStream> {
        let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses {
            match self.connect_address(SocketAddr::new(*address, port)) {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn proxy_for(&self, host: &str, port: u16) -> Option<&Proxy> {
        let uri: Uri = format!("https://{host}:{port}/").parse().ok()?;
        self.proxy.as_ref().filter(|proxy| !proxy.is_no_proxy(&uri))
    }

    /// A tunnel (RFC 9110, section 9.3.6).
    fn through(&self, proxy: &Proxy, host: &str, port: u16) -> Result<TcpStream, DialError> {
        if proxy.protocol() != ProxyProtocol::Http {
            return Err(DialError::OtherProxy);
        }
        let addresses = self.names.addresses(proxy.host(), Instant::now() + self.patience)?;
        let mut stream = self.connect_any(&addresses, proxy.port())?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.write_all(request(proxy, host, port).as_bytes())?;
        let answer = head(&mut stream)?;
        stream.set_read_timeout(None)?;
        let first = answer.lines().next().unwrap_or_default();
        let status = first.split_ascii_whitespace().nth(1).unwrap_or_default();
        if status.len() == 3 && status.starts_with('2') { Ok(stream) } else { Err(DialError::Proxy(first.to_owned())) }
    }
}

fn request(proxy: &Proxy, host: &str, port: u16) -> String {
    let login = proxy.username().map(|name| {
        let pair = format!("{name}:{}", proxy.password().unwrap_or_default());
        format!("Proxy-Authorization: Basic {}\r\n", base64::engine::general_purpose::STANDARD.encode(pair))
    });
    let login = login.unwrap_or_default();
    format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{login}\r\n")
}

/// Reads up to the empty line, and nothing of what comes after it.
fn head(stream: &mut TcpStream) -> io::Result<String> {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"\r\n\r\n") {
        if text.len() == MOST_ANSWER {
            return Err(io::Error::other("the proxy's answer is too long"));
        }
        stream.read_exact(&mut byte)?;
        text.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

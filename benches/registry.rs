//! A tiny npm registry on the loopback interface. Whatever package the catalog knows is there,
//! and so is any `stand-in-…`: one version, whose commands are scripts of two lines.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use devshell::catalog::{self, Entry, NpmEntry};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha512};

use crate::Outcome;

/// The one version of every package.
pub const VERSION: &str = "1.0.0";

/// Packages of this prefix exist without the catalog.
pub const PREFIX: &str = "stand-in-";

/// Serves until it is dropped.
pub struct Registry {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl Registry {
    pub fn start() -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let server = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                // A client that goes away is no failure of the registry's.
                thread::spawn(move || stream.and_then(|stream| answer(address, &stream)));
            }
        });
        Ok(Self { address, stop, server: Some(server) })
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The server waits for a connection; this one wakes it up.
        let _ = TcpStream::connect(self.address);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// Reads one request and answers it: metadata at `/<package>`, a tarball at `/<package>/-/<file>`.
fn answer(address: SocketAddr, stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 0 && header != "\r\n" {
        header.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').replace("%2f", "/");
    let (name, is_tarball) = match path.split_once("/-/") {
        Some((name, _)) => (name, true),
        None => (path.as_str(), false),
    };
    let (status, body) = match Package::find(name) {
        None => ("404 Not Found", b"{}".to_vec()),
        Some(package) if is_tarball => ("200 OK", package.tarball()?),
        Some(package) => ("200 OK", package.metadata(address)?.to_string().into_bytes()),
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

/// A package that a registry could have.
struct Package<'a> {
    name: &'a str,
    /// Command -> path inside the package.
    commands: Vec<(String, String)>,
    /// The packages that hold the executables for each platform.
    platforms: Vec<&'static str>,
}

impl<'a> Package<'a> {
    fn find(name: &'a str) -> Option<Self> {
        if name.starts_with(PREFIX) {
            let commands = vec![(name.to_owned(), "command.js".to_owned())];
            return Some(Self { name, commands, platforms: Vec::new() });
        }
        let entry = npm_entries().find(|entry| entry.package == name || entry.platforms.values().any(|p| p == name))?;
        let is_lead = entry.package == name && !entry.platforms.values().any(|package| package == name);
        Some(Self {
            name,
            commands: entry.commands.iter().map(|(command, path)| (command.to_string(), path.to_string())).collect(),
            platforms: if is_lead { entry.platforms.values().map(String::as_str).collect() } else { Vec::new() },
        })
    }

    fn metadata(&self, address: SocketAddr) -> io::Result<Value> {
        let Self { name, platforms, .. } = self;
        let file = name.rsplit('/').next().unwrap_or(name);
        let integrity = format!("sha512-{}", BASE64.encode(Sha512::digest(self.tarball()?)));
        let mut release = self.description();
        release["optionalDependencies"] = platforms.iter().map(|p| ((*p).to_owned(), json!(VERSION))).collect();
        release["dist"] =
            json!({ "tarball": format!("http://{address}/{name}/-/{file}-{VERSION}.tgz"), "integrity": integrity });
        let time = "2024-01-01T00:00:00.000Z";
        Ok(json!({
            "name": name,
            "dist-tags": { "latest": VERSION },
            "versions": { VERSION: release },
            "time": { "created": time, "modified": time, VERSION: time },
        }))
    }

    /// The `package.json`, without its dependencies.
    fn description(&self) -> Value {
        let bin: Map<String, Value> = self.commands.iter().map(|(c, path)| (c.clone(), json!(path))).collect();
        json!({ "name": self.name, "version": VERSION, "bin": bin })
    }

    /// The same bytes each time, as its hash is in the metadata.
    fn tarball(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut add = |path: &str, mode: u32, text: &str| {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(mode);
            archive.append_data(&mut header, format!("package/{path}"), text.as_bytes())
        };
        add("package.json", 0o644, &self.description().to_string())?;
        let mut paths: Vec<&String> = self.commands.iter().map(|(_, path)| path).collect();
        paths.dedup();
        for path in paths {
            add(path, 0o755, &format!("#!/bin/sh\necho {VERSION}\n"))?;
        }
        archive.into_inner()?.finish()
    }
}

fn npm_entries() -> impl Iterator<Item = &'static NpmEntry> {
    catalog::entries().filter_map(|(_, entry)| match entry {
        Entry::Npm(entry) => Some(entry),
        _ => None,
    })
}

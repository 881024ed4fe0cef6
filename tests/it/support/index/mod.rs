//! An index of Python packages on the loopback interface. It speaks the simple repository API in
//! HTML and in JSON (PEP 503, 592, 629, 658, 691, 700, 714), with ETags and ranges.

mod negotiation;
mod page;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::server::{Answer, Request, Server, Site, etag};
use super::wheel::{normalised, sha256};
use super::{Certified, Fault, Sdist, Wheel};

/// An index that serves until it is dropped.
#[must_use]
pub struct Index {
    server: Server<Pypi>,
    url: String,
}

/// A file of a project, as the page of the project lists it.
pub struct Distribution {
    name: String,
    version: String,
    file_name: String,
    python: Option<String>,
    yanked: Option<String>,
    uploaded: String,
    size: usize,
    sha256: String,
    /// Where its attestations are, below the server or elsewhere.
    provenance: Option<String>,
    /// What lies beside it under its name and `.metadata`.
    metadata: Option<String>,
    bytes: Vec<u8>,
}

impl From<Wheel> for Distribution {
    fn from(wheel: Wheel) -> Self {
        let metadata = Some(wheel.metadata());
        let (file_name, bytes) = (wheel.file_name(), wheel.bytes());
        Self { metadata, ..Self::new(wheel, file_name, bytes) }
    }
}

impl From<Sdist> for Distribution {
    fn from(sdist: Sdist) -> Self {
        let (file_name, bytes) = (sdist.file_name(), sdist.bytes());
        Self::new(sdist.wheel, file_name, bytes)
    }
}

impl Distribution {
    /// A file with these bytes.
    pub fn of(about: Wheel, file_name: &str, bytes: &[u8]) -> Self {
        Self::new(about, file_name.to_owned(), bytes.to_vec())
    }

    fn new(about: Wheel, file_name: String, bytes: Vec<u8>) -> Self {
        Self {
            name: normalised(&about.name),
            version: about.version,
            file_name,
            python: about.python,
            yanked: about.yanked,
            uploaded: about.uploaded,
            size: bytes.len(),
            sha256: sha256(&bytes),
            provenance: None,
            metadata: None,
            bytes,
        }
    }
}

struct Pypi {
    /// Name -> its files.
    projects: BTreeMap<String, Vec<Distribution>>,
    /// File name -> what is attested of it.
    attestations: BTreeMap<String, Value>,
    cache_control: String,
    has_json: bool,
    has_metadata: bool,
    has_ranges: bool,
}

impl Pypi {
    fn new() -> Self {
        // As the best known index has it.
        let cache_control = "max-age=600, public".to_owned();
        let (projects, attestations) = (BTreeMap::new(), BTreeMap::new());
        Self { projects, attestations, cache_control, has_json: true, has_metadata: true, has_ranges: true }
    }
}

impl Index {
    pub fn new() -> Self {
        Self::on(Server::new(Pypi::new()))
    }

    /// An index that speaks TLS with this certificate, for `localhost`.
    pub fn with_tls(certificate: &Certified) -> Self {
        Self::on(Server::with_tls(Pypi::new(), certificate))
    }

    fn on(server: Server<Pypi>) -> Self {
        Self { url: format!("{}simple/", server.url()), server }
    }

    /// An index that has these files.
    pub fn with<D: Into<Distribution>>(files: impl IntoIterator<Item = D>) -> Self {
        let index = Self::new();
        index.publish(files);
        index
    }

    /// The base of its simple API, with a `/` at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same with a name and a password in it.
    pub fn url_with(&self, user: &str, password: &str) -> String {
        self.url.replacen("://", &format!("://{user}:{password}@"), 1)
    }

    /// Publishes wheels, or source distributions; one of the same file name takes the other's place.
    pub fn publish<D: Into<Distribution>>(&self, files: impl IntoIterator<Item = D>) {
        self.server.change(|pypi| {
            for file in files.into_iter().map(Into::into) {
                let project = pypi.projects.entry(file.name.clone()).or_default();
                project.retain(|other| other.file_name != file.file_name);
                project.push(file);
            }
        });
    }

    /// Takes back all files of a version, which stay there for those who pin it (PEP 592).
    #[track_caller]
    pub fn yank(&self, name: &str, version: &str, reason: &str) {
        let yank = |file: &mut Distribution| file.yanked = Some(reason.to_owned());
        let yanked = self.change_files(|file| file.name == normalised(name) && file.version == version, yank);
        assert!(yanked > 0, "the index has no {name} {version}");
    }

    /// Takes away all files of a version. The project stays, even with none.
    pub fn remove(&self, name: &str, version: &str) {
        self.server.change(|pypi| {
            if let Some(files) = pypi.projects.get_mut(&normalised(name)) {
                files.retain(|file| file.version != version);
            }
        });
    }

    /// Gives other bytes under a file's name from now on, while the page keeps its hash and its size.
    #[track_caller]
    pub fn tamper(&self, file_name: &str, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let tampered = self.change_files(|file| file.file_name == file_name, |file| file.bytes.clone_from(&bytes));
        assert!(tampered > 0, "the index has no {file_name}");
    }

    /// Says that a file has this SHA-256, whatever it has.
    #[track_caller]
    pub fn claim(&self, file_name: &str, hex: &str) {
        let claimed = self.change_files(|file| file.file_name == file_name, |file| hex.clone_into(&mut file.sha256));
        assert!(claimed > 0, "the index has no {file_name}");
    }

    /// Has attestations of a file (PEP 740).
    pub fn attest(&self, file_name: &str, document: &Value) {
        self.attest_at(file_name, &format!("integrity/{file_name}"));
        self.server.change(|pypi| pypi.attestations.insert(file_name.to_owned(), document.clone()));
    }

    /// Says that the attestations of a file are there: below the server, or at an address elsewhere.
    #[track_caller]
    pub fn attest_at(&self, file_name: &str, place: &str) {
        let is_it = |file: &Distribution| file.file_name == file_name;
        assert!(self.change_files(is_it, |file| file.provenance = Some(place.to_owned())) > 0);
    }

    /// The requests for attestations.
    pub fn attestations(&self) -> Vec<String> {
        let mut requests = self.requests();
        requests.retain(|request| request.starts_with("/integrity/"));
        requests
    }

    /// How many files were changed.
    fn change_files(&self, which: impl Fn(&Distribution) -> bool, change: impl Fn(&mut Distribution)) -> usize {
        self.server.change(|pypi| {
            let files = pypi.projects.values_mut().flatten().filter(|file| which(file));
            files.map(change).count()
        })
    }

    /// From now on its pages are HTML, whatever is asked for, as of a plain file server.
    pub fn html_only(&self) {
        self.server.change(|pypi| pypi.has_json = false);
    }

    /// From now on no metadata lies beside the wheels.
    pub fn without_metadata(&self) {
        self.server.change(|pypi| pypi.has_metadata = false);
    }

    /// From now on files are to be had as a whole only.
    pub fn without_ranges(&self) {
        self.server.change(|pypi| pypi.has_ranges = false);
    }

    /// What it says of its pages from now on, instead of `max-age=600, public`.
    pub fn cache_control(&self, value: &str) {
        self.server.change(|pypi| value.clone_into(&mut pypi.cache_control));
    }

    /// From now on only those are answered who bring this name and password.
    pub fn require_password(&self, user: &str, password: &str) {
        self.server.require(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
    }

    /// From now on this goes wrong at this path.
    pub fn fault(&self, path: impl Into<String>, fault: Fault) {
        self.server.fault(path, fault);
    }

    /// What was asked so far and how it was answered, in order: `PATH STATUS`, or `HEAD PATH STATUS`.
    pub fn requests(&self) -> Vec<String> {
        self.server.log(Request::shown)
    }

    /// The same, of a project's page and its files only.
    pub fn requests_for(&self, name: &str) -> Vec<String> {
        let name = normalised(name);
        let of = |request: &Request| {
            let mut parts = request.path.trim_matches('/').split('/');
            match (parts.next(), parts.next()) {
                (Some("simple"), Some(page)) => normalised(page) == name,
                (Some("files"), Some(file)) => file.split('-').next().is_some_and(|stem| normalised(stem) == name),
                _ => false,
            }
        };
        self.server.log(|request, status| of(request).then(|| request.shown(status))).into_iter().flatten().collect()
    }

    /// The names of the files that were asked for as a whole, and not only for a part of them,
    /// sorted, as often as they were.
    pub fn downloads(&self) -> Vec<String> {
        let is_whole = |request: &Request| request.is_get() && request.header("range").is_empty();
        let file = |request: &Request| {
            let name = request.path.strip_prefix("/files/").filter(|name| !name.ends_with(".metadata"));
            name.filter(|_| is_whole(request)).map(decoded)
        };
        let mut files: Vec<_> = self.server.log(|request, _| file(request)).into_iter().flatten().collect();
        files.sort();
        files
    }

    /// All that each request so far said.
    pub fn everything(&self) -> Vec<String> {
        self.server.log(|request, _| request.everything())
    }

    pub fn forget_requests(&self) {
        self.server.forget_requests();
    }
}

/// A file's name out of an address; only these two of what may be in one need an escape.
fn decoded(name: &str) -> String {
    name.replace("%2B", "+").replace("%2b", "+").replace("%21", "!")
}

impl Site for Pypi {
    fn answer(&self, base: &str, request: &Request) -> Answer {
        if let Some(name) = request.path.strip_prefix("/files/") {
            return self.file(&decoded(name), request);
        }
        if let Some(name) = request.path.strip_prefix("/integrity/") {
            let found = self.attestations.get(&decoded(name));
            return found.map_or_else(Answer::not_found, |found| Answer::new(200, found.to_string()));
        }
        if request.path == "/simple/" {
            return self.page(request, &page::Root(self.projects.keys().cloned().collect()), base);
        }
        let Some(asked) = request.path.strip_prefix("/simple/") else { return Answer::not_found() };
        let name = normalised(asked.trim_end_matches('/'));
        if asked != format!("{name}/") {
            return Answer::new(301, []).header("Location", format_args!("/simple/{name}/"));
        }
        let Some(files) = self.projects.get(&name) else { return Answer::not_found() };
        self.page(request, &page::Project { name: &name, files, has_metadata: self.has_metadata }, base)
    }
}

impl Pypi {
    /// A page in the form the client likes best.
    fn page(&self, request: &Request, page: &impl page::Page, base: &str) -> Answer {
        let kind =
            if self.has_json { negotiation::best(request.header("accept"), page::KINDS) } else { Some("text/html") };
        // PEP 691, "Version + Format Selection": saying so is better than a form nobody asked for.
        let Some(kind) = kind else { return Answer::new(406, []) };
        let body = if kind.ends_with("+json") { page.json(base).to_string() } else { page.html() };
        Answer::new(200, body)
            .header("Content-Type", kind)
            .header("Vary", "Accept")
            .header("Cache-Control", &self.cache_control)
            .revalidated(request)
    }

    fn file(&self, name: &str, request: &Request) -> Answer {
        let mut files = self.projects.values().flatten();
        if let Some(wheel) = name.strip_suffix(".metadata").filter(|_| self.has_metadata) {
            let metadata = files.find(|file| file.file_name == wheel).and_then(|file| file.metadata.clone());
            return metadata.map_or_else(Answer::not_found, |text| Answer::new(200, text).revalidated(request));
        }
        let Some(file) = files.find(|file| file.file_name == name) else { return Answer::not_found() };
        let answer = if self.has_ranges { part(&file.bytes, request) } else { Answer::new(200, file.bytes.clone()) };
        answer
            .header("Content-Type", "application/octet-stream")
            .header("Cache-Control", "max-age=365000000, immutable, public")
            .header("ETag", etag(&file.bytes))
    }
}

/// The bytes a client asks for (RFC 9110, section 14): one range, or else all.
fn part(bytes: &[u8], request: &Request) -> Answer {
    let whole = || Answer::new(200, bytes).header("Accept-Ranges", "bytes");
    let Some(range) = request.header("range").strip_prefix("bytes=").filter(|range| !range.contains(',')) else {
        return whole();
    };
    let condition = request.header("if-range");
    if !condition.is_empty() && condition != etag(bytes) {
        return whole();
    }
    let last = bytes.len().saturating_sub(1);
    let (first, end) = match range.split_once('-').map(|(first, end)| (first.parse::<usize>(), end.parse::<usize>())) {
        Some((Ok(first), Ok(end))) => (first, end.min(last)),
        Some((Ok(first), Err(_))) => (first, last),
        Some((Err(_), Ok(count))) => (bytes.len().saturating_sub(count), last),
        _ => return whole(),
    };
    match bytes.get(first..=end).filter(|part| !part.is_empty()) {
        Some(part) => Answer::new(206, part)
            .header("Accept-Ranges", "bytes")
            .header("Content-Range", format_args!("bytes {first}-{end}/{}", bytes.len())),
        None => Answer::new(416, []).header("Content-Range", format_args!("bytes */{}", bytes.len())),
    }
}

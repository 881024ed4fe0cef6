//! An npm registry on the loopback interface. It speaks the real protocol: metadata, abbreviated and whole,
//! with ETags, and gzipped tarballs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::server::{Answer, Request, Server, Site};
use super::{Certified, Fault, Package};

/// A registry that serves until it is dropped.
#[must_use]
pub struct Registry {
    server: Server<Npm>,
}

#[derive(Default)]
struct Npm {
    packages: BTreeMap<String, Vec<Package>>,
    files: BTreeMap<String, Vec<u8>>,
    tags: BTreeMap<String, BTreeMap<String, String>>,
    searches: bool,
}

impl Registry {
    pub fn new() -> Self {
        Self { server: Server::new(Npm::default()) }
    }

    /// A registry that speaks TLS with this certificate, for `localhost`.
    pub fn with_tls(certificate: &Certified) -> Self {
        Self { server: Server::with_tls(Npm::default(), certificate) }
    }

    /// A registry that has these packages.
    pub fn with(packages: impl IntoIterator<Item = Package>) -> Self {
        let registry = Self::new();
        registry.publish(packages);
        registry
    }

    /// Its address, with a `/` at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Publishes packages; each becomes what its tag means.
    pub fn publish(&self, packages: impl IntoIterator<Item = Package>) {
        self.server.change(|npm| {
            for package in packages {
                let tags = npm.tags.entry(package.name.clone()).or_default();
                tags.insert(package.tag.to_owned(), package.version.clone());
                let versions = npm.packages.entry(package.name.clone()).or_default();
                versions.retain(|other| other.version != package.version);
                versions.push(package);
            }
        });
    }

    /// Has a file at a path, as any web server has; a later one takes its place.
    pub fn serve(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.server.change(|npm| npm.files.insert(path.to_owned(), bytes.into()));
    }

    /// Has this to say about the attestations of a version.
    pub fn attest(&self, name: &str, version: &str, answer: &Value) {
        self.serve(&attestations(name, version), answer.to_string());
    }

    /// The requests for attestations.
    pub fn attestations(&self) -> Vec<String> {
        let mut requests = self.requests();
        requests.retain(|request| request.contains("/attestations/"));
        requests
    }

    /// Takes a version away.
    pub fn unpublish(&self, name: &str, version: &str) {
        self.server.change(|npm| {
            if let Some(versions) = npm.packages.get_mut(name) {
                versions.retain(|package| package.version != version);
            }
        });
    }

    /// From now on this goes wrong at this path.
    pub fn fault(&self, path: impl Into<String>, fault: Fault) {
        self.server.fault(path, fault);
    }

    /// From now on only those who bring this token are answered.
    pub fn require_token(&self, token: &str) {
        self.server.require(format!("Bearer {token}"));
    }

    /// From now on it can be searched, as mirrors often cannot.
    pub fn offer_search(&self) {
        self.server.change(|npm| npm.searches = true);
    }

    /// What was asked so far and how it was answered, as `PATH STATUS`, in order.
    pub fn requests(&self) -> Vec<String> {
        self.server.log(Request::shown)
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
        self.server.log(|request, _| request.path == path).into_iter().filter(|same| *same).count()
    }

    /// All that each request so far said.
    pub fn everything(&self) -> Vec<String> {
        self.server.log(|request, _| request.everything())
    }

    /// The values of a header, request by request; empty where it was not sent.
    pub fn headers(&self, name: &str) -> Vec<String> {
        self.server.log(|request, _| request.header(name).to_owned())
    }

    pub fn forget_requests(&self) {
        self.server.forget_requests();
    }
}

/// Where the attestations of a version are.
pub fn attestations(name: &str, version: &str) -> String {
    format!("/-/npm/v1/attestations/{}@{version}", name.replace('/', "%2f"))
}

impl Site for Npm {
    fn answer(&self, base: &str, request: &Request) -> Answer {
        let path = request.path.as_str();
        if let Some(package) = self.packages.values().flatten().find(|package| package.tarball_path() == path) {
            return Answer::new(200, package.tarball());
        }
        if let Some(bytes) = self.files.get(path) {
            return Answer::new(200, bytes.clone());
        }
        if let Some(query) = path.strip_prefix("/-/v1/search?").filter(|_| self.searches) {
            return Answer::new(200, self.search(query));
        }
        let name = path.trim_start_matches('/').replace("%2f", "/");
        let Some(versions) = self.packages.get(&name) else { return Answer::not_found() };
        let releases: serde_json::Map<String, Value> =
            versions.iter().map(|package| (package.version.clone(), package.metadata(base))).collect();
        let mut body = json!({ "name": name, "dist-tags": self.tags[&name], "versions": releases });
        // Only the whole document says when versions were published.
        let is_abbreviated = request.header("accept").contains("application/vnd.npm.install-v1+json");
        let kind = if is_abbreviated { "application/vnd.npm.install-v1+json" } else { "application/json" };
        if !is_abbreviated {
            let times = versions.iter().filter_map(|one| Some((one.version.clone(), json!(one.published.as_ref()?))));
            body["time"] = Value::Object(times.collect());
        }
        Answer::new(200, body.to_string()).header("Content-Type", kind).revalidated(request)
    }
}

impl Npm {
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

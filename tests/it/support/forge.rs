//! A forge on the loopback interface. It speaks what GitHub, GitLab and Forgejo document about releases, below the
//! paths that an installation of one's own has: pages with `Link`, ETags, limits, redirects to a server for downloads.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Fault;
use super::server::{Answer, Request, Server, Site};

/// A forge that serves until it is dropped.
#[must_use]
pub struct Forge {
    server: Server<Repositories>,
}

#[derive(Default)]
struct Repositories {
    /// By name, the newest release first.
    releases: BTreeMap<String, Vec<Release>>,
    /// Old names of repositories.
    renamed: BTreeMap<String, String>,
    /// How many releases a page has at most, whatever is asked for.
    page: Option<usize>,
    /// How each request to the API is refused, with the headers that say why.
    refusal: Option<(u16, Vec<(&'static str, String)>)>,
    /// Attestations, each with the SHA-256 of the file that it is about.
    attestations: Vec<(String, Value)>,
    /// Where the bytes are.
    downloads: Option<String>,
    /// The token that may read the repositories, where not everyone may.
    token: Option<String>,
}

/// A release, to be published.
#[must_use]
#[derive(Clone, Default)]
pub struct Release {
    tag: String,
    draft: bool,
    prerelease: bool,
    immutable: bool,
    published: Option<String>,
    files: Vec<File>,
}

#[derive(Clone)]
struct File {
    name: String,
    bytes: Vec<u8>,
    digest: Digest,
}

/// What the forge says about the hash of a file.
#[derive(Clone)]
enum Digest {
    Computed,
    Null,
    /// Of other bytes than those that it has.
    Claimed(String),
}

impl Release {
    pub fn new(tag: &str) -> Self {
        Self { tag: tag.to_owned(), ..Self::default() }
    }

    /// With a file, whose digest the forge computes.
    pub fn file(self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(name, bytes, Digest::Computed)
    }

    /// With a file from before the forge computed digests.
    pub fn old_file(self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(name, bytes, Digest::Null)
    }

    /// With a file whose bytes are not here, by its SHA-256 in hexadecimal digits.
    pub fn claimed_file(self, name: &str, hex: &str) -> Self {
        self.with(name, [], Digest::Claimed(hex.to_owned()))
    }

    fn with(mut self, name: &str, bytes: impl Into<Vec<u8>>, digest: Digest) -> Self {
        self.files.push(File { name: name.to_owned(), bytes: bytes.into(), digest });
        self
    }

    /// No one can change it any more.
    pub fn immutable(mut self) -> Self {
        self.immutable = true;
        self
    }

    /// Published then, in place of long ago.
    pub fn published(mut self, time: String) -> Self {
        self.published = Some(time);
        self
    }

    fn time(&self) -> &str {
        self.published.as_deref().unwrap_or("2020-01-02T00:00:00Z")
    }

    pub fn draft(mut self) -> Self {
        self.draft = true;
        self
    }

    pub fn prerelease(mut self) -> Self {
        self.prerelease = true;
        self
    }
}

impl Forge {
    pub fn new() -> Self {
        Self { server: Server::new(Repositories::default()) }
    }

    /// A forge with a repository.
    pub fn with(repository: &str, releases: impl IntoIterator<Item = Release>) -> Self {
        let forge = Self::new();
        forge.publish(repository, releases);
        forge
    }

    /// Its address, with a `/` at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Publishes releases, the newest last.
    pub fn publish(&self, repository: &str, releases: impl IntoIterator<Item = Release>) {
        self.server.change(|site| {
            let known = site.releases.entry(repository.to_owned()).or_default();
            for release in releases {
                known.retain(|other| other.tag != release.tag);
                known.insert(0, release);
            }
        });
    }

    /// The repository has another name from now on, and the old one leads there.
    pub fn rename(&self, old: &str, new: &str) {
        self.server.change(|site| {
            let releases = site.releases.remove(old).unwrap();
            site.releases.insert(new.to_owned(), releases);
            site.renamed.insert(old.to_owned(), new.to_owned());
        });
    }

    /// A page has no more than so many releases.
    pub fn page(&self, size: usize) {
        self.server.change(|site| site.page = Some(size));
    }

    /// Refuses each request to the API from now on; downloads do not count.
    pub fn refuse(&self, status: u16, headers: &[(&'static str, &str)]) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.server.change(|site| site.refusal = Some((status, headers)));
    }

    /// Takes requests to the API again.
    pub fn relent(&self) {
        self.server.change(|site| site.refusal = None);
    }

    /// Keeps an attestation of a file, as the API answers with it.
    pub fn attest(&self, hex: &str, attestation: Value) {
        self.server.change(|site| site.attestations.push((hex.to_owned(), attestation)));
    }

    /// The bytes of files are on another server, to which this one sends on.
    pub fn download_from(&self, other: &Self) {
        let url = other.url().to_owned();
        self.server.change(|site| site.downloads = Some(url));
    }

    /// The repositories are for those who have this token.
    pub fn require(&self, token: &str) {
        self.server.change(|site| site.token = Some(token.to_owned()));
    }

    pub fn fault(&self, path: impl Into<String>, fault: Fault) {
        self.server.fault(path, fault);
    }

    /// What was asked so far and how it was answered, as `PATH STATUS`, in order.
    pub fn requests(&self) -> Vec<String> {
        self.server.log(Request::shown)
    }

    /// The requests to the API.
    pub fn questions(&self) -> Vec<String> {
        let mut requests = self.requests();
        requests.retain(|request| request.starts_with("/api/"));
        requests
    }

    /// The values of a header, request by request; empty where it was not sent.
    pub fn headers(&self, name: &str) -> Vec<String> {
        self.server.log(|request, _| request.header(name).to_owned())
    }

    pub fn forget_requests(&self) {
        self.server.forget_requests();
    }
}

impl Site for Repositories {
    fn answer(&self, base: &str, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if let Some(path) = path.strip_prefix("/api/") {
            return self.api(base, path, query, request);
        }
        let renamed = self.renamed.iter().find_map(|(old, new)| {
            let rest = path.strip_prefix(&format!("/{old}/"))?;
            Some(Answer::new(301, []).header("Location", format!("{base}{new}/{rest}")))
        });
        if let Some(answer) = renamed {
            return answer;
        }
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8().unwrap().into_owned();
        if decoded == "/users/sign_in" {
            return Answer::new(200, "<html>Who are you?</html>");
        }
        // Only Forgejo takes a token for a download.
        let is_let_in =
            self.token.as_ref().is_none_or(|token| request.header("authorization") == format!("token {token}"));
        for (repository, releases) in &self.releases {
            for release in releases {
                for file in &release.files {
                    let places = [
                        format!("/{repository}/releases/download/{}/{}", release.tag, file.name),
                        format!("/{repository}/-/releases/{}/downloads/{}", release.tag, file.name),
                    ];
                    if decoded == places[1] && !is_let_in {
                        return Answer::new(302, []).header("Location", format!("{base}users/sign_in"));
                    }
                    if places.contains(&decoded) && is_let_in {
                        return self.bytes(file, path);
                    }
                }
            }
        }
        Answer::not_found()
    }
}

impl Repositories {
    /// A file, or the server that has it, where a path tells which it is.
    fn bytes(&self, file: &File, path: &str) -> Answer {
        match &self.downloads {
            Some(other) => {
                Answer::new(302, []).header("Location", format!("{}{}", other, path.trim_start_matches('/')))
            }
            None => Answer::new(200, file.bytes.clone()),
        }
    }

    /// A file by the API: by its number on GitHub, by its name on GitLab.
    fn asset(&self, repository: &str, rest: &str, request: &Request) -> Option<Answer> {
        let releases = self.releases.get(repository)?;
        let all = || releases.iter().flat_map(|release| release.files.iter().map(move |file| (release, file)));
        let (release, file) = match rest.strip_prefix("/assets/") {
            Some(id) => all().find(|(release, file)| number(release, file).to_string() == id)?,
            None => {
                let (tag, name) = rest.strip_prefix('/')?.split_once("/downloads/")?;
                all().find(|(release, file)| release.tag == tag && file.name == name)?
            }
        };
        if request.header("accept") != "application/octet-stream" {
            return Some(Answer::new(200, "{}"));
        }
        Some(self.bytes(file, &format!("/{repository}/releases/download/{}/{}", release.tag, file.name)))
    }

    fn api(&self, base: &str, path: &str, query: &str, request: &Request) -> Answer {
        if let Some((status, headers)) = &self.refusal {
            let answer = Answer::new(*status, r#"{ "message": "no" }"#);
            return headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        }
        let secrets = ["authorization", "private-token", "job-token"].map(|name| request.header(name));
        if self.token.as_ref().is_some_and(|token| !secrets.iter().any(|secret| secret.ends_with(token.as_str()))) {
            return Answer::not_found();
        }
        let (version, path) = path.split_once('/').unwrap();
        if let Some((_, hex)) = path.split_once("/attestations/sha256:") {
            let own = self.attestations.iter().filter(|(known, _)| known == hex).map(|(_, attestation)| attestation);
            let own: Vec<&Value> = own.collect();
            return if own.is_empty() {
                Answer::not_found()
            } else {
                Answer::new(200, json!({ "attestations": own }).to_string()).revalidated(request)
            };
        }
        let path = path.strip_prefix("repos/").or_else(|| path.strip_prefix("projects/")).unwrap_or_default();
        let (repository, rest) = path.split_once("/releases").unwrap_or((path, ""));
        let name = percent_encoding::percent_decode_str(repository).decode_utf8().unwrap().into_owned();
        if let Some(new) = self.renamed.get(&name) {
            let encoded = if version == "v4" { new.replace('/', "%2F") } else { new.clone() };
            let kind = if version == "v4" { "projects" } else { "repos" };
            let question = if query.is_empty() { String::new() } else { format!("?{query}") };
            return Answer::new(301, [])
                .header("Location", format!("{base}api/{version}/{kind}/{encoded}/releases{rest}{question}"));
        }
        if let Some(answer) = self.asset(&name, rest, request) {
            return answer;
        }
        let Some(releases) = self.releases.get(&name) else { return Answer::not_found() };
        let shown = |release: &Release| {
            if version == "v4" { gitlab(base, &name, release) } else { github(base, &name, release) }
        };
        if let Some(tag) = rest.strip_prefix("/tags/").or_else(|| rest.strip_prefix('/')) {
            let tag = percent_encoding::percent_decode_str(tag).decode_utf8().unwrap().into_owned();
            return match releases.iter().find(|release| release.tag == tag && !release.draft) {
                Some(release) => Answer::new(200, shown(release).to_string()).revalidated(request),
                None => Answer::not_found(),
            };
        }
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse::<usize>().ok())
        };
        let asked = parameter("per_page").or(parameter("limit")).unwrap_or(30);
        let (size, page) = (self.page.unwrap_or(asked).min(asked), parameter("page").unwrap_or(1));
        let body: Vec<Value> = releases.iter().skip((page - 1) * size).take(size).map(shown).collect();
        let answer = Answer::new(200, Value::from(body).to_string()).revalidated(request);
        if releases.len() > page * size {
            let next = format!("<{base}api/{version}/next?page={}>; rel=\"next\"", page + 1);
            return answer.header("Link", next);
        }
        answer
    }
}

/// The number of a file in the API.
fn number(release: &Release, file: &File) -> u32 {
    let hash = Sha256::digest(format!("{} {}", release.tag, file.name));
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

fn github(base: &str, repository: &str, release: &Release) -> Value {
    let assets = release.files.iter().map(|file| {
        let hex = match &file.digest {
            Digest::Computed => Some(devshell::digest::hex(&Sha256::digest(&file.bytes))),
            Digest::Null => None,
            Digest::Claimed(hex) => Some(hex.clone()),
        };
        let digest = hex.map(|hex| format!("sha256:{hex}"));
        json!({
            "id": number(release, file), "name": file.name, "size": file.bytes.len(), "digest": digest, "content_type": "application/octet-stream",
            "browser_download_url": format!("{base}{repository}/releases/download/{}/{}", release.tag, file.name).replace(' ', "%20"),
        })
    });
    json!({
        "html_url": format!("{base}{repository}/releases/tag/{}", release.tag),
        "tag_name": release.tag, "name": release.tag, "draft": release.draft, "prerelease": release.prerelease,
        "immutable": release.immutable,
        "created_at": "2020-01-01T00:00:00Z", "published_at": release.time(),
        "assets": assets.collect::<Vec<_>>(),
    })
}

fn gitlab(base: &str, repository: &str, release: &Release) -> Value {
    let links = release.files.iter().map(|file| {
        let url = format!("{base}{repository}/-/releases/{}/downloads/{}", release.tag, file.name).replace(' ', "%20");
        json!({ "name": format!("The file {}", file.name), "url": url, "direct_asset_url": url, "link_type": "package" })
    });
    json!({
        "_links": { "self": format!("{base}{repository}/-/releases/{}", release.tag) },
        "tag_name": release.tag, "released_at": release.time(), "upcoming_release": release.draft,
        "assets": { "count": release.files.len(), "sources": [], "links": links.collect::<Vec<_>>() },
    })
}

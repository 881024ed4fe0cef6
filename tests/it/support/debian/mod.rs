//! An archive of Debian packages on the loopback interface, with one of security updates and one of
//! snapshots beside it. It speaks what a mirror speaks: signed indexes, lists of packages by hash,
//! a pool; with ETags.

mod package;
mod signer;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use devshell::date::Date;

use super::server::{Answer, Request, Server, Site};
use super::{gzipped, sha256, xz};
pub use package::{Deb, deb, real_deb};
pub use signer::Signer;

/// The dates of an index, first when it is published and then when it is once more: as a lock and
/// an archive of snapshots write them, and as the index does.
const DATES: [(&str, &str); 2] =
    [("20240601T000000Z", "Sat, 01 Jun 2024 00:00:00 UTC"), ("20240701T120000Z", "Mon, 01 Jul 2024 12:00:00 UTC")];

const GOOD_UNTIL: &str = "Thu, 01 Jan 2099 00:00:00 UTC";

/// An archive that serves until it is dropped.
#[must_use]
pub struct Debian {
    server: Server<Mirrors>,
}

#[derive(Default)]
struct Mirrors {
    distributions: BTreeMap<String, Distribution>,
    /// The files of the mirrors by their paths.
    files: BTreeMap<String, Vec<u8>>,
    /// What was ever there, each with the date since when, by its path below the archive of that date.
    snapshots: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

struct Distribution {
    debs: Vec<Deb>,
    /// How often it was published before.
    revision: usize,
    /// When its index was made, if that is not one of `DATES`.
    made: Option<Date>,
    valid_until: &'static str,
    signer: Signer,
}

impl Debian {
    /// An archive that has these packages, in `trixie`.
    pub fn with(debs: impl IntoIterator<Item = Deb>) -> Self {
        let debian = Self { server: Server::new(Mirrors::default()) };
        debian.publish("trixie", debs);
        debian
    }

    /// The address of the mirror.
    pub fn url(&self) -> String {
        format!("{}debian", self.server.url())
    }

    /// The address of the archive of snapshots.
    pub fn snapshot_url(&self) -> String {
        format!("{}snapshot", self.server.url())
    }

    /// Publishes packages in a distribution: `trixie`, `trixie-updates`, `trixie-security`.
    pub fn publish(&self, distribution: &str, debs: impl IntoIterator<Item = Deb>) {
        self.change(distribution, |distribution| distribution.debs.extend(debs));
    }

    /// Publishes packages in place of all older ones of their names, a month later, as a point release
    /// does: the mirror drops those.
    pub fn point_release(&self, distribution: &str, debs: impl IntoIterator<Item = Deb>) {
        self.change(distribution, |distribution| {
            distribution.revision = 1;
            for deb in debs {
                distribution.debs.retain(|old| old.name != deb.name || old.architecture != deb.architecture);
                distribution.debs.push(deb);
            }
        });
    }

    /// From now on the index says that it was made then.
    pub fn made(&self, distribution: &str, date: Date) {
        self.change(distribution, |distribution| distribution.made = Some(date));
    }

    /// From now on the index says that it was good until long ago.
    pub fn expire(&self, distribution: &str) {
        self.change(distribution, |distribution| distribution.valid_until = "Sun, 02 Jun 2024 00:00:00 UTC");
    }

    /// From now on the index is good for a long time, as it was at first.
    pub fn renew(&self, distribution: &str) {
        self.change(distribution, |distribution| distribution.valid_until = GOOD_UNTIL);
    }

    /// From now on somebody else signs the index, or nobody does.
    pub fn signed_by(&self, distribution: &str, signer: Signer) {
        self.change(distribution, |distribution| distribution.signer = signer);
    }

    /// What is at a path.
    #[track_caller]
    pub fn read(&self, path: &str) -> Vec<u8> {
        self.server
            .change(|mirrors| mirrors.files.get(path).cloned())
            .unwrap_or_else(|| panic!("nothing is at `{path}`"))
    }

    /// From now on this is at a path.
    pub fn write(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.server.change(|mirrors| mirrors.files.insert(path.to_owned(), bytes.into()));
    }

    /// From now on the file at a path is another one than what it is said to be.
    pub fn tamper(&self, path: &str) {
        let mut bytes = self.read(path);
        // In its middle, so that it is as long as before.
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 1;
        }
        self.write(path, bytes);
    }

    /// Likewise, every list of packages of a distribution, by whatever name it is asked for.
    pub fn tamper_packages(&self, distribution: &str) {
        let below = format!("{}/main/", directory(distribution));
        let lists = self.server.change(|mirrors| {
            let lists = mirrors.files.keys().filter(|path| path.starts_with(&below));
            lists.cloned().collect::<Vec<_>>()
        });
        for path in lists {
            self.tamper(&path);
        }
    }

    /// From now on only those who bring this value of `Authorization` are answered.
    pub fn require(&self, authorization: String) {
        self.server.require(authorization);
    }

    /// The path of a distribution's index.
    pub fn index_path(distribution: &str) -> String {
        format!("{}/InRelease", directory(distribution))
    }

    /// The path of a package in the pool of the mirror.
    pub fn pool_path(deb: &Deb) -> String {
        format!("/debian/{}", pool("trixie", deb))
    }

    /// What was asked so far and how it was answered, as `PATH STATUS`, in order.
    pub fn requests(&self) -> Vec<String> {
        self.server.log(Request::shown)
    }

    /// The names of the packages that were downloaded, sorted.
    pub fn downloads(&self) -> Vec<String> {
        let mut downloads = self.server.log(|request, status| (request.path.clone(), status));
        downloads.retain(|(path, status)| Path::new(path).extension() == Some("deb".as_ref()) && *status == 200);
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut names: Vec<String> = downloads.iter().map(|(path, _)| name(path)).collect();
        names.sort();
        names
    }

    pub fn forget_requests(&self) {
        self.server.forget_requests();
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Distribution)) {
        self.server.change(|mirrors| {
            let distribution = mirrors.distributions.entry(name.to_owned()).or_insert_with(|| Distribution {
                debs: Vec::new(),
                revision: 0,
                made: None,
                valid_until: GOOD_UNTIL,
                signer: Signer::Archive,
            });
            change(distribution);
            mirrors.render();
        });
    }
}

impl Distribution {
    /// When its index was made: as a lock writes it, and as the index does.
    fn date(&self) -> (String, String) {
        let Some(made) = self.made else {
            let (compact, date) = DATES[self.revision];
            return (compact.to_owned(), date.to_owned());
        };
        let text = made.rfc3339();
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = months[text[5..7].parse::<usize>().unwrap() - 1];
        (made.basic(), format!("Sat, {} {month} {} {} UTC", &text[8..10], &text[..4], &text[11..19]))
    }
}

/// Which of the archives a distribution is in.
fn archive(distribution: &str) -> &'static str {
    if distribution.ends_with("-security") { "debian-security" } else { "debian" }
}

fn directory(distribution: &str) -> String {
    format!("/{}/dists/{distribution}", archive(distribution))
}

/// The path of a package below its archive.
fn pool(distribution: &str, deb: &Deb) -> String {
    let updates = if archive(distribution) == "debian" { "" } else { "updates/" };
    let letters = if deb.name.starts_with("lib") { 4 } else { 1 };
    format!("pool/{updates}main/{}/{}/{}", &deb.name[..letters], deb.name, deb.file_name())
}

impl Mirrors {
    /// Makes all files anew. What somebody tampered with is whole again.
    fn render(&mut self) {
        self.files.clear();
        for (name, distribution) in &self.distributions {
            let (compact, date) = distribution.date();
            for deb in &distribution.debs {
                let (archive, path) = (archive(name), pool(name, deb));
                self.files.insert(format!("/{archive}/{path}"), deb.bytes());
                let kept = self.snapshots.entry(format!("{archive} {path}")).or_default();
                if kept.is_empty() {
                    kept.insert(compact.clone(), deb.bytes());
                }
            }
            let directory = directory(name);
            let mut lists = String::new();
            for architecture in ["all", "amd64", "arm64"] {
                let text = packages(name, distribution, architecture).into_bytes();
                let folder = format!("main/binary-{architecture}");
                for (ending, bytes) in [("", text.clone()), (".gz", gzipped(&text)), (".xz", xz(&text))] {
                    let hash = sha256(&bytes);
                    writeln!(lists, " {hash} {} {folder}/Packages{ending}", bytes.len()).unwrap();
                    self.files.insert(format!("{directory}/{folder}/by-hash/SHA256/{hash}"), bytes.clone());
                    self.files.insert(format!("{directory}/{folder}/Packages{ending}"), bytes);
                }
            }
            let text = format!(
                "Origin: Debian\nLabel: Debian\nSuite: {name}-today\nVersion: 13.{}\nCodename: {name}\nDate: {date}\n\
                 Valid-Until: {}\nAcquire-By-Hash: yes\nNo-Support-for-Architecture-all: Packages\n\
                 Architectures: all amd64 arm64\nComponents: main\nSHA256:\n{lists}",
                distribution.revision, distribution.valid_until
            );
            self.files.insert(format!("{directory}/InRelease"), distribution.signer.sign(&text).into_bytes());
            let lists = self.files.iter().filter(|(path, _)| path.starts_with(&directory));
            for (path, bytes) in lists {
                let (archive, path) = path[1..].split_once('/').unwrap();
                let kept = self.snapshots.entry(format!("{archive} {path}")).or_default();
                kept.insert(compact.clone(), bytes.clone());
            }
        }
    }
}

/// The list of packages for an architecture. Those for all architectures are in each.
fn packages(name: &str, distribution: &Distribution, architecture: &str) -> String {
    let is_listed = |deb: &&Deb| deb.architecture == "all" || deb.architecture == architecture;
    let paragraph = |deb: &Deb| {
        let (path, size, hash) = (pool(name, deb), deb.bytes().len(), deb.sha256());
        format!("{}Filename: {path}\nSize: {size}\nSHA256: {hash}\n\n", deb.paragraph())
    };
    distribution.debs.iter().filter(is_listed).map(paragraph).collect()
}

impl Site for Mirrors {
    fn answer(&self, _base: &str, request: &Request) -> Answer {
        // A client may write in hexadecimal what need not be: `g%2b%2b`.
        let path = request.path.replace("%2b", "+").replace("%7e", "~").replace("%3a", ":");
        if let Some(bytes) = self.files.get(&path) {
            return Answer::new(200, bytes.clone()).revalidated(request);
        }
        // /snapshot/archive/ARCHIVE/DATE/PATH: what was there by then.
        let snapshot = path.strip_prefix("/snapshot/archive/").and_then(|rest| {
            let (archive, rest) = rest.split_once('/')?;
            let (date, path) = rest.split_once('/')?;
            self.snapshots.get(&format!("{archive} {path}"))?.range(..=date.to_owned()).next_back()
        });
        snapshot.map_or_else(Answer::not_found, |(_, bytes)| Answer::new(200, bytes.clone()))
    }
}

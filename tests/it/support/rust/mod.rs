//! A server of Rust's releases on the loopback interface: releases that are made up, and the toolchain that these tests
//! are built with.

mod installed;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::server::{Answer, Request, Server, Site};
use super::{Fault, gzipped, sha256, xz};

pub use installed::Installed;

/// The machines that a lock is for.
pub const HOSTS: [&str; 6] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
];

/// The address in manifests, which is not that of the server.
const ELSEWHERE: &str = "https://elsewhere.example/dist/";

/// A server that serves until it is dropped.
#[must_use]
pub struct RustServer {
    server: Server<Files>,
}

/// By their paths below the server's address.
#[derive(Default)]
struct Files(BTreeMap<String, File>);

enum File {
    Bytes(Vec<u8>),
    At(PathBuf),
}

impl Site for Files {
    fn answer(&self, _base: &str, request: &Request) -> Answer {
        let bytes = match self.0.get(request.path.trim_start_matches('/')) {
            None => return Answer::not_found(),
            Some(File::Bytes(bytes)) => bytes.clone(),
            Some(File::At(path)) => fs_err::read(path).unwrap(),
        };
        Answer::new(200, bytes).revalidated(request)
    }
}

impl RustServer {
    pub fn new() -> Self {
        Self { server: Server::new(Files::default()) }
    }

    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Publishes a release under the names of its day, and under these: `stable`, `1.95`.
    pub fn publish(&self, names: &[&str], release: &RustRelease) {
        for (path, bytes) in release.files() {
            self.put(&path, File::Bytes(bytes));
        }
        let text = release.manifest();
        self.channel(&format!("{}/channel-rust-{}.toml", release.date, release.channel()), &text);
        for name in names {
            self.channel(&format!("channel-rust-{name}.toml"), &text);
        }
    }

    /// Publishes the toolchain of this machine.
    pub fn publish_installed(&self, names: &[&str], installed: &Installed) {
        for (path, file) in &installed.files {
            self.put(path, File::At(file.clone()));
        }
        for name in names {
            self.channel(&format!("channel-rust-{name}.toml"), &installed.manifest);
        }
    }

    fn channel(&self, path: &str, text: &str) {
        self.put(path, File::Bytes(text.as_bytes().to_vec()));
        let name = path.rsplit('/').next().unwrap();
        self.put(&format!("{path}.sha256"), File::Bytes(format!("{}  {name}\n", sha256(text.as_bytes())).into_bytes()));
    }

    fn put(&self, path: &str, file: File) {
        self.server.change(|files| files.0.insert(format!("dist/{path}"), file));
    }

    pub fn fault(&self, path: &str, fault: Fault) {
        self.server.fault(path, fault);
    }

    /// What was asked so far and how it was answered, as `PATH STATUS`, in order.
    pub fn requests(&self) -> Vec<String> {
        self.server.log(Request::shown)
    }

    /// The names of the files of components that were fetched, sorted.
    pub fn fetched(&self) -> Vec<String> {
        let requests = self.requests();
        let files = requests.iter().filter_map(|request| request.strip_suffix(" 200")?.rsplit('/').next());
        let mut files: Vec<String> = files.filter(|file| file.contains(".tar.")).map(str::to_owned).collect();
        files.sort();
        files
    }

    pub fn forget_requests(&self) {
        self.server.forget_requests();
    }
}

/// A release, to be published, whose programs say what they are.
#[must_use]
#[derive(Clone)]
pub struct RustRelease {
    version: String,
    date: String,
    /// Component -> the machines it is for; `*` for all of them.
    components: BTreeMap<String, Vec<String>>,
}

impl RustRelease {
    /// With the usual components for all machines.
    pub fn new(version: &str, date: &str) -> Self {
        let release = Self { version: version.to_owned(), date: date.to_owned(), components: BTreeMap::new() };
        let usual = ["rustc", "cargo", "rust-std", "rust-docs", "rustfmt-preview", "clippy-preview"];
        usual.iter().fold(release, |release, name| release.component(name, &HOSTS))
    }

    /// With a component for some machines, beside those that it is for.
    pub fn component(mut self, name: &str, targets: &[&str]) -> Self {
        self.components.entry(name.to_owned()).or_default().extend(targets.iter().map(|target| (*target).to_owned()));
        self
    }

    /// Without a component for a machine.
    pub fn without(mut self, name: &str, target: &str) -> Self {
        self.components.get_mut(name).unwrap().retain(|own| own != target);
        self
    }

    fn channel(&self) -> &str {
        ["nightly", "beta"].into_iter().find(|name| self.version.contains(name)).unwrap_or("stable")
    }

    /// The name of a component's archive without its ending.
    fn stem(&self, component: &str, target: &str) -> String {
        let word = if self.channel() == "stable" { self.version.as_str() } else { self.channel() };
        let name = component.trim_end_matches("-preview");
        if target == "*" { format!("{name}-{word}") } else { format!("{name}-{word}-{target}") }
    }

    fn archive(&self, component: &str, target: &str) -> Vec<u8> {
        let commands: &[&str] = match component {
            "rustc" => &["rustc", "rustdoc"],
            "cargo" => &["cargo"],
            "clippy-preview" => &["cargo-clippy", "clippy-driver"],
            "rustfmt-preview" => &["cargo-fmt", "rustfmt"],
            _ => &[],
        };
        let text = |command: &&str| {
            (
                format!("bin/{command}"),
                0o755,
                format!("#!/bin/sh\necho {command} {} {target}\n", self.version).into_bytes(),
            )
        };
        let mut files: Vec<(String, u32, Vec<u8>)> = commands.iter().map(text).collect();
        if files.is_empty() {
            files.push((format!("lib/rustlib/{target}/{component}"), 0o644, self.version.clone().into_bytes()));
        }
        xz(&packed(&self.stem(component, target), component, &files))
    }

    fn all(&self) -> impl Iterator<Item = (&String, &String)> {
        self.components.iter().flat_map(|(name, targets)| targets.iter().map(move |target| (name, target)))
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let file = |(name, target): (&String, &String)| {
            (format!("{}/{}.tar.xz", self.date, self.stem(name, target)), self.archive(name, target))
        };
        self.all().map(file).collect()
    }

    fn manifest(&self) -> String {
        let mut text = format!("manifest-version = \"2\"\ndate = \"{}\"\n", self.date);
        for name in self.components.keys() {
            let _ = writeln!(text, "[pkg.{name}]\nversion = \"{} (abc 2026-01-01)\"", self.version);
        }
        for (name, target) in self.all() {
            let file = format!("{ELSEWHERE}{}/{}.tar", self.date, self.stem(name, target));
            let (hash, none) = (sha256(self.archive(name, target)), "0".repeat(64));
            let _ = writeln!(
                text,
                "[pkg.{name}.target.\"{target}\"]\navailable = true\nurl = \"{file}.gz\"\nhash = \"{none}\"\n\
                 xz_url = \"{file}.xz\"\nxz_hash = \"{hash}\""
            );
        }
        text + "[renames.clippy]\nto = \"clippy-preview\"\n[renames.rustfmt]\nto = \"rustfmt-preview\"\n[profiles]\n\
                minimal = [\"rustc\", \"cargo\", \"rust-std\", \"rust-mingw\"]\n\
                default = [\"rustc\", \"cargo\", \"rust-std\", \"rust-mingw\", \"rust-docs\", \"rustfmt-preview\", \"clippy-preview\"]\n"
    }
}

/// An archive as the Rust project makes one of a component. Each file has a path, a mode and a content.
fn packed(stem: &str, component: &str, files: &[(String, u32, Vec<u8>)]) -> Vec<u8> {
    let list: String = files.iter().map(|(path, ..)| format!("file:{path}\n")).collect();
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |path: &str, mode: u32, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(mode);
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, Path::new(stem).join(path), bytes).unwrap();
    };
    add("rust-installer-version", 0o644, b"3\n");
    add("components", 0o644, format!("{component}\n").as_bytes());
    add("install.sh", 0o755, b"#!/bin/sh\nexit 1\n");
    add(&format!("{component}/manifest.in"), 0o644, list.as_bytes());
    for (path, mode, bytes) in files {
        add(&format!("{component}/{path}"), *mode, bytes);
    }
    builder.into_inner().unwrap()
}

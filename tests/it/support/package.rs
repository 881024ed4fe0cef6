//! Packages for the loopback registry, among them stand-ins for the catalog's tools: small shell
//! scripts where the real packages have executables, at the same places under the same names.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use devshell::catalog::{self, Entry, NpmEntry};
use devshell::digest::Integrity;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use super::HERE;

/// One version of a package.
#[must_use]
#[derive(Clone)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub tag: &'static str,
    bin: BTreeMap<String, String>,
    dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
    bundled: Vec<String>,
    deprecated: Option<String>,
    weak_hash: bool,
    tarball_path: Option<String>,
    files: Vec<(String, u32, Vec<u8>)>,
    archive: Option<Vec<u8>>,
    /// The hash that the registry gives, of other bytes than those that it has.
    claimed: Option<String>,
    attested: bool,
    /// When it was published.
    pub published: Option<String>,
}

/// A package that holds its `package.json` and nothing else yet.
pub fn package(name: &str, version: &str) -> Package {
    let manifest = json!({ "name": name, "version": version }).to_string();
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        tag: "latest",
        bin: BTreeMap::new(),
        dependencies: BTreeMap::new(),
        optional_dependencies: BTreeMap::new(),
        bundled: Vec::new(),
        deprecated: None,
        weak_hash: false,
        tarball_path: None,
        files: vec![("package.json".to_owned(), 0o644, manifest.into_bytes())],
        archive: None,
        claimed: None,
        attested: false,
        published: Some("2020-01-01T00:00:00.000Z".to_owned()),
    }
}

impl Package {
    pub fn bin(mut self, command: &str, path: &str) -> Self {
        self.bin.insert(command.to_owned(), path.to_owned());
        self
    }

    pub fn file(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.files.push((path.to_owned(), 0o644, text.as_ref().to_vec()));
        self
    }

    pub fn executable(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.files.push((path.to_owned(), 0o755, text.as_ref().to_vec()));
        self
    }

    pub fn dependency(mut self, name: &str, requirement: &str) -> Self {
        self.dependencies.insert(name.to_owned(), requirement.to_owned());
        self
    }

    pub fn optional_dependency(mut self, name: &str, requirement: &str) -> Self {
        self.optional_dependencies.insert(name.to_owned(), requirement.to_owned());
        self
    }

    pub fn bundled(mut self, name: &str) -> Self {
        self.bundled.push(name.to_owned());
        self
    }

    pub fn deprecated(mut self, reason: &str) -> Self {
        self.deprecated = Some(reason.to_owned());
        self
    }

    /// The registry says that it has this SHA-512, in hexadecimal digits.
    pub fn claimed(mut self, hex: &str) -> Self {
        self.claimed = Some(Integrity::from_hex(hex).unwrap().to_string());
        self
    }

    /// The registry says that it has attestations, and names a place on another server, as mirrors do.
    pub fn attested(mut self) -> Self {
        self.attested = true;
        self
    }

    /// Published then; where nothing is given, the registry does not say when.
    pub fn published(mut self, time: Option<String>) -> Self {
        self.published = time;
        self
    }

    /// Published under this tag, so that `latest` stays where it is.
    pub fn tagged(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// The registry knows only a SHA-1 of it, as of packages from before 2017.
    pub fn with_weak_hash(mut self) -> Self {
        self.weak_hash = true;
        self
    }

    /// The tarball lies there, and not where registries usually keep it: a path, or an address
    /// on another server.
    pub fn tarball_at(mut self, place: &str) -> Self {
        self.tarball_path = Some(place.to_owned());
        self
    }

    /// These bytes are its tarball, whatever they are.
    pub fn archive(mut self, bytes: Vec<u8>) -> Self {
        self.archive = Some(bytes);
        self
    }

    /// Where the tarball lies.
    pub fn tarball_path(&self) -> String {
        let base = self.name.rsplit('/').next().unwrap();
        let usual = || format!("/{}/-/{base}-{}.tgz", self.name, self.version);
        self.tarball_path.clone().unwrap_or_else(usual)
    }

    /// The tarball's bytes: the same ones for the same content, wherever and whenever.
    pub fn tarball(&self) -> Vec<u8> {
        if let Some(bytes) = &self.archive {
            return bytes.clone();
        }
        let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::fast());
        let mut archive = tar::Builder::new(gzip);
        for (path, mode, bytes) in &self.files {
            let mut header = tar::Header::new_ustar();
            header.set_mode(*mode);
            header.set_size(bytes.len() as u64);
            header.set_mtime(0);
            archive.append_data(&mut header, format!("package/{path}"), bytes.as_slice()).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    /// Its hash, as Subresource Integrity writes it.
    pub fn integrity(&self) -> String {
        self.claimed.clone().unwrap_or_else(|| integrity(&self.tarball()))
    }

    /// What the abbreviated metadata says about this version.
    pub fn metadata(&self, registry: &str) -> Value {
        let place = self.tarball_path();
        let tarball = if place.starts_with('/') { format!("{}{place}", registry.trim_end_matches('/')) } else { place };
        let mut release = json!({
            "name": self.name,
            "version": self.version,
            "dist": {
                "tarball": tarball,
                "integrity": if self.weak_hash { "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=".to_owned() } else { self.integrity() },
            },
        });
        if self.attested {
            let url = "https://elsewhere.invalid/-/npm/v1/attestations/x";
            let predicate = json!({ "predicateType": "https://slsa.dev/provenance/v1" });
            release["dist"]["attestations"] = json!({ "url": url, "provenance": predicate });
        }
        let maps = [
            ("bin", &self.bin),
            ("dependencies", &self.dependencies),
            ("optionalDependencies", &self.optional_dependencies),
        ];
        for (key, map) in maps.into_iter().filter(|(_, map)| !map.is_empty()) {
            release[key] = json!(map);
        }
        if !self.bundled.is_empty() {
            release["bundleDependencies"] = json!(self.bundled);
        }
        if let Some(reason) = &self.deprecated {
            release["deprecated"] = json!(reason);
        }
        release
    }
}

/// SHA-512 as Subresource Integrity writes it.
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(Sha512::digest(bytes)))
}

/// A version of a tool of the catalog: the lead package, and one for each platform.
#[track_caller]
pub fn tool(name: &str, version: &str) -> Vec<Package> {
    let entry = catalog::find(&name.parse().unwrap()).unwrap().entry;
    let Some(Entry::Npm(entry)) = entry else { panic!("the catalog has no npm package for `{name}`") };
    let mut lead = package(&entry.package, version);
    if entry.runtime.is_some() {
        for (command, path) in &entry.commands {
            // Run by the stand-in for node, which is a shell.
            let text = format!("#!/usr/bin/env node\necho \"{command} {version}:\" \"$@\"\n");
            lead = lead.bin(command.as_str(), path.as_str()).file(path.as_str(), text);
        }
        return vec![lead];
    }
    let platforms: BTreeSet<&String> = entry.platforms.values().collect();
    let mut packages = Vec::new();
    for platform in platforms {
        if *platform == entry.package {
            lead = with_commands(lead, entry);
        } else {
            // The packages of node do not refer to one another; all others do.
            if name != "node" {
                lead = lead.optional_dependency(platform, version);
            }
            packages.push(with_commands(package(platform, version), entry));
        }
    }
    packages.insert(0, lead);
    packages
}

/// The name of the package that has a native tool's commands for this machine.
pub fn native(tool: &str) -> String {
    match catalog::find(&tool.parse().unwrap()).unwrap().entry {
        Some(Entry::Npm(entry)) => entry.platforms[&HERE.parse().unwrap()].clone(),
        _ => panic!("the catalog has no npm package for `{tool}`"),
    }
}

fn with_commands(package: Package, entry: &NpmEntry) -> Package {
    entry.commands.iter().fold(package, |package, (command, path)| {
        let (name, version) = (package.name.clone(), package.version.clone());
        let text = match command.as_str() {
            "node" => format!(
                "#!/bin/sh\n[ \"$1\" = --version ] && echo v{version} && exit\n\
                 [ \"$1\" = --import ] && echo \"${{2##*/}}\" >&2 && shift 2\nexec sh \"$@\"\n"
            ),
            command => format!("#!/bin/sh\necho \"{command} {version} of {name}:\" \"$@\"\n"),
        };
        package.executable(path.as_str(), text)
    })
}

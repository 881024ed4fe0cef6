//! Installing from whatever a lock says: nothing outside of the store is made, changed, removed or opened for
//! writing, and nothing is started. Everything around the store is watched, and each program that could be started
//! would leave a trace there.
//!
//! The check of a lock against its manifest is left out on purpose: what it refuses must do no harm either.
#![no_main]

use std::cell::OnceCell;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use devshell::digest::{Hasher, Integrity};
use devshell::host::Host;
use devshell::lock::{FILE_NAME, Lock, parse};
use devshell::manifest::{self, Manifest};
use devshell::net::Http;
use devshell::source::Sources;
use devshell::store::{Progress, Store};
use devshell_fuzz::watch::Watch;
use devshell_fuzz::{scratch, server};
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// An entry for one of the manifest's tools.
#[derive(Arbitrary, Debug)]
struct Tool {
    which: u8,
    runtime: u8,
    suite: u8,
    commands: Vec<(u8, u8)>,
    artifacts: Vec<Piece>,
}

/// An artifact; each number chooses from a list.
#[derive(Arbitrary, Debug)]
struct Piece {
    archive: u8,
    registry: u8,
    package: u8,
    version: u8,
    path: u8,
    file: u8,
    unpack: u8,
    index: bool,
}

/// The manifest's tools with their requirements.
const TOOLS: [(&str, &str); 5] =
    [("npm:a", "1"), ("npm:tree", "1"), ("url:u", "1.0.0"), ("deb:d", "*"), ("npm:b", "*")];
const REGISTRIES: [&str; 5] = ["npm", "npm", "url", "pypi", "deb"];
const PLACES: [&str; 7] = [
    "",
    "",
    "node_modules/a",
    "node_modules/tree",
    "node_modules/tree/node_modules/a",
    "node_modules/a/node_modules/@s/c",
    "node_modules/tree/node_modules/a/node_modules/b",
];
const UNPACK: [&str; 13] =
    ["", "", "tar.gz", "tar", "zip", "file", "gz", "deb", "tar.xz", "tar.bz2", "bz2", "xz", "zst"];

struct World {
    place: TempDir,
    host: Host,
    http: Http,
    manifest: Manifest,
    archives: Vec<Vec<u8>>,
    /// What paths, packages and versions are made of: good ones, and ways out.
    texts: Vec<String>,
    watch: Watch,
    cases: std::cell::Cell<u64>,
}

struct Silent;

impl Progress for Silent {
    fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

impl World {
    fn new() -> Self {
        let place = scratch();
        for directory in ["home/.ssh", "home/victim/deep", "shop", "own"] {
            std::fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        std::fs::write(place.path().join("home/.bashrc"), "mine\n").unwrap();
        std::fs::write(place.path().join("home/victim/existing"), "mine\n").unwrap();
        let archives = archives(place.path());
        let served = archives.clone();
        let url = server::serve(move |path| served[number(path) % served.len()].clone());
        let mut host = Host::snapshot(None).unwrap();
        host.variables.clear();
        host.home = None;
        let tools: Map<String, Value> = TOOLS
            .iter()
            .map(|(tool, requirement)| {
                let wish = match *tool {
                    "url:u" => json!({ "version": requirement, "url": format!("{url}u-1.0.0"), "format": "tar.gz" }),
                    "deb:d" => json!({ "version": requirement, "suite": "trixie" }),
                    _ => json!(requirement),
                };
                ((*tool).to_owned(), wish)
            })
            .collect();
        let text = json!({ "tools": tools, "registries": { "npm": url, "deb": url, "pypi": url } });
        let manifest = manifest::parse("devshell.json", &text.to_string()).unwrap();
        let home = place.path().join("home").display().to_string();
        let texts = texts(&home);
        let watch = Watch::of(place.path(), &["", "home", "home/.ssh", "home/victim", "home/victim/deep", "shop"]);
        let http = Http::new(false, Duration::from_secs(10));
        Self { place, host, http, manifest, archives, texts, watch, cases: std::cell::Cell::new(0) }
    }

    fn text(&self, number: u8) -> &str {
        &self.texts[usize::from(number) % self.texts.len()]
    }

    /// Mostly one of those that are good, so that a lock of several artifacts can be read.
    fn field<'t>(&'t self, number: u8, good: &[&'t str]) -> &'t str {
        if number < 230 { good[usize::from(number) % good.len()] } else { self.text(number) }
    }

    fn lock(&self, tools: &[Tool]) -> Option<Lock> {
        let entry = |tool: &Tool| {
            let (name, requirement) = TOOLS[usize::from(tool.which) % TOOLS.len()];
            let commands: Map<String, Value> = tool
                .commands
                .iter()
                .map(|(name, path)| {
                    (
                        self.field(*name, &["a", "sudo", "cd"]).to_owned(),
                        json!(self.field(*path, &["cli.js", "bin/a", "d/l/x", "node_modules/tree/cli.js"])),
                    )
                })
                .collect();
            let artifacts: Vec<Value> = tool.artifacts.iter().map(|piece| self.artifact(piece)).collect();
            let mut entry = json!({
                "tool": name, "requirement": requirement, "version": "1.0.0", "commands": commands, "artifacts": artifacts,
            });
            if tool.runtime % 3 == 1 {
                entry["runtime"] = json!("npm:b");
            }
            if name == "deb:d" || tool.suite == 1 {
                entry["suite"] = json!("trixie");
            }
            entry
        };
        let text = json!({ "format": 1, "tools": tools.iter().map(entry).collect::<Vec<_>>() });
        parse(FILE_NAME, &text.to_string()).ok()
    }

    fn artifact(&self, piece: &Piece) -> Value {
        let archive = usize::from(piece.archive) % self.archives.len();
        let mut hasher = Hasher::like(&Integrity::Sha256([0; 32]));
        hasher.update(&self.archives[archive]);
        // The last digit says which archive is served.
        let version = if piece.version < 230 { format!("1.0.{archive}") } else { self.text(piece.version).to_owned() };
        let mut artifact = json!({
            "registry": REGISTRIES[usize::from(piece.registry) % REGISTRIES.len()],
            "package": self.field(piece.package, &["a", "b", "tree", "@s/c", "d"]), "version": version, "integrity": hasher.finish().to_string(),
        });
        let optional = [
            ("path", self.field(piece.path, &PLACES)),
            ("file", self.field(piece.file, &["", "", "pool/d_1.deb", "a-1.0.0-py3-none-any.whl"])),
            ("unpack", UNPACK[usize::from(piece.unpack) % UNPACK.len()]),
        ];
        for (key, text) in optional.into_iter().filter(|(_, text)| !text.is_empty()) {
            artifact[key] = json!(text);
        }
        if piece.index {
            artifact["index"] = json!("trixie/20260101T000000Z");
        }
        artifact
    }

    fn check(&self, tools: &[Tool]) {
        let Some(lock) = self.lock(tools) else { return };
        let case = self.cases.get();
        self.cases.set(case + 1);
        let data = self.place.path().join("own/data");
        let store = Store::new(&data);
        let layer = self.manifest.select(&[]).unwrap();
        let sources = Sources::without_npmrc(&self.host, &self.http, &self.place.path().join("shop"), &self.manifest);
        let artifacts: Vec<_> = lock.artifacts().collect();
        let installed = store.install(&artifacts, &sources, &self.http, &Silent).is_ok();
        let chosen: Vec<_> = lock.chosen(&layer).collect();
        let built = store.build(&chosen, self.host.platform).is_ok();
        let laid_out = store.lay_out(&self.host, &chosen, &std::collections::BTreeMap::new()).is_ok();
        let seen = self.watch.seen();
        assert!(seen.is_empty(), "{seen:?}; {installed} {built} {laid_out}\n{}", devshell::lock::write(&lock));
        // A store of its own for each case would take most of the time.
        if case % 64 == 63 {
            devshell::files::remove_tree(&data).unwrap();
        }
    }
}

/// The number that a path ends with, before its ending.
fn number(path: &str) -> usize {
    let digits = path.trim_end_matches(".tgz").rsplit(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn texts(home: &str) -> Vec<String> {
    let mut texts: Vec<String> = [
        "a",
        "b",
        "tree",
        "node_modules/a",
        "node_modules/tree",
        "node_modules/tree/node_modules/a",
        "node_modules/b",
        "node_modules/@s/c",
        "@s/c",
        "cli.js",
        "bin/a",
        "l",
        "l/x",
        "d/l",
        "",
        "..",
        "../..",
        "../../../home/victim/new",
        "node_modules/..",
        "node_modules/../..",
        "node_modules/.bin",
        "/",
        ".bashrc",
        "a/../../b",
        "a\nb",
        "a\u{0}",
        "pool/d_1.deb",
        "../d.deb",
        "ruff-1.0.0-py3-none-any.whl",
        "1.0.0",
        "..%2f..",
        "a\\..\\b",
        "~",
        "$HOME",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend([
        home.to_owned(),
        format!("{home}/.bashrc"),
        format!("{home}/victim/new"),
        format!("node_modules/../../../../../../..{home}"),
    ]);
    texts
}

/// What is served: honest packages, and archives with links for the next one to be written through.
fn archives(place: &Path) -> Vec<Vec<u8>> {
    let trace = format!("#!/bin/sh\necho ran >{}/home/victim/ran\n", place.display());
    let program = trace.as_bytes();
    let json = br#"{ "name": "a", "bin": { "a": "cli.js", "sudo": "../../../x" } }"#;
    let npm: &[(&str, u8, &[u8])] = &[("package/package.json", b'0', json), ("package/cli.js", b'0', program)];
    let links: &[(&str, u8, &[u8])] =
        &[("l", b'2', b"."), ("d/l", b'2', b".."), ("d/e/l", b'2', b"../.."), ("bin/a", b'0', program)];
    let climbs: &[(&str, u8, &[u8])] =
        &[("l/x", b'0', program), ("d/l/victim/new", b'0', program), ("x", b'0', program)];
    let nested: &[(&str, u8, &[u8])] = &[
        ("package/node_modules/a/cli.js", b'0', program),
        ("package/node_modules/a/package.json", b'0', json),
        ("package/cli.js", b'0', program),
    ];
    let mut archives: Vec<Vec<u8>> =
        [npm, links, climbs, nested].iter().map(|entries| gzipped(&tarball(entries))).collect();
    archives.push(program.to_vec());
    archives.push(gzipped(program));
    archives
}

fn tarball(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_entry_type(tar::EntryType::new(*kind));
        if *kind == b'2' {
            header.set_size(0);
            builder.append_link(&mut header, path, std::str::from_utf8(content).unwrap()).unwrap();
        } else {
            header.set_size(content.len() as u64);
            builder.append_data(&mut header, path, *content).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|world| {
        let world = world.get_or_init(World::new);
        if let Ok(tools) = Vec::<Tool>::arbitrary_take_rest(Unstructured::new(bytes)) {
            world.check(&tools);
        }
    });
});
